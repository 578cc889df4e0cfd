//! Written by Seawright from the entities: 5 foreign keys added.
//! Not in a transaction: each change lets writers go on, and is made only where it is still to be made.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, ForeignKey, ForeignKeyAction, MigrationName, MigrationTrait, SchemaManager, Table,
    async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild};

/// Foreign keys with every action online.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "foreign_keys_foreign_keys_with_every_action_online"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(A::Table)
            .add_foreign_key(
                ForeignKey::create()
                    .name("a_b_fk")
                    .from(A::Table, A::B)
                    .to(Orgs::Table, Orgs::Id)
                    .on_delete(ForeignKeyAction::Cascade)
                    .on_update(ForeignKeyAction::Cascade),
            )
            .add_foreign_key(
                ForeignKey::create()
                    .name("a_c_fk")
                    .from(A::Table, A::C)
                    .to(Orgs::Table, Orgs::Id)
                    .on_delete(ForeignKeyAction::Restrict)
                    .on_update(ForeignKeyAction::Restrict),
            )
            .add_foreign_key(
                ForeignKey::create()
                    .name("a_d_fk")
                    .from(A::Table, A::D)
                    .to(Orgs::Table, Orgs::Id)
                    .on_delete(ForeignKeyAction::SetNull),
            )
            .add_foreign_key(
                ForeignKey::create()
                    .name("a_e_fk")
                    .from(A::Table, A::E)
                    .to(Orgs::Table, Orgs::Id)
                    .on_delete(ForeignKeyAction::SetDefault)
                    .on_update(ForeignKeyAction::SetNull),
            )
            .add_foreign_key(
                ForeignKey::create()
                    .name("a_f_fk")
                    .from(A::Table, A::F)
                    .to(Orgs::Table, Orgs::Id),
            )
            .rebuild_on_sqlite(a_after_up(manager))
            .online()
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(A::Table)
            .drop_constraint("a_f_fk")
            .drop_constraint("a_e_fk")
            .drop_constraint("a_d_fk")
            .drop_constraint("a_c_fk")
            .drop_constraint("a_b_fk")
            .rebuild_on_sqlite(a_after_down(manager))
            .online()
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
            .col(ColumnDef::new(A::B).integer())
            .col(ColumnDef::new(A::C).integer())
            .col(ColumnDef::new(A::D).integer())
            .col(ColumnDef::new(A::E).integer().default(1))
            .col(ColumnDef::new(A::F).integer().not_null())
            .foreign_key(
                ForeignKey::create()
                    .name("a_b_fk")
                    .from(A::Table, A::B)
                    .to(Orgs::Table, Orgs::Id)
                    .on_delete(ForeignKeyAction::Cascade)
                    .on_update(ForeignKeyAction::Cascade),
            )
            .foreign_key(
                ForeignKey::create()
                    .name("a_c_fk")
                    .from(A::Table, A::C)
                    .to(Orgs::Table, Orgs::Id)
                    .on_delete(ForeignKeyAction::Restrict)
                    .on_update(ForeignKeyAction::Restrict),
            )
            .foreign_key(
                ForeignKey::create()
                    .name("a_d_fk")
                    .from(A::Table, A::D)
                    .to(Orgs::Table, Orgs::Id)
                    .on_delete(ForeignKeyAction::SetNull),
            )
            .foreign_key(
                ForeignKey::create()
                    .name("a_e_fk")
                    .from(A::Table, A::E)
                    .to(Orgs::Table, Orgs::Id)
                    .on_delete(ForeignKeyAction::SetDefault)
                    .on_update(ForeignKeyAction::SetNull),
            )
            .foreign_key(
                ForeignKey::create()
                    .name("a_f_fk")
                    .from(A::Table, A::F)
                    .to(Orgs::Table, Orgs::Id),
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
            .col(ColumnDef::new(A::B).integer())
            .col(ColumnDef::new(A::C).integer())
            .col(ColumnDef::new(A::D).integer())
            .col(ColumnDef::new(A::E).integer().default(1))
            .col(ColumnDef::new(A::F).integer().not_null()),
    )
}

#[derive(DeriveIden)]
enum A {
    Table,
    B,
    C,
    D,
    E,
    F,
    Id,
}

#[derive(DeriveIden)]
enum Orgs {
    Table,
    Id,
}
