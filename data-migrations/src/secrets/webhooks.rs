//! `webhooks.secret`, the key of the signatures.

use entity::vault::Place;

use crate::secrets::frozen::webhooks::{Column, Entity};

use super::HoldsSecrets;

/// The name of the step that seals the secrets of webhooks.
pub const WEBHOOK_SECRETS: &str = "m20261124_130530_webhook_secrets";

/// The table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Webhooks;

impl HoldsSecrets for Webhooks {
    type Table = Entity;
    const ID: Column = Column::Id;
    const OWNER: Column = Column::UserId;
    const SECRETS: &'static [(Column, Place)] = &[(Column::Secret, Place::WebhookSecret)];
}
