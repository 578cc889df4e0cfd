//! The events on a workflow's canvas.

#![expect(missing_docs, reason = "plain columns and SeaORM's generated items")]

use sea_orm::entity::prelude::*;

use super::workflows;
use crate::events::events;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "workflow_nodes")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub workflow_id: i32,
    pub event_id: i32,
    /// Pixels on the canvas.
    #[sea_orm(default_value = 0)]
    pub position_x: i32,
    /// Pixels on the canvas.
    #[sea_orm(default_value = 0)]
    pub position_y: i32,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub created_at: DateTime,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub updated_at: DateTime,

    #[sea_orm(belongs_to, from = "workflow_id", to = "id", on_delete = "Cascade")]
    pub workflow: BelongsTo<workflows::Entity>,
    #[sea_orm(belongs_to, from = "event_id", to = "id")]
    pub event: BelongsTo<events::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
