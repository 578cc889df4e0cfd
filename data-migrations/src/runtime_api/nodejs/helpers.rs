//! How a script got at the helpers, and what of them it gave names of its own.

use std::collections::HashMap;

use super::{
    super::syntax::{Node, Syntax},
    scopes::{BindingId, Scopes},
};

/// The helpers' functions. In the runtime API all of them are async; `getCondition` is not among them.
pub(super) const FUNCTIONS: [&str; 7] = [
    "input",
    "output",
    "event",
    "setCondition",
    "getVariable",
    "setVariable",
    GET_CONDITION,
];
pub(super) const GET_CONDITION: &str = "getCondition";

/// What an expression is of the helpers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning<'s> {
    /// All of them: the module.
    Module,
    /// One of the functions.
    Function(&'s str),
    /// The module of the runtime API, as a script that is new already asks for it.
    Api,
}

/// What the names of a script are of the helpers.
#[derive(Debug)]
pub(super) struct Helpers<'a, 's> {
    syntax: &'a Syntax<'s>,
    scopes: &'a Scopes<'s>,
    names: HashMap<BindingId, Meaning<'s>>,
}

impl<'a, 's> Helpers<'a, 's> {
    pub(super) fn find(syntax: &'a Syntax<'s>, scopes: &'a Scopes<'s>) -> Self {
        let mut found = Self {
            syntax,
            scopes,
            names: HashMap::new(),
        };
        for import in syntax.all().filter(|&node| syntax.is(node, "import_statement")) {
            if found.is_import(import) {
                found.bind_import(import);
            }
        }
        // A name may be given on before it is given, in the order of the text. Further than this, nobody gives it on.
        let mut known = usize::MAX;
        for _ in 0..8 {
            if known == found.names.len() {
                break;
            }
            known = found.names.len();
            for node in syntax.all() {
                let (name, value) = match syntax.kind(node) {
                    "variable_declarator" => ("name", "value"),
                    "assignment_expression" => ("left", "right"),
                    _ => continue,
                };
                if let (Some(name), Some(value)) = (syntax.child(node, name), syntax.child(node, value)) {
                    found.bind(name, value);
                }
            }
        }
        found
    }

    /// Whether an import is one of the helpers, by any path, or of the API, which `node -e` can't import either.
    pub(super) fn is_import(&self, import: Node) -> bool {
        let source = self.syntax.child(import, "source");
        source.is_some_and(|source| self.is_helper_path(source) || literal(self.syntax, source) == Some("cronium"))
    }

    fn bind_import(&mut self, import: Node) {
        for node in self.syntax.within(import) {
            let (name, meaning) = match self.syntax.kind(node) {
                "import_clause" | "namespace_import" => {
                    let name = self
                        .syntax
                        .named_children(node)
                        .find(|&child| self.syntax.is(child, "identifier"));
                    (name, Meaning::Module)
                }
                "import_specifier" => {
                    let Some(name) = self.syntax.child(node, "name") else {
                        continue;
                    };
                    let meaning = match self.syntax.text(name) {
                        "default" | "cronium" => Meaning::Module,
                        function => Meaning::Function(function),
                    };
                    (Some(self.syntax.child(node, "alias").unwrap_or(name)), meaning)
                }
                _ => continue,
            };
            if let Some(binding) = name.and_then(|name| self.scopes.of(name)) {
                self.names.insert(binding, meaning);
            }
        }
    }

