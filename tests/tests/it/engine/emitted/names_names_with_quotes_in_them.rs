//! Written by Seawright from the entities: 1 column changed.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, ForeignKey, Index, IndexOrder, MigrationName, MigrationTrait, SchemaManager, Table,
    async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild};

/// With quotes in them.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "names_names_with_quotes_in_them"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_index(Index::drop().name("g\"\"one").table(Things::Table).to_owned())
            .await?;
        AlterTable::new(Things::Table)
            .drop_constraint("un\"q")
            .set_default(Things::Size, 1)
            .rebuild_on_sqlite(things_after_up(manager))
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Things::Table)
            .drop_default(Things::Size)
            .rebuild_on_sqlite(things_after_down(manager))
            .execute(manager)
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("g\"\"one")
                    .table(Things::Table)
                    .col((Things::Size, IndexOrder::Desc))
                    .to_owned(),
            )
            .await?;
        AlterTable::new(Things::Table)
            .add_unique("un\"q", [Things::Size])
            .rebuild_on_sqlite(things_after_down_2(manager))
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
            .col(ColumnDef::new(Things::Size).integer().default(1))
            .col(ColumnDef::new(Things::Owner).integer())
            .foreign_key(
                ForeignKey::create()
                    .name("f\"\"k")
                    .from(Things::Table, Things::Owner)
                    .to(Things::Table, Things::Id),
            ),
    )
    .index(Index::create().name("in\"\"dex").table(Things::Table).col(Things::Size))
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
            .col(ColumnDef::new(Things::Size).integer())
            .col(ColumnDef::new(Things::Owner).integer())
            .foreign_key(
                ForeignKey::create()
                    .name("f\"\"k")
                    .from(Things::Table, Things::Owner)
                    .to(Things::Table, Things::Id),
            ),
    )
    .index(Index::create().name("in\"\"dex").table(Things::Table).col(Things::Size))
}

/// `things` as it is after the way down, for SQLite, which can change little of a table in place.
fn things_after_down_2(_: &SchemaManager) -> Rebuild {
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
            .col(ColumnDef::new(Things::Size).integer())
            .col(ColumnDef::new(Things::Owner).integer())
            .index(Index::create().name("un\"\"q").unique().col(Things::Size))
            .foreign_key(
                ForeignKey::create()
                    .name("f\"\"k")
                    .from(Things::Table, Things::Owner)
                    .to(Things::Table, Things::Id),
            ),
    )
    .index(Index::create().name("in\"\"dex").table(Things::Table).col(Things::Size))
    .index(
        Index::create()
            .name("g\"\"one")
            .table(Things::Table)
            .col((Things::Size, IndexOrder::Desc)),
    )
}

#[derive(DeriveIden)]
enum Things {
    Table,
    Size,
    Id,
    Owner,
}
