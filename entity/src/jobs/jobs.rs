//! One execution of an event: waiting, claimed, running or done.

#![expect(missing_docs, reason = "plain columns and SeaORM's generated items")]

use sea_orm::entity::prelude::*;
use seawright::declare::{IndexOrder as _, Spec, TableSpec};

use super::{JobId, JobMetadata, JobPayload, JobPriority, JobResult, JobStatus, JobType};
use crate::{events::events, identity::users, values::Document};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "jobs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: JobId,
    pub event_id: i32,
    /// The event's owner, or who started it by hand.
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub user_id: String,
    pub r#type: JobType,
    #[sea_orm(default_value = "queued")]
    pub status: JobStatus,
    #[sea_orm(default_value = 1)]
    pub priority: JobPriority,
    pub payload: Document<JobPayload>,
    /// When it may run at the earliest.
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub scheduled_for: DateTime,
    /// Who has claimed it.
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub orchestrator_id: Option<String>,
    pub started_at: Option<DateTime>,
    pub completed_at: Option<DateTime>,
    pub result: Option<Document<JobResult>>,
    /// How often it has failed.
    #[sea_orm(default_value = 0)]
    pub attempts: i32,
    #[sea_orm(column_type = "Text")]
    pub last_error: Option<String>,
    #[sea_orm(default_value = "{}")]
    pub metadata: Document<JobMetadata>,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub created_at: DateTime,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub updated_at: DateTime,

    #[sea_orm(belongs_to, from = "event_id", to = "id")]
    pub event: BelongsTo<events::Entity>,
    #[sea_orm(belongs_to, from = "user_id", to = "id")]
    pub user: BelongsTo<users::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

impl TableSpec for Entity {
    fn spec(table: &mut Spec<Self>) {
        // What is waiting, by the time at which it may run. Other statuses are history, which these two leave out.
        table
            .index("idx_jobs_status_scheduled_for", [Column::Status, Column::ScheduledFor])
            .filter(Column::Status.is_in([JobStatus::Queued, JobStatus::Claimed]));
        table.index("idx_jobs_user_id_status", [Column::UserId, Column::Status]);
        table.index("idx_jobs_event_id", [Column::EventId]);
        table.index("idx_jobs_orchestrator_id", [Column::OrchestratorId]);
        // The orchestrator's poll: the queue in the order in which it is drained.
        table
            .index(
                "idx_jobs_queue_poll",
                [
                    Column::Status.asc(),
                    Column::Priority.desc(),
                    Column::ScheduledFor.asc(),
                ],
            )
            .filter(Column::Status.eq(JobStatus::Queued));
    }
}
