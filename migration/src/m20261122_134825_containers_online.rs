//! Written by Seawright from the entities: 1 foreign key added, 7 indexes added.
//! Not in a transaction: each change lets writers go on, and is made only where it is still to be made.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, Expr, ForeignKey, Index, IndexOrder, MigrationName, MigrationTrait, SchemaManager,
    Table, async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild, online};

/// Containers online.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261122_134825_containers_online"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Logs::Table)
            .add_foreign_key(
                ForeignKey::create()
                    .name("logs_job_id_jobs_id_fk")
                    .from(Logs::Table, Logs::JobId)
                    .to(Jobs::Table, Jobs::Id),
            )
            .rebuild_on_sqlite(logs_after_up(manager))
            .online()
            .execute(manager)
            .await?;
        online::CreateIndex::new(
            Index::create()
                .name("idx_env_vars_event_id")
                .table(EnvVars::Table)
                .col(EnvVars::EventId),
        )
        .execute(manager)
        .await?;
        online::CreateIndex::new(
            Index::create()
                .name("idx_event_servers_event_id")
                .table(EventServers::Table)
                .col(EventServers::EventId),
        )
        .execute(manager)
        .await?;
        online::CreateIndex::new(
            Index::create()
                .name("idx_event_servers_server_id")
                .table(EventServers::Table)
                .col(EventServers::ServerId),
        )
        .execute(manager)
        .await?;
        online::CreateIndex::new(
            Index::create()
                .name("idx_events_status_user_id")
                .table(Events::Table)
                .col(Events::Status)
                .col(Events::UserId),
        )
        .execute(manager)
        .await?;
        online::CreateIndex::new(
            Index::create()
                .name("idx_logs_event_id_start_time")
                .table(Logs::Table)
                .col(Logs::EventId)
                .col((Logs::StartTime, IndexOrder::Desc)),
        )
        .execute(manager)
        .await?;
        online::CreateIndex::new(
            Index::create()
                .name("idx_logs_job_id_start_time")
                .table(Logs::Table)
                .col(Logs::JobId)
                .col(Logs::StartTime),
        )
        .execute(manager)
        .await?;
        online::CreateIndex::new(
            Index::create()
                .name("idx_logs_user_id")
                .table(Logs::Table)
                .col(Logs::UserId),
        )
        .execute(manager)
        .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        online::DropIndex::new("idx_logs_user_id").execute(manager).await?;
        online::DropIndex::new("idx_logs_job_id_start_time")
            .execute(manager)
            .await?;
        online::DropIndex::new("idx_logs_event_id_start_time")
            .execute(manager)
            .await?;
        online::DropIndex::new("idx_events_status_user_id")
            .execute(manager)
            .await?;
        online::DropIndex::new("idx_event_servers_server_id")
            .execute(manager)
            .await?;
        online::DropIndex::new("idx_event_servers_event_id")
            .execute(manager)
            .await?;
        online::DropIndex::new("idx_env_vars_event_id").execute(manager).await?;
        AlterTable::new(Logs::Table)
            .drop_constraint("logs_job_id_jobs_id_fk")
            .rebuild_on_sqlite(logs_after_down(manager))
            .online()
            .execute(manager)
            .await?;
        Ok(())
    }
}

/// `logs` as it is after the way up, for SQLite, which can change little of a table in place.
fn logs_after_up(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Logs::Table)
            .col(
                ColumnDef::new(Logs::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(Logs::EventId).integer().not_null())
            .col(ColumnDef::new(Logs::WorkflowId).integer())
            .col(
                ColumnDef::new(Logs::Status)
                    .string_len(50)
                    .not_null()
                    .default("RUNNING"),
            )
            .col(ColumnDef::new(Logs::Output).text())
            .col(
                ColumnDef::new(Logs::StartTime)
                    .date_time()
                    .not_null()
                    .default(Expr::current_timestamp()),
            )
            .col(ColumnDef::new(Logs::EndTime).date_time())
            .col(ColumnDef::new(Logs::Duration).integer())
            .col(ColumnDef::new(Logs::Successful).boolean().default(false))
            .col(ColumnDef::new(Logs::EventName).string_len(255))
            .col(ColumnDef::new(Logs::EventType).string_len(50))
            .col(ColumnDef::new(Logs::Retries).integer().default(0))
            .col(ColumnDef::new(Logs::Error).text())
            .col(ColumnDef::new(Logs::UserId).string_len(255))
            .col(ColumnDef::new(Logs::JobId).string_len(50))
            .foreign_key(
                ForeignKey::create()
                    .name("logs_event_id_events_id_fk")
                    .from(Logs::Table, Logs::EventId)
                    .to(Events::Table, Events::Id),
            )
            .foreign_key(
                ForeignKey::create()
                    .name("logs_workflow_id_workflows_id_fk")
                    .from(Logs::Table, Logs::WorkflowId)
                    .to(Workflows::Table, Workflows::Id),
            )
            .foreign_key(
                ForeignKey::create()
                    .name("logs_job_id_jobs_id_fk")
                    .from(Logs::Table, Logs::JobId)
                    .to(Jobs::Table, Jobs::Id),
            ),
    )
}

/// `logs` as it is after the way down, for SQLite, which can change little of a table in place.
fn logs_after_down(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Logs::Table)
            .col(
                ColumnDef::new(Logs::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(Logs::EventId).integer().not_null())
            .col(ColumnDef::new(Logs::WorkflowId).integer())
            .col(
                ColumnDef::new(Logs::Status)
                    .string_len(50)
                    .not_null()
                    .default("RUNNING"),
            )
            .col(ColumnDef::new(Logs::Output).text())
            .col(
                ColumnDef::new(Logs::StartTime)
                    .date_time()
                    .not_null()
                    .default(Expr::current_timestamp()),
            )
            .col(ColumnDef::new(Logs::EndTime).date_time())
            .col(ColumnDef::new(Logs::Duration).integer())
            .col(ColumnDef::new(Logs::Successful).boolean().default(false))
            .col(ColumnDef::new(Logs::EventName).string_len(255))
            .col(ColumnDef::new(Logs::EventType).string_len(50))
            .col(ColumnDef::new(Logs::Retries).integer().default(0))
            .col(ColumnDef::new(Logs::Error).text())
            .col(ColumnDef::new(Logs::UserId).string_len(255))
            .col(ColumnDef::new(Logs::JobId).string_len(50))
            .foreign_key(
                ForeignKey::create()
                    .name("logs_event_id_events_id_fk")
                    .from(Logs::Table, Logs::EventId)
                    .to(Events::Table, Events::Id),
            )
            .foreign_key(
                ForeignKey::create()
                    .name("logs_workflow_id_workflows_id_fk")
                    .from(Logs::Table, Logs::WorkflowId)
                    .to(Workflows::Table, Workflows::Id),
            ),
    )
}

#[derive(DeriveIden)]
enum EnvVars {
    Table,
    EventId,
}

#[derive(DeriveIden)]
enum EventServers {
    Table,
    EventId,
    ServerId,
}

#[derive(DeriveIden)]
enum Events {
    Table,
    Status,
    UserId,
    Id,
}

#[derive(DeriveIden)]
enum Jobs {
    Table,
    Id,
}

#[derive(DeriveIden)]
enum Logs {
    Table,
    JobId,
    EventId,
    StartTime,
    UserId,
    Id,
    WorkflowId,
    Status,
    Output,
    EndTime,
    Duration,
    Successful,
    EventName,
    EventType,
    Retries,
    Error,
}

#[derive(DeriveIden)]
enum Workflows {
    Table,
    Id,
}
