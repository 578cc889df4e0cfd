//! Written by Seawright from the entities: 2 columns changed.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, MigrationName, MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild, Unfit, Using};

/// Are mapped.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "losses_values_are_mapped"
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
                Unfit::rows("what `size` becomes does not fit into integer").on_sqlite(concat!(
                    "(CASE size WHEN 'small' THEN 1 ELSE 2 END) IS NOT NULL AND NOT ",
                    "((typeof((CASE size WHEN 'small' THEN 1 ELSE 2 END)) IN ('integer', ",
                    "'real') OR typeof((CASE size WHEN 'small' THEN 1 ELSE 2 END)) = ",
                    "'text' AND (CASE size WHEN 'small' THEN 1 ELSE 2 END) = CAST((CASE ",
                    "size WHEN 'small' THEN 1 ELSE 2 END) AS numeric)) AND CAST(CAST((CASE ",
                    "size WHEN 'small' THEN 1 ELSE 2 END) AS numeric) AS integer) = ",
                    "CAST((CASE size WHEN 'small' THEN 1 ELSE 2 END) AS numeric) AND ",
                    "CAST(CAST((CASE size WHEN 'small' THEN 1 ELSE 2 END) AS numeric) AS ",
                    "integer) BETWEEN -2147483648 AND 2147483647)"
                )),
            )
            .set_type_using(
                ColumnDef::new(Things::Size).integer(),
                Using::all("CASE size WHEN 'small' THEN 1 ELSE 2 END"),
            )
            .refuse(
                Unfit::rows("what `tag` becomes does not fit into uuid").on_sqlite(concat!(
                    "(lpad(to_hex(tag), 32, '0')::uuid) IS NOT NULL AND NOT ",
                    "(typeof((lpad(to_hex(tag), 32, '0')::uuid)) = 'blob' AND ",
                    "length((lpad(to_hex(tag), 32, '0')::uuid)) = 16)"
                )),
            )
            .set_type_using(
                ColumnDef::new(Things::Tag).uuid(),
                Using::all("lpad(to_hex(tag), 32, '0')::uuid"),
            )
            .rebuild_on_sqlite(things_after_up(manager))
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Things::Table)
            .set_type_using(
                ColumnDef::new(Things::Tag).integer(),
                Using::default().on_postgres(r#""tag"::integer"#),
            )
            .refuse(
                Unfit::rows("`size` does not fit into varchar(10)")
                    .on_postgres(r#"char_length("size"::text) > 10"#)
                    .on_sqlite(r#"length(CAST("things"."size" AS text)) > 10"#),
            )
            .set_type(ColumnDef::new(Things::Size).string_len(10))
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
            .col(ColumnDef::new(Things::Size).integer().not_null())
            .col(ColumnDef::new(Things::Tag).uuid().not_null()),
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
            .col(ColumnDef::new(Things::Size).string_len(10).not_null())
            .col(ColumnDef::new(Things::Tag).integer().not_null()),
    )
}

#[derive(DeriveIden)]
enum Things {
    Table,
    Size,
    Tag,
    Id,
}
