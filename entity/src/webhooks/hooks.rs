//! What the rules work with.

use super::WebhookError;
use crate::{
    World,
    nanoid::nanoid,
    values::Sealed,
    vault::{Place, Secret, Vault},
    webhooks::webhooks,
};

/// All that the rules of webhooks work with.
#[derive(Debug)]
pub struct Hooks<'a, W> {
    /// Time and chance.
    pub world: &'a W,
    /// What opens the secrets. It needs a key only to seal.
    pub vault: &'a Vault,
}

/// What a new webhook is known by.
#[derive(Clone, Debug)]
pub struct Fresh {
    /// For `webhooks.key`: 32 of nanoid's characters.
    pub key: String,
    /// For the sender or receiver, who is told it once: 64 hexadecimal digits.
    pub secret: Secret,
    /// For `webhooks.secret`.
    pub sealed: Sealed,
}

impl<W: World> Hooks<'_, W> {
    /// A key and a secret for a new webhook of a user, from the operating system's randomness.
    ///
    /// # Errors
    /// [`WebhookError::Randomness`], [`WebhookError::Vault`] without a key to seal with.
    pub fn fresh(&self, user: &str) -> Result<Fresh, WebhookError> {
        let bytes = self.world.secret()?;
        let (low, high) = bytes.split_at(16);
        let half = |bytes: &[u8]| bytes.iter().fold(0, |bits: u128, byte| bits << 8 | u128::from(*byte));
        let secret = Secret::from(hex::encode(self.world.secret()?));
        let sealed = self.vault.seal(&Place::WebhookSecret.of(user), secret.expose());
        Ok(Fresh {
            key: nanoid(half(low), 16).chain(nanoid(half(high), 16)).collect(),
            secret,
            sealed: sealed.map_err(|source| WebhookError::Vault {
                webhook: "a new webhook".to_owned(),
                source,
            })?,
        })
    }

    /// The secret of a webhook in clear.
    pub(super) fn secret(&self, webhook: &webhooks::Model) -> Result<Secret, WebhookError> {
        let context = Place::WebhookSecret.of(&webhook.user_id);
        let opened = self.vault.open(&context, webhook.secret.as_stored());
        opened
            .map(|opened| opened.secret)
            .map_err(|source| WebhookError::Vault {
                webhook: format!("the webhook {}", webhook.id),
                source,
            })
    }

    /// The identifier of a delivery: 21 of nanoid's characters.
    pub(super) fn delivery_id(&self) -> String {
        let bits = (u128::from(self.world.random()) << 64) | u128::from(self.world.random());
        nanoid(bits, 21).collect()
    }
}
