//! Which name means what where, by Python's rules.

use std::collections::HashMap;

use super::super::syntax::{Node, Syntax};

/// What a name is bound to in a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Binding<'s> {
    /// The helpers' module, or the object of that name in it.
    Module,
    /// A function of the helpers', by its legacy name.
    Function(&'s str),
    /// A function of the helpers' under a name that stays.
    Kept,
    /// Anything else.
    Other,
}

/// The scopes of a script. The first is the module.
#[derive(Debug)]
pub(super) struct Scopes<'s> {
    scopes: Vec<Scope<'s>>,
    /// The scope that each node stands in.
    of: Vec<usize>,
}

#[derive(Debug, Default)]
struct Scope<'s> {
    parent: Option<usize>,
    class: bool,
    comprehension: bool,
    names: HashMap<&'s str, Binding<'s>>,
    /// Names that a `global` statement sends to the module.
    global: Vec<&'s str>,
    nonlocal: Vec<&'s str>,
}

impl<'s> Scopes<'s> {
    /// Finds the scopes and what is bound in them, except by imports of the helpers, which [`bind`](Self::bind) adds.
    pub(super) fn find(syntax: &Syntax<'s>) -> Self {
        let mut found = Self {
            scopes: vec![Scope::default()],
            of: vec![0; syntax.len()],
        };
        let mut own: HashMap<Node, usize> = HashMap::new();
        for node in syntax.all().skip(1) {
            let Some(parent) = syntax.parent(node) else {
                continue;
            };
            let outer = found.of[parent.index()];
            let mut scope = outer;
            if let Some(&inner) = own.get(&parent) {
                let evaluated_outside = match syntax.kind(parent) {
                    "function_definition" => matches!(syntax.field(node), Some("name" | "return_type")),
                    "class_definition" => matches!(syntax.field(node), Some("name" | "superclasses")),
                    _ => false,
                };
                if !evaluated_outside {
                    scope = inner;
                }
            }
            // A parameter's default and type are evaluated where the function is defined.
            let default = matches!(
                syntax.kind(parent),
                "default_parameter" | "typed_default_parameter" | "typed_parameter"
            ) && matches!(syntax.field(node), Some("value" | "type"));
            if default {
                scope = found.scopes[outer].parent.unwrap_or(outer);
            }
            found.of[node.index()] = scope;
            let kind = syntax.kind(node);
            let comprehension = kind.ends_with("_comprehension") || kind == "generator_expression";
            let class = kind == "class_definition";
            if comprehension || class || matches!(kind, "function_definition" | "lambda") {
                found.scopes.push(Scope {
                    parent: Some(scope),
                    class,
                    comprehension,
                    ..Scope::default()
                });
                own.insert(node, found.scopes.len() - 1);
            }
        }
        for node in syntax.all() {
            let scope = found.of[node.index()];
            match syntax.kind(node) {
                "global_statement" => {
                    let names = syntax.named_children(node).map(|name| syntax.text(name));
                    found.scopes[scope].global.extend(names);
                }
                "nonlocal_statement" => {
                    let names = syntax.named_children(node).map(|name| syntax.text(name));
                    found.scopes[scope].nonlocal.extend(names);
                }
                _ => {}
            }
        }
        for node in syntax.all() {
            if syntax.is(node, "identifier") && binds(syntax, node) {
                found.bind(syntax, node, Binding::Other);
            }
        }
        found
    }

    /// Binds the name at a node. What the helpers bind counts more than what else has the name.
    pub(super) fn bind(&mut self, syntax: &Syntax<'s>, node: Node, binding: Binding<'s>) {
        let name = syntax.text(node);
        let mut scope = self.of[node.index()];
        // `:=` binds outside of the comprehension that it stands in.
        let walrus = syntax
            .parent(node)
            .is_some_and(|parent| syntax.is(parent, "named_expression"));
        while walrus && self.scopes[scope].comprehension {
            scope = self.scopes[scope].parent.unwrap_or(0);
        }
        if self.scopes[scope].global.contains(&name) {
            scope = 0;
        } else if self.scopes[scope].nonlocal.contains(&name) {
            scope = self.scopes[scope].parent.unwrap_or(0);
        }
        let known = self.scopes[scope].names.entry(name).or_insert(binding);
        if *known == Binding::Other {
            *known = binding;
        }
    }

