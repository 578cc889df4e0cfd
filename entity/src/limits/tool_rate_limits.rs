//! How often a user has used a kind of tool in a window of time.

#![expect(missing_docs, reason = "plain columns and SeaORM's generated items")]

use sea_orm::entity::prelude::*;
use seawright::declare::{Spec, TableSpec};

use crate::identity::users;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "tool_rate_limits")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub user_id: String,
    /// As the caller wrote it, in either case.
    #[sea_orm(column_type = "String(StringLen::N(50))")]
    pub tool_type: String,
    /// The window lasts 60 seconds.
    pub window_start: DateTime,
    #[sea_orm(default_value = 0)]
    pub request_count: i32,
    pub last_request: Option<DateTime>,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub created_at: DateTime,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub updated_at: DateTime,

    // Not in Cronium, where the column refers to nothing; CASCADE as in the sibling tables.
    #[sea_orm(belongs_to, from = "user_id", to = "id", on_delete = "Cascade")]
    pub user: BelongsTo<users::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

impl TableSpec for Entity {
    fn spec(table: &mut Spec<Self>) {
        table.unique(
            "unique_user_tool_window",
            [Column::UserId, Column::ToolType, Column::WindowStart],
        );
    }
}
