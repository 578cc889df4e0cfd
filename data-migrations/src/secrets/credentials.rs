//! `tool_credentials.credentials`: sealed, and the flags beside it true.

use entity::vault::Place;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _,
    sea_query::{Condition, Expr, ExprTrait as _},
};
use serde_json::Value as Json;

use crate::secrets::frozen::tool_credentials::{ActiveModel, Column, Entity, Model};

use super::HoldsSecrets;

/// The name of the step that seals the credentials of tools.
pub const CREDENTIALS: &str = "m20261124_130500_credentials";

/// `encrypted` is true of every credential that is sealed; how, the value says itself, so `encryption_metadata` is absent. Rows
/// were seen with a ciphertext and `encrypted` false, and the flag was all that Cronium went by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ToolCredentials;

impl HoldsSecrets for ToolCredentials {
    type Table = Entity;
    const ID: Column = Column::Id;
    const OWNER: Column = Column::UserId;
    const SECRETS: &'static [(Column, Place)] = &[(Column::Credentials, Place::ToolCredentials)];

    fn untrue(sealed: Expr, absent: Expr) -> Option<Condition> {
        let told = Column::EncryptionMetadata.is_not_null();
        let both = |state: Expr, is_untrue: Expr| state.and(is_untrue.or(told.clone()));
        Some(
            Condition::any()
                .add(both(sealed, Column::Encrypted.eq(false)))
                .add(both(absent, Column::Encrypted.eq(true))),
        )
    }

    fn mend(row: &Model, change: &mut ActiveModel, sealed: bool) {
        if row.encrypted != sealed {
            change.encrypted = Set(sealed);
        }
        if row.encryption_metadata.is_some() {
            change.encryption_metadata = Set(None);
        }
    }

    fn remark(secret: &str) -> Option<&'static str> {
        remark_on_credentials(secret)
    }
}

/// What a person should know of credentials.
pub(crate) fn remark_on_credentials(secret: &str) -> Option<&'static str> {
    let is_object = serde_json::from_str::<Json>(secret).is_ok_and(|json| json.is_object());
    (!is_object).then_some("the credentials are no JSON object, as every tool expects; they were sealed as they are")
}
