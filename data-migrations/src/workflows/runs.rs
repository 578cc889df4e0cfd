//! What the record of a workflow's run should say.
//!
//! The executor writes the record when a run begins (`RUNNING`), a row for each node that it runs, and at the end the
//! totals, the duration, the end, and `SUCCESS` if all nodes that ran succeeded, else `FAILURE`.

mod doubles;

use chrono::TimeDelta;
use entity::{
    events::{LogStatus, TimeUnit},
    values::Stored,
    workflows::{workflow_execution_events as nodes, workflow_executions as runs},
};
use sea_orm::prelude::DateTime;

pub(super) use doubles::{REACH, double, is_left_behind, twin, with_duplicate_of};

/// How long a run that has not ended may have been silent before it is taken for dead.
///
/// The orchestrator gives a node an hour unless its event says otherwise, and Cronium's own clean-up took a job that had run
/// for an hour for dead. The times have no zone, and those of a server that wrote its local time may be fourteen hours off.
/// A day is longer than all of that together. What an event may take comes on top: see [`is_in_progress`].
pub(super) const SILENCE: TimeDelta = TimeDelta::hours(24);

/// How many nodes of a run ran, and how they ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Totals {
    /// All that ran.
    pub(super) total: i32,
    /// Those that succeeded.
    pub(super) successful: i32,
    /// Those that ended in any other way.
    pub(super) failed: i32,
}

/// What a record should say, and its nodes' rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    /// `status`.
    pub(super) status: Stored<LogStatus>,
    /// The three totals; none where they stay as they are, because nothing tells what they should be.
    pub(super) totals: Option<Totals>,
    /// `total_duration`, in milliseconds.
    pub(super) total_duration: Option<i32>,
    /// `completed_at`.
    pub(super) completed_at: Option<DateTime>,
    /// What the nodes that never ended should say, if any: all of them the same.
    pub(super) open_nodes: LogStatus,
}

/// Whether a status is one of a run that goes on.
pub(super) fn is_unfinished(status: &Stored<LogStatus>) -> bool {
    matches!(status.known(), Some(LogStatus::Running | LogStatus::Pending))
}

/// The last moment at which a run is known to have been alive.
pub(super) fn last_sign(run: &runs::Model, ran: &[nodes::Model]) -> DateTime {
    let of_nodes = ran
        .iter()
        .flat_map(|node| [Some(node.created_at), node.started_at, node.completed_at])
        .flatten();
    of_nodes.fold(run.started_at.max(run.updated_at), DateTime::max)
}

/// Whether a run may still be going on: it has not ended, and its last sign of life is no older than [`SILENCE`] and what
/// the slowest of its workflow's events may take.
pub(super) fn is_in_progress(run: &runs::Model, ran: &[nodes::Model], slowest: TimeDelta, now: DateTime) -> bool {
    let silence = SILENCE.checked_add(&slowest).unwrap_or(TimeDelta::MAX);
    is_unfinished(&run.status) && now.signed_duration_since(last_sign(run, ran)) < silence
}

/// How long an event may take, by its timeout.
pub(super) fn timeout(value: i32, unit: &Stored<TimeUnit>) -> TimeDelta {
    let seconds = match unit.known() {
        Some(TimeUnit::Seconds) | None => 1,
        Some(TimeUnit::Minutes) => 60,
        Some(TimeUnit::Hours) => 3_600,
        Some(TimeUnit::Days) => 86_400,
    };
    TimeDelta::seconds(i64::from(value.max(0)) * seconds)
}

