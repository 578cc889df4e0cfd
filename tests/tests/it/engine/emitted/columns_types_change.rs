//! Written by Seawright from the entities: 5 columns changed.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, MigrationName, MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild, Unfit, Using};

/// Change.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "columns_types_change"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Things::Table)
            .set_type(ColumnDef::new(Things::A).big_integer())
            .set_type(ColumnDef::new(Things::B).text())
            .drop_default(Things::C)
            .set_type(ColumnDef::new(Things::C).string_len(200))
            .set_default(Things::C, "7")
            .refuse(
                Unfit::rows("`d` does not fit into jsonb")
                    .on_sqlite(r#""things"."d" IS NOT NULL AND NOT json_valid("things"."d")"#),
            )
            .set_type_using(
                ColumnDef::new(Things::D).json_binary(),
                Using::default().on_postgres(r#""d"::jsonb"#),
            )
            .set_type(ColumnDef::new(Things::E).decimal_len(12, 4))
            .rebuild_on_sqlite(things_after_up(manager))
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Things::Table)
            .refuse(
                Unfit::rows("`e` does not fit into decimal(10,2)")
                    .on_postgres(r#""e" <> round("e", 2) OR abs("e") >= 100000000"#)
                    .on_sqlite(concat!(
                        r#""things"."e" IS NOT NULL AND NOT ((typeof("things"."e") IN "#,
                        r#"('integer', 'real') OR typeof("things"."e") = 'text' AND "things"."e" "#,
                        r#"= CAST("things"."e" AS numeric)) AND round(CAST("things"."e" AS "#,
                        r#"numeric), 2) = CAST("things"."e" AS numeric) AND "#,
                        r#"abs(CAST("things"."e" AS numeric)) < 100000000)"#
                    )),
            )
            .set_type(ColumnDef::new(Things::E).decimal_len(10, 2))
            .set_type(ColumnDef::new(Things::D).text())
            .refuse(
                Unfit::rows("`c` does not fit into varchar(20)")
                    .on_postgres(r#"char_length("c") > 20"#)
                    .on_sqlite(r#"length(CAST("things"."c" AS text)) > 20"#),
            )
            .drop_default(Things::C)
            .set_type(ColumnDef::new(Things::C).string_len(20))
            .set_default(Things::C, "7")
            .refuse(
                Unfit::rows("`b` does not fit into varchar(20)")
                    .on_postgres(r#"char_length("b") > 20"#)
                    .on_sqlite(r#"length(CAST("things"."b" AS text)) > 20"#),
            )
            .set_type(ColumnDef::new(Things::B).string_len(20))
            .refuse(
                Unfit::rows("`a` does not fit into smallint")
                    .on_postgres(r#""a" NOT BETWEEN -32768 AND 32767"#)
                    .on_sqlite(concat!(
                        r#""things"."a" IS NOT NULL AND NOT ((typeof("things"."a") IN "#,
                        r#"('integer', 'real') OR typeof("things"."a") = 'text' AND "things"."a" "#,
                        r#"= CAST("things"."a" AS numeric)) AND CAST(CAST("things"."a" AS "#,
                        r#"numeric) AS integer) = CAST("things"."a" AS numeric) AND "#,
                        r#"CAST(CAST("things"."a" AS numeric) AS integer) BETWEEN -32768 AND "#,
                        "32767)"
                    )),
            )
            .set_type(ColumnDef::new(Things::A).small_integer())
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
            .col(ColumnDef::new(Things::A).big_integer().not_null())
            .col(ColumnDef::new(Things::B).text().not_null())
            .col(ColumnDef::new(Things::C).string_len(200).not_null().default("7"))
            .col(ColumnDef::new(Things::D).json_binary())
            .col(ColumnDef::new(Things::E).decimal_len(12, 4).not_null()),
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
            .col(ColumnDef::new(Things::A).small_integer().not_null())
            .col(ColumnDef::new(Things::B).string_len(20).not_null())
            .col(ColumnDef::new(Things::C).string_len(20).not_null().default("7"))
            .col(ColumnDef::new(Things::D).text())
            .col(ColumnDef::new(Things::E).decimal_len(10, 2).not_null()),
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
    Id,
}
