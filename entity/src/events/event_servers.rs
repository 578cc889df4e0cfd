//! The servers of an event that runs on several.

#![expect(missing_docs, reason = "plain columns and SeaORM's generated items")]

use sea_orm::entity::prelude::*;
use seawright::declare::{Spec, TableSpec};

use super::{events, servers};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "event_servers")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub event_id: i32,
    pub server_id: i32,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub created_at: DateTime,

    #[sea_orm(belongs_to, from = "event_id", to = "id")]
    pub event: BelongsTo<events::Entity>,
    #[sea_orm(belongs_to, from = "server_id", to = "id")]
    pub server: BelongsTo<servers::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

impl TableSpec for Entity {
    fn spec(table: &mut Spec<Self>) {
        table.index("idx_event_servers_event_id", [Column::EventId]);
        table.index("idx_event_servers_server_id", [Column::ServerId]);
    }
}
