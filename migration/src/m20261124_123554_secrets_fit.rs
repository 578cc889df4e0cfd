//! Written by Seawright from the entities: 2 columns changed.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, Expr, ForeignKey, ForeignKeyAction, Index, MigrationName, MigrationTrait,
    SchemaManager, Table, async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild, Unfit};

/// Secrets fit.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261124_123554_secrets_fit"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(ApiTokens::Table)
            .set_type(ColumnDef::new(ApiTokens::Token).string_len(512))
            .rebuild_on_sqlite(api_tokens_after_up(manager))
            .execute(manager)
            .await?;
        AlterTable::new(EnvVars::Table)
            .set_type(ColumnDef::new(EnvVars::Value).text())
            .rebuild_on_sqlite(env_vars_after_up(manager))
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(EnvVars::Table)
            .refuse(
                Unfit::rows("`value` does not fit into varchar(255)")
                    .on_postgres(r#"char_length("value") > 255"#)
                    .on_sqlite(r#"length(CAST("env_vars"."value" AS text)) > 255"#),
            )
            .set_type(ColumnDef::new(EnvVars::Value).string_len(255))
            .rebuild_on_sqlite(env_vars_after_down(manager))
            .execute(manager)
            .await?;
        AlterTable::new(ApiTokens::Table)
            .refuse(
                Unfit::rows("`token` does not fit into varchar(255)")
                    .on_postgres(r#"char_length("token") > 255"#)
                    .on_sqlite(r#"length(CAST("api_tokens"."token" AS text)) > 255"#),
            )
            .set_type(ColumnDef::new(ApiTokens::Token).string_len(255))
            .rebuild_on_sqlite(api_tokens_after_down(manager))
            .execute(manager)
            .await?;
        Ok(())
    }
}

/// `api_tokens` as it is after the way up, for SQLite, which can change little of a table in place.
fn api_tokens_after_up(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(ApiTokens::Table)
            .col(
                ColumnDef::new(ApiTokens::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(ApiTokens::UserId).string_len(255).not_null())
            .col(ColumnDef::new(ApiTokens::Name).string_len(255).not_null())
            .col(ColumnDef::new(ApiTokens::Token).string_len(512).not_null())
            .col(
                ColumnDef::new(ApiTokens::Status)
                    .string_len(50)
                    .not_null()
                    .default("ACTIVE"),
            )
            .col(ColumnDef::new(ApiTokens::LastUsed).date_time())
            .col(ColumnDef::new(ApiTokens::ExpiresAt).date_time())
            .col(
                ColumnDef::new(ApiTokens::CreatedAt)
                    .date_time()
                    .not_null()
                    .default(Expr::current_timestamp()),
            )
            .col(
                ColumnDef::new(ApiTokens::UpdatedAt)
                    .date_time()
                    .not_null()
                    .default(Expr::current_timestamp()),
            )
            .index(
                Index::create()
                    .name("api_tokens_token_unique")
                    .unique()
                    .col(ApiTokens::Token),
            )
            .foreign_key(
                ForeignKey::create()
                    .name("api_tokens_user_id_users_id_fk")
                    .from(ApiTokens::Table, ApiTokens::UserId)
                    .to(Users::Table, Users::Id)
                    .on_delete(ForeignKeyAction::Cascade),
            ),
    )
}

/// `env_vars` as it is after the way up, for SQLite, which can change little of a table in place.
fn env_vars_after_up(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(EnvVars::Table)
            .col(
                ColumnDef::new(EnvVars::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(EnvVars::EventId).integer().not_null())
            .col(ColumnDef::new(EnvVars::Key).string_len(255).not_null())
            .col(ColumnDef::new(EnvVars::Value).text().not_null())
            .col(
                ColumnDef::new(EnvVars::CreatedAt)
                    .date_time()
                    .not_null()
                    .default(Expr::current_timestamp()),
            )
            .col(
                ColumnDef::new(EnvVars::UpdatedAt)
                    .date_time()
                    .not_null()
                    .default(Expr::current_timestamp()),
            )
            .foreign_key(
                ForeignKey::create()
                    .name("env_vars_event_id_events_id_fk")
                    .from(EnvVars::Table, EnvVars::EventId)
                    .to(Events::Table, Events::Id),
            ),
    )
    .index(
        Index::create()
            .name("idx_env_vars_event_id")
            .table(EnvVars::Table)
            .col(EnvVars::EventId),
    )
}

/// `env_vars` as it is after the way down, for SQLite, which can change little of a table in place.
fn env_vars_after_down(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(EnvVars::Table)
            .col(
                ColumnDef::new(EnvVars::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(EnvVars::EventId).integer().not_null())
            .col(ColumnDef::new(EnvVars::Key).string_len(255).not_null())
            .col(ColumnDef::new(EnvVars::Value).string_len(255).not_null())
            .col(
                ColumnDef::new(EnvVars::CreatedAt)
                    .date_time()
                    .not_null()
                    .default(Expr::current_timestamp()),
            )
            .col(
                ColumnDef::new(EnvVars::UpdatedAt)
                    .date_time()
                    .not_null()
                    .default(Expr::current_timestamp()),
            )
            .foreign_key(
                ForeignKey::create()
                    .name("env_vars_event_id_events_id_fk")
                    .from(EnvVars::Table, EnvVars::EventId)
                    .to(Events::Table, Events::Id),
            ),
    )
    .index(
        Index::create()
            .name("idx_env_vars_event_id")
            .table(EnvVars::Table)
            .col(EnvVars::EventId),
    )
}

/// `api_tokens` as it is after the way down, for SQLite, which can change little of a table in place.
fn api_tokens_after_down(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(ApiTokens::Table)
            .col(
                ColumnDef::new(ApiTokens::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(ApiTokens::UserId).string_len(255).not_null())
            .col(ColumnDef::new(ApiTokens::Name).string_len(255).not_null())
            .col(ColumnDef::new(ApiTokens::Token).string_len(255).not_null())
            .col(
                ColumnDef::new(ApiTokens::Status)
                    .string_len(50)
                    .not_null()
                    .default("ACTIVE"),
            )
            .col(ColumnDef::new(ApiTokens::LastUsed).date_time())
            .col(ColumnDef::new(ApiTokens::ExpiresAt).date_time())
            .col(
                ColumnDef::new(ApiTokens::CreatedAt)
                    .date_time()
                    .not_null()
                    .default(Expr::current_timestamp()),
            )
            .col(
                ColumnDef::new(ApiTokens::UpdatedAt)
                    .date_time()
                    .not_null()
                    .default(Expr::current_timestamp()),
            )
            .index(
                Index::create()
                    .name("api_tokens_token_unique")
                    .unique()
                    .col(ApiTokens::Token),
            )
            .foreign_key(
                ForeignKey::create()
                    .name("api_tokens_user_id_users_id_fk")
                    .from(ApiTokens::Table, ApiTokens::UserId)
                    .to(Users::Table, Users::Id)
                    .on_delete(ForeignKeyAction::Cascade),
            ),
    )
}

#[derive(DeriveIden)]
enum ApiTokens {
    Table,
    Token,
    Id,
    UserId,
    Name,
    Status,
    LastUsed,
    ExpiresAt,
    CreatedAt,
    UpdatedAt,
}

#[derive(DeriveIden)]
enum EnvVars {
    Table,
    Value,
    Id,
    EventId,
    Key,
    CreatedAt,
    UpdatedAt,
}

#[derive(DeriveIden)]
enum Events {
    Table,
    Id,
}

#[derive(DeriveIden)]
enum Users {
    Table,
    Id,
}
