//! Written by Seawright from the entities: 1 foreign key added, 1 index added.
//! Not in a transaction: each change lets writers go on, and is made only where it is still to be made.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, Expr, ForeignKey, Index, IndexOrder, MigrationName, MigrationTrait, SchemaManager,
    Table, async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild, online};

/// Words and odd letters online.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "names_reserved_words_and_odd_letters_online"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Order::Table)
            .add_unique("UQ_order", [Order::Limit, Order::Group])
            .add_check("CK-limit", Expr::cust("\"limit\" > 0"))
            .add_foreign_key(
                ForeignKey::create()
                    .name("order_select_fk")
                    .from(Order::Table, Order::Select)
                    .to(User::Table, User::Id),
            )
            .rebuild_on_sqlite(order_after_up(manager))
            .online()
            .execute(manager)
            .await?;
        online::CreateIndex::new(
            Index::create()
                .name("IDX_order")
                .table(Order::Table)
                .col((Order::Limit, IndexOrder::Desc))
                .col(Order::Group),
        )
        .execute(manager)
        .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        online::DropIndex::new("IDX_order").execute(manager).await?;
        AlterTable::new(Order::Table)
            .drop_constraint("order_select_fk")
            .drop_constraint("CK-limit")
            .drop_constraint("UQ_order")
            .rebuild_on_sqlite(order_after_down(manager))
            .online()
            .execute(manager)
            .await?;
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
            .col(ColumnDef::new(Order::Select).integer())
            .index(
                Index::create()
                    .name("UQ_order")
                    .unique()
                    .col(Order::Limit)
                    .col(Order::Group),
            )
            .foreign_key(
                ForeignKey::create()
                    .name("order_select_fk")
                    .from(Order::Table, Order::Select)
                    .to(User::Table, User::Id),
            )
            .check(("CK-limit", Expr::cust("\"limit\" > 0"))),
    )
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
}

#[derive(DeriveIden)]
enum Order {
    Table,
    Limit,
    #[sea_orm(iden = "Group")]
    Group,
    Select,
    Id,
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
}

#[derive(DeriveIden)]
enum User {
    Table,
    Id,
}
