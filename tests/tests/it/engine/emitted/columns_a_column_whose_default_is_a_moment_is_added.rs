//! Written by Seawright from the entities: 2 columns added.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, Expr, MigrationName, MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};
use seawright::ddl::{self, AlterTable, Rebuild};

/// Column whose default is a moment is added.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "columns_a_column_whose_default_is_a_moment_is_added"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Users::Table)
            .add_column(
                ColumnDef::new(Users::CreatedAt)
                    .timestamp_with_time_zone()
                    .not_null()
                    .default(ddl::now(manager)),
            )
            .add_column(
                ColumnDef::new(Users::UpdatedAt)
                    .date_time()
                    .not_null()
                    .default(Expr::current_timestamp()),
            )
            .rebuild_on_sqlite(users_after_up(manager))
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(
                Table::alter()
                    .table(Users::Table)
                    .drop_column(Users::UpdatedAt)
                    .to_owned(),
            )
            .await?;
        manager
            .alter_table(
                Table::alter()
                    .table(Users::Table)
                    .drop_column(Users::CreatedAt)
                    .to_owned(),
            )
            .await?;
        Ok(())
    }
}

/// `users` as it is after the way up, for SQLite, which can change little of a table in place.
fn users_after_up(manager: &SchemaManager) -> Rebuild {
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
                ColumnDef::new(Users::CreatedAt)
                    .timestamp_with_time_zone()
                    .not_null()
                    .default(ddl::now(manager)),
            )
            .col(
                ColumnDef::new(Users::UpdatedAt)
                    .date_time()
                    .not_null()
                    .default(Expr::current_timestamp()),
            ),
    )
    .added([Users::CreatedAt, Users::UpdatedAt])
}

#[derive(DeriveIden)]
enum Users {
    Table,
    CreatedAt,
    UpdatedAt,
    Id,
    Name,
}
