//! Sets of parameters for tool actions to be used again: the successor of the legacy table `templates`.

#![expect(missing_docs, reason = "plain columns and SeaORM's generated items")]

use sea_orm::entity::prelude::*;

use super::ToolType;
use crate::{
    identity::users,
    values::{Document, Object, Stored},
};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "tool_action_templates")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    /// Absent for the templates of the system.
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub user_id: Option<String>,
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub description: Option<String>,
    pub tool_type: Stored<ToolType>,
    /// The action's name in the plugin.
    #[sea_orm(column_type = "String(StringLen::N(100))")]
    pub action_id: String,
    /// The action's parameters, with templates in their texts.
    pub parameters: Document<Object>,
    #[sea_orm(default_value = false)]
    pub is_system_template: bool,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub created_at: DateTime,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub updated_at: DateTime,

    #[sea_orm(belongs_to, from = "user_id", to = "id", on_delete = "Cascade")]
    pub user: BelongsTo<Option<users::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
