//! Written by Seawright from the entities: 1 table created, 7 columns added, 1 column changed.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, MigrationName, MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild};

/// Words and odd letters.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "names_reserved_words_and_odd_letters"
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
                    .table(User::Table)
                    .col(
                        ColumnDef::new(User::Id)
                            .integer()
                            .not_null()
                            .auto_increment()
                            .primary_key(),
                    )
                    .col(ColumnDef::new(User::Primary).boolean().not_null().default(false))
                    .to_owned(),
            )
            .await?;
        AlterTable::new(Order::Table)
            .add_column(ColumnDef::new(Order::TableColumn).text())
            .add_column(ColumnDef::new(Order::Self_).text())
            .add_column(ColumnDef::new(Order::AB).integer())
            .add_column(ColumnDef::new(Order::X2).integer())
            .add_column(ColumnDef::new(Order::N2fast).integer())
            .add_column(ColumnDef::new(Order::GrE).integer())
            .add_column(ColumnDef::new(Order::Select).integer())
            .set_default(Order::Limit, 1)
            .rebuild_on_sqlite(order_after_up(manager))
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Order::Table)
            .drop_default(Order::Limit)
            .drop_column(Order::Select)
            .drop_column(Order::GrE)
            .drop_column(Order::N2fast)
            .drop_column(Order::X2)
            .drop_column(Order::AB)
            .drop_column(Order::Self_)
            .drop_column(Order::TableColumn)
            .rebuild_on_sqlite(order_after_down(manager))
            .execute(manager)
            .await?;
        manager.drop_table(Table::drop().table(User::Table).to_owned()).await?;
        Ok(())
    }
}

/// `order` as it is after the way up, for SQLite, which can change little of a table in place.
fn order_after_up(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Order::Table)
            .col(
                ColumnDef::new(Order::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(Order::Limit).integer().not_null().default(1))
            .col(ColumnDef::new(Order::Group).text().not_null())
            .col(ColumnDef::new(Order::TableColumn).text())
            .col(ColumnDef::new(Order::Self_).text())
            .col(ColumnDef::new(Order::AB).integer())
            .col(ColumnDef::new(Order::X2).integer())
            .col(ColumnDef::new(Order::N2fast).integer())
            .col(ColumnDef::new(Order::GrE).integer())
            .col(ColumnDef::new(Order::Select).integer()),
    )
    .added([
        Order::TableColumn,
        Order::Self_,
        Order::AB,
        Order::X2,
        Order::N2fast,
        Order::GrE,
        Order::Select,
    ])
}

/// `order` as it is after the way down, for SQLite, which can change little of a table in place.
fn order_after_down(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Order::Table)
            .col(
                ColumnDef::new(Order::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(Order::Limit).integer().not_null())
            .col(ColumnDef::new(Order::Group).text().not_null()),
    )
}

#[derive(DeriveIden)]
enum Order {
    Table,
    #[sea_orm(iden = "table")]
    TableColumn,
    #[sea_orm(iden = "self")]
    Self_,
    #[sea_orm(iden = "a_b")]
    AB,
    #[sea_orm(iden = "x2")]
    X2,
    #[sea_orm(iden = "2fast")]
    N2fast,
    #[sea_orm(iden = "größe")]
    GrE,
    Select,
    Limit,
    Id,
    #[sea_orm(iden = "Group")]
    Group,
}

#[derive(DeriveIden)]
enum User {
    Table,
    Id,
    Primary,
}
