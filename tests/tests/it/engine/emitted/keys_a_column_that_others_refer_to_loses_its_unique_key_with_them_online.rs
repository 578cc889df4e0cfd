//! Written by Seawright from the entities: 2 changes.
//! Not in a transaction: each change lets writers go on, and is made only where it is still to be made.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, ForeignKey, Index, MigrationName, MigrationTrait, SchemaManager, Table, async_trait,
    sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild};

/// Column that others refer to loses its unique key with them online.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "keys_a_column_that_others_refer_to_loses_its_unique_key_with_them_online"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Badges::Table)
            .drop_constraint("badges_code_fk")
            .rebuild_on_sqlite(badges_after_up(manager))
            .online()
            .execute(manager)
            .await?;
        AlterTable::new(Users::Table)
            .drop_constraint("users_code_unique")
            .rebuild_on_sqlite(users_after_up(manager))
            .online()
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Users::Table)
            .add_unique("users_code_unique", [Users::Code])
            .rebuild_on_sqlite(users_after_down(manager))
            .online()
            .execute(manager)
            .await?;
        AlterTable::new(Badges::Table)
            .add_foreign_key(
                ForeignKey::create()
                    .name("badges_code_fk")
                    .from(Badges::Table, Badges::Code)
                    .to(Users::Table, Users::Code),
            )
            .rebuild_on_sqlite(badges_after_down(manager))
            .online()
            .execute(manager)
            .await?;
        Ok(())
    }
}

/// `badges` as it is after the way up, for SQLite, which can change little of a table in place.
fn badges_after_up(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Badges::Table)
            .col(
                ColumnDef::new(Badges::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(Badges::Code).string_len(20)),
    )
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
            .col(ColumnDef::new(Users::Code).string_len(20).not_null()),
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
            .col(ColumnDef::new(Users::Code).string_len(20).not_null())
            .index(Index::create().name("users_code_unique").unique().col(Users::Code)),
    )
}

/// `badges` as it is after the way down, for SQLite, which can change little of a table in place.
fn badges_after_down(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Badges::Table)
            .col(
                ColumnDef::new(Badges::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(Badges::Code).string_len(20))
            .foreign_key(
                ForeignKey::create()
                    .name("badges_code_fk")
                    .from(Badges::Table, Badges::Code)
                    .to(Users::Table, Users::Code),
            ),
    )
}

#[derive(DeriveIden)]
enum Badges {
    Table,
    Code,
    Id,
}

#[derive(DeriveIden)]
enum Users {
    Table,
    Code,
    Id,
}
