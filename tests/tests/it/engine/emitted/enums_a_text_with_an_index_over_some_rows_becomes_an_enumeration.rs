//! Written by Seawright from the entities: 1 column changed.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, ConditionalStatement as _, DbErr, DeriveIden, Expr, ExprTrait as _, Index, MigrationName,
    MigrationTrait, SchemaManager, Table, async_trait, extension::postgres::Type, sea_orm,
};
use sea_orm_migration::sea_orm::DbBackend;
use seawright::ddl::{AlterTable, Rebuild, Unfit, Using};

/// Text with an index over some rows becomes an enumeration.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "enums_a_text_with_an_index_over_some_rows_becomes_an_enumeration"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            manager
                .create_type(Type::create().as_enum("mood").values(["sad", "glad"]).to_owned())
                .await?;
        }
        manager
            .drop_index(Index::drop().name("idx_glad").table(Users::Table).to_owned())
            .await?;
        AlterTable::new(Users::Table)
            .refuse(
                Unfit::rows("`mood` does not fit into mood")
                    .on_postgres(r#""mood" NOT IN ('sad', 'glad')"#)
                    .on_sqlite(r#""users"."mood" NOT IN ('sad', 'glad')"#),
            )
            .set_type_using(
                ColumnDef::new(Users::Mood).enumeration("mood", ["sad", "glad"]),
                Using::default().on_postgres(r#""mood"::mood"#),
            )
            .rebuild_on_sqlite(users_after_up(manager))
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Users::Table)
            .refuse(
                Unfit::rows("`mood` does not fit into varchar(20)")
                    .on_postgres(r#"char_length("mood"::text) > 20"#)
                    .on_sqlite(r#"length(CAST("users"."mood" AS text)) > 20"#),
            )
            .set_type(ColumnDef::new(Users::Mood).string_len(20))
            .rebuild_on_sqlite(users_after_down(manager))
            .execute(manager)
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("idx_glad")
                    .table(Users::Table)
                    .col(Users::Id)
                    .and_where(Expr::col(Users::Mood).eq("glad"))
                    .to_owned(),
            )
            .await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            manager.drop_type(Type::drop().name("mood").to_owned()).await?;
        }
        Ok(())
    }
}

/// `users` as it is after the way up, for SQLite, which can change little of a table in place.
fn users_after_up(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Users::Table)
            .col(
                ColumnDef::new(Users::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(
                ColumnDef::new(Users::Mood)
                    .enumeration("mood", ["sad", "glad"])
                    .not_null(),
            ),
    )
}

/// `users` as it is after the way down, for SQLite, which can change little of a table in place.
fn users_after_down(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Users::Table)
            .col(
                ColumnDef::new(Users::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(Users::Mood).string_len(20).not_null()),
    )
}

#[derive(DeriveIden)]
enum Users {
    Table,
    Id,
    Mood,
}
