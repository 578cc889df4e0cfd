//! How runs of workflows begin, go on and end.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use entity::{
    jobs::{
        JobId,
        queue::{
            Claim, Completion, Failure, QueueError, claim, complete, fail, report_condition, report_output, start,
        },
    },
    prelude::*,
    workflows::runner::{self, Begun, NewRun, RunError, is_skipped},
};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _,
};
use serde_json::{Value as Json, json};

use crate::support::{Db, TestWorld};

/// A workflow with nodes, each of an event of its own, and connections between their places.
pub(crate) struct Graph {
    pub(crate) workflow: i32,
    pub(crate) nodes: Vec<i32>,
    pub(crate) events: Vec<i32>,
}

pub(crate) async fn graph(db: &Db, nodes: usize, edges: &[(usize, usize, ConnectionType)]) -> Graph {
    let workflow = workflows::ActiveModel {
        user_id: Set("ada".to_owned()),
        name: Set("Nightly".to_owned()),
        status: Set(EventStatus::Active.into()),
        ..Default::default()
    };
    let workflow = workflow.insert(&db.0).await.unwrap().id;
    let mut graph = Graph {
        workflow,
        nodes: Vec::new(),
        events: Vec::new(),
    };
    for _ in 0..nodes {
        let event = db.event(|_| {}).await;
        let node = workflow_nodes::ActiveModel {
            workflow_id: Set(workflow),
            event_id: Set(event),
            ..Default::default()
        };
        graph.nodes.push(node.insert(&db.0).await.unwrap().id);
        graph.events.push(event);
    }
    for (source, target, kind) in edges {
        let edge = workflow_connections::ActiveModel {
            workflow_id: Set(workflow),
            source_node_id: Set(graph.nodes[*source]),
            target_node_id: Set(graph.nodes[*target]),
            connection_type: Set((*kind).into()),
            ..Default::default()
        };
        edge.insert(&db.0).await.unwrap();
    }
    graph
}

pub(crate) async fn begin(db: &Db, world: &TestWorld, workflow: i32, input: Json) -> Result<Begun, RunError> {
    let new = NewRun {
        workflow_id: workflow,
        user_id: "ada".to_owned(),
        trigger: ExecutionTrigger::Manual,
        input: input.as_object().unwrap().clone(),
    };
    runner::start(&db.0, world, &new).await
}

pub(crate) async fn run(db: &Db, id: i32) -> workflow_executions::Model {
    workflow_executions::Entity::find_by_id(id)
        .one(&db.0)
        .await
        .unwrap()
        .unwrap()
}

/// The rows of a run by the places of their nodes.
pub(crate) async fn rows(db: &Db, graph: &Graph, run: i32) -> BTreeMap<usize, workflow_execution_events::Model> {
    let rows = workflow_execution_events::Entity::find()
        .filter(workflow_execution_events::Column::WorkflowExecutionId.eq(run))
        .order_by_asc(workflow_execution_events::Column::Id);
    let place = |node: i32| graph.nodes.iter().position(|known| *known == node).unwrap();
    let rows = rows.all(&db.0).await.unwrap();
    rows.into_iter().map(|row| (place(row.node_id), row)).collect()
}

/// Claims and starts all that waits; the jobs by the places of their nodes.
pub(crate) async fn begun(db: &Db, world: &TestWorld, graph: &Graph) -> BTreeMap<usize, jobs::Model> {
    let mut begun = BTreeMap::new();
    for job in claim(&db.0, world, &Claim::by("o1").limit(100)).await.unwrap() {
        start(&db.0, world, &job.id, "o1").await.unwrap();
        let place = graph.events.iter().position(|event| *event == job.event_id).unwrap();
        assert!(begun.insert(place, job).is_none(), "a node once");
    }
    begun
}

fn input(job: &jobs::Model) -> Json {
    job.payload.to_json()["input"].clone()
}

