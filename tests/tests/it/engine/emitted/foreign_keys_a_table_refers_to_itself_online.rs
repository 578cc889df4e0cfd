//! Written by Seawright from the entities: 1 foreign key added.
//! Not in a transaction: each change lets writers go on, and is made only where it is still to be made.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, ForeignKey, ForeignKeyAction, MigrationName, MigrationTrait, SchemaManager, Table,
    async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild};

/// A table refers to itself online.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "foreign_keys_a_table_refers_to_itself_online"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Nodes::Table)
            .add_foreign_key(
                ForeignKey::create()
                    .name("nodes_parent_id_nodes_id_fk")
                    .from(Nodes::Table, Nodes::ParentId)
                    .to(Nodes::Table, Nodes::Id)
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .rebuild_on_sqlite(nodes_after_up(manager))
            .online()
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Nodes::Table)
            .drop_constraint("nodes_parent_id_nodes_id_fk")
            .rebuild_on_sqlite(nodes_after_down(manager))
            .online()
            .execute(manager)
            .await?;
        Ok(())
    }
}

/// `nodes` as it is after the way up, for SQLite, which can change little of a table in place.
fn nodes_after_up(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Nodes::Table)
            .col(
                ColumnDef::new(Nodes::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(Nodes::Name).text().not_null())
            .col(ColumnDef::new(Nodes::ParentId).integer())
            .foreign_key(
                ForeignKey::create()
                    .name("nodes_parent_id_nodes_id_fk")
                    .from(Nodes::Table, Nodes::ParentId)
                    .to(Nodes::Table, Nodes::Id)
                    .on_delete(ForeignKeyAction::Cascade),
            ),
    )
}

/// `nodes` as it is after the way down, for SQLite, which can change little of a table in place.
fn nodes_after_down(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Nodes::Table)
            .col(
                ColumnDef::new(Nodes::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(Nodes::Name).text().not_null())
            .col(ColumnDef::new(Nodes::ParentId).integer()),
    )
}

#[derive(DeriveIden)]
enum Nodes {
    Table,
    ParentId,
    Id,
    Name,
}
