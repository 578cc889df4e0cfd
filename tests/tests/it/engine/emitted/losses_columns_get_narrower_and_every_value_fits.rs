//! Written by Seawright from the entities: 7 columns changed.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, MigrationName, MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild, Unfit, Using};

/// Get narrower and every value fits.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "losses_columns_get_narrower_and_every_value_fits"
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
                Unfit::rows("`a` does not fit into varchar(5)")
                    .on_postgres(r#"char_length("a") > 5"#)
                    .on_sqlite(r#"length(CAST("things"."a" AS text)) > 5"#),
            )
            .set_type(ColumnDef::new(Things::A).string_len(5))
            .refuse(
                Unfit::rows("`b` does not fit into decimal(3,1)")
                    .on_postgres(r#""b" <> round("b", 1) OR abs("b") >= 100"#)
                    .on_sqlite(concat!(
                        r#""things"."b" IS NOT NULL AND NOT ((typeof("things"."b") IN "#,
                        r#"('integer', 'real') OR typeof("things"."b") = 'text' AND "things"."b" "#,
                        r#"= CAST("things"."b" AS numeric)) AND round(CAST("things"."b" AS "#,
                        r#"numeric), 1) = CAST("things"."b" AS numeric) AND "#,
                        r#"abs(CAST("things"."b" AS numeric)) < 100)"#
                    )),
            )
            .set_type(ColumnDef::new(Things::B).decimal_len(3, 1))
            .refuse(
                Unfit::rows("`c` does not fit into date")
                    .on_postgres(r#""c" <> "c"::date"#)
                    .on_sqlite(r#"strftime('%H:%M:%f', "things"."c") <> '00:00:00.000'"#),
            )
            .set_type_using(
                ColumnDef::new(Things::C).date(),
                Using::default().on_sqlite(r#"date("things"."c")"#),
            )
            .refuse(
                Unfit::rows("`d` does not fit into boolean")
                    .on_postgres(r#""d" NOT BETWEEN 0 AND 1"#)
                    .on_sqlite(concat!(
                        r#""things"."d" IS NOT NULL AND NOT ((typeof("things"."d") IN "#,
                        r#"('integer', 'real') OR typeof("things"."d") = 'text' AND "things"."d" "#,
                        r#"= CAST("things"."d" AS numeric)) AND CAST(CAST("things"."d" AS "#,
                        r#"numeric) AS integer) = CAST("things"."d" AS numeric) AND "#,
                        r#"CAST(CAST("things"."d" AS numeric) AS integer) BETWEEN 0 AND 1)"#
                    )),
            )
            .set_type_using(
                ColumnDef::new(Things::D).boolean(),
                Using::default().on_postgres(r#""d" <> 0"#),
            )
            .refuse(
                Unfit::rows("`e` does not fit into smallint")
                    .on_postgres(r#""e" NOT BETWEEN -32768 AND 32767"#)
                    .on_sqlite(concat!(
                        r#""things"."e" IS NOT NULL AND NOT ((typeof("things"."e") IN "#,
                        r#"('integer', 'real') OR typeof("things"."e") = 'text' AND "things"."e" "#,
                        r#"= CAST("things"."e" AS numeric)) AND CAST(CAST("things"."e" AS "#,
                        r#"numeric) AS integer) = CAST("things"."e" AS numeric) AND "#,
                        r#"CAST(CAST("things"."e" AS numeric) AS integer) BETWEEN -32768 AND "#,
                        "32767)"
                    )),
            )
            .set_type(ColumnDef::new(Things::E).small_integer())
            .refuse(
                Unfit::rows("`f` does not fit into char(2)")
                    .on_postgres(r#"char_length("f") > 2 OR "f" LIKE '% '"#)
                    .on_sqlite(r#"length(CAST("things"."f" AS text)) > 2"#),
            )
            .set_type(ColumnDef::new(Things::F).char_len(2))
            .refuse(
                Unfit::rows("`g` does not fit into integer")
                    .on_postgres(concat!(
                        "CASE WHEN \"g\" ~* '^\\s*[-+]?[0-9]+\\s*$' THEN \"g\"::numeric NOT BETWEEN ",
                        r#"-2147483648 AND 2147483647 ELSE "g" IS NOT NULL END"#
                    ))
                    .on_sqlite(concat!(
                        r#""things"."g" IS NOT NULL AND NOT ((typeof("things"."g") IN "#,
                        r#"('integer', 'real') OR typeof("things"."g") = 'text' AND "things"."g" "#,
                        r#"= CAST("things"."g" AS numeric)) AND CAST(CAST("things"."g" AS "#,
                        r#"numeric) AS integer) = CAST("things"."g" AS numeric) AND "#,
                        r#"CAST(CAST("things"."g" AS numeric) AS integer) BETWEEN -2147483648 "#,
                        "AND 2147483647)"
                    )),
            )
            .set_type_using(
                ColumnDef::new(Things::G).integer(),
                Using::default().on_postgres(r#""g"::integer"#),
            )
            .rebuild_on_sqlite(things_after_up(manager))
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Things::Table)
            .set_type(ColumnDef::new(Things::G).text())
            .set_type(ColumnDef::new(Things::F).text())
            .set_type(ColumnDef::new(Things::E).big_integer())
            .set_type_using(
                ColumnDef::new(Things::D).integer(),
                Using::default().on_postgres(r#""d"::integer"#),
            )
            .set_type_using(
                ColumnDef::new(Things::C).date_time(),
                Using::default().on_sqlite(r#""things"."c" || ' 00:00:00'"#),
            )
            .set_type(ColumnDef::new(Things::B).decimal_len(10, 4))
            .set_type(ColumnDef::new(Things::A).string_len(50))
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
            .col(ColumnDef::new(Things::A).string_len(5).not_null())
            .col(ColumnDef::new(Things::B).decimal_len(3, 1).not_null())
            .col(ColumnDef::new(Things::C).date().not_null())
            .col(ColumnDef::new(Things::D).boolean().not_null())
            .col(ColumnDef::new(Things::E).small_integer().not_null())
            .col(ColumnDef::new(Things::F).char_len(2))
            .col(ColumnDef::new(Things::G).integer().not_null()),
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
            .col(ColumnDef::new(Things::A).string_len(50).not_null())
            .col(ColumnDef::new(Things::B).decimal_len(10, 4).not_null())
            .col(ColumnDef::new(Things::C).date_time().not_null())
            .col(ColumnDef::new(Things::D).integer().not_null())
            .col(ColumnDef::new(Things::E).big_integer().not_null())
            .col(ColumnDef::new(Things::F).text())
            .col(ColumnDef::new(Things::G).text().not_null()),
    )
}

#[derive(DeriveIden)]
enum Things {
    Table,
    A,
    B,
    C,
    D,
    E,
    F,
    G,
    Id,
}