/// What the record of a run should say that is not in progress, by the rows of its nodes.
///
/// - **Totals** that fit together and count every row stay, even where they count more: the rows of an event that was
///   deleted since are gone with it. Totals that don't fit are counted anew. Without rows they stay.
/// - **Status.** A success with a failed node is a failure, and a failure that says of itself that no node failed is a success.
///   Statuses that the executor does not write (`TIMEOUT`, `PARTIAL`, `PAUSED`) are somebody else's finding and stay. A run that
///   has not ended ends as its nodes did; without a node it never went on, which the executor calls a failure.
/// - **End.** None, or one before the last node's, becomes the last node's; without a node the last sign of life.
/// - **Duration.** None, or one shorter than a node's, becomes the time from the start to the end.
/// - **Nodes that never ended** are failures, because nobody knows of a success: unless their run says that it was a success
///   and no other node speaks against it. Their end stays unknown.
///
/// The verdict on a record that follows a verdict is the same.
pub(super) fn verdict(run: &runs::Model, ran: &[nodes::Model]) -> Verdict {
    let (open, ended): (Vec<_>, Vec<_>) = ran.iter().partition(|node| is_unfinished(&node.status));
    let succeeded = ended.iter().filter(|node| node.status == LogStatus::Success).count();
    let open_nodes = if run.status == LogStatus::Success && succeeded == ended.len() {
        LogStatus::Success
    } else {
        LogStatus::Failure
    };
    let successful = succeeded
        + if open_nodes == LogStatus::Success {
            open.len()
        } else {
            0
        };
    let counted = Totals {
        total: number(ran.len()),
        successful: number(successful),
        failed: number(ran.len() - successful),
    };
    let totals = match recorded(run) {
        Some(recorded) if fits(recorded, counted) => Some(recorded),
        _ if ran.is_empty() && !is_unfinished(&run.status) => None,
        _ => Some(counted),
    };
    let status = match (run.status.known(), totals) {
        (Some(LogStatus::Timeout | LogStatus::Partial | LogStatus::Paused), _) => run.status.clone(),
        // Without a node nothing speaks against what it says.
        _ if ran.is_empty() && !is_unfinished(&run.status) => run.status.clone(),
        (_, Some(totals)) if totals.failed == 0 && totals.total > 0 => LogStatus::Success.into(),
        _ => LogStatus::Failure.into(),
    };
    let last_end = ran.iter().filter_map(|node| node.completed_at).max();
    let said_end = run.completed_at.filter(|_| !is_unfinished(&run.status));
    let completed_at = match said_end {
        Some(end) if last_end.is_none_or(|last| end >= last) => end,
        _ => last_end
            .filter(|_| open.is_empty() || !is_unfinished(&run.status))
            .unwrap_or_else(|| last_sign(run, ran)),
    };
    let longest = ran.iter().filter_map(|node| node.duration).max().unwrap_or(0).max(0);
    let total_duration = match run.total_duration {
        said if ran.is_empty() && said_end.is_some() => said,
        Some(said) if said >= longest && said_end == Some(completed_at) => Some(said),
        _ => Some(milliseconds(completed_at - run.started_at).max(longest)),
    };
    Verdict {
        status,
        totals,
        total_duration,
        completed_at: Some(completed_at),
        open_nodes,
    }
}

/// What the record says of its totals, if it says all of it.
fn recorded(run: &runs::Model) -> Option<Totals> {
    Some(Totals {
        total: run.total_events?,
        successful: run.successful_events?,
        failed: run.failed_events?,
    })
}

/// Whether totals fit together and count everything that there is.
fn fits(said: Totals, counted: Totals) -> bool {
    i64::from(said.successful) + i64::from(said.failed) == i64::from(said.total)
        && said.total >= counted.total
        && said.successful >= counted.successful
        && said.failed >= counted.failed
}

