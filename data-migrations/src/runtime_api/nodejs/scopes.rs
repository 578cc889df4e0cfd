//! Which name means what where, by JavaScript's rules.

use std::collections::HashMap;

use super::super::syntax::{Node, Syntax};

/// A declared name, by its place in [`Scopes::bindings`].
pub(super) type BindingId = usize;

/// A declared name.
#[derive(Debug)]
pub(super) struct Binding<'s> {
    pub(super) name: &'s str,
    /// Where it is declared. More than once for `var`.
    pub(super) declarations: Vec<Node>,
    /// Where else it stands.
    pub(super) references: Vec<Node>,
    /// Whether it is a name of the whole script.
    pub(super) top: bool,
}

#[derive(Debug, Default)]
struct Scope<'s> {
    parent: Option<usize>,
    /// Whether `var` goes no further out.
    function: bool,
    names: HashMap<&'s str, BindingId>,
}

/// The names of a script.
#[derive(Debug)]
pub(super) struct Scopes<'s> {
    pub(super) bindings: Vec<Binding<'s>>,
    /// The references to names that nothing in the script declares.
    pub(super) free: Vec<Node>,
    resolved: HashMap<Node, BindingId>,
}

impl<'s> Scopes<'s> {
    pub(super) fn find(syntax: &Syntax<'s>) -> Self {
        let mut finder = Finder {
            syntax,
            scopes: vec![Scope {
                function: true,
                ..Scope::default()
            }],
            of: vec![0; syntax.len()],
            bindings: Vec::new(),
            declared: HashMap::new(),
        };
        finder.nest();
        for node in syntax.all() {
            finder.declare_at(node);
        }
        finder.resolve()
    }

    /// What a name at a node is declared as, at its declaration and everywhere else.
    pub(super) fn of(&self, node: Node) -> Option<BindingId> {
        self.resolved.get(&node).copied()
    }

    pub(super) fn is_free(&self, node: Node) -> bool {
        !self.resolved.contains_key(&node)
    }
}

/// The kinds of nodes that are functions.
pub(super) const FUNCTIONS: [&str; 6] = [
    "function_declaration",
    "function_expression",
    "arrow_function",
    "method_definition",
    "generator_function",
    "generator_function_declaration",
];

struct Finder<'a, 's> {
    syntax: &'a Syntax<'s>,
    scopes: Vec<Scope<'s>>,
    of: Vec<usize>,
    bindings: Vec<Binding<'s>>,
    declared: HashMap<Node, BindingId>,
}

