//! Written by Seawright from the entities: 1 column dropped.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, ForeignKey, Index, MigrationName, MigrationTrait, SchemaManager, Table, async_trait,
    sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild};

/// Column with an index and a foreign key is dropped.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "columns_a_column_with_an_index_and_a_foreign_key_is_dropped"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_index(Index::drop().name("idx_users_org_id").table(Users::Table).to_owned())
            .await?;
        AlterTable::new(Users::Table)
            .drop_constraint("users_org_id_orgs_id_fk")
            .drop_column(Users::OrgId)
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
                    .add_column(ColumnDef::new(Users::OrgId).integer())
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("idx_users_org_id")
                    .table(Users::Table)
                    .col(Users::OrgId)
                    .to_owned(),
            )
            .await?;
        AlterTable::new(Users::Table)
            .add_foreign_key(
                ForeignKey::create()
                    .name("users_org_id_orgs_id_fk")
                    .from(Users::Table, Users::OrgId)
                    .to(Orgs::Table, Orgs::Id),
            )
            .rebuild_on_sqlite(users_after_down(manager))
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
            .col(ColumnDef::new(Users::Name).string_len(255).not_null()),
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
            .col(ColumnDef::new(Users::OrgId).integer())
            .foreign_key(
                ForeignKey::create()
                    .name("users_org_id_orgs_id_fk")
                    .from(Users::Table, Users::OrgId)
                    .to(Orgs::Table, Orgs::Id),
            ),
    )
    .index(
        Index::create()
            .name("idx_users_org_id")
            .table(Users::Table)
            .col(Users::OrgId),
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
