//! Written by Seawright from the entities: 2 columns added, 2 columns changed, 2 columns dropped, 1 index added.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, Index, MigrationName, MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, MirrorColumn, Rebuild};

/// Column in use is renamed in steps.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "columns_a_column_in_use_is_renamed_in_steps"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_index(Index::drop().name("idx_users_code").table(Users::Table).to_owned())
            .await?;
        manager
            .alter_table(
                Table::alter()
                    .table(Users::Table)
                    .add_column(ColumnDef::new(Users::ManagerId).integer())
                    .to_owned(),
            )
            .await?;
        MirrorColumn::new(Users::Table, Users::Boss, Users::ManagerId)
            .execute(manager)
            .await?;
        manager
            .alter_table(
                Table::alter()
                    .table(Users::Table)
                    .add_column(ColumnDef::new(Users::Handle).string_len(20))
                    .to_owned(),
            )
            .await?;
        MirrorColumn::new(Users::Table, Users::Code, Users::Handle)
            .execute(manager)
            .await?;
        AlterTable::new(Users::Table)
            .set_not_null(Users::Handle)
            .rebuild_on_sqlite(users_after_up(manager))
            .execute(manager)
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("idx_users_handle")
                    .table(Users::Table)
                    .col(Users::Handle)
                    .to_owned(),
            )
            .await?;
        MirrorColumn::new(Users::Table, Users::Boss, Users::ManagerId)
            .end()
            .execute(manager)
            .await?;
        manager
            .alter_table(Table::alter().table(Users::Table).drop_column(Users::Boss).to_owned())
            .await?;
        MirrorColumn::new(Users::Table, Users::Code, Users::Handle)
            .end()
            .execute(manager)
            .await?;
        AlterTable::new(Users::Table)
            .set_default(Users::Handle, "none")
            .drop_column(Users::Code)
            .rebuild_on_sqlite(users_after_up_2(manager))
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Users::Table)
            .add_column(ColumnDef::new(Users::Code).string_len(20).not_null().default("none"))
            .drop_default(Users::Handle)
            .rebuild_on_sqlite(users_after_down(manager))
            .execute(manager)
            .await?;
        MirrorColumn::new(Users::Table, Users::Code, Users::Handle)
            .back()
            .execute(manager)
            .await?;
        manager
            .alter_table(
                Table::alter()
                    .table(Users::Table)
                    .add_column(ColumnDef::new(Users::Boss).integer())
                    .to_owned(),
            )
            .await?;
        MirrorColumn::new(Users::Table, Users::Boss, Users::ManagerId)
            .back()
            .execute(manager)
            .await?;
        manager
            .drop_index(Index::drop().name("idx_users_handle").table(Users::Table).to_owned())
            .await?;
        AlterTable::new(Users::Table)
            .drop_not_null(Users::Handle)
            .rebuild_on_sqlite(users_after_down_2(manager))
            .execute(manager)
            .await?;
        MirrorColumn::new(Users::Table, Users::Code, Users::Handle)
            .end()
            .execute(manager)
            .await?;
        manager
            .alter_table(Table::alter().table(Users::Table).drop_column(Users::Handle).to_owned())
            .await?;
        MirrorColumn::new(Users::Table, Users::Boss, Users::ManagerId)
            .end()
            .execute(manager)
            .await?;
        manager
            .alter_table(
                Table::alter()
                    .table(Users::Table)
                    .drop_column(Users::ManagerId)
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("idx_users_code")
                    .table(Users::Table)
                    .col(Users::Code)
                    .to_owned(),
            )
            .await?;
        Ok(())
    }
}

/// `users` as it is after the way up, for SQLite, which can change little of a table in place.
fn users_after_up(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Users::Table)
            .col(
                ColumnDef::new(Users::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(Users::Boss).integer())
            .col(ColumnDef::new(Users::Code).string_len(20).not_null().default("none"))
            .col(ColumnDef::new(Users::ManagerId).integer())
            .col(ColumnDef::new(Users::Handle).string_len(20).not_null()),
    )
}

/// `users` as it is after the way up, for SQLite, which can change little of a table in place.
fn users_after_up_2(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Users::Table)
            .col(
                ColumnDef::new(Users::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(Users::ManagerId).integer())
            .col(ColumnDef::new(Users::Handle).string_len(20).not_null().default("none")),
    )
    .index(
        Index::create()
            .name("idx_users_handle")
            .table(Users::Table)
            .col(Users::Handle),
    )
}

/// `users` as it is after the way down, for SQLite, which can change little of a table in place.
fn users_after_down(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Users::Table)
            .col(
                ColumnDef::new(Users::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(Users::ManagerId).integer())
            .col(ColumnDef::new(Users::Handle).string_len(20).not_null())
            .col(ColumnDef::new(Users::Code).string_len(20).not_null().default("none")),
    )
    .added([Users::Code])
    .index(
        Index::create()
            .name("idx_users_handle")
            .table(Users::Table)
            .col(Users::Handle),
    )
}

/// `users` as it is after the way down, for SQLite, which can change little of a table in place.
fn users_after_down_2(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Users::Table)
            .col(
                ColumnDef::new(Users::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(Users::ManagerId).integer())
            .col(ColumnDef::new(Users::Handle).string_len(20))
            .col(ColumnDef::new(Users::Code).string_len(20).not_null().default("none"))
            .col(ColumnDef::new(Users::Boss).integer()),
    )
}

#[derive(DeriveIden)]
enum Users {
    Table,
    Code,
    ManagerId,
    Boss,
    Handle,
    Id,
}
