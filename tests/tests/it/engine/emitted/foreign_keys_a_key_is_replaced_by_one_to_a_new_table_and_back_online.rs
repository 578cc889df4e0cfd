//! Written by Seawright from the entities: 1 foreign key added.
//! Not in a transaction: each change lets writers go on, and is made only where it is still to be made.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, Expr, ExprTrait as _, ForeignKey, Index, MigrationName, MigrationTrait,
    SchemaManager, Table, async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild};

/// A key is replaced by one to a new table and back online.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "foreign_keys_a_key_is_replaced_by_one_to_a_new_table_and_back_online"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(A::Table)
            .drop_constraint("a_n_key")
            .drop_constraint("a_n")
            .add_foreign_key(
                ForeignKey::create()
                    .name("a_b_id_fk")
                    .from(A::Table, A::BId)
                    .to(B::Table, B::Id),
            )
            .rebuild_on_sqlite(a_after_up(manager))
            .online()
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(A::Table)
            .drop_constraint("a_b_id_fk")
            .add_check("a_n", Expr::col(A::N).gt(0))
            .add_unique("a_n_key", [A::N])
            .rebuild_on_sqlite(a_after_down(manager))
            .online()
            .execute(manager)
            .await?;
        Ok(())
    }
}

/// `a` as it is after the way up, for SQLite, which can change little of a table in place.
fn a_after_up(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(A::Table)
            .col(
                ColumnDef::new(A::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(A::N).integer().not_null())
            .col(ColumnDef::new(A::BId).integer())
            .foreign_key(
                ForeignKey::create()
                    .name("a_b_id_fk")
                    .from(A::Table, A::BId)
                    .to(B::Table, B::Id),
            ),
    )
}

/// `a` as it is after the way down, for SQLite, which can change little of a table in place.
fn a_after_down(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(A::Table)
            .col(
                ColumnDef::new(A::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(A::N).integer().not_null())
            .col(ColumnDef::new(A::BId).integer())
            .index(Index::create().name("a_n_key").unique().col(A::N))
            .check(("a_n", Expr::col(A::N).gt(0))),
    )
}

#[derive(DeriveIden)]
enum A {
    Table,
    N,
    BId,
    Id,
}

#[derive(DeriveIden)]
enum B {
    Table,
    Id,
}
