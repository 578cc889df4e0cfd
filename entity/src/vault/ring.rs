//! The key ring.

use std::fmt;

use serde_json::Value as Json;

use super::{
    Context, KeyId, LegacyKey, Secret, VaultError, VaultKey,
    envelope::Envelope,
    key::{Form, NONCE, TAG},
    legacy::server_bytes,
    place::Past,
};
use crate::values::Sealed;

/// A key ring: one key to seal with, older ones to read with, and Cronium's own for what it encrypted before.
///
/// Each may be absent. A vault without a key reads what is in clear, and refuses to seal.
#[derive(Debug, Default)]
pub struct Vault {
    current: Option<VaultKey>,
    old: Vec<VaultKey>,
    legacy: Option<LegacyKey>,
}

/// How a value was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Sealed by the vault, with this key.
    Vault(KeyId),
    /// By Cronium's server encryption: base64 of initialisation vector, ciphertext and tag.
    Server,
    /// By Cronium's encryption of credentials: a JSON object of ciphertext, tag and how the key comes about.
    Envelope,
    /// In clear.
    Plain,
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Vault(key) => write!(f, "a value sealed under the key `{key}`"),
            Self::Server => f.write_str("a ciphertext of Cronium's server encryption"),
            Self::Envelope => f.write_str("an envelope of Cronium's encrypted credentials"),
            Self::Plain => f.write_str("in clear"),
        }
    }
}

/// A value that has been opened.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The secret.
    pub secret: Secret,
    /// How it was stored; of several layers, the outermost.
    pub scheme: Scheme,
}

impl Vault {
    /// A vault that seals with this key.
    pub fn new(current: VaultKey) -> Self {
        Self {
            current: Some(current),
            ..Self::default()
        }
    }

    /// Adds a key to read with.
    ///
    /// # Errors
    /// [`VaultError::BadKey`] if another key has its identifier already.
    pub fn with_old(mut self, key: VaultKey) -> Result<Self, VaultError> {
        match self.key(key.id()) {
            Some(known) if known.same(&key) => {}
            Some(_) => {
                return Err(VaultError::BadKey {
                    from: format!("the key `{}`", key.id()),
                    reason: "two different keys have this identifier; every key needs one of its own".to_owned(),
                });
            }
            None => self.old.push(key),
        }
        Ok(self)
    }

    /// Adds the key of Cronium's past.
    #[must_use]
    pub fn with_legacy(mut self, key: LegacyKey) -> Self {
        self.legacy = Some(key);
        self
    }

    /// The identifier of the key that it seals with.
    pub fn current(&self) -> Option<&KeyId> {
        self.current.as_ref().map(VaultKey::id)
    }

    /// What every value begins with that is sealed with the current key. [`open`](Self::open) refuses whatever else
    /// begins so.
    pub fn prefix(&self) -> Option<String> {
        self.current().map(Form::prefix)
    }

    /// The same for all its keys, the current one first.
    pub fn prefixes(&self) -> Vec<String> {
        self.keys().map(|key| Form::prefix(key.id())).collect()
    }

    /// Seals a secret. An empty text is none and stays as it is, as Cronium keeps it.
    ///
    /// # Errors
    /// [`VaultError::NoKey`] without a current key.
    pub fn seal(&self, context: &Context, secret: &str) -> Result<Sealed, VaultError> {
        if secret.is_empty() {
            return Ok(Sealed::from_stored(secret));
        }
        let key = self.current.as_ref().ok_or(VaultError::NoKey)?;
        let bytes = key.seal(secret, &context.bound(key.id().as_str()))?;
        Ok(Sealed::from_stored(Form::text(key.id(), &bytes)))
    }

