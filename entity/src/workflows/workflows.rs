//! The graphs of events, with their own trigger and schedule.

#![expect(missing_docs, reason = "plain columns and SeaORM's generated items")]

use sea_orm::entity::prelude::*;

use super::WorkflowTriggerType;
use crate::{
    events::{EventStatus, RunLocation, Tags, TimeUnit},
    identity::users,
    values::{Document, Stored},
};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "workflows")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub user_id: String,
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub description: Option<String>,
    #[sea_orm(default_value = "MANUAL")]
    pub trigger_type: Stored<WorkflowTriggerType>,
    /// 8 to 64 characters of `A-Z a-z 0-9 _ -`; not unique.
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub webhook_key: Option<String>,
    /// How many `schedule_unit` lie between two runs.
    pub schedule_number: Option<i32>,
    pub schedule_unit: Option<Stored<TimeUnit>>,
    /// A cron line, which then counts instead of number and unit.
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub custom_schedule: Option<String>,
    #[sea_orm(default_value = "LOCAL")]
    pub run_location: Stored<RunLocation>,
    /// Whether `override_server_ids` replaces the events' own servers.
    #[sea_orm(default_value = false)]
    pub override_event_servers: bool,
    /// Ids of rows of `servers`.
    pub override_server_ids: Option<Document<Vec<i32>>>,
    #[sea_orm(default_value = "DRAFT")]
    pub status: Stored<EventStatus>,
    #[sea_orm(default_value = false)]
    pub shared: bool,
    #[sea_orm(default_value = "[]")]
    pub tags: Document<Tags>,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub created_at: DateTime,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub updated_at: DateTime,

    #[sea_orm(belongs_to, from = "user_id", to = "id")]
    pub user: BelongsTo<users::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
