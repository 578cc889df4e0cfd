//! Written by Seawright from the entities: 16 tables created.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, ConditionalStatement as _, DbErr, DeriveIden, Expr, ExprTrait as _, ForeignKey, ForeignKeyAction, Index,
    IndexOrder, MigrationName, MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};

/// Called as the things of a migration are.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "names_tables_called_as_the_things_of_a_migration_are"
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
                    .table(ColumnDefTable::Table)
                    .col(
                        ColumnDef::new(ColumnDefTable::Id)
                            .integer()
                            .not_null()
                            .auto_increment()
                            .primary_key(),
                    )
                    .col(ColumnDef::new(ColumnDefTable::Name).text())
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("idx_column_def")
                    .table(ColumnDefTable::Table)
                    .col(ColumnDefTable::Name)
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table(Data::Table)
                    .col(
                        ColumnDef::new(Data::Id)
                            .integer()
                            .not_null()
                            .auto_increment()
                            .primary_key(),
                    )
                    .col(ColumnDef::new(Data::Name).text())
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("idx_data")
                    .table(Data::Table)
                    .col(Data::Name)
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table(DbErrTable::Table)
                    .col(
                        ColumnDef::new(DbErrTable::Id)
                            .integer()
                            .not_null()
                            .auto_increment()
                            .primary_key(),
                    )
                    .col(ColumnDef::new(DbErrTable::Name).text())
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("idx_db_err")
                    .table(DbErrTable::Table)
                    .col(DbErrTable::Name)
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table(ExprTable::Table)
                    .col(
                        ColumnDef::new(ExprTable::Id)
                            .integer()
                            .not_null()
                            .auto_increment()
                            .primary_key(),
                    )
                    .col(ColumnDef::new(ExprTable::Name).text())
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("idx_expr")
                    .table(ExprTable::Table)
                    .col(ExprTable::Name)
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table(ForeignKeyTable::Table)
                    .col(
                        ColumnDef::new(ForeignKeyTable::Id)
                            .integer()
                            .not_null()
                            .auto_increment()
                            .primary_key(),
                    )
                    .col(ColumnDef::new(ForeignKeyTable::Name).text())
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("idx_foreign_key")
                    .table(ForeignKeyTable::Table)
                    .col(ForeignKeyTable::Name)
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table(FuncTable::Table)
                    .col(
                        ColumnDef::new(FuncTable::Id)
                            .integer()
                            .not_null()
                            .auto_increment()
                            .primary_key(),
                    )
                    .col(ColumnDef::new(FuncTable::Name).text())
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("idx_func")
                    .table(FuncTable::Table)
                    .col(FuncTable::Name)
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table(IndexTable::Table)
                    .col(
                        ColumnDef::new(IndexTable::Id)
                            .integer()
                            .not_null()
                            .auto_increment()
                            .primary_key(),
                    )
                    .col(ColumnDef::new(IndexTable::Name).text())
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("idx_index")
                    .table(IndexTable::Table)
                    .col(IndexTable::Name)
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table(BoxTable::Table)
                    .col(
                        ColumnDef::new(BoxTable::Id)
                            .integer()
                            .not_null()
                            .auto_increment()
                            .primary_key(),
                    )
                    .col(ColumnDef::new(BoxTable::IndexId).integer())
                    .foreign_key(
                        ForeignKey::create()
                            .name("box_index")
                            .from(BoxTable::Table, BoxTable::IndexId)
                            .to(IndexTable::Table, IndexTable::Id)
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("idx_box")
                    .table(BoxTable::Table)
                    .col((BoxTable::IndexId, IndexOrder::Desc))
                    .and_where(Expr::col(BoxTable::IndexId).gt(0))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table(MigrationTable::Table)
                    .col(
                        ColumnDef::new(MigrationTable::Id)
                            .integer()
                            .not_null()
                            .auto_increment()
                            .primary_key(),
                    )
                    .col(ColumnDef::new(MigrationTable::Name).text())
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("idx_migration")
                    .table(MigrationTable::Table)
                    .col(MigrationTable::Name)
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table(OptionTable::Table)
                    .col(
                        ColumnDef::new(OptionTable::Id)
                            .integer()
                            .not_null()
                            .auto_increment()
                            .primary_key(),
                    )
                    .col(ColumnDef::new(OptionTable::Name).text())
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("idx_option")
                    .table(OptionTable::Table)
                    .col(OptionTable::Name)
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table(RebuildTable::Table)
                    .col(
                        ColumnDef::new(RebuildTable::Id)
                            .integer()
                            .not_null()
                            .auto_increment()
                            .primary_key(),
                    )
                    .col(ColumnDef::new(RebuildTable::Name).text())
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("idx_rebuild")
                    .table(RebuildTable::Table)
                    .col(RebuildTable::Name)
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table(SchemaManagerTable::Table)
                    .col(
                        ColumnDef::new(SchemaManagerTable::Id)
                            .integer()
                            .not_null()
                            .auto_increment()
                            .primary_key(),
                    )
                    .col(ColumnDef::new(SchemaManagerTable::Name).text())
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("idx_schema_manager")
                    .table(SchemaManagerTable::Table)
                    .col(SchemaManagerTable::Name)
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table(SomeTable::Table)
                    .col(
                        ColumnDef::new(SomeTable::Id)
                            .integer()
                            .not_null()
                            .auto_increment()
                            .primary_key(),
                    )
                    .col(ColumnDef::new(SomeTable::Name).text())
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("idx_some")
                    .table(SomeTable::Table)
                    .col(SomeTable::Name)
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table(StringTable::Table)
                    .col(
                        ColumnDef::new(StringTable::Id)
                            .integer()
                            .not_null()
                            .auto_increment()
                            .primary_key(),
                    )
                    .col(ColumnDef::new(StringTable::Name).text())
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("idx_string")
                    .table(StringTable::Table)
                    .col(StringTable::Name)
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table(TableTable::Table)
                    .col(
                        ColumnDef::new(TableTable::Id)
                            .integer()
                            .not_null()
                            .auto_increment()
                            .primary_key(),
                    )
                    .col(ColumnDef::new(TableTable::Name).text())
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("idx_table")
                    .table(TableTable::Table)
                    .col(TableTable::Name)
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table(TypeTable::Table)
                    .col(
                        ColumnDef::new(TypeTable::Id)
                            .integer()
                            .not_null()
                            .auto_increment()
                            .primary_key(),
                    )
                    .col(ColumnDef::new(TypeTable::Name).text())
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("idx_type")
                    .table(TypeTable::Table)
                    .col(TypeTable::Name)
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table(TypeTable::Table).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(TableTable::Table).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(StringTable::Table).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(SomeTable::Table).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(SchemaManagerTable::Table).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(RebuildTable::Table).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(OptionTable::Table).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(MigrationTable::Table).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(BoxTable::Table).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(IndexTable::Table).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(FuncTable::Table).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(ForeignKeyTable::Table).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(ExprTable::Table).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(DbErrTable::Table).to_owned())
            .await?;
        manager.drop_table(Table::drop().table(Data::Table).to_owned()).await?;
        manager
            .drop_table(Table::drop().table(ColumnDefTable::Table).to_owned())
            .await?;
        Ok(())
    }
}

