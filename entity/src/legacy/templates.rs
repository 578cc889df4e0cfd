//! The templates of e-mail, Slack and Discord messages. `tool_action_templates` takes its place.

#![expect(missing_docs, reason = "plain columns and SeaORM's generated items")]

use sea_orm::entity::prelude::*;

use crate::{identity::users, tools::ToolType, values::Stored};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "templates")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    /// Absent for the templates of the system.
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub user_id: Option<String>,
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub name: String,
    pub r#type: Stored<ToolType>,
    /// Plain text, or the JSON of Slack blocks or Discord embeds.
    #[sea_orm(column_type = "Text")]
    pub content: String,
    /// Only of e-mails.
    #[sea_orm(column_type = "String(StringLen::N(500))")]
    pub subject: Option<String>,
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
