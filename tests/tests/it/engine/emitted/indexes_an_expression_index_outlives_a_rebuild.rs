//! Written by Seawright from the entities: 1 column changed.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, ConditionalStatement as _, DbErr, DeriveIden, Expr, ExprTrait as _, Index, IndexOrder, MigrationName,
    MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild};

/// Expression index outlives a rebuild.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "indexes_an_expression_index_outlives_a_rebuild"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Jobs::Table)
            .set_default(Jobs::Label, "x")
            .rebuild_on_sqlite(jobs_after_up(manager))
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Jobs::Table)
            .drop_default(Jobs::Label)
            .rebuild_on_sqlite(jobs_after_down(manager))
            .execute(manager)
            .await?;
        Ok(())
    }
}

/// `jobs` as it is after the way up, for SQLite, which can change little of a table in place.
fn jobs_after_up(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Jobs::Table)
            .col(
                ColumnDef::new(Jobs::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(Jobs::Label).text().not_null().default("x")),
    )
    .index(
        Index::create()
            .name("idx_jobs_label")
            .table(Jobs::Table)
            .col((Jobs::Label, IndexOrder::Desc))
            .and_where(Expr::col(Jobs::Label).is_not_null()),
    )
    .index_sql(
        "idx_jobs_lower",
        "CREATE INDEX \"idx_jobs_lower\" ON \"jobs\" ((lower(\"label\")))",
    )
}

/// `jobs` as it is after the way down, for SQLite, which can change little of a table in place.
fn jobs_after_down(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Jobs::Table)
            .col(
                ColumnDef::new(Jobs::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(Jobs::Label).text().not_null()),
    )
    .index(
        Index::create()
            .name("idx_jobs_label")
            .table(Jobs::Table)
            .col((Jobs::Label, IndexOrder::Desc))
            .and_where(Expr::col(Jobs::Label).is_not_null()),
    )
    .index_sql(
        "idx_jobs_lower",
        "CREATE INDEX \"idx_jobs_lower\" ON \"jobs\" ((lower(\"label\")))",
    )
}

#[derive(DeriveIden)]
enum Jobs {
    Table,
    Label,
    Id,
}
