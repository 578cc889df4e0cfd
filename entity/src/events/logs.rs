//! One row a run, and one row a line that an orchestrator has posted of it.

#![expect(missing_docs, reason = "plain columns and SeaORM's generated items")]

use sea_orm::entity::prelude::*;
use seawright::declare::{IndexOrder as _, Spec, TableSpec};

use super::{EventType, LogStatus, events};
use crate::{
    jobs::{JobId, jobs},
    values::Stored,
    workflows::workflows,
};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "logs")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub event_id: i32,
    /// The workflow that the run was a part of.
    pub workflow_id: Option<i32>,
    /// The job of the run; absent for runs of the time before there were jobs.
    pub job_id: Option<JobId>,
    #[sea_orm(default_value = "RUNNING")]
    pub status: Stored<LogStatus>,
    #[sea_orm(column_type = "Text")]
    pub output: Option<String>,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub start_time: DateTime,
    pub end_time: Option<DateTime>,
    /// Milliseconds.
    pub duration: Option<i32>,
    #[sea_orm(default_value = false)]
    pub successful: Option<bool>,
    /// The event's name when it ran; `script_name` in the legacy database.
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub event_name: Option<String>,
    /// The event's type when it ran; `script_type` in the legacy database.
    pub event_type: Option<Stored<EventType>>,
    #[sea_orm(default_value = 0)]
    pub retries: Option<i32>,
    #[sea_orm(column_type = "Text")]
    pub error: Option<String>,
    /// The id of a row of `users`; no key holds it to that.
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub user_id: Option<String>,

    #[sea_orm(belongs_to, from = "event_id", to = "id")]
    pub event: BelongsTo<events::Entity>,
    #[sea_orm(belongs_to, from = "workflow_id", to = "id")]
    pub workflow: BelongsTo<Option<workflows::Entity>>,
    #[sea_orm(belongs_to, from = "job_id", to = "id")]
    pub job: BelongsTo<Option<jobs::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}

impl TableSpec for Entity {
    fn spec(table: &mut Spec<Self>) {
        // Cronium's `idx_logs_job_id` and `idx_logs_event_id` are left out: the next two begin with the same columns
        // and answer the same queries, and every insert of a log would maintain both.
        table.index("idx_logs_user_id", [Column::UserId]);
        table.index("idx_logs_job_id_start_time", [Column::JobId, Column::StartTime]);
        // The newest runs of an event.
        table.index(
            "idx_logs_event_id_start_time",
            [Column::EventId.asc(), Column::StartTime.desc()],
        );
    }
}
