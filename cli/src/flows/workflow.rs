//! Workflow through jobs: each node a job, queued when its connections hold, the run closed with right totals.

use async_trait::async_trait;
use chrono::TimeDelta;
use entity::{
    events::{EventStatus, LogStatus},
    jobs::{
        jobs,
        queue::{Claim, Completion, Failure, claim, complete, fail, report_output, start},
    },
    workflows::{
        ConnectionType, ExecutionTrigger,
        runner::{self, NewRun, Progress},
        workflow_connections, workflow_executions, workflow_nodes, workflows,
    },
};
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, DatabaseTransaction, EntityTrait as _};
use seawright::verify::{Flow, FlowError, Seen};
use serde_json::json;

use super::{FlowWorld, ORCHESTRATOR, event, user};

pub(super) struct WorkflowThroughJobs;

/// The nodes: the second follows the first where it ended well, the third where it did not, the fourth the second in any
/// case.
const CONNECTIONS: [(usize, usize, ConnectionType); 3] = [
    (0, 1, ConnectionType::OnSuccess),
    (0, 2, ConnectionType::OnFailure),
    (1, 3, ConnectionType::Always),
];

#[async_trait]
impl Flow for WorkflowThroughJobs {
    fn name(&self) -> &'static str {
        "flows:workflow-through-jobs"
    }

    fn claim(&self) -> &'static str {
        "a workflow runs through jobs, node by node as its connections say, and its run adds up"
    }

    async fn run(&self, db: &DatabaseTransaction, seen: &mut Seen) -> Result<(), FlowError> {
        let world = FlowWorld::before(db).await?;
        let owner = user(db, &world).await?;
        let (workflow, events) = graph(db, &owner).await?;
        seen.step(format!(
            "the workflow {workflow} with 4 nodes: 1 →(success) 2 →(always) 4, 1 →(failure) 3"
        ));
        let new = NewRun {
            workflow_id: workflow,
            user_id: owner,
            trigger: ExecutionTrigger::Manual,
            input: serde_json::Map::from_iter([("day".to_owned(), json!(14))]),
        };
        let begun = runner::start(db, &world, &new).await?;
        let run = begun.run_id;
        queued(seen, &begun.progress, 1, "its run begins with the first node")?;

        let first = next(db, &world, seen, events[0], "first", &json!({"day": 14})).await?;
        report_output(db, &world, &first.id, json!({"rows": 3})).await?;
        world.pass(TimeDelta::seconds(2));
        complete(db, &world, &first.id, ORCHESTRATOR, Completion::default()).await?;
        let progress = runner::advance(db, &world, run).await?;
        seen.must(
            progress.skipped.len() == 1,
            "it ends well, so the third never runs",
            || format!("{} nodes are skipped", progress.skipped.len()),
        )?;
        queued(seen, &progress, 1, "and the second does")?;

        let second = next(db, &world, seen, events[1], "second", &json!({"rows": 3})).await?;
        world.pass(TimeDelta::seconds(1));
        fail(db, &world, &second.id, ORCHESTRATOR, Failure::because("exit 1")).await?;
        queued(
            seen,
            &runner::advance(db, &world, run).await?,
            1,
            "it fails, and the fourth runs in any case",
        )?;

        let fourth = next(db, &world, seen, events[3], "fourth", &json!({"day": 14})).await?;
        complete(db, &world, &fourth.id, ORCHESTRATOR, Completion::default()).await?;
        let progress = runner::advance(db, &world, run).await?;
        seen.must(
            progress.ended == Some(LogStatus::Failure),
            "the run is over, and not without failures",
            || format!("it ended as {:?}", progress.ended),
        )?;
        let run = workflow_executions::Entity::find_by_id(run)
            .one(db)
            .await?
            .ok_or("the run is gone")?;
        let totals = (
            run.total_events,
            run.successful_events,
            run.failed_events,
            run.total_duration,
        );
        seen.must(
            totals == (Some(3), Some(2), Some(1), Some(3_000)),
            "it counts 3 nodes, 2 well, 1 badly, in 3 s",
            || format!("it counts {totals:?}"),
        )
    }
}

async fn graph(db: &DatabaseTransaction, owner: &str) -> Result<(i32, Vec<i32>), FlowError> {
    let workflow = workflows::ActiveModel {
        user_id: Set(owner.to_owned()),
        name: Set("Seawright's flow".to_owned()),
        status: Set(EventStatus::Active.into()),
        ..Default::default()
    };
    let workflow = workflow.insert(db).await?.id;
    let (mut nodes, mut events) = (Vec::new(), Vec::new());
    for _ in 0..4 {
        let event = event(db, owner, |event| event.retries = Set(0)).await?;
        let node = workflow_nodes::ActiveModel {
            workflow_id: Set(workflow),
            event_id: Set(event),
            ..Default::default()
        };
        nodes.push(node.insert(db).await?.id);
        events.push(event);
    }
    for (source, target, kind) in CONNECTIONS {
        let connection = workflow_connections::ActiveModel {
            workflow_id: Set(workflow),
            source_node_id: Set(nodes[source]),
            target_node_id: Set(nodes[target]),
            connection_type: Set(kind.into()),
            ..Default::default()
        };
        connection.insert(db).await?;
    }
    Ok((workflow, events))
}

fn queued(seen: &mut Seen, progress: &Progress, number: usize, what: &str) -> Result<(), FlowError> {
    seen.must(progress.queued.len() == number, what, || {
        format!(
            "{} nodes were queued, and it ended as {:?}",
            progress.queued.len(),
            progress.ended
        )
    })
}

/// Claims what is due, which is the job of that event, and starts it.
async fn next(
    db: &DatabaseTransaction,
    world: &FlowWorld,
    seen: &mut Seen,
    event: i32,
    which: &str,
    input: &serde_json::Value,
) -> Result<jobs::Model, FlowError> {
    let mut jobs = claim(db, world, &Claim::by(ORCHESTRATOR)).await?;
    let (Some(job), true) = (jobs.pop(), jobs.is_empty()) else {
        return Err(format!("the job of the {which} node is not the one that is due").into());
    };
    let got = job.payload.to_json()["input"].clone();
    seen.must(
        job.event_id == event && got == *input,
        format!("the {which} node's job gets {input}"),
        || format!("it is of the event {} and gets {got}", job.event_id),
    )?;
    start(db, world, &job.id, ORCHESTRATOR).await?;
    Ok(job)
}