#[derive(DeriveIden)]
enum BoxTable {
    #[sea_orm(iden = "box")]
    Table,
    Id,
    IndexId,
}

#[derive(DeriveIden)]
enum ColumnDefTable {
    #[sea_orm(iden = "column_def")]
    Table,
    Id,
    Name,
}

#[derive(DeriveIden)]
enum Data {
    Table,
    Id,
    Name,
}

#[derive(DeriveIden)]
enum DbErrTable {
    #[sea_orm(iden = "db_err")]
    Table,
    Id,
    Name,
}

#[derive(DeriveIden)]
enum ExprTable {
    #[sea_orm(iden = "expr")]
    Table,
    Id,
    Name,
}

#[derive(DeriveIden)]
enum ForeignKeyTable {
    #[sea_orm(iden = "foreign_key")]
    Table,
    Id,
    Name,
}

#[derive(DeriveIden)]
enum FuncTable {
    #[sea_orm(iden = "func")]
    Table,
    Id,
    Name,
}

#[derive(DeriveIden)]
enum IndexTable {
    #[sea_orm(iden = "index")]
    Table,
    Id,
    Name,
}

#[derive(DeriveIden)]
enum MigrationTable {
    #[sea_orm(iden = "migration")]
    Table,
    Id,
    Name,
}

#[derive(DeriveIden)]
enum OptionTable {
    #[sea_orm(iden = "option")]
    Table,
    Id,
    Name,
}

#[derive(DeriveIden)]
enum RebuildTable {
    #[sea_orm(iden = "rebuild")]
    Table,
    Id,
    Name,
}

#[derive(DeriveIden)]
enum SchemaManagerTable {
    #[sea_orm(iden = "schema_manager")]
    Table,
    Id,
    Name,
}

#[derive(DeriveIden)]
enum SomeTable {
    #[sea_orm(iden = "some")]
    Table,
    Id,
    Name,
}

#[derive(DeriveIden)]
enum StringTable {
    #[sea_orm(iden = "string")]
    Table,
    Id,
    Name,
}

#[derive(DeriveIden)]
enum TableTable {
    #[sea_orm(iden = "table")]
    Table,
    Id,
    Name,
}

#[derive(DeriveIden)]
enum TypeTable {
    #[sea_orm(iden = "type")]
    Table,
    Id,
    Name,
}
