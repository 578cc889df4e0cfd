//! The runs of the workflows, and their log.

use chrono::{NaiveDateTime, SecondsFormat, TimeDelta};
use sea_orm::DbErr;
use serde_json::{Value as Json, json};

use super::{
    Plan,
    people::GONE,
    random::{Random, cycle, id},
    sink::{Key, Row, Sink},
    workflows::Workflow,
};

/// Runs of a workflow: one that never ends, one that is right (mostly what came of the first), one whose totals are wrong.
pub(super) const RUNS: usize = 3;

/// A run.
struct Run<'a> {
    workflow: &'a Workflow,
    /// Its place among the runs of the workflow.
    own: usize,
    start: NaiveDateTime,
    /// What each node took, in milliseconds; none for a run that never went on.
    nodes: Vec<i32>,
    /// The node that failed, if one did.
    failed: Option<usize>,
}

/// Inserts the runs, what ran in them, and their log.
pub(super) async fn insert(sink: &mut Sink<'_>, plan: Plan, workflows: &[Workflow]) -> Result<(), DbErr> {
    let mut random = Random::of("workflow_executions", plan.rng);
    let mut runs = Vec::with_capacity(workflows.len() * RUNS);
    for (at, workflow) in workflows.iter().enumerate() {
        let mut start = random.days_before(9, 1);
        for own in 0..RUNS {
            let nodes = workflow.events.len();
            start = if own == 1 && is_recorded_twice(at) {
                start + TimeDelta::milliseconds(random.between(3, 900).into())
            } else {
                random.days_before(9, 1)
            };
            runs.push(Run {
                workflow,
                own,
                start,
                nodes: (0..if own == 0 { 0 } else { nodes })
                    .map(|_| random.between(20, 4_000))
                    .collect(),
                failed: (own == 2 || (own == 1 && random.one_in(3))).then(|| nodes - 1),
            });
        }
    }
    let rows = runs.iter().enumerate().map(|(at, run)| execution(at, run));
    sink.insert("workflow_executions", Key::Counted { gone: 3 }, rows)
        .await?;

    let mut number = 0;
    let rows = runs
        .iter()
        .enumerate()
        .flat_map(|(at, run)| (0..run.nodes.len()).map(move |node| (at, run, node)));
    let rows = rows.map(|(at, run, node)| {
        number += 1;
        executed(number, at, run, node)
    });
    sink.insert("workflow_execution_events", Key::Counted { gone: 6 }, rows)
        .await?;

    let rows = runs.iter().enumerate().map(|(at, run)| log(at, run));
    sink.insert("workflow_logs", Key::Counted { gone: 3 }, rows).await
}

/// Whether the first two runs of a workflow are one: the API recorded it, then the executor did. With a third of the workflows
/// the API recorded a run that never came to the executor.
const fn is_recorded_twice(workflow: usize) -> bool {
    workflow % 3 != 2
}

/// What the API was given for a run.
fn given(workflow: usize) -> Option<Json> {
    match workflow % 3 {
        0 => Some(json!({"payload": 1, "größe": null})),
        1 => Some(json!({})),
        _ => None,
    }
}

impl Run<'_> {
    fn duration(&self) -> i32 {
        self.nodes.iter().sum()
    }

    fn after(&self, milliseconds: i32) -> NaiveDateTime {
        self.start + TimeDelta::milliseconds(i64::from(milliseconds))
    }

    fn ended(&self) -> bool {
        !self.nodes.is_empty()
    }
}

