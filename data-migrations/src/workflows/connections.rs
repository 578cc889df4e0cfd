//! `workflow_connections`: what no workflow's graph may have goes, what is only badly written is mended.

use std::collections::{BTreeSet, HashMap};

use async_trait::async_trait;
use entity::{
    values::Stored,
    workflows::{
        ConnectionType,
        graph::{Connection, faults, kind},
        workflow_connections::{ActiveModel, Column, Entity, Model},
        workflow_nodes::{self, Column as Node},
    },
};
use sea_orm::{
    ActiveEnum as _,
    ActiveValue::{Set, Unchanged},
    ColumnTrait as _, DatabaseTransaction, DbErr, EntityTrait as _, Iterable as _, QueryFilter as _, QuerySelect as _,
    Select,
    sea_query::{Expr, ExprTrait as _, Func, JoinType, Query, SelectStatement},
};
use seawright::data::{Batch, DataError, DataMigration, Invariant};

use super::{MANY, any_of, cycles, trimmed};

/// The name of the step that checks the graphs of the workflows.
pub const WORKFLOW_CONNECTIONS: &str = "m20261124_130300_workflow_connections";

/// Takes the connections out of the workflows that break a rule of their graph, and writes the types of the others as they
/// should be.
///
/// A connection with a fault goes into quarantine, whole and with the fault, and out of the table: the executor would follow
/// it. Which faults there are, and which connection of a cycle goes, `entity::workflows::graph` says.
#[derive(Clone, Copy, Debug)]
pub struct WorkflowConnections;

#[async_trait]
impl DataMigration for WorkflowConnections {
    type Source = Entity;

    fn pending(&self) -> Select<Entity> {
        let others = [foreign(), of_no_type(), repeated(), closing()];
        Entity::find().filter(Column::Id.in_subquery(any_of(to_themselves(), others)))
    }

    fn looks_for_faults(&self) -> bool {
        true
    }

    /// What a connection is judged by is older than itself: in the order of the ids, no batch leaves a rest behind.
    fn parallel(&self) -> bool {
        false
    }

    async fn migrate(&self, batch: &mut Batch<'_, Entity>) -> Result<(), DataError> {
        let workflows: BTreeSet<i32> = batch.rows().iter().map(|row| row.workflow_id).collect();
        let connections = of_workflows(batch.transaction(), &workflows).await?;
        let workflow_of = workflows_of_nodes(batch.transaction(), &connections).await?;
        let faults = faults(connections.iter().map(seen), |node| workflow_of.get(&node).copied());
        let (mut gone, mut mended) = (Vec::new(), Vec::new());
        for (row, connection) in batch.rows().to_vec().into_iter().enumerate() {
            if let Some(fault) = faults.get(&connection.id) {
                batch.quarantined(row, fault.to_string());
                gone.push(connection);
            } else if let (Stored::Unknown(_), Some(kind)) =
                (&connection.connection_type, kind(&connection.connection_type))
            {
                mended.push(ActiveModel {
                    id: Unchanged(connection.id),
                    connection_type: Set(kind.into()),
                    ..Default::default()
                });
            }
        }
        batch.delete::<Entity>(&gone).await?;
        batch.update(mended).await?;
        Ok(())
    }

    fn invariants(&self) -> Vec<Invariant> {
        vec![
            Invariant::none("a connection with a node of another workflow", foreign()),
            Invariant::none("a connection of no known type", of_no_type()),
            Invariant::none("a connection from a node to itself", to_themselves()),
            Invariant::none("a connection that is there twice", repeated()),
            Invariant::none("a connection that closes a cycle", closing()),
        ]
    }
}

/// What the rules look at, from the row as it is at this point of the history.
fn seen(connection: &Model) -> Connection<'_> {
    Connection {
        id: connection.id,
        workflow_id: connection.workflow_id,
        source_node_id: connection.source_node_id,
        target_node_id: connection.target_node_id,
        connection_type: &connection.connection_type,
    }
}

