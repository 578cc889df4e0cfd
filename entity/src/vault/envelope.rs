//! The envelopes in which Cronium encrypted the credentials of tools.

use scrypt::{Params, scrypt};
use serde::Deserialize;
use serde_json::Value as Json;
use zeroize::Zeroizing;

use super::{
    LegacyKey, Scheme, VaultError,
    key::{TAG, base64},
    legacy::{IV, decrypt},
};
use crate::{tools::KeyDerivation, values::Document};

const MASTER_SALT: &[u8] = b"cronium-tool-credentials-v1";

/// An envelope, as it is stored. What else it says (`algorithm`, `iterations`) Cronium never read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Envelope {
    encrypted: String,
    iv: String,
    auth_tag: String,
    key_derivation: Option<Document<KeyDerivation>>,
}

impl Envelope {
    /// The envelope that a JSON value is: an object with the three members that no credentials have together.
    pub(super) fn of(json: &Json) -> Option<Result<Self, VaultError>> {
        let is_one = ["encrypted", "iv", "authTag"]
            .iter()
            .all(|member| json.get(member).is_some());
        is_one.then(|| Self::deserialize(json).map_err(|_| VaultError::BadEnvelope("members are no texts")))
    }

    /// What is in it.
    pub(super) fn open(&self, legacy: Option<&LegacyKey>) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let ciphertext = base64(&self.encrypted).ok_or(VaultError::BadEnvelope("ciphertext is no base64"))?;
        let iv = exactly(&self.iv, IV, "initialisation vector is not 16 bytes in base64")?;
        let tag = exactly(&self.auth_tag, TAG, "tag is not 16 bytes in base64")?;
        let salt = self
            .key_derivation
            .as_ref()
            .and_then(Document::known)
            .and_then(|derivation| derivation.salt.as_deref())
            .and_then(base64)
            .ok_or(VaultError::BadEnvelope("salt is missing or no base64"))?;
        let legacy = legacy.ok_or(VaultError::NoLegacyKey(Scheme::Envelope))?;
        let key = derive(&legacy.master()?[..], &salt)?;
        decrypt(&key, &[iv, ciphertext, tag].concat(), &[]).ok_or(VaultError::NotLegacyAuthentic(Scheme::Envelope))
    }
}

impl LegacyKey {
    /// The key from which the keys of the envelopes come.
    fn master(&self) -> Result<&[u8; 32], VaultError> {
        if let Some(master) = self.master.get() {
            return Ok(master);
        }
        let master = derive(self.text().as_bytes(), MASTER_SALT)?;
        Ok(self.master.get_or_init(|| master))
    }
}

fn exactly(text: &str, length: usize, otherwise: &'static str) -> Result<Vec<u8>, VaultError> {
    base64(text)
        .filter(|bytes| bytes.len() == length)
        .ok_or(VaultError::BadEnvelope(otherwise))
}

/// 32 bytes by scrypt with Node's defaults: N = 2¹⁴, r = 8, p = 1.
fn derive(secret: &[u8], salt: &[u8]) -> Result<Zeroizing<[u8; 32]>, VaultError> {
    let params = Params::new(14, 8, 1).map_err(|_| VaultError::Cipher)?;
    let mut key = Zeroizing::new([0; 32]);
    scrypt(secret, salt, &params, &mut *key).map_err(|_| VaultError::Cipher)?;
    Ok(key)
}
