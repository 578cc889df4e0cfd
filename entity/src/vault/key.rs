//! A key of the vault.

use std::fmt;

use aes_gcm::{
    Aes256Gcm, KeyInit as _, Nonce,
    aead::{Aead as _, Generate as _, Payload},
};
use base64::{
    Engine as _,
    engine::{
        DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig,
        general_purpose::{STANDARD, URL_SAFE_NO_PAD},
    },
};
use zeroize::Zeroizing;

use super::VaultError;

/// The nonce's length in bytes.
pub(super) const NONCE: usize = 12;
/// The tag's length in bytes.
pub(super) const TAG: usize = 16;

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const BASE64: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::STANDARD, LENIENT);
const BASE64_URL: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::URL_SAFE, LENIENT);

/// The identifier of a key, part of every value that is sealed with it: 1 to 32 of `a-z 0-9 -`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(String);

impl KeyId {
    /// The greatest length.
    pub const MAX: usize = 32;

    /// The identifier that a text is, if it is one.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=Self::MAX).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        fits.then(|| Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A key with its identifier. A key that replaces another needs another identifier.
#[derive(Clone)]
pub struct VaultKey {
    id: KeyId,
    bytes: Zeroizing<[u8; 32]>,
}

impl VaultKey {
    /// The key with this identifier and these bytes.
    pub fn new(id: KeyId, bytes: [u8; 32]) -> Self {
        Self {
            id,
            bytes: Zeroizing::new(bytes),
        }
    }

    /// Reads `<key id>:<key>`, the key being 32 bytes as 64 hexadecimal digits or as base64 of either alphabet.
    ///
    /// # Errors
    /// [`VaultError::BadKey`] for a text of another form. It does not repeat the text.
    pub fn parse(text: &str) -> Result<Self, VaultError> {
        Self::read(text, "the key")
    }

    /// Like [`parse`](Self::parse), for a text that comes from somewhere.
    pub(super) fn read(text: &str, from: &str) -> Result<Self, VaultError> {
        let bad = |reason: &str| VaultError::BadKey {
            from: from.to_owned(),
            reason: reason.to_owned(),
        };
        let (id, key) = text.trim().split_once(':').ok_or_else(|| {
            bad("`<key id>:<key>` is expected, and there is no colon; the identifier may be any name for the key, such as `2026a`")
        })?;
        let id = KeyId::parse(id).ok_or_else(|| {
            bad("the part before the colon is no key identifier: 1 to 32 of the letters a-z, digits and `-`")
        })?;
        let bytes = Zeroizing::new(bytes_of(key).ok_or_else(|| {
            bad("the part after the colon is not 32 bytes as 64 hexadecimal digits or base64; `openssl rand -hex 32` makes such a key")
        })?);
        Ok(Self { id, bytes })
    }

    /// The identifier.
    pub fn id(&self) -> &KeyId {
        &self.id
    }

    /// Whether it is the same key under the same identifier.
    pub(super) fn same(&self, other: &Self) -> bool {
        self.id == other.id && *self.bytes == *other.bytes
    }

    /// Nonce, ciphertext and tag.
    pub(super) fn seal(&self, text: &str, bound: &str) -> Result<Vec<u8>, VaultError> {
        let nonce = Nonce::try_generate().map_err(|_| VaultError::Cipher)?;
        let payload = Payload {
            msg: text.as_bytes(),
            aad: bound.as_bytes(),
        };
        let ciphertext = self.cipher().encrypt(&nonce, payload).map_err(|_| VaultError::Cipher)?;
        Ok([nonce.as_slice(), &ciphertext].concat())
    }

    /// What nonce, ciphertext and tag hold, if they are authentic.
    pub(super) fn open(&self, sealed: &[u8], bound: &str) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, ciphertext) = sealed.split_at_checked(NONCE)?;
        let payload = Payload {
            msg: ciphertext,
            aad: bound.as_bytes(),
        };
        let nonce = Nonce::try_from(nonce).ok()?;
        self.cipher().decrypt(&nonce, payload).ok().map(Zeroizing::new)
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new(&(*self.bytes).into())
    }
}

impl fmt::Debug for VaultKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VaultKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A text that begins like a sealed value, taken apart.
pub(super) struct Form<'a> {
    pub(super) key: KeyId,
    body: &'a str,
}

impl<'a> Form<'a> {
    const VERSION: &'static str = "v1";

    /// The parts, if the text begins so. Whether it is sealed is for the key to say.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let (key, body) = text.strip_prefix(Self::VERSION)?.strip_prefix(':')?.split_once(':')?;
        KeyId::parse(key).map(|key| Self { key, body })
    }

    /// Nonce, ciphertext and tag.
    pub(super) fn bytes(&self) -> Option<Vec<u8>> {
        URL_SAFE_NO_PAD.decode(self.body).ok()
    }

    /// Whether all of it has the form, as far as can be said without its key.
    pub(super) fn is_whole(&self) -> bool {
        self.body.len() >= (4 * (NONCE + TAG)).div_ceil(3)
            && self
                .body
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    }

    /// What every value under a key begins with.
    pub(super) fn prefix(key: &KeyId) -> String {
        format!("{}:{key}:", Self::VERSION)
    }

    /// The text.
    pub(super) fn text(key: &KeyId, bytes: &[u8]) -> String {
        Self::prefix(key) + &URL_SAFE_NO_PAD.encode(bytes)
    }
}

/// 32 bytes, of 64 hexadecimal digits.
pub(super) fn hex(text: &str) -> Option<[u8; 32]> {
    let digits: Zeroizing<Vec<u8>> = Zeroizing::new(
        text.chars()
            .map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
            .collect::<Option<_>>()?,
    );
    if digits.len() != 64 {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = pair[0] << 4 | pair[1];
    }
    Some(bytes)
}

/// The bytes of standard base64 with its padding, as Node writes it.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

fn bytes_of(key: &str) -> Option<[u8; 32]> {
    if let Some(bytes) = hex(key) {
        return Some(bytes);
    }
    let bytes = Zeroizing::new(BASE64.decode(key).or_else(|_| BASE64_URL.decode(key)).ok()?);
    bytes.as_slice().try_into().ok()
}
