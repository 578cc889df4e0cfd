//! Written by Seawright from the entities: 2 tables created.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, ForeignKey, MigrationName, MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};

/// That differ only in what rust drops.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "names_names_that_differ_only_in_what_rust_drops"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table(A1Table::Table)
                    .col(
                        ColumnDef::new(A1Table::Id)
                            .integer()
                            .not_null()
                            .auto_increment()
                            .primary_key(),
                    )
                    .col(ColumnDef::new(A1Table::A1).integer().not_null())
                    .col(ColumnDef::new(A1Table::A1Column).integer().not_null())
                    .col(ColumnDef::new(A1Table::A1Column2).integer())
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table(A1::Table)
                    .col(
                        ColumnDef::new(A1::Id)
                            .integer()
                            .not_null()
                            .auto_increment()
                            .primary_key(),
                    )
                    .col(ColumnDef::new(A1::F).integer().not_null())
                    .foreign_key(
                        ForeignKey::create()
                            .name("a1_f")
                            .from(A1::Table, A1::F)
                            .to(A1Table::Table, A1Table::Id),
                    )
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(A1::Table).to_owned()).await?;
        manager
            .drop_table(Table::drop().table(A1Table::Table).to_owned())
            .await?;
        Ok(())
    }
}

#[derive(DeriveIden)]
enum A1 {
    #[sea_orm(iden = "a1")]
    Table,
    Id,
    F,
}

#[derive(DeriveIden)]
enum A1Table {
    #[sea_orm(iden = "a_1")]
    Table,
    Id,
    #[sea_orm(iden = "a1")]
    A1,
    #[sea_orm(iden = "a_1")]
    A1Column,
    #[sea_orm(iden = "A1")]
    A1Column2,
}
