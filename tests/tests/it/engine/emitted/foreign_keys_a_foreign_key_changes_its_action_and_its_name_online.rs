//! Written by Seawright from the entities: 1 foreign key added.
//! Not in a transaction: each change lets writers go on, and is made only where it is still to be made.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, ForeignKey, ForeignKeyAction, MigrationName, MigrationTrait, SchemaManager, Table,
    async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild};

/// A foreign key changes its action and its name online.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "foreign_keys_a_foreign_key_changes_its_action_and_its_name_online"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Users::Table)
            .drop_constraint("one_fk")
            .add_foreign_key(
                ForeignKey::create()
                    .name("one_fk")
                    .from(Users::Table, Users::OrgId)
                    .to(Orgs::Table, Orgs::Id)
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .rebuild_on_sqlite(users_after_up(manager))
            .online()
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Users::Table)
            .drop_constraint("one_fk")
            .add_foreign_key(
                ForeignKey::create()
                    .name("one_fk")
                    .from(Users::Table, Users::OrgId)
                    .to(Orgs::Table, Orgs::Id),
            )
            .rebuild_on_sqlite(users_after_down(manager))
            .online()
            .execute(manager)
            .await?;
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
            .col(ColumnDef::new(Users::Name).string_len(255).not_null())
            .col(ColumnDef::new(Users::OrgId).integer().not_null())
            .foreign_key(
                ForeignKey::create()
                    .name("one_fk")
                    .from(Users::Table, Users::OrgId)
                    .to(Orgs::Table, Orgs::Id)
                    .on_delete(ForeignKeyAction::Cascade),
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
            .col(ColumnDef::new(Users::Name).string_len(255).not_null())
            .col(ColumnDef::new(Users::OrgId).integer().not_null())
            .foreign_key(
                ForeignKey::create()
                    .name("one_fk")
                    .from(Users::Table, Users::OrgId)
                    .to(Orgs::Table, Orgs::Id),
            ),
    )
}

#[derive(DeriveIden)]
enum Orgs {
    Table,
    Id,
}

#[derive(DeriveIden)]
enum Users {
    Table,
    OrgId,
    Id,
    Name,
}
