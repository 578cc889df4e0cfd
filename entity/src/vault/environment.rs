//! The vault's keys, from the environment.

use std::{env, fs};

use zeroize::Zeroizing;

use super::{LegacyKey, Vault, VaultError, VaultKey};

/// The variable with the current key, `<key id>:<key>`.
pub const VAULT_KEY: &str = "CRONIUM_VAULT_KEY";
/// The variable with the path of a file whose first line is the current key; further lines are old ones.
pub const VAULT_KEY_FILE: &str = "CRONIUM_VAULT_KEY_FILE";
/// The variable with keys that are only read with, separated by commas.
pub const VAULT_OLD_KEYS: &str = "CRONIUM_VAULT_OLD_KEYS";
/// The variable with the key of Cronium's past.
pub const ENCRYPTION_KEY: &str = "ENCRYPTION_KEY";

impl Vault {
    /// The vault that the environment describes, by the variables [`VAULT_KEY`] or [`VAULT_KEY_FILE`],
    /// [`VAULT_OLD_KEYS`] and [`ENCRYPTION_KEY`]. What is not set, or empty, the vault does not have.
    ///
    /// # Errors
    /// [`VaultError::BadKey`] for a variable or file that holds something else. It does not say what.
    pub fn from_env() -> Result<Self, VaultError> {
        Self::from_variables(|name| match env::var(name) {
            Ok(value) => Ok(Some(value)),
            Err(env::VarError::NotPresent) => Ok(None),
            Err(env::VarError::NotUnicode(_)) => Err(bad(name, "it is not UTF-8")),
        })
    }

    /// The vault that an environment describes, given as a function from name to value.
    ///
    /// # Errors
    /// As [`from_env`](Self::from_env), and what the function fails with.
    pub fn from_variables(variable: impl Fn(&str) -> Result<Option<String>, VaultError>) -> Result<Self, VaultError> {
        let variable =
            |name: &str| variable(name).map(|value| value.filter(|value| !value.trim().is_empty()).map(Zeroizing::new));
        let mut vault = match (variable(VAULT_KEY)?, variable(VAULT_KEY_FILE)?) {
            (Some(_), Some(_)) => {
                return Err(bad(
                    VAULT_KEY,
                    &format!("{VAULT_KEY_FILE} is set too; keep one of them"),
                ));
            }
            (Some(key), None) => Self::new(VaultKey::read(&key, VAULT_KEY)?),
            (None, Some(path)) => Self::from_file(&path)?,
            (None, None) => Self::default(),
        };
        if let Some(keys) = variable(VAULT_OLD_KEYS)? {
            for (at, key) in keys.split(',').enumerate().filter(|(_, key)| !key.trim().is_empty()) {
                let key = VaultKey::read(key, &format!("{VAULT_OLD_KEYS}, key {}", at + 1))?;
                vault = vault.with_old(key)?;
            }
        }
        if let Some(key) = variable(ENCRYPTION_KEY)? {
            vault = vault.with_legacy(LegacyKey::parse(&key)?);
        }
        Ok(vault)
    }

    fn from_file(path: &str) -> Result<Self, VaultError> {
        let text = fs::read_to_string(path)
            .map(Zeroizing::new)
            .map_err(|error| bad(VAULT_KEY_FILE, &format!("`{path}` can't be read: {error}")))?;
        let mut vault = Self::default();
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let key = VaultKey::read(line, &format!("{VAULT_KEY_FILE}, `{path}`, line {}", at + 1))?;
            vault = match vault.current() {
                None => Self::new(key),
                Some(_) => vault.with_old(key)?,
            };
        }
        match vault.current() {
            Some(_) => Ok(vault),
            None => Err(bad(VAULT_KEY_FILE, &format!("`{path}` is empty"))),
        }
    }
}

fn bad(from: &str, reason: &str) -> VaultError {
    VaultError::BadKey {
        from: from.to_owned(),
        reason: reason.to_owned(),
    }
}
