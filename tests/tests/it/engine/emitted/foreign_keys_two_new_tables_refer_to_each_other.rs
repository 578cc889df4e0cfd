//! Written by Seawright from the entities: 3 tables created, 1 foreign key added.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, ForeignKey, ForeignKeyAction, MigrationName, MigrationTrait, SchemaManager, Table,
    async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild};

/// Two new tables refer to each other.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "foreign_keys_two_new_tables_refer_to_each_other"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
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
                    .col(ColumnDef::new(B::AId).integer().not_null())
                    .foreign_key(
                        ForeignKey::create()
                            .name("b_a_id_fk")
                            .from(B::Table, B::AId)
                            .to(A::Table, A::Id)
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table(C::Table)
                    .col(
                        ColumnDef::new(C::Id)
                            .integer()
                            .not_null()
                            .auto_increment()
                            .primary_key(),
                    )
                    .col(ColumnDef::new(C::AId).integer())
                    .foreign_key(
                        ForeignKey::create()
                            .name("c_a_id_fk")
                            .from(C::Table, C::AId)
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
            .rebuild_on_sqlite(a_after_up(manager))
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(A::Table)
            .drop_constraint("a_b_id_fk")
            .rebuild_on_sqlite(a_after_down(manager))
            .execute(manager)
            .await?;
        manager.drop_table(Table::drop().table(C::Table).to_owned()).await?;
        manager.drop_table(Table::drop().table(B::Table).to_owned()).await?;
        manager.drop_table(Table::drop().table(A::Table).to_owned()).await?;
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
            .col(ColumnDef::new(A::BId).integer())
            .foreign_key(
                ForeignKey::create()
                    .name("a_b_id_fk")
                    .from(A::Table, A::BId)
                    .to(B::Table, B::Id),
            ),
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
            .col(ColumnDef::new(A::BId).integer()),
    )
}

#[derive(DeriveIden)]
enum A {
    Table,
    Id,
    BId,
}

#[derive(DeriveIden)]
enum B {
    Table,
    Id,
    AId,
}

#[derive(DeriveIden)]
enum C {
    Table,
    Id,
    AId,
}
