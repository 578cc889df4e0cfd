//! Which calls are awaited, and which functions become async for it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{
    super::{
        remarks::Remarks,
        syntax::{Node, Syntax},
    },
    callers::Callers,
    helpers::{GET_CONDITION, Helpers, Meaning},
    loops::{self, Loop},
    scopes::{FUNCTIONS, Scopes},
};

/// What has to change so that every call of the API is awaited.
#[derive(Debug, Default)]
pub(super) struct Awaits {
    /// The calls, outer before inner.
    pub(super) calls: BTreeSet<Node>,
    /// The functions that become async.
    pub(super) functions: BTreeSet<Node>,
    /// The callbacks that become loops.
    pub(super) loops: Vec<Loop>,
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
    let own: BTreeSet<Node> = syntax
        .all()
        .filter(|&node| syntax.is(node, "call_expression"))
        .filter(|&node| {
            let function = syntax.child(node, "function");
            let meaning = function.and_then(|function| helpers.meaning(function));
            matches!(meaning, Some(Meaning::Function(name)) if name != GET_CONDITION)
        })
        .collect();
    let mut finder = Finder {
        syntax,
        scopes,
        helpers,
        callers: Callers::new(syntax, scopes, helpers),
        awaits: Awaits::default(),
        known: HashMap::new(),
        open: own.iter().copied().collect(),
    };
    let mut sync: BTreeMap<Node, &'static str> = BTreeMap::new();
    while let Some(call) = finder.open.pop() {
        if finder.awaits.calls.contains(&call) || sync.contains_key(&call) {
            continue;
        }
        match finder.can_wait(call) {
            Ok(()) => {
                finder.awaits.calls.insert(call);
            }
            Err(why) => {
                sync.insert(call, why);
            }
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
    let mut awaits = finder.awaits;
    // A promise that the script takes further itself is left to it, and what is awaited needs no second time.
    awaits.calls.retain(|&call| !is_taken_further(syntax, call));
    awaits
}

struct Finder<'a, 's> {
    syntax: &'a Syntax<'s>,
    scopes: &'a Scopes<'s>,
    helpers: &'a Helpers<'a, 's>,
    callers: Callers<'a, 's>,
    awaits: Awaits,
    /// The functions that are decided on, with the words for those that stay as they are.
    known: HashMap<Node, Result<(), &'static str>>,
    /// The calls that are not decided on.
    open: Vec<Node>,
}

impl Finder<'_, '_> {
    /// Sees to it that something can be awaited at a node, or says why not.
    fn can_wait(&mut self, node: Node) -> Result<(), &'static str> {
        let function = match place(self.syntax, node) {
            Place::Top => {
                self.awaits.at_the_top = true;
                return Ok(());
            }
            Place::Sync(why) => return Err(why),
            Place::Function(function) => function,
        };
        if self.syntax.child_of_kind(function, "async").is_some() {
            return Ok(());
        }
        if let Some(&known) = self.known.get(&function) {
            return known;
        }
        let decided = match self.callers.of(function) {
            Ok(calls) => {
                self.awaits.functions.insert(function);
                self.open.extend(calls);
                Ok(())
            }
            Err(why) => match loops::find(self.syntax, self.scopes, self.helpers, function) {
                Some(found) if self.can_wait(found.call).is_ok() => {
                    self.awaits.loops.push(found);
                    Ok(())
                }
                _ => Err(why),
            },
        };
        self.known.insert(function, decided);
        decided
    }
}

/// The nearest function that a node stands in.
pub(super) fn function_around(syntax: &Syntax<'_>, node: Node) -> Option<Node> {
    syntax
        .ancestors(node)
        .find(|&above| FUNCTIONS.contains(&syntax.kind(above)))
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
