//! Written by Seawright from the entities: 1 table created, 1 column added.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, Expr, ExprTrait as _, Index, MigrationName, MigrationTrait, SchemaManager, Table,
    async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild};

/// A key is replaced by one to a new table and back.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "foreign_keys_a_key_is_replaced_by_one_to_a_new_table_and_back"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table(B::Table)
                    .col(
                        ColumnDef::new(B::Id)
                            .integer()
                            .not_null()
                            .auto_increment()
                            .primary_key(),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .alter_table(
                Table::alter()
                    .table(A::Table)
                    .add_column(ColumnDef::new(A::BId).integer())
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(A::Table)
            .drop_column(A::BId)
            .rebuild_on_sqlite(a_after_down(manager))
            .execute(manager)
            .await?;
        manager.drop_table(Table::drop().table(B::Table).to_owned()).await?;
        Ok(())
    }
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
            .index(Index::create().name("a_n_key").unique().col(A::N))
            .check(("a_n", Expr::col(A::N).gt(0))),
    )
}

#[derive(DeriveIden)]
enum A {
    Table,
    BId,
    Id,
    N,
}

#[derive(DeriveIden)]
enum B {
    Table,
    Id,
}