impl<'s> Finder<'_, 's> {
    /// Says for every node in which scope it stands.
    fn nest(&mut self) {
        let mut own: HashMap<Node, usize> = HashMap::new();
        for node in self.syntax.all().skip(1) {
            let Some(parent) = self.syntax.parent(node) else {
                continue;
            };
            let scope = own.get(&parent).copied().unwrap_or(self.of[parent.index()]);
            self.of[node.index()] = scope;
            let kind = self.syntax.kind(node);
            let function = FUNCTIONS.contains(&kind) || kind == "class_static_block";
            // The body of a function shares the scope of its parameters.
            let block = kind == "statement_block" && !FUNCTIONS.contains(&self.syntax.kind(parent));
            if function
                || block
                || matches!(
                    kind,
                    "for_statement" | "for_in_statement" | "catch_clause" | "switch_body"
                )
            {
                self.scopes.push(Scope {
                    parent: Some(scope),
                    function,
                    names: HashMap::new(),
                });
                own.insert(node, self.scopes.len() - 1);
            }
        }
    }

    /// The scope that a node makes, which its children stand in.
    fn inner(&self, node: Node) -> usize {
        let child = self.syntax.children(node).next();
        child.map_or(self.of[node.index()], |child| self.of[child.index()])
    }

    fn declare_at(&mut self, node: Node) {
        let syntax = self.syntax;
        let here = self.of[node.index()];
        match syntax.kind(node) {
            "variable_declarator" => {
                let var = syntax
                    .parent(node)
                    .is_some_and(|parent| syntax.is(parent, "variable_declaration"));
                let scope = if var { self.function_scope(here) } else { here };
                if let Some(name) = syntax.child(node, "name") {
                    self.declare_pattern(scope, name);
                }
            }
            "for_in_statement" => {
                let kind = syntax.child(node, "kind").map(|kind| syntax.text(kind));
                let scope = self.inner(node);
                let scope = if kind == Some("var") {
                    self.function_scope(scope)
                } else {
                    scope
                };
                if let (Some(_), Some(left)) = (kind, syntax.child(node, "left")) {
                    self.declare_pattern(scope, left);
                }
            }
            "function_declaration" | "generator_function_declaration" | "class_declaration" => {
                if let Some(name) = syntax.child(node, "name") {
                    self.declare(here, name);
                }
            }
            "function_expression" | "generator_function" => {
                if let Some(name) = syntax.child(node, "name") {
                    self.declare(self.of[name.index()], name);
                }
            }
            "formal_parameters" => {
                for parameter in syntax.named_children(node) {
                    self.declare_pattern(here, parameter);
                }
            }
            "arrow_function" | "catch_clause" => {
                if let Some(parameter) = syntax.child(node, "parameter") {
                    self.declare_pattern(self.inner(node), parameter);
                }
            }
            "import_clause" | "namespace_import" => {
                for name in syntax
                    .named_children(node)
                    .filter(|&name| syntax.is(name, "identifier"))
                {
                    self.declare(here, name);
                }
            }
            "import_specifier" => {
                let name = syntax.child(node, "alias").or_else(|| syntax.child(node, "name"));
                if let Some(name) = name {
                    self.declare(here, name);
                }
            }
            _ => {}
        }
    }

    fn declare_pattern(&mut self, scope: usize, pattern: Node) {
        for name in names(self.syntax, pattern) {
            self.declare(scope, name);
        }
    }

    fn declare(&mut self, scope: usize, name: Node) {
        let text = self.syntax.text(name);
        let next = self.bindings.len();
        let binding = *self.scopes[scope].names.entry(text).or_insert(next);
        if binding == next {
            self.bindings.push(Binding {
                name: text,
                declarations: Vec::new(),
                references: Vec::new(),
                top: scope == 0,
            });
        }
        self.bindings[binding].declarations.push(name);
        self.declared.insert(name, binding);
    }

    fn function_scope(&self, scope: usize) -> usize {
        let mut at = scope;
        while !self.scopes[at].function {
            at = self.scopes[at].parent.unwrap_or(0);
        }
        at
    }

    fn resolve(mut self) -> Scopes<'s> {
        let mut free = Vec::new();
        let mut resolved = self.declared.clone();
        for node in self.syntax.all() {
            let name = matches!(
                self.syntax.kind(node),
                "identifier" | "shorthand_property_identifier" | "shorthand_property_identifier_pattern"
            );
            let parent = self.syntax.parent(node).map_or("", |parent| self.syntax.kind(parent));
            if !name || resolved.contains_key(&node) || matches!(parent, "import_specifier" | "export_specifier") {
                continue;
            }
            let text = self.syntax.text(node);
            let mut at = Some(self.of[node.index()]);
            let mut found = None;
            while let (Some(scope), None) = (at, found) {
                found = self.scopes[scope].names.get(text).copied();
                at = self.scopes[scope].parent;
            }
            match found {
                Some(binding) => {
                    self.bindings[binding].references.push(node);
                    resolved.insert(node, binding);
                }
                None => free.push(node),
            }
        }
        Scopes {
            bindings: self.bindings,
            free,
            resolved,
        }
    }
}

/// The names that a pattern declares.
fn names(syntax: &Syntax<'_>, pattern: Node) -> Vec<Node> {
    let mut names = Vec::new();
    let mut open = vec![pattern];
    while let Some(node) = open.pop() {
        match syntax.kind(node) {
            "identifier" | "shorthand_property_identifier_pattern" => names.push(node),
            "object_pattern" | "array_pattern" | "rest_pattern" => open.extend(syntax.named_children(node)),
            "pair_pattern" => open.extend(syntax.child(node, "value")),
            "assignment_pattern" | "object_assignment_pattern" => open.extend(syntax.child(node, "left")),
            _ => {}
        }
    }
    names
}
