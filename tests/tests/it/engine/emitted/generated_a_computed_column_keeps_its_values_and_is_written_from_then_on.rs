//! Written by Seawright from the entities: 1 column changed.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, Expr, MigrationName, MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild, Unfit};

/// Computed column keeps its values and is written from then on.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "generated_a_computed_column_keeps_its_values_and_is_written_from_then_on"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Items::Table)
            .drop_expression(Items::Twice)
            .rebuild_on_sqlite(items_after_up(manager))
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Items::Table)
            .refuse(
                Unfit::rows("`twice` is not what it will be computed as")
                    .on_postgres(r#""twice" IS DISTINCT FROM ((price * 2))"#)
                    .on_sqlite(r#""items"."twice" IS NOT ((price * 2))"#),
            )
            .set_expression(
                ColumnDef::new(Items::Twice)
                    .integer()
                    .generated(Expr::cust("(price * 2)"), true),
            )
            .rebuild_on_sqlite(items_after_down(manager))
            .execute(manager)
            .await?;
        Ok(())
    }
}

/// `items` as it is after the way up, for SQLite, which can change little of a table in place.
fn items_after_up(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Items::Table)
            .col(
                ColumnDef::new(Items::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(Items::Price).integer().not_null())
            .col(ColumnDef::new(Items::Twice).integer()),
    )
}

/// `items` as it is after the way down, for SQLite, which can change little of a table in place.
fn items_after_down(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Items::Table)
            .col(
                ColumnDef::new(Items::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(Items::Price).integer().not_null())
            .col(
                ColumnDef::new(Items::Twice)
                    .integer()
                    .generated(Expr::cust("(price * 2)"), true),
            ),
    )
}

#[derive(DeriveIden)]
enum Items {
    Table,
    Twice,
    Id,
    Price,
}
