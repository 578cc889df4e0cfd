//! nanoid's characters.

/// `A-Z a-z 0-9 _ -`.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

/// So many of nanoid's characters, 21 at most, each made of six bits, the lowest first.
pub(crate) fn nanoid(bits: u128, length: usize) -> impl Iterator<Item = char> {
    (0..length).map(move |place| char::from(ALPHABET[(bits >> (6 * place) & 63) as usize]))
}
