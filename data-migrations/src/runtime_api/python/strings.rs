//! What a string stands for, as far as the script alone can tell.

use super::super::syntax::{Node, Syntax};

/// A string: what only a run knows, then a text. The first part may be missing.
#[derive(Debug)]
pub(super) struct Text {
    /// Whether something that only a run knows stands before the text.
    pub(super) dynamic: bool,
    pub(super) tail: String,
}

impl Text {
    /// The text of a string, of strings side by side, or of a sum that ends with one.
    pub(super) fn of(syntax: &Syntax<'_>, node: Node) -> Option<Self> {
        let mut text = Self {
            dynamic: false,
            tail: String::new(),
        };
        match syntax.kind(node) {
            "string" => {
                for part in syntax.named_children(node) {
                    match syntax.kind(part) {
                        "interpolation" => {
                            text.dynamic = true;
                            text.tail.clear();
                        }
                        "string_content" => text.tail.push_str(syntax.text(part)),
                        _ => {}
                    }
                }
                // The second half of `folder + '/input.json'`.
                let parent = syntax.parent(node);
                text.dynamic |= parent.is_some_and(|parent| syntax.is(parent, "binary_operator"))
                    && syntax.field(node) == Some("right");
            }
            "concatenated_string" => {
                for part in syntax.named_children(node) {
                    let part = Self::of(syntax, part)?;
                    if part.dynamic {
                        text = part;
                    } else {
                        text.tail.push_str(&part.tail);
                    }
                }
            }
            _ => return None,
        }
        Some(text)
    }

    pub(super) fn is(&self, text: &str) -> bool {
        !self.dynamic && self.tail == text
    }

    /// Whether it is a path to the helpers.
    pub(super) fn is_helper(&self) -> bool {
        self.tail.rsplit(['/', '\\']).next() == Some("cronium.py")
    }
}
