//! Everything that a batch of records is judged by, in a few queries.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::TimeDelta;
use entity::{
    events::{TimeUnit, events},
    values::Stored,
    workflows::{
        workflow_execution_events::{self as nodes, Column as Node},
        workflow_executions::{Column, Entity, Model},
        workflow_nodes,
    },
};
use sea_orm::{
    ColumnTrait as _, DatabaseTransaction, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
    sea_query::{Expr, ExprTrait as _, JoinType, Query},
};

use crate::workflows::{
    MANY,
    runs::{self, REACH},
};

/// The nodes that ran in some runs, the twins of those that the API left behind, and how long their workflows may take.
pub(super) struct Gathered {
    ran: HashMap<i32, Vec<nodes::Model>>,
    twins: HashMap<i32, Model>,
    slowest: HashMap<i32, TimeDelta>,
}

impl Gathered {
    /// What is needed to judge these runs.
    pub(super) async fn around(db: &DatabaseTransaction, rows: &[Model]) -> Result<Self, DbErr> {
        let mut ran = HashMap::new();
        let ids: Vec<i32> = rows.iter().map(|run| run.id).collect();
        gather_nodes(db, &ids, &mut ran).await?;
        let left_behind: Vec<&Model> = rows
            .iter()
            .filter(|run| runs::is_left_behind(run, of(&ran, run.id)))
            .collect();
        let twins = twins(db, &left_behind).await?;
        let others: BTreeSet<i32> = twins.values().map(|twin| twin.id).collect();
        let others: Vec<i32> = others.into_iter().filter(|id| !ran.contains_key(id)).collect();
        gather_nodes(db, &others, &mut ran).await?;
        let going_on = rows.iter().filter(|run| runs::is_unfinished(&run.status));
        let workflows: BTreeSet<i32> = going_on.map(|run| run.workflow_id).collect();
        Ok(Self {
            ran,
            twins,
            slowest: slowest(db, &workflows.into_iter().collect::<Vec<_>>()).await?,
        })
    }

    /// The rows of the nodes that ran in a run.
    pub(super) fn ran(&self, run: i32) -> &[nodes::Model] {
        of(&self.ran, run)
    }

    /// The executor's record of a run whose record the API left behind.
    pub(super) fn twin_of(&self, run: &Model) -> Option<&Model> {
        self.twins.get(&run.id)
    }

    /// How long the slowest event of a workflow may take.
    pub(super) fn slowest(&self, workflow: i32) -> TimeDelta {
        self.slowest.get(&workflow).copied().unwrap_or_default()
    }
}

fn of(ran: &HashMap<i32, Vec<nodes::Model>>, run: i32) -> &[nodes::Model] {
    ran.get(&run).map_or(&[], Vec::as_slice)
}

async fn gather_nodes(
    db: &DatabaseTransaction,
    runs: &[i32],
    into: &mut HashMap<i32, Vec<nodes::Model>>,
) -> Result<(), DbErr> {
    for some in runs.chunks(MANY) {
        // What they printed may be long, and says nothing here.
        let found = nodes::Entity::find()
            .select_only()
            .columns([
                Node::Id,
                Node::WorkflowExecutionId,
                Node::EventId,
                Node::NodeId,
                Node::SequenceOrder,
                Node::Status,
                Node::StartedAt,
                Node::CompletedAt,
                Node::Duration,
                Node::ErrorMessage,
                Node::ConnectionType,
                Node::CreatedAt,
            ])
            .expr_as(Expr::cust("CAST(NULL AS text)"), "output")
            .filter(Node::WorkflowExecutionId.is_in(some.iter().copied()))
            .order_by_asc(Node::Id)
            .into_model::<nodes::Model>()
            .all(db)
            .await?;
        for node in found {
            into.entry(node.workflow_execution_id).or_default().push(node);
        }
    }
    Ok(())
}

/// The twins of runs, by the ids of the runs.
async fn twins(db: &DatabaseTransaction, of: &[&Model]) -> Result<HashMap<i32, Model>, DbErr> {
    let mut near = BTreeMap::new();
    for some in of.chunks(MANY) {
        let first = |column: Column| Expr::col(("first", column));
        let later = |column: Column| Expr::col(("later", column));
        // A range of the primary key for each, so the table is not gone through.
        let nearby = Query::select()
            .column(("later", Column::Id))
            .from_as(Entity, "first")
            .join_as(
                JoinType::InnerJoin,
                Entity,
                "later",
                later(Column::Id)
                    .gt(first(Column::Id))
                    .and(later(Column::Id).lte(first(Column::Id).cast_as("bigint").add(REACH)))
                    .and(later(Column::WorkflowId).equals(("first", Column::WorkflowId)))
                    .and(later(Column::UserId).equals(("first", Column::UserId))),
            )
            .and_where(first(Column::Id).is_in(some.iter().map(|run| run.id)))
            .take();
        let found = Entity::find().filter(Column::Id.in_subquery(nearby)).all(db).await?;
        near.extend(found.into_iter().map(|run| (run.id, run)));
    }
    let mut twins = HashMap::new();
    for run in of {
        let following: Vec<&Model> = near
            .range(run.id.saturating_add(1)..=run.id.saturating_add(REACH))
            .map(|(_, other)| other)
            .filter(|other| other.workflow_id == run.workflow_id && other.user_id == run.user_id)
            .collect();
        if let Some(twin) = runs::twin(run, &following) {
            twins.insert(run.id, twin.clone());
        }
    }
    Ok(twins)
}

async fn slowest(db: &DatabaseTransaction, workflows: &[i32]) -> Result<HashMap<i32, TimeDelta>, DbErr> {
    let mut slowest = HashMap::new();
    for some in workflows.chunks(MANY) {
        let timeouts: Vec<(i32, i32, Stored<TimeUnit>)> = workflow_nodes::Entity::find()
            .select_only()
            .column(workflow_nodes::Column::WorkflowId)
            .column_as(events::Column::TimeoutValue.max(), "longest")
            .column(events::Column::TimeoutUnit)
            .join(
                JoinType::InnerJoin,
                workflow_nodes::Entity::belongs_to(events::Entity)
                    .from(workflow_nodes::Column::EventId)
                    .to(events::Column::Id)
                    .into(),
            )
            .filter(workflow_nodes::Column::WorkflowId.is_in(some.iter().copied()))
            .group_by(workflow_nodes::Column::WorkflowId)
            .group_by(events::Column::TimeoutUnit)
            .into_tuple()
            .all(db)
            .await?;
        for (workflow, value, unit) in timeouts {
            let one: &mut TimeDelta = slowest.entry(workflow).or_default();
            *one = (*one).max(runs::timeout(value, &unit));
        }
    }
    Ok(slowest)
}
