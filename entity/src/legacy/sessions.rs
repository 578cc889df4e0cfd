//! The sessions of the web server before 2025-07-03. Nothing reads them any more.

#![expect(missing_docs, reason = "plain columns and SeaORM's generated items")]

use sea_orm::entity::prelude::*;
use seawright::declare::{Spec, TableSpec};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::None)")]
    pub sid: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub sess: Json,
    pub expire: DateTime,
}

impl ActiveModelBehavior for ActiveModel {}

impl TableSpec for Entity {
    fn spec(table: &mut Spec<Self>) {
        table.index("IDX_session_expire", [Column::Expire]);
    }
}
