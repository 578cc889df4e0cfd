//! Written by Seawright from the entities: 2 columns renamed.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ConditionalStatement as _, DbErr, DeriveIden, Expr, ExprTrait as _, Index, MigrationName, MigrationTrait,
    SchemaManager, Table, async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, RenameIndex};

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
            .execute(manager)
            .await?;
        AlterTable::new(Users::Table)
            .rename_constraint("users_boss_fk", "users_manager_id_fk")
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
            .execute(manager)
            .await?;
        AlterTable::new(Users::Table)
            .rename_constraint("users_handle_unique", "users_code_unique")
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

#[derive(DeriveIden)]
enum Users {
    Table,
    Boss,
    ManagerId,
    Code,
    Handle,
}
