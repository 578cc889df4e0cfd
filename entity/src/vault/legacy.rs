//! The key of Cronium's past, and what its server encrypted with it.

use std::{fmt, sync::OnceLock};

use aes_gcm::{
    AesGcm, KeyInit as _, Nonce,
    aead::{Aead as _, Payload, consts::U16},
    aes::Aes256,
};
use zeroize::Zeroizing;

use super::{
    VaultError,
    environment::ENCRYPTION_KEY,
    key::{TAG, base64, hex},
};

/// The initialisation vector's length in bytes, four more than usual.
pub(super) const IV: usize = 16;

const BOUND: &[u8] = b"cronium-server-encryption";

/// Cronium's `ENCRYPTION_KEY`, from which it had the keys of both its schemes.
pub struct LegacyKey {
    text: Zeroizing<String>,
    /// Only a key of 64 hexadecimal digits was good for the server's encryption.
    server: Option<Zeroizing<[u8; 32]>>,
    /// Slow to come by, so it is done once.
    pub(super) master: OnceLock<Zeroizing<[u8; 32]>>,
}

impl LegacyKey {
    /// The least number of characters that Cronium accepted.
    const LEAST: usize = 32;

    /// The key that a text is.
    ///
    /// # Errors
    /// [`VaultError::BadKey`] for a text of less than 32 characters, which Cronium did not accept either.
    pub fn parse(text: &str) -> Result<Self, VaultError> {
        if text.chars().count() < Self::LEAST {
            return Err(VaultError::BadKey {
                from: ENCRYPTION_KEY.to_owned(),
                reason: format!(
                    "Cronium's key has 64 hexadecimal digits, or at least {} characters; this is shorter",
                    Self::LEAST
                ),
            });
        }
        Ok(Self {
            text: Zeroizing::new(text.to_owned()),
            server: hex(text).map(Zeroizing::new),
            master: OnceLock::new(),
        })
    }

    /// Whether it could be the key of something that the server encrypted.
    pub(super) fn opens_server(&self) -> bool {
        self.server.is_some()
    }

    /// What the server encrypted, if it did so with this key.
    pub(super) fn open_server(&self, bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        decrypt(self.server.as_ref()?, bytes, BOUND)
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for LegacyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LegacyKey(..)")
    }
}

/// The bytes of a text that the server may have encrypted: base64 of initialisation vector, ciphertext and tag.
pub(super) fn server_bytes(text: &str) -> Option<Vec<u8>> {
    base64(text).filter(|bytes| bytes.len() >= IV + TAG)
}

/// Decrypts initialisation vector, ciphertext and tag, if they are authentic.
pub(super) fn decrypt(key: &[u8; 32], bytes: &[u8], bound: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (iv, ciphertext) = bytes.split_at_checked(IV)?;
    let iv = Nonce::<U16>::try_from(iv).ok()?;
    let payload = Payload {
        msg: ciphertext,
        aad: bound,
    };
    let cipher = AesGcm::<Aes256, U16>::new(&(*key).into());
    cipher.decrypt(&iv, payload).ok().map(Zeroizing::new)
}
