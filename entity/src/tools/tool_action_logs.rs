//! What tool actions have been run, and with what result.

#![expect(missing_docs, reason = "plain columns and SeaORM's generated items")]

use sea_orm::entity::prelude::*;

use super::{ToolActionKind, ToolActionResult, ToolActionStatus};
use crate::{
    events::events,
    values::{Document, Object, Stored},
};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "tool_action_logs")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub event_id: Option<i32>,
    /// The tool's kind as its plugin calls it, also kinds that `ToolType` does not know.
    #[sea_orm(column_type = "String(StringLen::N(50))")]
    pub tool_type: String,
    pub action_type: Stored<ToolActionKind>,
    /// The action's name in the plugin.
    #[sea_orm(column_type = "String(StringLen::N(100))")]
    pub action_id: String,
    /// What the action ran with, templates filled in.
    pub parameters: Option<Document<Object>>,
    pub result: Option<Document<ToolActionResult>>,
    pub status: Stored<ToolActionStatus>,
    /// Milliseconds.
    pub execution_time: Option<i32>,
    #[sea_orm(column_type = "Text")]
    pub error_message: Option<String>,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub created_at: DateTime,

    #[sea_orm(belongs_to, from = "event_id", to = "id")]
    pub event: BelongsTo<Option<events::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
