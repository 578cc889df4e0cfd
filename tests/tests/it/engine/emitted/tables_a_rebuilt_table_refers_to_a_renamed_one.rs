//! Written by Seawright from the entities: 1 table renamed, 1 column changed.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, ForeignKey, MigrationName, MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild, RenameTable};

/// Rebuilt table refers to a renamed one.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "tables_a_rebuilt_table_refers_to_a_renamed_one"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        RenameTable::new(Users::Table, People::Table)
            .with_primary_key()
            .with_serial("id")
            .execute(manager)
            .await?;
        AlterTable::new(Posts::Table)
            .set_default(Posts::Text, "none")
            .rebuild_on_sqlite(posts_after_up(manager))
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Posts::Table)
            .drop_default(Posts::Text)
            .rebuild_on_sqlite(posts_after_down(manager))
            .execute(manager)
            .await?;
        RenameTable::new(People::Table, Users::Table)
            .with_primary_key()
            .with_serial("id")
            .execute(manager)
            .await?;
        Ok(())
    }
}

/// `posts` as it is after the way up, for SQLite, which can change little of a table in place.
fn posts_after_up(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Posts::Table)
            .col(
                ColumnDef::new(Posts::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(Posts::UserId).integer().not_null())
            .col(ColumnDef::new(Posts::Text).text().not_null().default("none"))
            .foreign_key(
                ForeignKey::create()
                    .name("posts_user_id_fk")
                    .from(Posts::Table, Posts::UserId)
                    .to(People::Table, People::Id),
            ),
    )
}

/// `posts` as it is after the way down, for SQLite, which can change little of a table in place.
fn posts_after_down(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Posts::Table)
            .col(
                ColumnDef::new(Posts::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(Posts::UserId).integer().not_null())
            .col(ColumnDef::new(Posts::Text).text().not_null())
            .foreign_key(
                ForeignKey::create()
                    .name("posts_user_id_fk")
                    .from(Posts::Table, Posts::UserId)
                    .to(People::Table, People::Id),
            ),
    )
}

#[derive(DeriveIden)]
enum People {
    Table,
    Id,
}

#[derive(DeriveIden)]
enum Posts {
    Table,
    Text,
    Id,
    UserId,
}

#[derive(DeriveIden)]
enum Users {
    Table,
}
