//! Written by Seawright from the entities: 1 column changed, 1 foreign key added.
//! Not in a transaction: each change lets writers go on, and is made only where it is still to be made.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, Expr, ExprTrait as _, ForeignKey, Index, MigrationName, MigrationTrait,
    SchemaManager, Table, async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild};

/// Unique key a check and a foreign key come to rows that are there online.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "values_a_unique_key_a_check_and_a_foreign_key_come_to_rows_that_are_there_online"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Users::Table)
            .set_not_null(Users::Name)
            .add_unique("users_name_unique", [Users::Name])
            .add_check("users_age", Expr::col(Users::Age).gte(0))
            .add_foreign_key(
                ForeignKey::create()
                    .name("users_org_id_fk")
                    .from(Users::Table, Users::OrgId)
                    .to(Orgs::Table, Orgs::Id),
            )
            .rebuild_on_sqlite(users_after_up(manager))
            .online()
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Users::Table)
            .drop_constraint("users_org_id_fk")
            .drop_constraint("users_age")
            .drop_constraint("users_name_unique")
            .drop_not_null(Users::Name)
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
            .col(ColumnDef::new(Users::OrgId).integer())
            .col(ColumnDef::new(Users::Name).string_len(20).not_null())
            .col(ColumnDef::new(Users::Age).small_integer())
            .index(Index::create().name("users_name_unique").unique().col(Users::Name))
            .foreign_key(
                ForeignKey::create()
                    .name("users_org_id_fk")
                    .from(Users::Table, Users::OrgId)
                    .to(Orgs::Table, Orgs::Id),
            )
            .check(("users_age", Expr::col(Users::Age).gte(0))),
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
            .col(ColumnDef::new(Users::OrgId).integer())
            .col(ColumnDef::new(Users::Name).string_len(20))
            .col(ColumnDef::new(Users::Age).small_integer()),
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
    Name,
    Age,
    OrgId,
    Id,
}
