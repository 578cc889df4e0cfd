//! What a shell word stands for, as far as the script alone can tell.

use std::collections::{HashMap, HashSet};

use super::super::syntax::{Node, Syntax};

/// A word: what only a run knows, then a text. The first part may be missing.
#[derive(Debug, Default)]
pub(super) struct Word<'s> {
    /// Whether something that only a run knows stands before the text.
    pub(super) dynamic: bool,
    pub(super) text: String,
    /// The variable, where the word is one and nothing else.
    variable: Option<&'s str>,
}

impl<'s> Word<'s> {
    pub(super) fn of(syntax: &Syntax<'s>, node: Node) -> Self {
        let mut word = Self::default();
        word.read(syntax, node);
        word
    }

    fn read(&mut self, syntax: &Syntax<'s>, node: Node) {
        match syntax.kind(node) {
            "string" | "concatenation" | "command_name" | "translated_string" => {
                for child in syntax.named_children(node) {
                    self.read(syntax, child);
                }
            }
            "raw_string" => self.push(syntax.text(node).trim_matches('\'')),
            "word" | "string_content" | "number" => {
                self.push(
                    &syntax
                        .text(node)
                        .trim_start_matches(['\n', '\r', ' ', '\t'])
                        .replace('\\', ""),
                );
            }
            "expansion" | "simple_expansion" => {
                let first = !self.dynamic && self.text.is_empty();
                self.dynamic = true;
                self.text.clear();
                let mut parts = syntax.named_children(node);
                let name = parts.next().map(|name| syntax.text(name));
                self.variable = name.filter(|_| first);
                let default = syntax
                    .children(node)
                    .any(|child| matches!(syntax.kind(child), ":-" | "-"));
                if let Some(value) = parts.next().filter(|_| default) {
                    self.read(syntax, value);
                }
            }
            _ => {
                self.dynamic = true;
                self.text.clear();
                self.variable = None;
            }
        }
    }

    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        if !text.is_empty() {
            self.variable = None;
        }
    }

    /// Whether it is a path to the helpers.
    pub(super) fn is_helper(&self, variables: &HashSet<&str>) -> bool {
        let file = self.text.rsplit('/').next();
        file == Some("cronium.sh") || self.variable.is_some_and(|name| variables.contains(name))
    }

    /// The text of a word that no run changes.
    pub(super) fn fixed(&self) -> Option<&str> {
        (!self.dynamic).then_some(self.text.as_str())
    }
}

/// The variables that hold a path to the helpers, and nothing else anywhere.
pub(super) fn helper_variables<'s>(syntax: &Syntax<'s>) -> HashSet<&'s str> {
    let mut all: HashMap<&str, bool> = HashMap::new();
    for node in syntax.all().filter(|&node| syntax.is(node, "variable_assignment")) {
        let Some(name) = syntax.child(node, "name") else {
            continue;
        };
        let helper = syntax
            .child(node, "value")
            .is_some_and(|value| Word::of(syntax, value).is_helper(&HashSet::new()));
        *all.entry(syntax.text(name)).or_insert(true) &= helper;
    }
    all.retain(|_, helper| *helper);
    all.into_keys().collect()
}
