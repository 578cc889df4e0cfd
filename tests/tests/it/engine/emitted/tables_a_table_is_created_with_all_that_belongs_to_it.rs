//! Written by Seawright from the entities: 2 tables created.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, Expr, ExprTrait as _, ForeignKey, ForeignKeyAction, Index, MigrationName,
    MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};
use seawright::ddl;

/// Table is created with all that belongs to it.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "tables_a_table_is_created_with_all_that_belongs_to_it"
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
                    .table(Orgs::Table)
                    .col(
                        ColumnDef::new(Orgs::Id)
                            .integer()
                            .not_null()
                            .auto_increment()
                            .primary_key(),
                    )
                    .col(ColumnDef::new(Orgs::Slug).string_len(63).not_null())
                    .index(Index::create().name("orgs_slug_unique").unique().col(Orgs::Slug))
                    .to_owned(),
            )
            .await?;
        ddl::comment_on_table(manager, Orgs::Table, Some("who pays")).await?;
        manager
            .create_table(
                Table::create()
                    .table(Users::Table)
                    .col(
                        ColumnDef::new(Users::Id)
                            .integer()
                            .not_null()
                            .auto_increment()
                            .primary_key(),
                    )
                    .col(ColumnDef::new(Users::OrgId).integer())
                    .col(ColumnDef::new(Users::Email).string_len(255).not_null())
                    .col(ColumnDef::new(Users::Age).small_integer().not_null().default(18))
                    .foreign_key(
                        ForeignKey::create()
                            .name("users_org_id_orgs_id_fk")
                            .from(Users::Table, Users::OrgId)
                            .to(Orgs::Table, Orgs::Id)
                            .on_delete(ForeignKeyAction::SetNull),
                    )
                    .check(("users_age_check", Expr::col(Users::Age).gte(0)))
                    .to_owned(),
            )
            .await?;
        ddl::comment_on_column(manager, Users::Table, Users::OrgId, Some("the payer")).await?;
        ddl::execute(
            manager,
            "CREATE UNIQUE INDEX \"idx_users_email\" ON \"users\" ((lower(\"email\"))) WHERE \"age\" > 17",
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
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Users::Table).to_owned()).await?;
        manager.drop_table(Table::drop().table(Orgs::Table).to_owned()).await?;
        Ok(())
    }
}

#[derive(DeriveIden)]
enum Orgs {
    Table,
    Id,
    Slug,
}

#[derive(DeriveIden)]
enum Users {
    Table,
    Id,
    OrgId,
    Email,
    Age,
}
