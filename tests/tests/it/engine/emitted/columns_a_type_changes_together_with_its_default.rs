//! Written by Seawright from the entities: 2 columns changed.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, MigrationName, MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild, Unfit, Using};

/// Type changes together with its default.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "columns_a_type_changes_together_with_its_default"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Things::Table)
            .refuse(
                Unfit::rows("`n` does not fit into integer")
                    .on_postgres(concat!(
                        "CASE WHEN \"n\" ~* '^\\s*[-+]?[0-9]+\\s*$' THEN \"n\"::numeric NOT BETWEEN ",
                        r#"-2147483648 AND 2147483647 ELSE "n" IS NOT NULL END"#
                    ))
                    .on_sqlite(concat!(
                        r#""things"."n" IS NOT NULL AND NOT ((typeof("things"."n") IN "#,
                        r#"('integer', 'real') OR typeof("things"."n") = 'text' AND "things"."n" "#,
                        r#"= CAST("things"."n" AS numeric)) AND CAST(CAST("things"."n" AS "#,
                        r#"numeric) AS integer) = CAST("things"."n" AS numeric) AND "#,
                        r#"CAST(CAST("things"."n" AS numeric) AS integer) BETWEEN -2147483648 "#,
                        "AND 2147483647)"
                    )),
            )
            .drop_default(Things::N)
            .set_type_using(
                ColumnDef::new(Things::N).integer(),
                Using::default().on_postgres(r#""n"::integer"#),
            )
            .set_default(Things::N, 5)
            .refuse(
                Unfit::rows("`flag` does not fit into boolean")
                    .on_postgres(r#""flag" NOT BETWEEN 0 AND 1"#)
                    .on_sqlite(concat!(
                        r#""things"."flag" IS NOT NULL AND NOT ((typeof("things"."flag") IN "#,
                        r#"('integer', 'real') OR typeof("things"."flag") = 'text' AND "#,
                        r#""things"."flag" = CAST("things"."flag" AS numeric)) AND "#,
                        r#"CAST(CAST("things"."flag" AS numeric) AS integer) = "#,
                        r#"CAST("things"."flag" AS numeric) AND CAST(CAST("things"."flag" AS "#,
                        "numeric) AS integer) BETWEEN 0 AND 1)"
                    )),
            )
            .drop_default(Things::Flag)
            .set_type_using(
                ColumnDef::new(Things::Flag).boolean(),
                Using::default().on_postgres(r#""flag" <> 0"#),
            )
            .set_default(Things::Flag, false)
            .rebuild_on_sqlite(things_after_up(manager))
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Things::Table)
            .drop_default(Things::Flag)
            .set_type_using(
                ColumnDef::new(Things::Flag).integer(),
                Using::default().on_postgres(r#""flag"::integer"#),
            )
            .set_default(Things::Flag, 0)
            .drop_default(Things::N)
            .set_type(ColumnDef::new(Things::N).string_len(20))
            .set_default(Things::N, "5")
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
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(Things::N).integer().not_null().default(5))
            .col(ColumnDef::new(Things::Flag).boolean().not_null().default(false)),
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
            .col(ColumnDef::new(Things::N).string_len(20).not_null().default("5"))
            .col(ColumnDef::new(Things::Flag).integer().not_null().default(0)),
    )
}

#[derive(DeriveIden)]
enum Things {
    Table,
    N,
    Flag,
    Id,
}