    fn bind(&mut self, name: Node, value: Node) {
        let Some(meaning) = self.meaning(value) else {
            return;
        };
        match (self.syntax.kind(name), meaning) {
            ("identifier", meaning) => self.bind_name(name, meaning),
            ("object_pattern", Meaning::Module) => {
                for (key, name) in properties(self.syntax, name) {
                    match self.syntax.text(key) {
                        "cronium" | "default" => self.bind_name(name, Meaning::Module),
                        key if FUNCTIONS.contains(&key) => self.bind_name(name, Meaning::Function(key)),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }

    fn bind_name(&mut self, name: Node, meaning: Meaning<'s>) {
        if let Some(binding) = self.scopes.of(name) {
            let known = self.names.entry(binding).or_insert(meaning);
            if *known == Meaning::Api {
                *known = meaning;
            }
        }
    }

    /// What an expression is of the helpers.
    pub(super) fn meaning(&self, node: Node) -> Option<Meaning<'s>> {
        let syntax = self.syntax;
        match syntax.kind(node) {
            "identifier" | "shorthand_property_identifier" => match self.scopes.of(node) {
                Some(binding) => self.names.get(&binding).copied(),
                None => (syntax.text(node) == "cronium").then_some(Meaning::Module),
            },
            "call_expression" => {
                let path = self.required(node)?;
                if self.is_helper_path(path) {
                    Some(Meaning::Module)
                } else {
                    (literal(syntax, path) == Some("cronium")).then_some(Meaning::Api)
                }
            }
            "member_expression" | "subscript_expression" => {
                if self.is_global(node) {
                    return Some(Meaning::Module);
                }
                let object = syntax.child(node, "object")?;
                let property = property(syntax, node)?;
                match self.meaning(object)? {
                    Meaning::Module => FUNCTIONS.contains(&property).then_some(Meaning::Function(property)),
                    _ => None,
                }
            }
            "parenthesized_expression" | "await_expression" => self.meaning(syntax.named_children(node).next()?),
            "binary_expression"
                if matches!(
                    syntax.child(node, "operator").map(|o| syntax.text(o)),
                    Some("||" | "??")
                ) =>
            {
                let (left, right) = (syntax.child(node, "left")?, syntax.child(node, "right")?);
                self.meaning(left).or_else(|| self.meaning(right))
            }
            "ternary_expression" => {
                let (one, other) = (syntax.child(node, "consequence")?, syntax.child(node, "alternative")?);
                self.meaning(one).or_else(|| self.meaning(other))
            }
            "assignment_expression" => self.meaning(syntax.child(node, "right")?),
            _ => None,
        }
    }

    /// `global.cronium`, which the helpers' file set.
    pub(super) fn is_global(&self, node: Node) -> bool {
        let object = self.syntax.child(node, "object");
        object.is_some_and(|object| {
            matches!(self.syntax.text(object), "global" | "globalThis") && self.scopes.is_free(object)
        }) && property(self.syntax, node) == Some("cronium")
    }

    /// What a call of `require` asks for.
    pub(super) fn required(&self, call: Node) -> Option<Node> {
        let function = self.syntax.child(call, "function")?;
        let asked = self.syntax.text(function) == "require" && self.scopes.is_free(function);
        let arguments = self.syntax.child(call, "arguments").filter(|_| asked)?;
        self.syntax
            .named_children(arguments)
            .find(|&child| !self.syntax.is(child, "comment"))
    }

    /// Whether an expression is a path to the helpers' file.
    pub(super) fn is_helper_path(&self, path: Node) -> bool {
        let mut at = path;
        // Deeper than this, nobody writes a path.
        for _ in 0..16 {
            let next = match self.syntax.kind(at) {
                "string" | "template_string" => {
                    let (dynamic, tail) = tail(self.syntax, at);
                    let (folder, file) = tail.rsplit_once('/').unwrap_or(("", tail));
                    let by_path = dynamic || at != path || !folder.is_empty();
                    return (file == "cronium.js" || (file == "cronium" && by_path)) && !is_package(tail, dynamic);
                }
                "binary_expression" => self.syntax.child(at, "right"),
                "parenthesized_expression" => self.syntax.named_children(at).last(),
                "call_expression" => {
                    let function = self
                        .syntax
                        .child(at, "function")
                        .map_or("", |function| self.syntax.text(function));
                    let joins = matches!(function.rsplit('.').next(), Some("join" | "resolve"));
                    self.syntax
                        .child(at, "arguments")
                        .filter(|_| joins)
                        .and_then(|arguments| self.syntax.named_children(arguments).last())
                }
                "identifier" => self.only_value(at),
                _ => None,
            };
            match next {
                Some(next) => at = next,
                None => return false,
            }
        }
        false
    }

    /// The value of a name that is declared once and never assigned.
    fn only_value(&self, name: Node) -> Option<Node> {
        let binding = &self.scopes.bindings[self.scopes.of(name)?];
        let &[declaration] = binding.declarations.as_slice() else {
            return None;
        };
        let declarator = self.syntax.parent(declaration)?;
        let constant = self.syntax.is(declarator, "variable_declarator")
            && binding.references.iter().all(|&reference| {
                let parent = self.syntax.parent(reference);
                parent.is_none_or(|parent| !self.syntax.is(parent, "assignment_expression"))
            });
        self.syntax.child(declarator, "value").filter(|_| constant)
    }
}

/// A module of a package, such as `@acme/cronium`: no file of the executor's.
fn is_package(path: &str, dynamic: bool) -> bool {
    let by_path = dynamic || path.starts_with(['.', '/']) || path.contains("runtime-helpers");
    !by_path && path.contains('/')
}

/// The keys of an object pattern and the names that they go to.
pub(super) fn properties(syntax: &Syntax<'_>, pattern: Node) -> Vec<(Node, Node)> {
    let own = |node: Node| match syntax.kind(node) {
        "assignment_pattern" | "object_assignment_pattern" => syntax.child(node, "left"),
        _ => Some(node),
    };
    syntax
        .named_children(pattern)
        .filter_map(|child| match syntax.kind(child) {
            "shorthand_property_identifier_pattern" => Some((child, child)),
            "object_assignment_pattern" => own(child).map(|name| (name, name)),
            "pair_pattern" => {
                let name = syntax.child(child, "value").and_then(own)?;
                Some((syntax.child(child, "key")?, name))
            }
            _ => None,
        })
        .collect()
}

/// The property that an expression asks an object for.
pub(super) fn property<'s>(syntax: &Syntax<'s>, node: Node) -> Option<&'s str> {
    match syntax.kind(node) {
        "member_expression" => syntax.child(node, "property").map(|name| syntax.text(name)),
        "subscript_expression" => literal(syntax, syntax.child(node, "index")?),
        _ => None,
    }
}

/// The text of a string in quotes.
pub(super) fn literal<'s>(syntax: &Syntax<'s>, node: Node) -> Option<&'s str> {
    let text = syntax.text(node);
    (syntax.is(node, "string") && text.len() >= 2).then(|| &text[1..text.len() - 1])
}

/// The last fixed part of a text, and whether something stands before it that only a run knows.
pub(super) fn tail<'s>(syntax: &Syntax<'s>, node: Node) -> (bool, &'s str) {
    if let Some(text) = literal(syntax, node) {
        let right = syntax
            .parent(node)
            .is_some_and(|parent| syntax.is(parent, "binary_expression"))
            && syntax.field(node) == Some("right");
        return (right, text);
    }
    let Some(last) = syntax.named_children(node).last() else {
        return (false, "");
    };
    let some = syntax.child_of_kind(node, "template_substitution").is_some();
    (
        some,
        if syntax.is(last, "string_fragment") {
            syntax.text(last)
        } else {
            ""
        },
    )
}
