//! Where a step has its keys from.

use std::sync::{Arc, OnceLock};

use entity::vault::{Vault, VaultError};
use seawright::data::DataError;

/// The vault of a step. That of the environment is opened when it is first needed: a history must list its steps without a
/// key.
#[derive(Clone, Debug)]
pub struct Keys(Arc<OnceLock<Result<Arc<Vault>, VaultError>>>);

impl Keys {
    /// The vault that the environment describes ([`Vault::from_env`]).
    pub fn environment() -> Self {
        Self(Arc::default())
    }

    /// This vault.
    pub fn of(vault: Vault) -> Self {
        Self(Arc::new(OnceLock::from(Ok(Arc::new(vault)))))
    }

    /// The vault.
    ///
    /// # Errors
    /// [`DataError::Refused`] where the environment holds keys that can't be used.
    pub fn vault(&self) -> Result<Arc<Vault>, DataError> {
        self.0
            .get_or_init(|| Vault::from_env().map(Arc::new))
            .clone()
            .map_err(|error| DataError::Refused(error.to_string()))
    }
}
