//! The saved credentials of the integrations; other tables call such a row a tool.

#![expect(missing_docs, reason = "plain columns and SeaORM's generated items")]

use sea_orm::entity::prelude::*;

use super::{EncryptionMetadata, ToolType};
use crate::{
    identity::users,
    values::{Document, Sealed, Stored},
};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "tool_credentials")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub user_id: String,
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub name: String,
    pub r#type: Stored<ToolType>,
    /// The credentials as JSON text, encrypted at rest.
    #[sea_orm(column_type = "Text")]
    pub credentials: Sealed,
    #[sea_orm(default_value = true)]
    pub is_active: bool,
    /// Whether `credentials` is encrypted, by the vault or in one of Cronium's envelopes.
    #[sea_orm(default_value = false)]
    pub encrypted: bool,
    /// How, for one of Cronium's envelopes; the vault's values say it themselves.
    pub encryption_metadata: Option<Document<EncryptionMetadata>>,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub created_at: DateTime,
    #[sea_orm(default_expr = "Expr::current_timestamp()")]
    pub updated_at: DateTime,

    #[sea_orm(belongs_to, from = "user_id", to = "id", on_delete = "Cascade")]
    pub user: BelongsTo<users::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