    /// Binds a name in the module.
    pub(super) fn bind_in_module(&mut self, name: &'s str, binding: Binding<'s>) {
        self.scopes[0].names.entry(name).or_insert(binding);
    }

    /// What a name means at a node. None where nothing in the script binds it.
    pub(super) fn resolve(&self, node: Node, name: &str) -> Option<Binding<'s>> {
        let mut at = Some(self.of[node.index()]);
        let mut from_inside = false;
        while let Some(scope) = at.map(|at| &self.scopes[at]) {
            // What a class binds is not seen by its methods.
            if !(scope.class && from_inside) {
                if scope.global.contains(&name) {
                    return self.scopes[0].names.get(name).copied();
                }
                if let Some(&binding) = scope.names.get(name) {
                    return Some(binding);
                }
            }
            from_inside |= !scope.comprehension;
            at = scope.parent;
        }
        None
    }

    /// Whether something other than the helpers binds the name in the scope of a node.
    pub(super) fn is_taken(&self, node: Node, name: &str) -> bool {
        self.scopes[self.of[node.index()]].names.get(name) == Some(&Binding::Other)
    }

    /// Whether anything of the helpers' is bound anywhere.
    pub(super) fn knows_the_helpers(&self) -> bool {
        self.scopes
            .iter()
            .flat_map(|scope| scope.names.values())
            .any(|binding| *binding != Binding::Other)
    }

    /// Whether a node stands in no function and no class.
    pub(super) fn in_module(&self, node: Node) -> bool {
        self.of[node.index()] == 0
    }
}

/// Whether an identifier is bound where it stands: assigned, a parameter, imported and so on.
fn binds(syntax: &Syntax<'_>, node: Node) -> bool {
    let Some(parent) = syntax.parent(node) else {
        return false;
    };
    let field = syntax.field(node);
    match syntax.kind(parent) {
        "function_definition"
        | "class_definition"
        | "default_parameter"
        | "typed_default_parameter"
        | "named_expression" => field == Some("name"),
        "parameters"
        | "lambda_parameters"
        | "list_splat_pattern"
        | "dictionary_splat_pattern"
        | "as_pattern_target"
        | "splat_pattern"
        | "augmented_assignment"
        | "delete_statement"
        | "pattern_list"
        | "tuple_pattern"
        | "list_pattern" => true,
        "typed_parameter" => field != Some("type"),
        "as_pattern" => syntax.previous(node).is_some(),
        "aliased_import" => field == Some("alias") && !of_the_helpers(syntax, parent),
        "dotted_name" => match syntax.parent(parent) {
            Some(above) if matches!(syntax.kind(above), "import_statement" | "import_from_statement") => {
                // `import a.b` binds `a`.
                syntax.field(parent) == Some("name")
                    && syntax.previous(node).is_none()
                    && !of_the_helpers(syntax, parent)
            }
            Some(above) => matches!(syntax.kind(above), "case_pattern" | "keyword_pattern"),
            None => false,
        },
        "assignment" | "for_statement" | "for_in_clause" | "type_alias_statement" => field == Some("left"),
        _ => false,
    }
}

/// Whether a name in an import comes from the helpers' module.
fn of_the_helpers(syntax: &Syntax<'_>, name: Node) -> bool {
    let Some(import) = syntax.parent(name) else {
        return false;
    };
    if syntax.is(import, "import_statement") {
        let module = syntax.child(name, "name").unwrap_or(name);
        return syntax.text(module) == "cronium";
    }
    syntax
        .child(import, "module_name")
        .is_some_and(|module| syntax.text(module) == "cronium")
}