    /// Opens a stored value, whatever scheme it is in. It may have been encrypted by Cronium more than once: that
    /// happened to short values, and each layer is taken off.
    ///
    /// # Errors
    /// For a value that is sealed or looks like an old ciphertext, and that no key opens: it must be kept as it is, and
    /// never be taken for a secret in clear.
    pub fn open(&self, context: &Context, stored: &str) -> Result<Opened, VaultError> {
        if let Some(form) = Form::parse(stored) {
            match self.key(&form.key) {
                Some(key) => {
                    let bound = context.bound(key.id().as_str());
                    return match form.bytes().and_then(|bytes| key.open(&bytes, &bound)) {
                        Some(bytes) => opened(&bytes, Scheme::Vault(form.key)),
                        None => Err(VaultError::NotAuthentic(form.key)),
                    };
                }
                None if form.is_whole() => return Err(VaultError::UnknownKey(form.key)),
                // A text that happens to begin so.
                None => {}
            }
        }
        let Some(mut outer) = self.open_legacy(stored, context.place().past())? else {
            return opened(stored.as_bytes(), Scheme::Plain);
        };
        // Inside of an authentic value, only what authenticates is another layer: the rest is the secret.
        while let Ok(Some(inner)) = self.open_legacy(outer.secret.expose(), Past::Clear) {
            outer.secret = inner.secret;
        }
        Ok(outer)
    }

    /// Whether a value is sealed: it authenticates under one of the vault's keys.
    pub fn is_sealed(&self, context: &Context, stored: &str) -> bool {
        matches!(
            self.open(context, stored),
            Ok(Opened {
                scheme: Scheme::Vault(_),
                ..
            })
        )
    }

    /// One layer of Cronium's own encryption; `None` for a text in clear.
    fn open_legacy(&self, stored: &str, past: Past) -> Result<Option<Opened>, VaultError> {
        if let Some(envelope) = envelope(stored) {
            let bytes = envelope?.open(self.legacy.as_ref())?;
            return opened(&bytes, Scheme::Envelope).map(Some);
        }
        let Some(bytes) = server_bytes(stored) else {
            return Ok(None);
        };
        let legacy = self.legacy.as_ref().filter(|legacy| legacy.opens_server());
        if let Some(bytes) = legacy.and_then(|legacy| legacy.open_server(&bytes)) {
            return opened(&bytes, Scheme::Server).map(Some);
        }
        let looks_encrypted = match past {
            Past::Clear => false,
            // Cronium read shorter ones as they are, whatever they were; a key that does not open them says the same.
            Past::Server => stored.len() >= 50 || legacy.is_none(),
            Past::Credentials => true,
        };
        match (looks_encrypted, legacy) {
            (false, _) => Ok(None),
            (true, None) => Err(VaultError::NoLegacyKey(Scheme::Server)),
            (true, Some(_)) => Err(VaultError::NotLegacyAuthentic(Scheme::Server)),
        }
    }

    fn key(&self, id: &KeyId) -> Option<&VaultKey> {
        self.keys().find(|key| key.id() == id)
    }

    fn keys(&self) -> impl Iterator<Item = &VaultKey> {
        self.current.iter().chain(&self.old)
    }
}

/// The length of the text that a secret of so many bytes becomes, at most: with the longest key identifier.
///
/// ```
/// assert_eq!(entity::vault::sealed_length(32), 116);
/// ```
pub const fn sealed_length(bytes: usize) -> usize {
    "v1::".len() + KeyId::MAX + (4 * (NONCE + bytes + TAG)).div_ceil(3)
}

/// The envelope in a text, which Cronium may have serialised more than once.
fn envelope(text: &str) -> Option<Result<Envelope, VaultError>> {
    let mut json: Json = serde_json::from_str(text).ok()?;
    // Each turn makes it shorter, so this ends.
    while let Json::String(inner) = &json {
        json = serde_json::from_str(inner).ok()?;
    }
    Envelope::of(&json)
}

fn opened(bytes: &[u8], scheme: Scheme) -> Result<Opened, VaultError> {
    match str::from_utf8(bytes) {
        Ok(text) => Ok(Opened {
            secret: Secret::from(text.to_owned()),
            scheme,
        }),
        Err(_) => Err(VaultError::NotText(scheme)),
    }
}
