//! `list.forEach(…)` as a loop, in which calls can be awaited one after the other.

use super::{
    super::{
        edits::Edits,
        syntax::{Node, Syntax},
    },
    awaits::function_around,
    helpers::{Helpers, Meaning, property},
    scopes::Scopes,
};

/// A call of `forEach` whose callback can be the body of a loop.
#[derive(Clone, Debug)]
pub(super) struct Loop {
    pub(super) call: Node,
    list: Node,
    parameters: Vec<Node>,
    body: Node,
    returns: Vec<Node>,
    /// Whether the script gives a parameter another value.
    assigns: bool,
}

/// How far a list is followed to where it comes from.
const DEPTH: usize = 8;

/// Functions and methods that give a list.
const LISTING: [&str; 8] = [
    "concat", "filter", "flat", "flatMap", "map", "reverse", "slice", "split",
];
const MAKING: [&str; 5] = [
    "Array.from",
    "JSON.parse",
    "Object.entries",
    "Object.keys",
    "Object.values",
];

/// The loop that a function is the body of, if it is a callback of `forEach` on what is surely a list.
pub(super) fn find(
    syntax: &Syntax<'_>,
    scopes: &Scopes<'_>,
    helpers: &Helpers<'_, '_>,
    function: Node,
) -> Option<Loop> {
    let arguments = syntax
        .parent(function)
        .filter(|&parent| syntax.is(parent, "arguments"))?;
    let call = syntax.parent(arguments)?;
    let statement = syntax.parent(call)?;
    let callee = syntax.child(call, "function")?;
    let list = syntax.child(callee, "object")?;
    let plain = syntax.is(statement, "expression_statement")
        && property(syntax, callee) == Some("forEach")
        && syntax.named_children(arguments).count() == 1
        && ![call, callee]
            .iter()
            .any(|&node| syntax.child_of_kind(node, "optional_chain").is_some());
    if !plain || !matches!(syntax.kind(function), "arrow_function" | "function_expression") {
        return None;
    }
    let parameters: Vec<Node> = match syntax.child(function, "parameters") {
        Some(parameters) => syntax.named_children(parameters).collect(),
        None => syntax.child(function, "parameter").into_iter().collect(),
    };
    let names = parameters
        .iter()
        .all(|&name| matches!(syntax.kind(name), "identifier" | "object_pattern" | "array_pattern"));
    if !(1..=2).contains(&parameters.len()) || !names {
        return None;
    }
    let body = syntax.child(function, "body")?;
    let own = |node: Node| function_around(syntax, node) == Some(function);
    let mut returns = Vec::new();
    let mut assigns = false;
    for node in syntax.within(function).skip(1) {
        match syntax.kind(node) {
            "return_statement" if own(node) => {
                let in_a_loop = syntax
                    .ancestors(node)
                    .take_while(|&above| above != function)
                    .any(|above| {
                        matches!(
                            syntax.kind(above),
                            "for_statement"
                                | "for_in_statement"
                                | "while_statement"
                                | "do_statement"
                                | "switch_statement"
                        )
                    });
                if in_a_loop || syntax.named_children(node).next().is_some() {
                    return None;
                }
                returns.push(node);
            }
            // They would be those of the function around.
            "variable_declaration" if own(node) => return None,
            "this" | "super" | "meta_property" if syntax.is(function, "function_expression") => return None,
            "identifier" if syntax.text(node) == "arguments" => return None,
            "assignment_expression" | "augmented_assignment_expression" | "update_expression" => assigns = true,
            _ => {}
        }
    }
    // `for (const item of item.list)` would look for the item before it is there, and a list that grows meanwhile would
    // never end.
    let of_the_list = |node: Node| {
        let binding = scopes.of(node).map(|binding| &scopes.bindings[binding]);
        binding.is_some_and(|binding| binding.declarations.iter().all(|&name| syntax.is_in(name, list)))
    };
    let shared = syntax
        .within(list)
        .filter(|&node| syntax.is(node, "identifier") && !of_the_list(node))
        .any(|node| {
            let name = syntax.text(node);
            let named_in = |part: Node| syntax.within(part).any(|inner| syntax.text(inner) == name);
            parameters.iter().copied().any(named_in)
                || (scopes.of(node).is_some() && helpers.meaning(node).is_none() && named_in(body))
        });
    (!shared && is_list(syntax, scopes, helpers, list, DEPTH)).then_some(Loop {
        call,
        list,
        parameters,
        body,
        returns,
        assigns,
    })
}

/// Whether an expression is surely a list: written as one, made as one, or read from JSON, where nothing else has a
/// `forEach`.
fn is_list(syntax: &Syntax<'_>, scopes: &Scopes<'_>, helpers: &Helpers<'_, '_>, node: Node, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else {
        return false;
    };
    let is_list = |node: Node| is_list(syntax, scopes, helpers, node, depth);
    match syntax.kind(node) {
        "array" => true,
        "parenthesized_expression" | "await_expression" => syntax.named_children(node).next().is_some_and(is_list),
        "call_expression" => {
            let Some(callee) = syntax.child(node, "function") else {
                return false;
            };
            let method = syntax.is(callee, "member_expression")
                && property(syntax, callee).is_some_and(|name| LISTING.contains(&name));
            method
                || MAKING.contains(&syntax.text(callee))
                || matches!(helpers.meaning(callee), Some(Meaning::Function(_)))
        }
        // A part of what was read.
        "member_expression" | "subscript_expression" => syntax.child(node, "object").is_some_and(is_list),
        "binary_expression" => ["left", "right"]
            .iter()
            .all(|side| syntax.child(node, side).is_some_and(is_list)),
        "identifier" => {
            let Some(binding) = scopes.of(node).map(|binding| &scopes.bindings[binding]) else {
                return false;
            };
            let &[name] = binding.declarations.as_slice() else {
                return false;
            };
            let declarator = syntax
                .ancestors(name)
                .take(4)
                .find(|&above| syntax.is(above, "variable_declarator"));
            let assigned = binding.references.iter().any(|&reference| {
                syntax
                    .parent(reference)
                    .is_some_and(|parent| syntax.is(parent, "assignment_expression"))
                    && syntax.field(reference) == Some("left")
            });
            let value = declarator.and_then(|declarator| syntax.child(declarator, "value"));
            !assigned && value.is_some_and(is_list)
        }
        _ => false,
    }
}

impl Loop {
    /// Writes the loop. What stands in the list and in the body stays as it is.
    pub(super) fn write(&self, syntax: &Syntax<'_>, edits: &mut Edits<'_>) {
        let names: Vec<&str> = self.parameters.iter().map(|&name| syntax.text(name)).collect();
        let declares = if self.assigns { "let" } else { "const" };
        let (name, entries) = match names.as_slice() {
            [value, key] => (format!("[{key}, {value}]"), ".entries()"),
            names => (names.concat(), ""),
        };
        let block = syntax.is(self.body, "statement_block");
        let (open, close) = if block { ("", "") } else { ("{ ", "; }") };
        // A `;` would be a statement of its own behind the loop.
        let end = syntax.end(self.call);
        let end = end + usize::from(syntax.source[end..].starts_with(';'));
        edits.insert(syntax.start(self.call), format!("for ({declares} {name} of "));
        edits.replace(
            syntax.end(self.list)..syntax.start(self.body),
            format!("{entries}) {open}"),
        );
        edits.replace(syntax.end(self.body)..end, close);
        for &node in &self.returns {
            let end = syntax.start(node) + "return".len();
            edits.replace(syntax.start(node)..end, "continue");
        }
    }
}
