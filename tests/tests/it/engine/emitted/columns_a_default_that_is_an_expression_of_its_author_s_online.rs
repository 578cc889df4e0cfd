//! Written by Seawright from the entities: 2 columns added.
//! Not in a transaction: each change lets writers go on, and is made only where it is still to be made.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, Expr, MigrationName, MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild};

/// Default that is an expression of its author s online.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "columns_a_default_that_is_an_expression_of_its_author_s_online"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Users::Table)
            .add_column(
                ColumnDef::new(Users::Token)
                    .string_len(40)
                    .default(Expr::cust("(lower('ABC'))")),
            )
            .add_column(
                ColumnDef::new(Users::Sum)
                    .integer()
                    .not_null()
                    .default(Expr::cust("(1 + 2)")),
            )
            .rebuild_on_sqlite(users_after_up(manager))
            .online()
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Users::Table)
            .drop_column(Users::Sum)
            .online()
            .execute(manager)
            .await?;
        AlterTable::new(Users::Table)
            .drop_column(Users::Token)
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
            .col(
                ColumnDef::new(Users::Token)
                    .string_len(40)
                    .default(Expr::cust("(lower('ABC'))")),
            )
            .col(
                ColumnDef::new(Users::Sum)
                    .integer()
                    .not_null()
                    .default(Expr::cust("(1 + 2)")),
            ),
    )
    .added([Users::Token, Users::Sum])
}

#[derive(DeriveIden)]
enum Users {
    Table,
    Token,
    Sum,
    Id,
    Name,
}
