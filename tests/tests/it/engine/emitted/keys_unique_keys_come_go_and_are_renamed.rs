//! Written by Seawright from the entities: 1 change.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, Index, MigrationName, MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild};

/// Keys come go and are renamed.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "keys_unique_keys_come_go_and_are_renamed"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Users::Table)
            .rename_constraint("users_c_key", "users_c_unique")
            .rebuild_on_sqlite(users_after_up(manager))
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Users::Table)
            .rename_constraint("users_c_unique", "users_c_key")
            .rebuild_on_sqlite(users_after_down(manager))
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
            .col(ColumnDef::new(Users::C).text().not_null())
            .index(Index::create().name("users_a_unique").unique().col(Users::A))
            .index(Index::create().name("users_c_unique").unique().col(Users::C)),
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
            .col(ColumnDef::new(Users::C).text().not_null())
            .index(Index::create().name("users_a_unique").unique().col(Users::A))
            .index(Index::create().name("users_c_key").unique().col(Users::C)),
    )
}

#[derive(DeriveIden)]
enum Users {
    Table,
    Id,
    A,
    B,
    C,
}
