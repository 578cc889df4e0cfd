//! Who did what with which tool, for an audit.

#![expect(missing_docs, reason = "plain columns and SeaORM's generated items")]

use sea_orm::entity::prelude::*;

use super::{AuditAction, tool_credentials};
use crate::{
    identity::users,
    values::{Document, Object, Stored},
};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "tool_audit_logs")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    /// Absent once the user is gone: the trail outlives whom it is about.
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub user_id: Option<String>,
    /// Absent once the tool is gone.
    pub tool_id: Option<i32>,
    pub action: Stored<AuditAction>,
    /// Members that depend on the action.
    pub action_details: Option<Document<Object>>,
    /// IPv4 or IPv6, as text.
    #[sea_orm(column_type = "String(StringLen::N(45))")]
    pub ip_address: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub user_agent: Option<String>,
    #[sea_orm(default_value = true)]
    pub success: bool,
    #[sea_orm(column_type = "Text")]
    pub error_message: Option<String>,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub created_at: DateTime,

    // Not in Cronium, where the column is NOT NULL and refers to nothing.
    #[sea_orm(belongs_to, from = "user_id", to = "id", on_delete = "SetNull")]
    pub user: BelongsTo<Option<users::Entity>>,
    #[sea_orm(belongs_to, from = "tool_id", to = "id", on_delete = "SetNull")]
    pub tool: BelongsTo<Option<tool_credentials::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
