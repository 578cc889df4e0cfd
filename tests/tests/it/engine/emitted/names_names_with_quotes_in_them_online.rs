//! Written by Seawright from the entities: 1 foreign key added, 1 index added.
//! Not in a transaction: each change lets writers go on, and is made only where it is still to be made.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, ForeignKey, ForeignKeyAction, Index, MigrationName, MigrationTrait, SchemaManager,
    Table, async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild, online};

/// With quotes in them online.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "names_names_with_quotes_in_them_online"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Things::Table)
            .drop_constraint("f\"k")
            .add_unique("un\"iq", [Things::Size, Things::Owner])
            .add_foreign_key(
                ForeignKey::create()
                    .name("f\"\"kk")
                    .from(Things::Table, Things::Owner)
                    .to(Things::Table, Things::Id)
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .rebuild_on_sqlite(things_after_up(manager))
            .online()
            .execute(manager)
            .await?;
        online::CreateIndex::new(Index::create().name("ne\"\"w").table(Things::Table).col(Things::Owner))
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        online::DropIndex::new("ne\"w").execute(manager).await?;
        AlterTable::new(Things::Table)
            .drop_constraint("f\"kk")
            .drop_constraint("un\"iq")
            .add_foreign_key(
                ForeignKey::create()
                    .name("f\"\"k")
                    .from(Things::Table, Things::Owner)
                    .to(Things::Table, Things::Id),
            )
            .rebuild_on_sqlite(things_after_down(manager))
            .online()
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
            .index(
                Index::create()
                    .name("un\"\"iq")
                    .unique()
                    .col(Things::Size)
                    .col(Things::Owner),
            )
            .foreign_key(
                ForeignKey::create()
                    .name("f\"\"kk")
                    .from(Things::Table, Things::Owner)
                    .to(Things::Table, Things::Id)
                    .on_delete(ForeignKeyAction::Cascade),
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

#[derive(DeriveIden)]
enum Things {
    Table,
    Owner,
    Id,
    Size,
}
