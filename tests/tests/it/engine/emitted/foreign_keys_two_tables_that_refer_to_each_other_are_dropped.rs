//! Written by Seawright from the entities: 2 tables dropped.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, ForeignKey, MigrationName, MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild};

/// Two tables that refer to each other are dropped.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "foreign_keys_two_tables_that_refer_to_each_other_are_dropped"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(A::Table)
            .drop_constraint("a_b_id_fk")
            .rebuild_on_sqlite(a_after_up(manager))
            .execute(manager)
            .await?;
        manager.drop_table(Table::drop().table(B::Table).to_owned()).await?;
        manager.drop_table(Table::drop().table(A::Table).to_owned()).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table(A::Table)
                    .col(
                        ColumnDef::new(A::Id)
                            .integer()
                            .not_null()
                            .auto_increment()
                            .primary_key(),
                    )
                    .col(ColumnDef::new(A::BId).integer())
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table(B::Table)
                    .col(
                        ColumnDef::new(B::Id)
                            .integer()
                            .not_null()
                            .auto_increment()
                            .primary_key(),
                    )
                    .col(ColumnDef::new(B::AId).integer())
                    .foreign_key(
                        ForeignKey::create()
                            .name("b_a_id_fk")
                            .from(B::Table, B::AId)
                            .to(A::Table, A::Id),
                    )
                    .to_owned(),
            )
            .await?;
        AlterTable::new(A::Table)
            .add_foreign_key(
                ForeignKey::create()
                    .name("a_b_id_fk")
                    .from(A::Table, A::BId)
                    .to(B::Table, B::Id),
            )
            .rebuild_on_sqlite(a_after_down(manager))
            .execute(manager)
            .await?;
        Ok(())
    }
}

/// `a` as it is after the way up, for SQLite, which can change little of a table in place.
fn a_after_up(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(A::Table)
            .col(
                ColumnDef::new(A::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(A::BId).integer()),
    )
}

/// `a` as it is after the way down, for SQLite, which can change little of a table in place.
fn a_after_down(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(A::Table)
            .col(
                ColumnDef::new(A::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(A::BId).integer())
            .foreign_key(
                ForeignKey::create()
                    .name("a_b_id_fk")
                    .from(A::Table, A::BId)
                    .to(B::Table, B::Id),
            ),
    )
}

#[derive(DeriveIden)]
enum A {
    Table,
    BId,
    Id,
}

#[derive(DeriveIden)]
enum B {
    Table,
    Id,
    AId,
}
