//! What a user may use of a kind of tool.

#![expect(missing_docs, reason = "plain columns and SeaORM's generated items")]

use sea_orm::entity::prelude::*;
use seawright::declare::{Spec, TableSpec};

use super::{CustomLimits, QuotaTier};
use crate::{
    identity::users,
    values::{Document, Stored},
};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "user_tool_quotas")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub user_id: String,
    /// Absent for all tools.
    #[sea_orm(column_type = "String(StringLen::N(50))")]
    pub tool_type: Option<String>,
    /// Requests a day.
    pub daily_limit: Option<i32>,
    /// Requests an hour.
    pub hourly_limit: Option<i32>,
    /// Requests at once.
    pub burst_limit: Option<i32>,
    #[sea_orm(default_value = "free")]
    pub tier: Stored<QuotaTier>,
    pub custom_limits: Option<Document<CustomLimits>>,
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
        table.unique("unique_user_tool", [Column::UserId, Column::ToolType]);
        // To the constraint above two absent types are different ones.
        table
            .index("unique_user_all_tools", [Column::UserId])
            .unique()
            .filter(Column::ToolType.is_null());
    }
}
