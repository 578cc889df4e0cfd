//! Written by Seawright from the entities: 9 columns changed.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, MigrationName, MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild, Unfit};

/// Type widens.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "values_every_type_widens"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Wide::Table)
            .set_type(ColumnDef::new(Wide::A).integer())
            .set_type(ColumnDef::new(Wide::B).big_integer())
            .set_type(ColumnDef::new(Wide::C).double())
            .set_type(ColumnDef::new(Wide::D).decimal_len(12, 4))
            .set_type(ColumnDef::new(Wide::E).char_len(8))
            .set_type(ColumnDef::new(Wide::F).string_len(50))
            .set_type(ColumnDef::new(Wide::G).text())
            .set_type(ColumnDef::new(Wide::H).var_binary(8))
            .set_type(ColumnDef::new(Wide::I).small_integer())
            .rebuild_on_sqlite(wide_after_up(manager))
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Wide::Table)
            .refuse(
                Unfit::rows("`i` does not fit into tinyint")
                    .on_postgres(r#""i" NOT BETWEEN -128 AND 127"#)
                    .on_sqlite(concat!(
                        r#""wide"."i" IS NOT NULL AND NOT ((typeof("wide"."i") IN ('integer', "#,
                        r#"'real') OR typeof("wide"."i") = 'text' AND "wide"."i" = "#,
                        r#"CAST("wide"."i" AS numeric)) AND CAST(CAST("wide"."i" AS numeric) AS "#,
                        r#"integer) = CAST("wide"."i" AS numeric) AND CAST(CAST("wide"."i" AS "#,
                        "numeric) AS integer) BETWEEN -128 AND 127)"
                    )),
            )
            .set_type(ColumnDef::new(Wide::I).tiny_integer())
            .refuse(Unfit::rows("`h` does not fit into varbinary(4)").on_sqlite(r#"length("wide"."h") > 4"#))
            .set_type(ColumnDef::new(Wide::H).var_binary(4))
            .refuse(
                Unfit::rows("`g` does not fit into varchar(5)")
                    .on_postgres(r#"char_length("g") > 5"#)
                    .on_sqlite(r#"length(CAST("wide"."g" AS text)) > 5"#),
            )
            .set_type(ColumnDef::new(Wide::G).string_len(5))
            .refuse(
                Unfit::rows("`f` does not fit into varchar(5)")
                    .on_postgres(r#"char_length("f") > 5"#)
                    .on_sqlite(r#"length(CAST("wide"."f" AS text)) > 5"#),
            )
            .set_type(ColumnDef::new(Wide::F).string_len(5))
            .refuse(
                Unfit::rows("`e` does not fit into char(3)")
                    .on_postgres(r#"char_length("e") > 3"#)
                    .on_sqlite(r#"length(CAST("wide"."e" AS text)) > 3"#),
            )
            .set_type(ColumnDef::new(Wide::E).char_len(3))
            .refuse(
                Unfit::rows("`d` does not fit into decimal(6,2)")
                    .on_postgres(r#""d" <> round("d", 2) OR abs("d") >= 10000"#)
                    .on_sqlite(concat!(
                        r#""wide"."d" IS NOT NULL AND NOT ((typeof("wide"."d") IN ('integer', "#,
                        r#"'real') OR typeof("wide"."d") = 'text' AND "wide"."d" = "#,
                        r#"CAST("wide"."d" AS numeric)) AND round(CAST("wide"."d" AS numeric), "#,
                        r#"2) = CAST("wide"."d" AS numeric) AND abs(CAST("wide"."d" AS numeric)) "#,
                        "< 10000)"
                    )),
            )
            .set_type(ColumnDef::new(Wide::D).decimal_len(6, 2))
            .refuse(
                Unfit::rows("`c` does not fit into float")
                    .on_postgres(r#"("c"::real)::double precision IS DISTINCT FROM "c""#),
            )
            .set_type(ColumnDef::new(Wide::C).float())
            .refuse(
                Unfit::rows("`b` does not fit into integer")
                    .on_postgres(r#""b" NOT BETWEEN -2147483648 AND 2147483647"#)
                    .on_sqlite(concat!(
                        r#""wide"."b" IS NOT NULL AND NOT ((typeof("wide"."b") IN ('integer', "#,
                        r#"'real') OR typeof("wide"."b") = 'text' AND "wide"."b" = "#,
                        r#"CAST("wide"."b" AS numeric)) AND CAST(CAST("wide"."b" AS numeric) AS "#,
                        r#"integer) = CAST("wide"."b" AS numeric) AND CAST(CAST("wide"."b" AS "#,
                        "numeric) AS integer) BETWEEN -2147483648 AND 2147483647)"
                    )),
            )
            .set_type(ColumnDef::new(Wide::B).integer())
            .refuse(
                Unfit::rows("`a` does not fit into smallint")
                    .on_postgres(r#""a" NOT BETWEEN -32768 AND 32767"#)
                    .on_sqlite(concat!(
                        r#""wide"."a" IS NOT NULL AND NOT ((typeof("wide"."a") IN ('integer', "#,
                        r#"'real') OR typeof("wide"."a") = 'text' AND "wide"."a" = "#,
                        r#"CAST("wide"."a" AS numeric)) AND CAST(CAST("wide"."a" AS numeric) AS "#,
                        r#"integer) = CAST("wide"."a" AS numeric) AND CAST(CAST("wide"."a" AS "#,
                        "numeric) AS integer) BETWEEN -32768 AND 32767)"
                    )),
            )
            .set_type(ColumnDef::new(Wide::A).small_integer())
            .rebuild_on_sqlite(wide_after_down(manager))
            .execute(manager)
            .await?;
        Ok(())
    }
}

/// `wide` as it is after the way up, for SQLite, which can change little of a table in place.
fn wide_after_up(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Wide::Table)
            .col(
                ColumnDef::new(Wide::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(Wide::A).integer().not_null())
            .col(ColumnDef::new(Wide::B).big_integer())
            .col(ColumnDef::new(Wide::C).double())
            .col(ColumnDef::new(Wide::D).decimal_len(12, 4))
            .col(ColumnDef::new(Wide::E).char_len(8))
            .col(ColumnDef::new(Wide::F).string_len(50))
            .col(ColumnDef::new(Wide::G).text())
            .col(ColumnDef::new(Wide::H).var_binary(8))
            .col(ColumnDef::new(Wide::I).small_integer()),
    )
}

/// `wide` as it is after the way down, for SQLite, which can change little of a table in place.
fn wide_after_down(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Wide::Table)
            .col(
                ColumnDef::new(Wide::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(Wide::A).small_integer().not_null())
            .col(ColumnDef::new(Wide::B).integer())
            .col(ColumnDef::new(Wide::C).float())
            .col(ColumnDef::new(Wide::D).decimal_len(6, 2))
            .col(ColumnDef::new(Wide::E).char_len(3))
            .col(ColumnDef::new(Wide::F).string_len(5))
            .col(ColumnDef::new(Wide::G).string_len(5))
            .col(ColumnDef::new(Wide::H).var_binary(4))
            .col(ColumnDef::new(Wide::I).tiny_integer()),
    )
}

#[derive(DeriveIden)]
enum Wide {
    Table,
    A,
    B,
    C,
    D,
    E,
    F,
    G,
    H,
    I,
    Id,
}
