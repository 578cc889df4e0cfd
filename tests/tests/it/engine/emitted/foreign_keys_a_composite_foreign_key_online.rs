//! Written by Seawright from the entities: 1 foreign key added.
//! Not in a transaction: each change lets writers go on, and is made only where it is still to be made.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, ForeignKey, ForeignKeyAction, MigrationName, MigrationTrait, SchemaManager, Table,
    async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild};

/// A composite foreign key online.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "foreign_keys_a_composite_foreign_key_online"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(B::Table)
            .add_foreign_key(
                ForeignKey::create()
                    .name("b_a_fk")
                    .from(B::Table, (B::Ax, B::Ay))
                    .to(A::Table, (A::X, A::Y))
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .rebuild_on_sqlite(b_after_up(manager))
            .online()
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(B::Table)
            .drop_constraint("b_a_fk")
            .rebuild_on_sqlite(b_after_down(manager))
            .online()
            .execute(manager)
            .await?;
        Ok(())
    }
}

/// `b` as it is after the way up, for SQLite, which can change little of a table in place.
fn b_after_up(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(B::Table)
            .col(
                ColumnDef::new(B::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(B::Ax).integer())
            .col(ColumnDef::new(B::Ay).integer())
            .foreign_key(
                ForeignKey::create()
                    .name("b_a_fk")
                    .from(B::Table, (B::Ax, B::Ay))
                    .to(A::Table, (A::X, A::Y))
                    .on_delete(ForeignKeyAction::Cascade),
            ),
    )
}

/// `b` as it is after the way down, for SQLite, which can change little of a table in place.
fn b_after_down(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(B::Table)
            .col(
                ColumnDef::new(B::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(B::Ax).integer())
            .col(ColumnDef::new(B::Ay).integer()),
    )
}

#[derive(DeriveIden)]
enum A {
    Table,
    X,
    Y,
}

#[derive(DeriveIden)]
enum B {
    Table,
    Ax,
    Ay,
    Id,
}
