//! Written by Seawright from the entities: 2 columns renamed.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, ConditionalStatement as _, DbErr, DeriveIden, Expr, ExprTrait as _, ForeignKey, Index, MigrationName,
    MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild, RenameIndex};

/// Renamed column keeps its values and its index and foreign keys.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "columns_a_renamed_column_keeps_its_values_and_its_index_and_foreign_keys"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(
                Table::alter()
                    .table(Users::Table)
                    .rename_column(Users::Boss, Users::ManagerId)
                    .to_owned(),
            )
            .await?;
        manager
            .alter_table(
                Table::alter()
                    .table(Users::Table)
                    .rename_column(Users::Code, Users::Handle)
                    .to_owned(),
            )
            .await?;
        AlterTable::new(Users::Table)
            .rename_constraint("users_code_unique", "users_handle_unique")
            .rename_constraint("users_boss_fk", "users_manager_id_fk")
            .rebuild_on_sqlite(users_after_up(manager))
            .execute(manager)
            .await?;
        RenameIndex::new(
            "idx_users_boss",
            Index::create()
                .name("idx_users_manager_id")
                .table(Users::Table)
                .col(Users::ManagerId)
                .and_where(Expr::col(Users::ManagerId).is_not_null()),
        )
        .execute(manager)
        .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        RenameIndex::new(
            "idx_users_manager_id",
            Index::create()
                .name("idx_users_boss")
                .table(Users::Table)
                .col(Users::ManagerId)
                .and_where(Expr::col(Users::ManagerId).is_not_null()),
        )
        .execute(manager)
        .await?;
        AlterTable::new(Users::Table)
            .rename_constraint("users_manager_id_fk", "users_boss_fk")
            .rename_constraint("users_handle_unique", "users_code_unique")
            .rebuild_on_sqlite(users_after_down(manager))
            .execute(manager)
            .await?;
        manager
            .alter_table(
                Table::alter()
                    .table(Users::Table)
                    .rename_column(Users::Handle, Users::Code)
                    .to_owned(),
            )
            .await?;
        manager
            .alter_table(
                Table::alter()
                    .table(Users::Table)
                    .rename_column(Users::ManagerId, Users::Boss)
                    .to_owned(),
            )
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
            .col(ColumnDef::new(Users::ManagerId).integer())
            .col(ColumnDef::new(Users::Handle).string_len(20).not_null())
            .index(Index::create().name("users_handle_unique").unique().col(Users::Handle))
            .foreign_key(
                ForeignKey::create()
                    .name("users_manager_id_fk")
                    .from(Users::Table, Users::ManagerId)
                    .to(Users::Table, Users::Id),
            ),
    )
    .index(
        Index::create()
            .name("idx_users_boss")
            .table(Users::Table)
            .col(Users::ManagerId)
            .and_where(Expr::col(Users::ManagerId).is_not_null()),
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
            .col(ColumnDef::new(Users::ManagerId).integer())
            .col(ColumnDef::new(Users::Handle).string_len(20).not_null())
            .index(Index::create().name("users_code_unique").unique().col(Users::Handle))
            .foreign_key(
                ForeignKey::create()
                    .name("users_boss_fk")
                    .from(Users::Table, Users::ManagerId)
                    .to(Users::Table, Users::Id),
            ),
    )
    .index(
        Index::create()
            .name("idx_users_boss")
            .table(Users::Table)
            .col(Users::ManagerId)
            .and_where(Expr::col(Users::ManagerId).is_not_null()),
    )
}

#[derive(DeriveIden)]
enum Users {
    Table,
    Boss,
    ManagerId,
    Code,
    Handle,
    Id,
    Name,
}
