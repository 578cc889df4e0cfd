//! Written by Seawright from the entities: 1 table created, 1 table dropped.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, Index, MigrationName, MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};

/// Table is dropped and another with its index s name is created.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "tables_a_table_is_dropped_and_another_with_its_index_s_name_is_created"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_index(Index::drop().name("IDX_expire").table(Sessions::Table).to_owned())
            .await?;
        manager
            .create_table(
                Table::create()
                    .table(Logins::Table)
                    .col(
                        ColumnDef::new(Logins::Id)
                            .integer()
                            .not_null()
                            .auto_increment()
                            .primary_key(),
                    )
                    .col(ColumnDef::new(Logins::Expire).date_time().not_null())
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("IDX_expire")
                    .table(Logins::Table)
                    .col(Logins::Expire)
                    .to_owned(),
            )
            .await?;
        manager
            .drop_table(Table::drop().table(Sessions::Table).to_owned())
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table(Sessions::Table)
                    .col(ColumnDef::new(Sessions::Sid).string_len(20).not_null().primary_key())
                    .col(ColumnDef::new(Sessions::Expire).date_time().not_null())
                    .to_owned(),
            )
            .await?;
        manager
            .drop_table(Table::drop().table(Logins::Table).to_owned())
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("IDX_expire")
                    .table(Sessions::Table)
                    .col(Sessions::Expire)
                    .to_owned(),
            )
            .await?;
        Ok(())
    }
}

#[derive(DeriveIden)]
enum Logins {
    Table,
    Id,
    Expire,
}

#[derive(DeriveIden)]
enum Sessions {
    Table,
    Expire,
    Sid,
}