on_every_database! {
    async fn a_chain_runs_one_after_the_other(db: Db) {
        use ConnectionType::{Always, OnSuccess};
        let world = TestWorld::new();
        let graph = graph(&db, 3, &[(0, 1, OnSuccess), (1, 2, Always)]).await;
        let begun_run = begin(&db, &world, graph.workflow, json!({"day": 14})).await.unwrap();
        assert_eq!(begun_run.progress.queued.len(), 1);
        let id = begun_run.run_id;
        let first = begun(&db, &world, &graph).await.remove(&0).unwrap();
        let payload = first.payload.known().unwrap();
        assert_eq!((payload.workflow_id, payload.workflow_execution_id), (Some(graph.workflow), Some(id)));
        assert_eq!(input(&first), json!({"day": 14}));
        assert_eq!(db.log(&first.id).await.workflow_id, Some(graph.workflow));
        // Nothing is due yet.
        assert_eq!(runner::advance(&db.0, &world, id).await.unwrap().queued, []);
        assert_eq!(rows(&db, &graph, id).await[&0].status.known(), Some(&LogStatus::Running));
        report_output(&db.0, &world, &first.id, json!({"rows": 3})).await.unwrap();
        world.pass(TimeDelta::seconds(2));
        let printed = Completion { output: Some(json!("printed")), ..Completion::default() };
        complete(&db.0, &world, &first.id, "o1", printed).await.unwrap();
        assert_eq!(runner::advance(&db.0, &world, id).await.unwrap().queued.len(), 1);
        // Whoever comes late finds nothing to do.
        assert_eq!(runner::advance(&db.0, &world, id).await.unwrap().queued, []);

        let second = begun(&db, &world, &graph).await.remove(&1).unwrap();
        assert_eq!(input(&second), json!({"rows": 3}));
        report_output(&db.0, &world, &second.id, json!([1, 2])).await.unwrap();
        complete(&db.0, &world, &second.id, "o1", Completion::default()).await.unwrap();
        // The call that was never made is made up for.
        let resumed = runner::resume(&db.0, &world).await.unwrap();
        assert_eq!((resumed.len(), resumed[0].0, resumed[0].1.queued.len()), (1, id, 1));
        let third = begun(&db, &world, &graph).await.remove(&2).unwrap();
        // What is no object can't be an input.
        assert_eq!(input(&third), json!({}));
        world.pass(TimeDelta::seconds(3));
        complete(&db.0, &world, &third.id, "o1", Completion::default()).await.unwrap();
        assert_eq!(runner::advance(&db.0, &world, id).await.unwrap().ended, Some(LogStatus::Success));

        let run = run(&db, id).await;
        assert_eq!((run.total_events, run.successful_events, run.failed_events), (Some(3), Some(3), Some(0)));
        assert_eq!((run.status.known(), run.total_duration), (Some(&LogStatus::Success), Some(5_000)));
        let rows = rows(&db, &graph, id).await;
        assert_eq!((rows[&0].duration, rows[&0].output.as_deref()), (Some(2_000), Some("printed")));
        assert_eq!(rows.values().map(|row| row.sequence_order).collect::<Vec<_>>(), [1, 1, 1]);
        let led = rows.values().map(|row| row.connection_type.as_ref().and_then(|kind| kind.known().copied()));
        assert_eq!(led.collect::<Vec<_>>(), [None, Some(OnSuccess), Some(Always)]);
        let ended = runner::advance(&db.0, &world, id).await.unwrap();
        assert_eq!((ended.queued, ended.ended), (vec![], Some(LogStatus::Success)));
        assert_eq!(runner::resume(&db.0, &world).await.unwrap(), []);
        let said = workflow_logs::Entity::find().order_by_asc(workflow_logs::Column::Id).all(&db.0).await.unwrap();
        let said: Vec<&str> = said.iter().map(|line| line.message.as_deref().unwrap()).collect();
        assert_eq!(said, ["Started; 1 of 3 nodes are run at once", "Ended: 3 well, 0 badly, 0 skipped"]);
    }

    async fn what_does_not_hold_is_skipped_with_all_behind_it(db: Db) {
        use ConnectionType::{Always, OnCondition, OnFailure, OnSuccess};
        let world = TestWorld::new();
        let graph = graph(&db, 5, &[(0, 1, OnSuccess), (1, 2, Always), (0, 3, OnFailure), (0, 4, OnCondition)]).await;
        let id = begin(&db, &world, graph.workflow, json!({"a": 1})).await.unwrap().run_id;
        let first = begun(&db, &world, &graph).await.remove(&0).unwrap();
        report_output(&db.0, &world, &first.id, json!({"never": true})).await.unwrap();
        report_condition(&db.0, &world, &first.id, false).await.unwrap();
        fail(&db.0, &world, &first.id, "o1", Failure::because("exit 1")).await.unwrap();
        let progress = runner::advance(&db.0, &world, id).await.unwrap();
        let nodes = |places: &[usize]| places.iter().map(|place| graph.nodes[*place]).collect::<Vec<_>>();
        let mut skipped = progress.skipped.clone();
        skipped.sort_unstable();
        assert_eq!((skipped, progress.queued.len()), (nodes(&[1, 2, 4]), 1));
        let repair = begun(&db, &world, &graph).await.remove(&3).unwrap();
        // Of what failed nothing is passed on.
        assert_eq!(input(&repair), json!({"a": 1}));
        complete(&db.0, &world, &repair.id, "o1", Completion::default()).await.unwrap();
        assert_eq!(runner::advance(&db.0, &world, id).await.unwrap().ended, Some(LogStatus::Failure));
        let run = run(&db, id).await;
        assert_eq!((run.total_events, run.successful_events, run.failed_events), (Some(2), Some(1), Some(1)));
        let rows = rows(&db, &graph, id).await;
        assert_eq!(rows.values().map(is_skipped).collect::<Vec<_>>(), [false, true, true, false, true]);
        assert_eq!(rows[&0].error_message.as_deref(), Some("exit 1"));
        let why = format!("Skipped: its connection ON_SUCCESS from the node {} does not hold", graph.nodes[0]);
        assert_eq!(rows[&1].error_message.as_deref(), Some(why.as_str()));
    }

    async fn a_node_waits_for_the_tries_of_the_one_before(db: Db) {
        let world = TestWorld::new();
        let graph = graph(&db, 2, &[(0, 1, ConnectionType::OnFailure)]).await;
        db.run("UPDATE events SET retries = 1").await;
        let id = begin(&db, &world, graph.workflow, json!({})).await.unwrap().run_id;
        for expected in [0, 1] {
            world.pass(TimeDelta::seconds(6));
            let job = begun(&db, &world, &graph).await.remove(&0).unwrap();
            fail(&db.0, &world, &job.id, "o1", Failure::because("no")).await.unwrap();
            assert_eq!(runner::advance(&db.0, &world, id).await.unwrap().queued.len(), expected);
        }
    }

    async fn what_can_not_run_is_refused_or_fails(db: Db) {
        use ConnectionType::Always;
        let world = TestWorld::new();
        let round = graph(&db, 3, &[(0, 1, Always), (1, 2, Always), (2, 1, Always)]).await;
        let error = begin(&db, &world, round.workflow, json!({})).await.unwrap_err();
        assert!(error.to_string().contains("it closes a cycle over older connections"), "{error}");
        db.run("UPDATE workflows SET status = 'ARCHIVED'").await;
        let error = begin(&db, &world, round.workflow, json!({})).await.unwrap_err();
        assert!(matches!(error, RunError::WorkflowStatus { .. }), "{error}");
        assert!(matches!(begin(&db, &world, 99, json!({})).await, Err(RunError::NoWorkflow(99))));
        assert!(matches!(runner::advance(&db.0, &world, 99).await, Err(RunError::NoRun(99))));
        assert_eq!(db.count::<workflow_executions::Entity>().await, 0);

        let empty = graph(&db, 0, &[]).await;
        let begun_run = begin(&db, &world, empty.workflow, json!({})).await.unwrap();
        assert_eq!(begun_run.progress.ended, Some(LogStatus::Failure));
        assert_eq!(run(&db, begun_run.run_id).await.total_events, Some(0));

        // A node whose event may not run has failed; what comes after a failure goes on.
        let archived = graph(&db, 2, &[(0, 1, ConnectionType::OnFailure)]).await;
        db.run(&format!("UPDATE events SET status = 'ARCHIVED' WHERE id = {}", archived.events[0])).await;
        let begun_run = begin(&db, &world, archived.workflow, json!({})).await.unwrap();
        assert_eq!(begun_run.progress.queued.len(), 1);
        let rows = rows(&db, &archived, begun_run.run_id).await;
        assert!(rows[&0].error_message.as_deref().unwrap().contains("is ARCHIVED"));
    }

    async fn a_run_follows_the_graph_that_it_began_with(db: Db) {
        let world = TestWorld::new();
        let graph = graph(&db, 2, &[(0, 1, ConnectionType::Always)]).await;
        let id = begin(&db, &world, graph.workflow, json!({})).await.unwrap().run_id;
        db.run("DELETE FROM workflow_connections").await;
        db.run("DELETE FROM workflow_nodes").await;
        let job = begun(&db, &world, &graph).await.remove(&0).unwrap();
        complete(&db.0, &world, &job.id, "o1", Completion::default()).await.unwrap();
        assert_eq!(runner::advance(&db.0, &world, id).await.unwrap().queued.len(), 1);
    }

    async fn a_run_that_was_cancelled_stays_so(db: Db) {
        let world = TestWorld::new();
        let graph = graph(&db, 3, &[(0, 2, ConnectionType::Always)]).await;
        let id = begin(&db, &world, graph.workflow, json!({})).await.unwrap().run_id;
        let mut jobs = begun(&db, &world, &graph).await;
        let (done, open) = (jobs.remove(&0).unwrap(), jobs.remove(&1).unwrap());
        complete(&db.0, &world, &done.id, "o1", Completion::default()).await.unwrap();
        runner::cancel(&db.0, &world, id).await.unwrap();
        let run = run(&db, id).await;
        assert_eq!((run.total_events, run.successful_events, run.failed_events), (Some(2), Some(1), Some(1)));
        assert_eq!(run.status.known(), Some(&LogStatus::Failure));
        assert!(is_skipped(&rows(&db, &graph, id).await[&2]));
        let late = complete(&db.0, &world, &open.id, "o1", Completion::default()).await.unwrap_err();
        assert!(matches!(late, QueueError::State { status: JobStatus::Cancelled, .. }), "{late}");
        assert_eq!(runner::advance(&db.0, &world, id).await.unwrap().queued, []);
        let again = runner::cancel(&db.0, &world, id).await.unwrap_err();
        assert!(matches!(again, RunError::Over { .. }), "{again}");
        assert_eq!(claim(&db.0, &world, &Claim::by("o1")).await.unwrap().len(), 0);
    }

    async fn two_who_report_at_once_queue_a_node_once(db: Db) {
        use ConnectionType::Always;
        let world = TestWorld::new();
        for _ in 0..10 {
            let graph = graph(&db, 3, &[(0, 2, Always), (1, 2, Always)]).await;
            let id = begin(&db, &world, graph.workflow, json!({})).await.unwrap().run_id;
            let jobs: Vec<JobId> = begun(&db, &world, &graph).await.into_values().map(|job| job.id).collect();
            let end = async |job: &JobId| {
                complete(&db.0, &world, job, "o1", Completion::default()).await.unwrap();
                runner::advance(&db.0, &world, id).await.unwrap().queued.len()
            };
            let (one, other) = tokio::join!(end(&jobs[0]), end(&jobs[1]));
            assert_eq!(one + other, 1);
            assert_eq!(begun(&db, &world, &graph).await.into_keys().collect::<Vec<_>>(), [2]);
        }
    }
}
