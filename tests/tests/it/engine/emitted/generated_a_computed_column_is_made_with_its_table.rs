//! Written by Seawright from the entities: 1 table created.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, Expr, MigrationName, MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};

/// Computed column is made with its table.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "generated_a_computed_column_is_made_with_its_table"
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
                    .table(Items::Table)
                    .col(
                        ColumnDef::new(Items::Id)
                            .integer()
                            .not_null()
                            .auto_increment()
                            .primary_key(),
                    )
                    .col(ColumnDef::new(Items::Price).integer().not_null())
                    .col(ColumnDef::new(Items::Amount).integer().not_null())
                    .col(
                        ColumnDef::new(Items::Total)
                            .integer()
                            .generated(Expr::cust("(price * amount)"), true),
                    )
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Items::Table).to_owned()).await?;
        Ok(())
    }
}

#[derive(DeriveIden)]
enum Items {
    Table,
    Id,
    Price,
    Amount,
    Total,
}
