//! Runs that are recorded twice: the API inserts a record and calls the executor, which inserts its own. Nothing ever ends the
//! API's.

use chrono::TimeDelta;
use entity::{
    events::LogStatus,
    values::{Document, Object},
};
use sea_orm::prelude::Json;

use super::{Totals, Verdict, is_unfinished, milliseconds, nodes, runs};

/// How far apart the two records of one manual run may begin. The API inserts its own and calls the executor, which inserts
/// the other at once; the connection to the database is given up after two seconds.
const MOMENTS: TimeDelta = TimeDelta::seconds(60);

/// How many ids after its own a run's twin is looked for. Only runs that began within the same moment lie between the two.
pub(in crate::workflows) const REACH: i32 = 100;

/// The member of `execution_data` by which a run that is recorded twice names its twin.
const DUPLICATE_OF: &str = "duplicateOf";

/// Whether the executor recorded a run: it notes what triggered it, and when. The API records what it was given.
fn is_executors(run: &runs::Model) -> bool {
    let Some(data) = run.execution_data.clone() else {
        return false;
    };
    let data = Document::<Object>::from_json(data);
    data.known()
        .is_some_and(|data| data.contains_key("triggerType") && data.contains_key("triggeredAt"))
}

/// Whether a record can be the one that the API left behind: not ended, no node ran, not the executor's.
pub(in crate::workflows) fn is_left_behind(run: &runs::Model, ran: &[nodes::Model]) -> bool {
    is_unfinished(&run.status) && run.completed_at.is_none() && ran.is_empty() && !is_executors(run)
}

/// The executor's record of the run that the API recorded too.
///
/// `following` are the later records of the same workflow and user, by their ids, up to [`REACH`] of them further on. Where
/// several runs began at once, each has its own: the last that the API recorded is the first that the executor did.
pub(in crate::workflows) fn twin<'r>(of: &runs::Model, following: &[&'r runs::Model]) -> Option<&'r runs::Model> {
    let mut waiting = 1_u32;
    for run in following {
        if !is_executors(run) {
            waiting += 1;
            continue;
        }
        waiting -= 1;
        if waiting == 0 {
            return ((run.started_at - of.started_at).abs() <= MOMENTS).then_some(run);
        }
    }
    None
}

/// What a run was given, with its twin's id beside it. None where it has no place for it, or has it already: what is there
/// must not be lost.
pub(in crate::workflows) fn with_duplicate_of(data: Option<&Json>, twin: i32) -> Option<Json> {
    let mut members = match data {
        None | Some(Json::Null) => Object::new(),
        Some(Json::Object(members)) if !members.contains_key(DUPLICATE_OF) => members.clone(),
        Some(_) => return None,
    };
    members.insert(DUPLICATE_OF.to_owned(), twin.into());
    Some(members.into())
}

/// What the record that the API left behind should say: it ran no node, and ended when and as its twin did. Copied so, it
/// leaves the shares of the statuses as they are; a failure of its own would be one that never was.
pub(in crate::workflows) fn double(left_behind: &runs::Model, twin: &Verdict) -> Verdict {
    let end = twin.completed_at.map(|end| end.max(left_behind.started_at));
    Verdict {
        status: twin.status.clone(),
        totals: Some(Totals::default()),
        total_duration: end.map(|end| milliseconds(end - left_behind.started_at)),
        completed_at: end,
        open_nodes: LogStatus::Failure,
    }
}

#[cfg(test)]
mod tests {
    use LogStatus::{Failure, Running};
    use serde_json::json;

    use super::{
        super::{
            tests::{at, run, two},
            verdict,
        },
        *,
    };

    /// A record of the API (no data) or of the executor.
    fn record(id: i32, start: i64, is_executors: bool) -> runs::Model {
        let data = json!({"triggerType": "MANUAL", "triggeredAt": "2025-07-01T00:00:00.000Z", "inputData": {}});
        runs::Model {
            id,
            started_at: at(start),
            execution_data: is_executors.then_some(data),
            ..run(Running, [0, 0, 0], None, None)
        }
    }

    #[test]
    fn the_executor_notes_what_triggered_a_run() {
        let mut run = record(1, 0, true);
        assert!(is_executors(&run));
        run.execution_data = run.execution_data.map(|data| json!(data.to_string()));
        assert!(is_executors(&run));
        for data in [
            json!({}),
            json!({"triggerType": "night"}),
            json!("MANUAL"),
            json!([1]),
            json!(null),
        ] {
            run.execution_data = Some(data);
            assert!(!is_executors(&run));
        }
    }

    #[test]
    fn each_record_of_the_api_has_a_twin_of_its_own() {
        let runs = [
            record(1, 0, false),
            record(2, 10, false),
            record(3, 20, true),
            record(4, 30, true),
            record(5, 40, false),
            record(6, 90_000, true),
            record(7, 90_010, false),
        ];
        let twin_of = |id: usize| {
            let following: Vec<&runs::Model> = runs[id..].iter().collect();
            twin(&runs[id - 1], &following).map(|twin| twin.id)
        };
        assert_eq!(twin_of(1), Some(4));
        assert_eq!(twin_of(2), Some(3));
        // A minute and a half is no moment, and nothing follows the last.
        assert_eq!(twin_of(5), None);
        assert_eq!(twin_of(7), None);
    }

    #[test]
    fn what_the_api_left_behind_ends_as_its_twin_did() {
        let twin = run(Running, [0, 0, 0], None, None);
        let of_twin = verdict(&twin, &two(Failure));
        let left_behind = record(1, -20, false);
        let double = double(&left_behind, &of_twin);
        assert_eq!(
            (double.status, double.totals, double.total_duration, double.completed_at),
            (Failure.into(), Some(Totals::default()), Some(170), Some(at(150)))
        );
        let never_went_on = verdict(&twin, &[]);
        let late = record(1, 500, false);
        assert_eq!(super::super::double(&late, &never_went_on).completed_at, Some(at(500)));
    }

    #[test]
    fn what_a_run_was_given_is_kept_beside_its_twin() {
        let given = json!({"b": [1], "a": null});
        assert_eq!(
            with_duplicate_of(Some(&given), 7),
            Some(json!({"b": [1], "a": null, "duplicateOf": 7}))
        );
        assert_eq!(with_duplicate_of(None, 7), Some(json!({"duplicateOf": 7})));
        for other in [json!([1]), json!("text"), json!({"duplicateOf": "mine"})] {
            assert_eq!(with_duplicate_of(Some(&other), 7), None);
        }
    }
}
