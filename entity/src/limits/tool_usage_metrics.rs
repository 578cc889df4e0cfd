//! How tools are used. Nothing writes it yet.

#![expect(missing_docs, reason = "plain columns and SeaORM's generated items")]

use sea_orm::entity::prelude::*;
use seawright::declare::{Spec, TableSpec};

use crate::{
    identity::users,
    values::{Document, Object},
};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "tool_usage_metrics")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub user_id: String,
    /// The plugin's name; not a row of `tool_credentials`.
    #[sea_orm(column_type = "String(StringLen::N(100))")]
    pub tool_id: String,
    #[sea_orm(column_type = "String(StringLen::N(100))")]
    pub action_id: Option<String>,
    /// Milliseconds.
    pub execution_time: Option<i32>,
    pub success: bool,
    #[sea_orm(column_type = "String(StringLen::N(100))")]
    pub error_type: Option<String>,
    pub metadata: Option<Document<Object>>,
    pub created_at: DateTime,

    #[sea_orm(belongs_to, from = "user_id", to = "id", on_delete = "Cascade")]
    pub user: BelongsTo<users::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

impl TableSpec for Entity {
    fn spec(table: &mut Spec<Self>) {
        table.index("idx_tool_usage_metrics_user_id", [Column::UserId]);
        table.index("idx_tool_usage_metrics_tool_id", [Column::ToolId]);
        table.index("idx_tool_usage_metrics_created_at", [Column::CreatedAt]);
        table.default_now(Column::CreatedAt);
    }
}
