//! Written by Seawright from the entities: 1 table renamed.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    DbErr, DeriveIden, MigrationName, MigrationTrait, SchemaManager, async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, RenameTable};

/// Renamed table takes along who refers to it.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "tables_a_renamed_table_takes_along_who_refers_to_it"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        RenameTable::new(Users::Table, People::Table)
            .with_primary_key()
            .with_serial("id")
            .execute(manager)
            .await?;
        AlterTable::new(Posts::Table)
            .rename_constraint("posts_user_id_users_id_fk", "posts_user_id_people_id_fk")
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Posts::Table)
            .rename_constraint("posts_user_id_people_id_fk", "posts_user_id_users_id_fk")
            .execute(manager)
            .await?;
        RenameTable::new(People::Table, Users::Table)
            .with_primary_key()
            .with_serial("id")
            .execute(manager)
            .await?;
        Ok(())
    }
}

#[derive(DeriveIden)]
enum People {
    Table,
}

#[derive(DeriveIden)]
enum Posts {
    Table,
}

#[derive(DeriveIden)]
enum Users {
    Table,
}
