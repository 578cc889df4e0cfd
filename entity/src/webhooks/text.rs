//! Texts that headers and columns take.

use crate::values::clean;

/// The longest name of an event, in characters.
pub(super) const LONGEST_NAME: usize = 255;

/// Whether an event may be called so: its name goes out as a header.
pub(super) fn is_name(name: &str) -> bool {
    (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A name that events may have, and headers carry: what they may not is `_`.
pub(super) fn as_name(text: &str) -> String {
    let graphic = |letter: char| if letter.is_ascii_graphic() { letter } else { '_' };
    text.chars().map(graphic).take(LONGEST_NAME).collect()
}

/// The first characters of a text; PostgreSQL takes no NUL.
pub(super) fn kept(text: &str, most: usize) -> String {
    clean(&text.chars().take(most).collect::<String>())
}
