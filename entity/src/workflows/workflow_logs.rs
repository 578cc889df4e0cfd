//! The lines that a workflow's runs have logged.

#![expect(missing_docs, reason = "plain columns and SeaORM's generated items")]

use sea_orm::entity::prelude::*;

use super::{WorkflowLogLevel, workflows};
use crate::{events::LogStatus, values::Stored};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "workflow_logs")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub workflow_id: i32,
    #[sea_orm(default_value = "RUNNING")]
    pub status: Stored<LogStatus>,
    #[sea_orm(default_value = "INFO")]
    pub level: Stored<WorkflowLogLevel>,
    #[sea_orm(column_type = "Text")]
    pub message: Option<String>,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub start_time: DateTime,
    pub end_time: Option<DateTime>,
    #[sea_orm(column_type = "Text")]
    pub output: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub error: Option<String>,
    /// When the line was logged.
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub timestamp: DateTime,
    /// The id of a row of `users`; no key holds it to that.
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub user_id: Option<String>,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub created_at: DateTime,

    #[sea_orm(belongs_to, from = "workflow_id", to = "id")]
    pub workflow: BelongsTo<workflows::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
