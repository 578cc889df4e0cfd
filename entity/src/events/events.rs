//! The unit of automation: a script, an HTTP request or a tool action, with its schedule, limits and counters.

#![expect(missing_docs, reason = "plain columns and SeaORM's generated items")]

use sea_orm::entity::prelude::*;
use seawright::declare::{Spec, TableSpec};

use super::{
    EventStatus, EventTriggerType, EventType, HttpHeaders, RunLocation, Tags, TimeUnit, ToolActionConfig, servers,
};
use crate::{
    identity::users,
    values::{Document, Stored},
};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "events")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub user_id: String,
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub description: Option<String>,
    #[sea_orm(default_value = false)]
    pub shared: bool,
    pub r#type: Stored<EventType>,
    /// The script; for an HTTP request of the oldest form, the request as JSON text.
    #[sea_orm(column_type = "Text")]
    pub content: Option<String>,
    #[sea_orm(column_type = "String(StringLen::N(20))")]
    pub http_method: Option<String>,
    #[sea_orm(column_type = "String(StringLen::N(1000))")]
    pub http_url: Option<String>,
    /// Only of HTTP requests.
    pub http_headers: Option<Document<HttpHeaders>>,
    #[sea_orm(column_type = "Text")]
    pub http_body: Option<String>,
    /// Only of tool actions.
    pub tool_action_config: Option<Document<ToolActionConfig>>,
    #[sea_orm(default_value = "DRAFT")]
    pub status: Stored<EventStatus>,
    #[sea_orm(default_value = "MANUAL")]
    pub trigger_type: Stored<EventTriggerType>,
    /// How many `schedule_unit` lie between two runs.
    #[sea_orm(default_value = 1)]
    pub schedule_number: i32,
    #[sea_orm(default_value = "MINUTES")]
    pub schedule_unit: Stored<TimeUnit>,
    /// A cron line, which then counts instead of number and unit.
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub custom_schedule: Option<String>,
    #[sea_orm(default_value = "LOCAL")]
    pub run_location: Stored<RunLocation>,
    /// The server, for a remote event on one; for several see `event_servers`.
    pub server_id: Option<i32>,
    /// How many `timeout_unit` a run may take.
    #[sea_orm(default_value = 30)]
    pub timeout_value: i32,
    #[sea_orm(default_value = "SECONDS")]
    pub timeout_unit: Stored<TimeUnit>,
    /// How often a failed run is tried again, 0 to 10.
    #[sea_orm(default_value = 0)]
    pub retries: i32,
    /// When the schedule begins.
    pub start_time: Option<DateTime>,
    /// Runs since the counter was last set back.
    #[sea_orm(default_value = 0)]
    pub execution_count: i32,
    /// Runs after which the event is paused; 0 for no limit.
    #[sea_orm(default_value = 0)]
    pub max_executions: i32,
    /// Whether `execution_count` goes back to 0 when the event is set active.
    #[sea_orm(default_value = false)]
    pub reset_counter_on_active: bool,
    pub last_run_at: Option<DateTime>,
    pub next_run_at: Option<DateTime>,
    #[sea_orm(default_value = 0)]
    pub success_count: i32,
    #[sea_orm(default_value = 0)]
    pub failure_count: i32,
    /// Also carries `runtime:api` once the script speaks to the runtime API.
    #[sea_orm(default_value = "[]")]
    pub tags: Document<Tags>,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub created_at: DateTime,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub updated_at: DateTime,

    #[sea_orm(belongs_to, from = "user_id", to = "id")]
    pub user: BelongsTo<users::Entity>,
    #[sea_orm(belongs_to, from = "server_id", to = "id")]
    pub server: BelongsTo<Option<servers::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}

impl TableSpec for Entity {
    fn spec(table: &mut Spec<Self>) {
        // The scheduler's start: all active events.
        table.index("idx_events_status_user_id", [Column::Status, Column::UserId]);
    }
}
