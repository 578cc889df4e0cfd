//! `webhooks.secret`, the key of the signatures.

use entity::{
    vault::Place,
    webhooks::webhooks::{Column, Entity},
};

use super::HoldsSecrets;

/// The name of the step that seals the secrets of webhooks.
pub const WEBHOOK_SECRETS: &str = "m20261124_130530_webhook_secrets";

impl HoldsSecrets for Entity {
    const ID: Column = Column::Id;
    const OWNER: Column = Column::UserId;
    const SECRETS: &'static [(Column, Place)] = &[(Column::Secret, Place::WebhookSecret)];
}
