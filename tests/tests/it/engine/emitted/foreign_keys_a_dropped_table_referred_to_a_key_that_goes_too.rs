//! Written by Seawright from the entities: 1 table dropped.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, ForeignKey, MigrationName, MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild};

/// A dropped table referred to a key that goes too.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "foreign_keys_a_dropped_table_referred_to_a_key_that_goes_too"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Badges::Table)
            .drop_constraint("badges_name_fk")
            .rebuild_on_sqlite(badges_after_up(manager))
            .execute(manager)
            .await?;
        manager
            .drop_table(Table::drop().table(Badges::Table).to_owned())
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table(Badges::Table)
                    .col(ColumnDef::new(Badges::Name).string_len(255).not_null().primary_key())
                    .to_owned(),
            )
            .await?;
        AlterTable::new(Badges::Table)
            .add_foreign_key(
                ForeignKey::create()
                    .name("badges_name_fk")
                    .from(Badges::Table, Badges::Name)
                    .to(Users::Table, Users::Name),
            )
            .rebuild_on_sqlite(badges_after_down(manager))
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
            .col(ColumnDef::new(Badges::Name).string_len(255).not_null().primary_key()),
    )
}

/// `badges` as it is after the way down, for SQLite, which can change little of a table in place.
fn badges_after_down(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Badges::Table)
            .col(ColumnDef::new(Badges::Name).string_len(255).not_null().primary_key())
            .foreign_key(
                ForeignKey::create()
                    .name("badges_name_fk")
                    .from(Badges::Table, Badges::Name)
                    .to(Users::Table, Users::Name),
            ),
    )
}

#[derive(DeriveIden)]
enum Badges {
    Table,
    Name,
}

#[derive(DeriveIden)]
enum Users {
    Table,
    Name,
}