async fn of_workflows(db: &DatabaseTransaction, workflows: &BTreeSet<i32>) -> Result<Vec<Model>, DbErr> {
    let workflows: Vec<i32> = workflows.iter().copied().collect();
    let mut connections = Vec::new();
    for some in workflows.chunks(MANY) {
        let some = Entity::find().filter(Column::WorkflowId.is_in(some.iter().copied()));
        connections.extend(some.all(db).await?);
    }
    Ok(connections)
}

/// The workflow of each node that a connection names and that there is.
async fn workflows_of_nodes(db: &DatabaseTransaction, connections: &[Model]) -> Result<HashMap<i32, i32>, DbErr> {
    let nodes: BTreeSet<i32> = connections
        .iter()
        .flat_map(|connection| [connection.source_node_id, connection.target_node_id])
        .collect();
    let nodes: Vec<i32> = nodes.into_iter().collect();
    let mut workflows = HashMap::with_capacity(nodes.len());
    for some in nodes.chunks(MANY) {
        let some = workflow_nodes::Entity::find()
            .select_only()
            .columns([Node::Id, Node::WorkflowId])
            .filter(Node::Id.is_in(some.iter().copied()))
            .into_tuple::<(i32, i32)>();
        workflows.extend(some.all(db).await?);
    }
    Ok(workflows)
}

/// The ids of connections.
fn ids() -> SelectStatement {
    Query::select().column((Entity, Column::Id)).from(Entity).take()
}

fn foreign() -> SelectStatement {
    let mut ids = ids();
    for (end, column) in [("source", Column::SourceNodeId), ("target", Column::TargetNodeId)] {
        let own = Expr::col((end, Node::Id))
            .equals((Entity, column))
            .and(Expr::col((end, Node::WorkflowId)).equals((Entity, Column::WorkflowId)));
        ids.join_as(JoinType::LeftJoin, workflow_nodes::Entity, end, own);
    }
    let is_missing = |end: &'static str| Expr::col((end, Node::Id)).is_null();
    ids.and_where(is_missing("source").or(is_missing("target"))).take()
}

fn of_no_type() -> SelectStatement {
    let known = ConnectionType::iter().map(|kind| kind.to_value());
    ids()
        .and_where(Expr::col((Entity, Column::ConnectionType)).is_not_in(known))
        .take()
}

fn to_themselves() -> SelectStatement {
    ids()
        .and_where(Expr::col((Entity, Column::SourceNodeId)).equals((Entity, Column::TargetNodeId)))
        .take()
}

/// In whatever case their type is written: one that is mended may be another's duplicate then.
fn repeated() -> SelectStatement {
    let ends = [Column::WorkflowId, Column::SourceNodeId, Column::TargetNodeId];
    let kind = || Expr::from(Func::upper(trimmed(Expr::col((Entity, Column::ConnectionType)))));
    let oldest = Query::select()
        .columns(ends.map(|column| (Entity, column)))
        .expr_as(kind(), "kind")
        .expr_as(Expr::col((Entity, Column::Id)).min(), "id")
        .from(Entity)
        .group_by_columns(ends.map(|column| (Entity, column)))
        .add_group_by([kind()])
        .take();
    let same = ends
        .into_iter()
        .fold(kind().equals(("oldest", "kind")), |same, column| {
            same.and(Expr::col((Entity, column)).equals(("oldest", column)))
        });
    ids()
        .join_subquery(JoinType::InnerJoin, oldest, "oldest", same)
        .and_where(Expr::col((Entity, Column::Id)).gt(Expr::col(("oldest", "id"))))
        .take()
}

fn closing() -> SelectStatement {
    let arcs = Query::select()
        .expr_as(Expr::col((Entity, Column::WorkflowId)), "graph")
        .column((Entity, Column::Id))
        .expr_as(Expr::col((Entity, Column::SourceNodeId)), "source")
        .expr_as(Expr::col((Entity, Column::TargetNodeId)), "target")
        .from(Entity)
        .take();
    cycles::closing(&arcs)
}
