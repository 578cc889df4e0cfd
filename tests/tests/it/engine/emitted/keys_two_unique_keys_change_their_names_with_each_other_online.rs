//! Written by Seawright from the entities: 1 change.
//! Not in a transaction: each change lets writers go on, and is made only where it is still to be made.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, Index, MigrationName, MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild};

/// Unique keys change their names with each other online.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "keys_two_unique_keys_change_their_names_with_each_other_online"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Users::Table)
            .add_unique("two", [Users::A])
            .rebuild_on_sqlite(users_after_up(manager))
            .online()
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Users::Table)
            .drop_constraint("two")
            .rebuild_on_sqlite(users_after_down(manager))
            .online()
            .execute(manager)
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
            .col(ColumnDef::new(Users::A).text().not_null())
            .col(ColumnDef::new(Users::B).text().not_null())
            .index(Index::create().name("one").unique().col(Users::B))
            .index(Index::create().name("two").unique().col(Users::A)),
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
            .col(ColumnDef::new(Users::A).text().not_null())
            .col(ColumnDef::new(Users::B).text().not_null())
            .index(Index::create().name("one").unique().col(Users::B)),
    )
}

#[derive(DeriveIden)]
enum Users {
    Table,
    A,
    Id,
    B,
}
