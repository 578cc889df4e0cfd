//! Written by Seawright from the entities: 1 column changed.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, MigrationName, MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild, Unfit};

/// Counting column becomes larger.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "columns_a_counting_column_becomes_larger"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Things::Table)
            .set_type(ColumnDef::new(Things::Id).big_integer())
            .set_counter_type(ColumnDef::new(Things::Id).big_integer())
            .rebuild_on_sqlite(things_after_up(manager))
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Things::Table)
            .refuse(
                Unfit::rows("`id` does not fit into integer")
                    .on_postgres(r#""id" NOT BETWEEN -2147483648 AND 2147483647"#)
                    .on_sqlite(concat!(
                        r#""things"."id" IS NOT NULL AND NOT ((typeof("things"."id") IN "#,
                        r#"('integer', 'real') OR typeof("things"."id") = 'text' AND "#,
                        r#""things"."id" = CAST("things"."id" AS numeric)) AND "#,
                        r#"CAST(CAST("things"."id" AS numeric) AS integer) = CAST("things"."id" "#,
                        r#"AS numeric) AND CAST(CAST("things"."id" AS numeric) AS integer) "#,
                        "BETWEEN -2147483648 AND 2147483647)"
                    )),
            )
            .set_type(ColumnDef::new(Things::Id).integer())
            .set_counter_type(ColumnDef::new(Things::Id).integer())
            .rebuild_on_sqlite(things_after_down(manager))
            .execute(manager)
            .await?;
        Ok(())
    }
}

/// `things` as it is after the way up, for SQLite, which can change little of a table in place.
fn things_after_up(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Things::Table)
            .col(
                ColumnDef::new(Things::Id)
                    .big_integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(Things::Name).text().not_null()),
    )
}

/// `things` as it is after the way down, for SQLite, which can change little of a table in place.
fn things_after_down(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Things::Table)
            .col(
                ColumnDef::new(Things::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(Things::Name).text().not_null()),
    )
}

#[derive(DeriveIden)]
enum Things {
    Table,
    Id,
    Name,
}
