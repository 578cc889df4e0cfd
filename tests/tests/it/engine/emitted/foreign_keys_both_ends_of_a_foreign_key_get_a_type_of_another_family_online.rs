//! Written by Seawright from the entities: 1 foreign key added.
//! Not in a transaction: each change lets writers go on, and is made only where it is still to be made.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, ForeignKey, ForeignKeyAction, MigrationName, MigrationTrait, SchemaManager, Table,
    async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild};

/// Both ends of a foreign key get a type of another family online.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "foreign_keys_both_ends_of_a_foreign_key_get_a_type_of_another_family_online"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Posts::Table)
            .add_foreign_key(
                ForeignKey::create()
                    .name("posts_user_id_fk")
                    .from(Posts::Table, Posts::UserId)
                    .to(Users::Table, Users::Id)
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .rebuild_on_sqlite(posts_after_up(manager))
            .online()
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Posts::Table)
            .drop_constraint("posts_user_id_fk")
            .rebuild_on_sqlite(posts_after_down(manager))
            .online()
            .execute(manager)
            .await?;
        Ok(())
    }
}

/// `posts` as it is after the way up, for SQLite, which can change little of a table in place.
fn posts_after_up(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Posts::Table)
            .col(
                ColumnDef::new(Posts::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(Posts::UserId).string_len(20).not_null())
            .foreign_key(
                ForeignKey::create()
                    .name("posts_user_id_fk")
                    .from(Posts::Table, Posts::UserId)
                    .to(Users::Table, Users::Id)
                    .on_delete(ForeignKeyAction::Cascade),
            ),
    )
}

/// `posts` as it is after the way down, for SQLite, which can change little of a table in place.
fn posts_after_down(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Posts::Table)
            .col(
                ColumnDef::new(Posts::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(Posts::UserId).string_len(20).not_null()),
    )
}

#[derive(DeriveIden)]
enum Posts {
    Table,
    UserId,
    Id,
}

#[derive(DeriveIden)]
enum Users {
    Table,
    Id,
}
