//! How a run begins.

use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, TransactionSession as _, TransactionTrait,
};
use serde_json::Value as Json;

use super::{
    Progress, RunError,
    advance::move_on,
    close::{Line, line},
    data::{Edge, RunData},
    error::Running as _,
    plan,
};
use crate::{
    World,
    events::{EventStatus, LogStatus, RunLocation},
    jobs::queue::{begin, iso},
    values::{Document, Object, Stored},
    workflows::{
        ExecutionTrigger, WorkflowLogLevel, graph, workflow_connections, workflow_execution_events,
        workflow_executions, workflow_nodes, workflows,
    },
};

const DOING: &str = "starting a workflow";

/// A run of a workflow that somebody asks for.
#[derive(Clone, Debug)]
pub struct NewRun {
    /// The workflow.
    pub workflow_id: i32,
    /// Who asks.
    pub user_id: String,
    /// How it is asked for.
    pub trigger: ExecutionTrigger,
    /// What the run gets as its input.
    pub input: Object,
}

/// A run that has begun, and may be over already.
#[derive(Clone, Debug, PartialEq)]
pub struct Begun {
    /// The row of `workflow_executions`.
    pub run_id: i32,
    /// What was queued.
    pub progress: Progress,
}

/// Begins a run: makes its row, one for each node, and the jobs of the nodes that nothing leads to, all or nothing.
///
/// A workflow without nodes fails at once, as a run.
///
/// # Errors
/// [`RunError::NoWorkflow`], [`RunError::WorkflowStatus`] for one that is archived, [`RunError::Faulty`] for a graph that can't be
/// followed, as one with a cycle, [`RunError::Database`].
pub async fn start<C: TransactionTrait>(db: &C, world: &impl World, new: &NewRun) -> Result<Begun, RunError> {
    let now = world.now();
    let tx = begin(db).await.running(DOING)?;
    let workflow = workflows::Entity::find_by_id(new.workflow_id)
        .one(&tx)
        .await
        .running(DOING)?;
    let workflow = workflow.ok_or(RunError::NoWorkflow(new.workflow_id))?;
    if !matches!(
        workflow.status,
        Stored::Known(EventStatus::Active | EventStatus::Paused | EventStatus::Draft)
    ) {
        return Err(RunError::WorkflowStatus {
            workflow: workflow.id,
            status: workflow.status.to_string(),
        });
    }
    let nodes = workflow_nodes::Entity::find()
        .filter(workflow_nodes::Column::WorkflowId.eq(workflow.id))
        .order_by_asc(workflow_nodes::Column::Id);
    let nodes = nodes.all(&tx).await.running(DOING)?;
    let edges = edges(&tx, &workflow, &nodes).await?;
    let data = RunData {
        trigger_type: new.trigger.into(),
        triggered_at: iso(now),
        input_data: Json::Object(new.input.clone()),
        connections: edges,
        servers: servers(&workflow),
    };
    let run = workflow_executions::ActiveModel {
        workflow_id: Set(workflow.id),
        user_id: Set(new.user_id.clone()),
        status: Set(LogStatus::Running.into()),
        trigger_type: Set(new.trigger.into()),
        started_at: Set(now),
        total_events: Set(Some(0)),
        successful_events: Set(Some(0)),
        failed_events: Set(Some(0)),
        execution_data: Set(Some(Document::Known(data.clone()).to_json())),
        created_at: Set(now),
        updated_at: Set(now),
        ..Default::default()
    };
    let run = run.insert(&tx).await.running(DOING)?;

    let ids: Vec<i32> = nodes.iter().map(|node| node.id).collect();
    let numbers = plan::numbers(&ids, &data.connections);
    let rows = nodes.iter().map(|node| workflow_execution_events::ActiveModel {
        workflow_execution_id: Set(run.id),
        event_id: Set(node.event_id),
        node_id: Set(node.id),
        sequence_order: Set(numbers.get(&node.id).copied().unwrap_or_default()),
        status: Set(LogStatus::Pending.into()),
        connection_type: Set(led_by(node.id, &data.connections)),
        created_at: Set(now),
        ..Default::default()
    });
    if !nodes.is_empty() {
        let insert = workflow_execution_events::Entity::insert_many(rows);
        insert.exec_without_returning(&tx).await.running(DOING)?;
    }
    let starts = ids
        .iter()
        .filter(|node| data.connections.iter().all(|edge| edge.target != **node))
        .count();
    let begun = Line::of(
        WorkflowLogLevel::Info,
        LogStatus::Running,
        format!("Started; {starts} of {} nodes are run at once", ids.len()),
    );
    line(&tx, now, &run, begun).await?;
    let progress = move_on(&tx, world, &run).await?;
    tx.commit().await.running(DOING)?;
    Ok(Begun {
        run_id: run.id,
        progress,
    })
}

/// The connections of a workflow, if a run can follow them.
async fn edges<C: ConnectionTrait>(
    tx: &C,
    workflow: &workflows::Model,
    nodes: &[workflow_nodes::Model],
) -> Result<Vec<Edge>, RunError> {
    let connections = workflow_connections::Entity::find()
        .filter(workflow_connections::Column::WorkflowId.eq(workflow.id))
        .order_by_asc(workflow_connections::Column::Id);
    let connections = connections.all(tx).await.running(DOING)?;
    let is_own = |node: i32| nodes.iter().any(|own| own.id == node).then_some(workflow.id);
    if let Some((connection, fault)) = graph::faults(&connections, is_own).into_iter().next() {
        return Err(RunError::Faulty {
            workflow: workflow.id,
            connection,
            fault,
        });
    }
    let edges = connections.iter().filter_map(|connection| {
        Some(Edge {
            source: connection.source_node_id,
            target: connection.target_node_id,
            r#type: graph::kind(&connection.connection_type)?,
        })
    });
    Ok(edges.collect())
}

/// The type of the connection that leads to a node; of several, of the oldest.
fn led_by(node: i32, edges: &[Edge]) -> Option<Stored<crate::workflows::ConnectionType>> {
    edges
        .iter()
        .find(|edge| edge.target == node)
        .map(|edge| edge.r#type.into())
}

/// The servers that a remote workflow has instead of its events'.
fn servers(workflow: &workflows::Model) -> Option<Vec<i32>> {
    let overrides = workflow.override_event_servers && workflow.run_location == RunLocation::Remote;
    let servers = workflow.override_server_ids.as_ref().and_then(Document::known);
    servers.filter(|servers| overrides && !servers.is_empty()).cloned()
}
