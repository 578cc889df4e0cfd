//! One node of a run of a workflow.

#![expect(missing_docs, reason = "plain columns and SeaORM's generated items")]

use sea_orm::entity::prelude::*;

use super::{ConnectionType, workflow_executions};
use crate::{
    events::{LogStatus, events},
    values::Stored,
};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "workflow_execution_events")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub workflow_execution_id: i32,
    pub event_id: i32,
    /// The id of a row of `workflow_nodes` at that time; no key, because an edit of the workflow makes its nodes anew.
    pub node_id: i32,
    /// The number of the start node that it followed from.
    pub sequence_order: i32,
    #[sea_orm(default_value = "PENDING")]
    pub status: Stored<LogStatus>,
    pub started_at: Option<DateTime>,
    pub completed_at: Option<DateTime>,
    /// Milliseconds.
    pub duration: Option<i32>,
    #[sea_orm(column_type = "Text")]
    pub output: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub error_message: Option<String>,
    /// The edge that led to it.
    pub connection_type: Option<Stored<ConnectionType>>,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub created_at: DateTime,

    #[sea_orm(belongs_to, from = "workflow_execution_id", to = "id", on_delete = "Cascade")]
    pub workflow_execution: BelongsTo<workflow_executions::Entity>,
    #[sea_orm(belongs_to, from = "event_id", to = "id", on_delete = "Cascade")]
    pub event: BelongsTo<events::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