fn number(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

fn milliseconds(duration: TimeDelta) -> i32 {
    i32::try_from(duration.num_milliseconds().max(0)).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use LogStatus::{Failure, Partial, Pending, Running, Success, Timeout};
    use entity::workflows::ExecutionTrigger;
    use proptest::prelude::*;

    use super::*;

    /// So many milliseconds after the test's day began.
    pub(super) fn at(milliseconds: i64) -> DateTime {
        "2025-07-01T00:00:00".parse::<DateTime>().unwrap() + TimeDelta::milliseconds(milliseconds)
    }

    pub(super) fn run(status: LogStatus, totals: [i32; 3], end: Option<i64>, duration: Option<i32>) -> runs::Model {
        runs::Model {
            id: 10,
            workflow_id: 1,
            user_id: "ada".to_owned(),
            status: status.into(),
            trigger_type: ExecutionTrigger::Manual.into(),
            started_at: at(0),
            completed_at: end.map(at),
            total_duration: duration,
            total_events: Some(totals[0]),
            successful_events: Some(totals[1]),
            failed_events: Some(totals[2]),
            execution_data: None,
            created_at: at(0),
            updated_at: at(0),
        }
    }

    /// A node that began at a moment and took so long, if it ended.
    fn node(id: i32, status: LogStatus, start: i64, took: Option<i32>) -> nodes::Model {
        nodes::Model {
            id,
            workflow_execution_id: 10,
            event_id: 1,
            node_id: id,
            sequence_order: 1,
            status: status.into(),
            started_at: Some(at(start)),
            completed_at: took.map(|took| at(start + i64::from(took))),
            duration: took,
            output: None,
            error_message: None,
            connection_type: None,
            created_at: at(start),
        }
    }

    pub(super) fn two(last: LogStatus) -> Vec<nodes::Model> {
        vec![node(1, Success, 0, Some(100)), node(2, last, 100, Some(50))]
    }

    fn said(run: &runs::Model, ran: &[nodes::Model]) -> (String, [i32; 3], Option<i32>, Option<DateTime>) {
        let verdict = verdict(run, ran);
        let totals = verdict.totals.unwrap_or_default();
        (
            verdict.status.into_text(),
            [totals.total, totals.successful, totals.failed],
            verdict.total_duration,
            verdict.completed_at,
        )
    }

    #[test]
    fn a_right_record_stays() {
        for (status, last, totals) in [(Success, Success, [2, 2, 0]), (Failure, Failure, [2, 1, 1])] {
            let run = run(status, totals, Some(170), Some(165));
            let expected = (run.status.to_string(), totals, Some(165), Some(at(170)));
            assert_eq!(said(&run, &two(last)), expected);
        }
    }

    #[test]
    fn wrong_totals_are_counted_anew() {
        for wrong in [
            [0, 0, 0],
            [99, 1, 0],
            [2, 2, 0],
            [1, 0, 1],
            [2, i32::MAX, i32::MAX],
            [-1, -2, 1],
        ] {
            let run = run(Success, wrong, Some(150), Some(0));
            assert_eq!(
                said(&run, &two(Failure)),
                ("FAILURE".to_owned(), [2, 1, 1], Some(150), Some(at(150)))
            );
        }
        let mut absent = run(Success, [2, 2, 0], Some(150), Some(150));
        absent.failed_events = None;
        assert_eq!(said(&absent, &two(Success)).1, [2, 2, 0]);
    }

    #[test]
    fn totals_that_count_the_nodes_of_a_deleted_event_stay() {
        let run = run(Failure, [3, 2, 1], Some(300), Some(300));
        assert_eq!(
            said(&run, &two(Success)),
            ("FAILURE".to_owned(), [3, 2, 1], Some(300), Some(at(300)))
        );
    }

    #[test]
    fn the_status_follows_from_the_nodes() {
        for (status, last, expected) in [
            (Success, Failure, "FAILURE"),
            (Success, Partial, "FAILURE"),
            (Failure, Success, "SUCCESS"),
            (Timeout, Success, "TIMEOUT"),
            (Timeout, Failure, "TIMEOUT"),
            (Running, Success, "SUCCESS"),
            (Pending, Timeout, "FAILURE"),
        ] {
            let run = run(status, [0, 0, 0], Some(150), None);
            assert_eq!(said(&run, &two(last)).0, expected, "{status:?} {last:?}");
        }
        let mut unknown = run(Success, [2, 2, 0], Some(150), None);
        unknown.status = Stored::from_text("completed");
        assert_eq!(said(&unknown, &two(Success)).0, "SUCCESS");
        assert_eq!(said(&unknown, &[]).0, "completed");
    }

    #[test]
    fn an_end_before_the_last_nodes_or_none_is_the_last_nodes() {
        for end in [None, Some(149)] {
            let run = run(Success, [2, 2, 0], end, Some(149));
            assert_eq!(
                said(&run, &two(Success)),
                ("SUCCESS".to_owned(), [2, 2, 0], Some(150), Some(at(150)))
            );
        }
        let mut silent = run(Failure, [0, 0, 0], None, None);
        silent.updated_at = at(70);
        assert_eq!(
            said(&silent, &[]),
            ("FAILURE".to_owned(), [0, 0, 0], Some(70), Some(at(70)))
        );
    }

    #[test]
    fn without_a_node_what_it_says_of_itself_stays() {
        // The executor counts all nodes of a graph without a start as failed, and runs none.
        let run = run(Failure, [0, 0, 5], Some(20), None);
        let verdict = verdict(&run, &[]);
        assert_eq!((verdict.status, verdict.totals), (Failure.into(), None));
        assert_eq!((verdict.total_duration, verdict.completed_at), (None, Some(at(20))));
    }

    #[test]
    fn a_run_that_never_went_on_is_a_failure() {
        let run = run(Running, [0, 0, 0], None, None);
        assert_eq!(said(&run, &[]), ("FAILURE".to_owned(), [0, 0, 0], Some(0), Some(at(0))));
    }

    #[test]
    fn a_node_that_never_ended_failed_unless_its_run_says_otherwise() {
        let open = |first: LogStatus| vec![node(1, first, 0, Some(100)), node(2, Pending, 200, None)];
        let broken_off = run(Running, [0, 0, 0], None, None);
        assert_eq!(
            said(&broken_off, &open(Success)),
            ("FAILURE".to_owned(), [2, 1, 1], Some(200), Some(at(200)))
        );
        for (status, first, expected) in [
            (Success, Success, Success),
            (Success, Failure, Failure),
            (Failure, Success, Failure),
            (Running, Success, Failure),
        ] {
            let run = run(status, [0, 0, 0], Some(150), None);
            assert_eq!(verdict(&run, &open(first)).open_nodes, expected, "{status:?} {first:?}");
        }
    }

    #[test]
    fn a_run_is_in_progress_until_it_has_been_silent_for_long() {
        let day = SILENCE.num_milliseconds();
        let run = run(Running, [0, 0, 0], None, None);
        let ran = [node(1, Running, 5_000, None)];
        let no_time = TimeDelta::zero();
        assert!(is_in_progress(&run, &ran, no_time, at(5_000 + day - 1)));
        assert!(!is_in_progress(&run, &ran, no_time, at(5_000 + day)));
        assert!(!is_in_progress(&run, &[], no_time, at(5_000 + day - 1)));
        // A clock that is ahead is no sign of death.
        assert!(is_in_progress(&run, &ran, no_time, at(-day)));
        // An event that may take three days is waited for.
        let slow = timeout(3, &TimeUnit::Days.into());
        assert!(is_in_progress(&run, &ran, slow, at(5_000 + 4 * day - 1)));
        assert!(!is_in_progress(&run, &ran, slow, at(5_000 + 4 * day)));
        assert!(is_in_progress(&run, &ran, TimeDelta::MAX, at(5_000 + 400 * day)));
        let ended = self::run(Success, [0, 0, 0], None, None);
        assert!(!is_in_progress(&ended, &ran, no_time, at(6_000)));
    }

    fn statuses() -> impl Strategy<Value = LogStatus> {
        prop::sample::select(vec![Success, Success, Failure, Running, Pending, Timeout, Partial])
    }

    prop_compose! {
        fn nodes_of_a_run()(of in prop::collection::vec((statuses(), 0..500_i64, prop::option::of(0..400_i32)), 0..6)) -> Vec<nodes::Model> {
            (1..).zip(of).map(|(id, (status, start, took))| node(id, status, start, took)).collect()
        }
    }

    prop_compose! {
        fn any_run()(
            status in statuses(),
            totals in prop::array::uniform3(0..5_i32),
            end in prop::option::of(0..900_i64),
            duration in prop::option::of(0..900_i32),
            absent in any::<bool>(),
            updated in 0..900_i64,
        ) -> runs::Model {
            let mut run = run(status, totals, end, duration);
            run.updated_at = at(updated);
            if absent {
                run.successful_events = None;
            }
            run
        }
    }

    proptest! {
        #[test]
        fn a_verdict_follows_the_rules_and_stays_when_it_is_followed(run in any_run(), ran in nodes_of_a_run()) {
            let first = verdict(&run, &ran);
            let mut mended = run.clone();
            mended.status = first.status.clone();
            mended.completed_at = first.completed_at;
            mended.total_duration = first.total_duration;
            if let Some(totals) = first.totals {
                mended.total_events = Some(totals.total);
                mended.successful_events = Some(totals.successful);
                mended.failed_events = Some(totals.failed);
            }
            let mut closed = ran.clone();
            for node in closed.iter_mut().filter(|node| is_unfinished(&node.status)) {
                node.status = first.open_nodes.into();
            }
            prop_assert!(!is_unfinished(&mended.status));
            prop_assert!(mended.completed_at.is_some());
            if !ran.is_empty() {
                let totals = first.totals.unwrap();
                prop_assert_eq!(totals.successful + totals.failed, totals.total);
                prop_assert!(totals.total >= number(ran.len()));
                prop_assert!(mended.status != Success || totals.failed == 0);
                prop_assert!(mended.status != Failure || totals.failed > 0);
                prop_assert!(closed.iter().all(|node| node.completed_at <= mended.completed_at));
                prop_assert!(closed.iter().all(|node| node.duration <= mended.total_duration));
            }
            let second = verdict(&mended, &closed);
            prop_assert_eq!(
                (second.status, second.totals, second.total_duration, second.completed_at),
                (first.status, first.totals, first.total_duration, first.completed_at)
            );
        }
    }
}
