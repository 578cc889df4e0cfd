//! One run of a workflow.

#![expect(missing_docs, reason = "plain columns and SeaORM's generated items")]

use sea_orm::entity::prelude::*;

use super::{ExecutionTrigger, workflows};
use crate::{events::LogStatus, values::Stored};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "workflow_executions")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub workflow_id: i32,
    /// The id of a row of `users`; no key holds it to that.
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub user_id: String,
    #[sea_orm(default_value = "RUNNING")]
    pub status: Stored<LogStatus>,
    pub trigger_type: Stored<ExecutionTrigger>,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub started_at: DateTime,
    pub completed_at: Option<DateTime>,
    /// Milliseconds.
    pub total_duration: Option<i32>,
    #[sea_orm(default_value = 0)]
    pub total_events: Option<i32>,
    #[sea_orm(default_value = 0)]
    pub successful_events: Option<i32>,
    #[sea_orm(default_value = 0)]
    pub failed_events: Option<i32>,
    /// What the run was given, in the form of whoever started it.
    #[sea_orm(column_type = "JsonBinary")]
    pub execution_data: Option<Json>,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub created_at: DateTime,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub updated_at: DateTime,

    #[sea_orm(belongs_to, from = "workflow_id", to = "id", on_delete = "Cascade")]
    pub workflow: BelongsTo<workflows::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
