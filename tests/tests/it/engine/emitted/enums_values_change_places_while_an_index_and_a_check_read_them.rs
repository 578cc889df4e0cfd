//! Written by Seawright from the entities: 1 change.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    DbErr, DeriveIden, MigrationName, MigrationTrait, SchemaManager, async_trait, sea_orm,
};
use seawright::ddl;

/// Change places while an index and a check read them.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "enums_values_change_places_while_an_index_and_a_check_read_them"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::ReplaceEnum::new("mood", ["glad", "sad", "so so"])
            .column(Users::Table, Users::Mood)
            .default("sad")
            .beside(
                "DROP INDEX \"idx_glad\"",
                "CREATE INDEX \"idx_glad\" ON \"users\" (\"id\") WHERE \"mood\" = 'glad'",
            )
            .beside(
                "ALTER TABLE \"users\" DROP CONSTRAINT \"moody\"",
                "ALTER TABLE \"users\" ADD CONSTRAINT \"moody\" CHECK (\"mood\" <> 'glad')",
            )
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::ReplaceEnum::new("mood", ["sad", "glad"])
            .column(Users::Table, Users::Mood)
            .default("sad")
            .beside(
                "DROP INDEX \"idx_glad\"",
                "CREATE INDEX \"idx_glad\" ON \"users\" (\"id\") WHERE \"mood\" = 'glad'",
            )
            .beside(
                "ALTER TABLE \"users\" DROP CONSTRAINT \"moody\"",
                "ALTER TABLE \"users\" ADD CONSTRAINT \"moody\" CHECK (\"mood\" <> 'glad')",
            )
            .execute(manager)
            .await?;
        Ok(())
    }
}

#[derive(DeriveIden)]
enum Users {
    Table,
    Mood,
}