fn execution(at: usize, run: &Run<'_>) -> Row<14> {
    let workflow = at / RUNS;
    let (all, bad) = (id(run.nodes.len()), i32::from(run.failed.is_some()));
    // The totals of the third say that nothing ran; it failed, and stands there as a success.
    let wrong = run.own == 2;
    let (status, totals) = match run.own {
        0 => ("RUNNING", [0, 0, 0]),
        1 => (if bad == 0 { "SUCCESS" } else { "FAILURE" }, [all, all - bad, bad]),
        _ => ("SUCCESS", cycle(&[[0, 0, 0], [99, 1, 0]], workflow)),
    };
    let triggered = run.start.and_utc().to_rfc3339_opts(SecondsFormat::Millis, true);
    // What the API was given, or what the executor noted, in its own form or serialised already.
    let data: Option<Json> = match (run.own, workflow % 3) {
        (0, _) => given(workflow),
        (1, 2) => Some(json!(
            json!({"triggerType": "MANUAL", "triggeredAt": triggered}).to_string()
        )),
        (1, _) => Some(json!({"triggerType": "MANUAL", "triggeredAt": triggered, "inputData": given(workflow)})),
        _ => Some(json!({"triggerType": "MANUAL", "triggeredAt": triggered, "inputData": {}})),
    };
    let end = run.ended().then(|| run.after(run.duration()));
    [
        ("id", id(at + 1).into()),
        ("workflow_id", id(workflow + 1).into()),
        ("user_id", if at % 9 == 8 { GONE } else { &run.workflow.user }.into()),
        ("status", status.into()),
        ("trigger_type", if run.own == 0 { "API" } else { "MANUAL" }.into()),
        ("started_at", run.start.into()),
        ("completed_at", end.into()),
        (
            "total_duration",
            end.map(|_| if wrong { 0 } else { run.duration() }).into(),
        ),
        ("total_events", totals[0].into()),
        ("successful_events", totals[1].into()),
        (
            "failed_events",
            if wrong && workflow % 2 == 1 {
                None
            } else {
                Some(totals[2])
            }
            .into(),
        ),
        ("execution_data", data.into()),
        ("created_at", run.start.into()),
        ("updated_at", end.unwrap_or(run.start).into()),
    ]
}

fn executed(number: usize, at: usize, run: &Run<'_>, node: usize) -> Row<13> {
    let failed = run.failed == Some(node);
    let start = run.after(run.nodes[..node].iter().sum());
    let duration = run.nodes[node];
    // The first workflow was changed after its last run: these nodes are gone, and nothing refers to them.
    let node_id = if run.own == 2 && (at / RUNS).is_multiple_of(6) {
        1_000_000_000 + id(number)
    } else {
        id(run.workflow.first_node + node)
    };
    [
        ("id", id(number).into()),
        ("workflow_execution_id", id(at + 1).into()),
        ("event_id", run.workflow.events[node].into()),
        ("node_id", node_id.into()),
        // Followers inherit the number of the node that they started from.
        ("sequence_order", 1.into()),
        ("status", if failed { "FAILURE" } else { "SUCCESS" }.into()),
        ("started_at", start.into()),
        (
            "completed_at",
            (start + TimeDelta::milliseconds(i64::from(duration))).into(),
        ),
        ("duration", duration.into()),
        (
            "output",
            cycle(&[Some("ok\n\tzwei Zeilen"), None, Some("")], number).into(),
        ),
        ("error_message", failed.then_some("exit code 1").into()),
        // Whatever the connection was.
        ("connection_type", "ALWAYS".into()),
        ("created_at", start.into()),
    ]
}

fn log(at: usize, run: &Run<'_>) -> Row<12> {
    let end = run.ended().then(|| run.after(run.duration()));
    let (status, level, message): (_, _, Option<String>) = match run.own {
        0 => ("RUNNING", "INFO", Some("Workflow execution started".to_owned())),
        1 if run.failed.is_some() => ("FAILURE", "ERROR", Some("Workflow ended\n\twith a failure".to_owned())),
        1 => (
            "SUCCESS",
            cycle(&["INFO", "DEBUG"], at / RUNS),
            Some("Found 1 starting nodes".to_owned()),
        ),
        _ => ("SUCCESS", "WARNING", None),
    };
    let moment = end.unwrap_or(run.start);
    [
        ("id", id(at + 1).into()),
        ("workflow_id", id(at / RUNS + 1).into()),
        ("status", status.into()),
        ("level", level.into()),
        ("message", message.into()),
        ("start_time", run.start.into()),
        ("end_time", end.into()),
        ("output", (run.own == 1).then_some("fertig ✅\n").into()),
        ("error", (status == "FAILURE").then_some("exit code 1").into()),
        ("timestamp", moment.into()),
        (
            "user_id",
            if at % 7 == 6 {
                None
            } else {
                Some(run.workflow.user.as_str())
            }
            .into(),
        ),
        ("created_at", moment.into()),
    ]
}
