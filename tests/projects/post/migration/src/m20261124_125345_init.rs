//! Written by Seawright from the entities: 2 tables created.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, Expr, ForeignKey, Index, MigrationName, MigrationTrait, SchemaManager, Table,
    async_trait, sea_orm,
};

/// Init.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261124_125345_init"
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
                    .table(Parcels::Table)
                    .col(
                        ColumnDef::new(Parcels::Id)
                            .integer()
                            .not_null()
                            .auto_increment()
                            .primary_key(),
                    )
                    .col(ColumnDef::new(Parcels::Label).string().not_null())
                    .col(
                        ColumnDef::new(Parcels::Status)
                            .string_len(20)
                            .not_null()
                            .default("announced"),
                    )
                    .col(ColumnDef::new(Parcels::Weight).integer().not_null())
                    .col(ColumnDef::new(Parcels::Note).text())
                    .col(
                        ColumnDef::new(Parcels::BroughtAt)
                            .date_time()
                            .not_null()
                            .default(Expr::current_timestamp()),
                    )
                    .index(Index::create().name("idx-parcels-label").unique().col(Parcels::Label))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table(Shipments::Table)
                    .col(ColumnDef::new(Shipments::Id).integer().not_null().primary_key())
                    .col(ColumnDef::new(Shipments::ParcelId).integer().not_null())
                    .col(ColumnDef::new(Shipments::Grams).integer().not_null())
                    .col(ColumnDef::new(Shipments::ByHand).boolean().not_null().default(false))
                    .col(ColumnDef::new(Shipments::Remark).text())
                    .foreign_key(
                        ForeignKey::create()
                            .name("fk-shipments-parcel_id")
                            .from(Shipments::Table, Shipments::ParcelId)
                            .to(Parcels::Table, Parcels::Id),
                    )
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table(Shipments::Table).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(Parcels::Table).to_owned())
            .await?;
        Ok(())
    }
}

#[derive(DeriveIden)]
enum Parcels {
    Table,
    Id,
    Label,
    Status,
    Weight,
    Note,
    BroughtAt,
}

#[derive(DeriveIden)]
enum Shipments {
    Table,
    Id,
    ParcelId,
    Grams,
    ByHand,
    Remark,
}
