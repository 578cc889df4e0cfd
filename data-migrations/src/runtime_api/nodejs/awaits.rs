//! Which calls are awaited, and which functions become async for it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{
    super::{
        remarks::Remarks,
        syntax::{Node, Syntax},
    },
    callers::Callers,
    helpers::{GET_CONDITION, Helpers, Meaning},
    scopes::{FUNCTIONS, Scopes},
};

/// What has to change so that every call of the API is awaited.
#[derive(Debug, Default)]
pub(super) struct Awaits {
    /// The calls, outer before inner.
    pub(super) calls: BTreeSet<Node>,
    /// The functions that become async.
    pub(super) functions: BTreeSet<Node>,
    /// Whether one of the calls stands in no function.
    pub(super) at_the_top: bool,
}

/// Where a call stands.
#[derive(Clone, Copy, Debug)]
enum Place {
    Top,
    Function(Node),
    /// Where no call can be awaited, with the words for it.
    Sync(&'static str),
}

/// Finds what has to change. What can't be awaited without changing what the script does gets a remark instead.
pub(super) fn find(
    syntax: &Syntax<'_>,
    scopes: &Scopes<'_>,
    helpers: &Helpers<'_, '_>,
    remarks: &mut Remarks,
) -> Awaits {
    let callers = Callers::new(syntax, scopes, helpers);
    let mut awaits = Awaits::default();
    let mut sync: BTreeMap<Node, &'static str> = BTreeMap::new();
    let mut known: HashMap<Node, bool> = HashMap::new();
    // The calls to await, and whether they are the API's own.
    let mut open: Vec<(Node, bool)> = syntax
        .all()
        .filter(|&node| syntax.is(node, "call_expression"))
        .filter(|&node| {
            let function = syntax.child(node, "function");
            let meaning = function.and_then(|function| helpers.meaning(function));
            matches!(meaning, Some(Meaning::Function(name)) if name != GET_CONDITION)
        })
        .map(|call| (call, true))
        .collect();
    let own: BTreeSet<Node> = open.iter().map(|&(call, _)| call).collect();
    while let Some((call, _)) = open.pop() {
        if awaits.calls.contains(&call) || sync.contains_key(&call) {
            continue;
        }
        let awaited = match place(syntax, call) {
            Place::Top => {
                awaits.at_the_top = true;
                true
            }
            Place::Sync(why) => {
                sync.insert(call, why);
                false
            }
            Place::Function(function) if syntax.child_of_kind(function, "async").is_some() => true,
            Place::Function(function) => *known.entry(function).or_insert_with(|| match callers.of(function) {
                Ok(calls) => {
                    awaits.functions.insert(function);
                    open.extend(calls.into_iter().map(|call| (call, false)));
                    true
                }
                Err(why) => {
                    sync.insert(call, why);
                    false
                }
            }),
        };
        if awaited {
            awaits.calls.insert(call);
        } else {
            let Place::Function(function) = place(syntax, call) else {
                continue;
            };
            sync.entry(call)
                .or_insert_with(|| callers.of(function).err().unwrap_or("in a function"));
        }
    }
    for (&call, why) in &sync {
        let what = if own.contains(&call) {
            "calls the runtime API"
        } else {
            "calls a function that is async now"
        };
        remarks.add(
            syntax.line(call),
            format!("{what} {why}, where it could not be awaited"),
        );
    }
    // A promise that the script takes further itself is left to it, and what is awaited needs no second time.
    awaits.calls.retain(|&call| !is_taken_further(syntax, call));
    awaits
}

/// Whether a call is awaited already, or its promise is used as one.
fn is_taken_further(syntax: &Syntax<'_>, call: Node) -> bool {
    let mut at = call;
    while let Some(parent) = syntax
        .parent(at)
        .filter(|&parent| syntax.is(parent, "parenthesized_expression"))
    {
        at = parent;
    }
    let Some(parent) = syntax.parent(at) else {
        return false;
    };
    let then = syntax
        .child(parent, "property")
        .map_or("", |property| syntax.text(property));
    syntax.is(parent, "await_expression")
        || (syntax.is(parent, "member_expression")
            && matches!(then, "then" | "catch" | "finally")
            && syntax
                .parent(parent)
                .is_some_and(|call| syntax.is(call, "call_expression")))
}

/// Where a node stands, seen from the nearest function.
fn place(syntax: &Syntax<'_>, node: Node) -> Place {
    let mut below = node;
    for above in syntax.ancestors(node) {
        let kind = syntax.kind(above);
        if kind == "class_static_block" {
            return Place::Sync("in a static block of a class");
        }
        if kind == "field_definition" && syntax.field(below) == Some("value") {
            return Place::Sync("in a field of a class");
        }
        if FUNCTIONS.contains(&kind) && syntax.field(below) != Some("name") {
            if syntax.is(below, "formal_parameters") || syntax.field(below) == Some("parameter") {
                return Place::Sync("in a parameter's default");
            }
            let is_async = syntax.child_of_kind(above, "async").is_some();
            if !is_async && (kind.starts_with("generator") || syntax.child_of_kind(above, "*").is_some()) {
                return Place::Sync("in a generator");
            }
            if syntax
                .children(above)
                .any(|child| matches!(syntax.kind(child), "get" | "set"))
            {
                return Place::Sync("in a getter or setter");
            }
            let name = syntax.child(above, "name").map_or("", |name| syntax.text(name));
            if kind == "method_definition" && name == "constructor" {
                return Place::Sync("in a constructor");
            }
            return Place::Function(above);
        }
        below = above;
    }
    Place::Top
}

/// Whether a node stands in no function.
pub(super) fn is_at_the_top(syntax: &Syntax<'_>, node: Node) -> bool {
    matches!(place(syntax, node), Place::Top)
}
