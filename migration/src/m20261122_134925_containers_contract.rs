//! Written by Seawright from the entities: 3 tables dropped.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, Expr, ForeignKey, ForeignKeyAction, Index, MigrationName, MigrationTrait,
    SchemaManager, Table, async_trait, sea_orm,
};
use seawright::data;

/// Containers contract.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261122_134925_containers_contract"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        data::require_moved(manager, Templates::Table).await?;
        data::require_moved(manager, Sessions::Table).await?;
        data::require_moved(manager, ConditionalEvents::Table).await?;
        manager
            .drop_table(Table::drop().table(Templates::Table).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(Sessions::Table).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(ConditionalEvents::Table).to_owned())
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table(ConditionalEvents::Table)
                    .col(
                        ColumnDef::new(ConditionalEvents::Id)
                            .integer()
                            .not_null()
                            .auto_increment()
                            .primary_key(),
                    )
                    .col(ColumnDef::new(ConditionalEvents::Type).string_len(50).not_null())
                    .col(ColumnDef::new(ConditionalEvents::Value).string_len(255))
                    .col(ColumnDef::new(ConditionalEvents::SuccessEventId).integer())
                    .col(ColumnDef::new(ConditionalEvents::FailEventId).integer())
                    .col(ColumnDef::new(ConditionalEvents::AlwaysEventId).integer())
                    .col(ColumnDef::new(ConditionalEvents::ConditionEventId).integer())
                    .col(ColumnDef::new(ConditionalEvents::TargetEventId).integer())
                    .col(ColumnDef::new(ConditionalEvents::ToolId).integer())
                    .col(ColumnDef::new(ConditionalEvents::Message).text())
                    .col(ColumnDef::new(ConditionalEvents::EmailAddresses).text())
                    .col(ColumnDef::new(ConditionalEvents::EmailSubject).string_len(255))
                    .col(
                        ColumnDef::new(ConditionalEvents::CreatedAt)
                            .date_time()
                            .not_null()
                            .default(Expr::current_timestamp()),
                    )
                    .col(
                        ColumnDef::new(ConditionalEvents::UpdatedAt)
                            .date_time()
                            .not_null()
                            .default(Expr::current_timestamp()),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .name("conditional_events_always_event_id_events_id_fk")
                            .from(ConditionalEvents::Table, ConditionalEvents::AlwaysEventId)
                            .to(Events::Table, Events::Id),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .name("conditional_events_condition_event_id_events_id_fk")
                            .from(ConditionalEvents::Table, ConditionalEvents::ConditionEventId)
                            .to(Events::Table, Events::Id),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .name("conditional_events_fail_event_id_events_id_fk")
                            .from(ConditionalEvents::Table, ConditionalEvents::FailEventId)
                            .to(Events::Table, Events::Id),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .name("conditional_events_success_event_id_events_id_fk")
                            .from(ConditionalEvents::Table, ConditionalEvents::SuccessEventId)
                            .to(Events::Table, Events::Id),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .name("conditional_events_target_event_id_events_id_fk")
                            .from(ConditionalEvents::Table, ConditionalEvents::TargetEventId)
                            .to(Events::Table, Events::Id),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .name("conditional_events_tool_id_tool_credentials_id_fk")
                            .from(ConditionalEvents::Table, ConditionalEvents::ToolId)
                            .to(ToolCredentials::Table, ToolCredentials::Id),
                    )
                    .to_owned(),
            )
            .await?;
        data::restore(manager, ConditionalEvents::Table).await?;
        manager
            .create_table(
                Table::create()
                    .table(Sessions::Table)
                    .col(ColumnDef::new(Sessions::Sid).string().not_null().primary_key())
                    .col(ColumnDef::new(Sessions::Sess).json_binary().not_null())
                    .col(ColumnDef::new(Sessions::Expire).date_time().not_null())
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("IDX_session_expire")
                    .table(Sessions::Table)
                    .col(Sessions::Expire)
                    .to_owned(),
            )
            .await?;
        data::restore(manager, Sessions::Table).await?;
        manager
            .create_table(
                Table::create()
                    .table(Templates::Table)
                    .col(
                        ColumnDef::new(Templates::Id)
                            .integer()
                            .not_null()
                            .auto_increment()
                            .primary_key(),
                    )
                    .col(ColumnDef::new(Templates::UserId).string_len(255))
                    .col(ColumnDef::new(Templates::Name).string_len(255).not_null())
                    .col(ColumnDef::new(Templates::Type).string_len(50).not_null())
                    .col(ColumnDef::new(Templates::Content).text().not_null())
                    .col(ColumnDef::new(Templates::Subject).string_len(500))
                    .col(
                        ColumnDef::new(Templates::IsSystemTemplate)
                            .boolean()
                            .not_null()
                            .default(false),
                    )
                    .col(
                        ColumnDef::new(Templates::CreatedAt)
                            .date_time()
                            .not_null()
                            .default(Expr::current_timestamp()),
                    )
                    .col(
                        ColumnDef::new(Templates::UpdatedAt)
                            .date_time()
                            .not_null()
                            .default(Expr::current_timestamp()),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .name("templates_user_id_users_id_fk")
                            .from(Templates::Table, Templates::UserId)
                            .to(Users::Table, Users::Id)
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        data::restore(manager, Templates::Table).await?;
        Ok(())
    }
}

#[derive(DeriveIden)]
enum ConditionalEvents {
    Table,
    Id,
    Type,
    Value,
    SuccessEventId,
    FailEventId,
    AlwaysEventId,
    ConditionEventId,
    TargetEventId,
    ToolId,
    Message,
    EmailAddresses,
    EmailSubject,
    CreatedAt,
    UpdatedAt,
}

#[derive(DeriveIden)]
enum Events {
    Table,
    Id,
}

#[derive(DeriveIden)]
enum Sessions {
    Table,
    Sid,
    Sess,
    Expire,
}

#[derive(DeriveIden)]
enum Templates {
    Table,
    Id,
    UserId,
    Name,
    Type,
    Content,
    Subject,
    IsSystemTemplate,
    CreatedAt,
    UpdatedAt,
}

#[derive(DeriveIden)]
enum ToolCredentials {
    Table,
    Id,
}

#[derive(DeriveIden)]
enum Users {
    Table,
    Id,
}
