//! Python scripts: the module has to be imported, some functions have new names.

mod helper_lines;
mod imports;
mod review;
mod scopes;
mod strings;

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use super::{
    Rewrite,
    edits::Edits,
    remarks::Remarks,
    syntax::{Node, Parser, Syntax},
};
use helper_lines::{Line, find_lines};
use scopes::{Binding, Scopes};
use strings::Text;

/// The helpers' functions and their names in the runtime API. `getCondition` has none.
const FUNCTIONS: [(&str, Option<&str>); 7] = [
    ("input", Some("input")),
    ("output", Some("output")),
    ("event", Some("event")),
    ("setCondition", Some("set_condition")),
    ("getCondition", None),
    ("getVariable", Some("get_variable")),
    ("setVariable", Some("set_variable")),
];
const GET_CONDITION: &str = "getCondition";

struct Script<'s> {
    syntax: Syntax<'s>,
    scopes: Scopes<'s>,
    lines: Vec<Line>,
    /// The identifiers that are names of something in a scope, not attributes or keywords.
    uses: Vec<Node>,
    edits: Edits<'s>,
    remarks: Remarks,
}

/// Rewrites a script. None where its syntax can't be read.
pub(super) fn rewrite(parser: &mut Parser, source: &str) -> Option<Rewrite> {
    let syntax = Syntax::parse(parser, source)?;
    let scopes = Scopes::find(&syntax);
    let mut script = Script {
        lines: find_lines(&syntax),
        uses: uses(&syntax),
        edits: Edits::new(source),
        remarks: Remarks::default(),
        syntax,
        scopes,
    };
    script.bind_imports();
    script.bind_aliases();
    script.bring_in();
    script.drop_paths();
    script.rename();
    script.look_at_strings();
    Some(Rewrite {
        text: script.edits.apply(),
        remarks: script.remarks.into_vec(),
    })
}

/// A function's name in the runtime API.
fn new_name(old: &str) -> Option<&'static str> {
    FUNCTIONS
        .iter()
        .find(|(name, _)| *name == old)
        .and_then(|&(_, new)| new)
}

/// The identifiers that are names of something in a scope, not attributes or keywords.
fn uses(syntax: &Syntax<'_>) -> Vec<Node> {
    let is_use = |&node: &Node| {
        let parent = syntax.parent(node).map_or("", |parent| syntax.kind(parent));
        let name_in_another = matches!(
            (parent, syntax.field(node)),
            ("attribute", Some("attribute"))
                | ("keyword_argument", Some("name"))
                | ("dotted_name" | "aliased_import" | "keyword_pattern", _)
        );
        syntax.is(node, "identifier") && !name_in_another
    };
    syntax.all().filter(is_use).collect()
}

fn is_function(name: &str) -> bool {
    FUNCTIONS.iter().any(|&(function, _)| function == name)
}

impl<'s> Script<'s> {
    /// Whether a node belongs to a line that goes.
    fn is_in_a_line(&self, node: Node) -> bool {
        let after = self.lines.partition_point(|line| line.node() <= node);
        let line = after.checked_sub(1).map(|at| self.lines[at]);
        line.is_some_and(|line| self.syntax.is_in(node, line.node()))
    }

    /// What the names in the script are, without those in lines that go, or of those.
    fn names(&self, in_lines: bool) -> HashSet<&'s str> {
        let uses = self.uses.iter().filter(|&&node| self.is_in_a_line(node) == in_lines);
        uses.map(|&node| self.syntax.text(node)).collect()
    }

    /// `c = cronium` and `c = importlib.import_module('cronium')`.
    fn bind_aliases(&mut self) {
        let module = |syntax: &Syntax<'_>, right: Node| {
            let function = syntax
                .child(right, "function")
                .map_or("", |function| syntax.text(function));
            let asked = syntax
                .child(right, "arguments")
                .and_then(|list| syntax.named_children(list).next());
            matches!(function, "importlib.import_module" | "import_module" | "__import__")
                && asked
                    .and_then(|name| Text::of(syntax, name))
                    .is_some_and(|name| name.is("cronium"))
        };
        for node in self.syntax.all().filter(|&node| self.syntax.is(node, "assignment")) {
            let (Some(left), Some(right)) = (self.syntax.child(node, "left"), self.syntax.child(node, "right")) else {
                continue;
            };
            if self.syntax.is(left, "identifier") && (self.is_module(right) || module(&self.syntax, right)) {
                self.scopes.bind(&self.syntax, left, Binding::Module);
            }
        }
    }

    /// Whether an expression is the helpers' module, or the object of that name in it.
    fn is_module(&self, node: Node) -> bool {
        match self.syntax.kind(node) {
            "identifier" => {
                let binding = self.scopes.resolve(node, self.syntax.text(node));
                binding == Some(Binding::Module) || (binding.is_none() && self.syntax.text(node) == "cronium")
            }
            "attribute" => {
                let object = self.syntax.child(node, "object");
                let name = self.syntax.child(node, "attribute");
                name.is_some_and(|name| self.syntax.text(name) == "cronium")
                    && object.is_some_and(|object| self.is_module(object))
            }
            "parenthesized_expression" => self
                .syntax
                .named_children(node)
                .next()
                .is_some_and(|inner| self.is_module(inner)),
            _ => false,
        }
    }

    /// Takes a statement out. A body that it would leave empty gets a `pass`.
    fn take_out(&mut self, node: Node, others: &[Node]) {
        let alone = self
            .syntax
            .parent(node)
            .filter(|&parent| self.syntax.is(parent, "block"))
            .is_some_and(|block| {
                let mut statements = self
                    .syntax
                    .named_children(block)
                    .filter(|&child| !self.syntax.is(child, "comment"));
                statements.next() == Some(node) && statements.all(|other| others.contains(&other))
            });
        if alone {
            self.edits.replace(self.syntax.range(node), "pass");
        } else {
            self.edits.delete_separated(self.syntax.range(node));
        }
    }

    /// Takes out the lines that made the helpers' file be found, and the imports that only they needed.
    fn drop_paths(&mut self) {
        let paths: Vec<Node> = self
            .lines
            .iter()
            .filter_map(|line| if let Line::Path(node) = *line { Some(node) } else { None })
            .collect();
        let helpers = self.scopes.knows_the_helpers() || self.lines.len() > paths.len();
        if paths.is_empty() || !helpers {
            self.lines.retain(|line| !matches!(line, Line::Path(_)));
            return;
        }
        for &node in &paths {
            self.take_out(node, &paths);
        }
        let (in_lines, elsewhere) = (self.names(true), self.names(false));
        let idle: Vec<Node> = self
            .syntax
            .named_children(Syntax::root())
            .filter(|&node| self.syntax.is(node, "import_statement"))
            .filter(|&node| {
                self.syntax.named_children(node).all(|name| {
                    let name = self.syntax.text(name);
                    matches!(name, "sys" | "os" | "pathlib") && in_lines.contains(name) && !elsewhere.contains(name)
                })
            })
            .collect();
        for node in idle {
            self.edits.delete_separated(self.syntax.range(node));
        }
    }

    /// Gives the functions their new names, wherever they are named.
    fn rename(&mut self) {
        for node in self.syntax.all().filter(|&node| self.syntax.is(node, "attribute")) {
            let (Some(object), Some(name)) = (self.syntax.child(node, "object"), self.syntax.child(node, "attribute"))
            else {
                continue;
            };
            if !self.is_module(object) {
                continue;
            }
            if self.syntax.is(object, "attribute") {
                // `cronium.cronium`, the object in the module.
                if let Some(module) = self.syntax.child(object, "object") {
                    self.edits.replace(self.syntax.range(object), self.syntax.text(module));
                }
            }
            let (old, line) = (self.syntax.text(name), self.syntax.line(name));
            match new_name(old) {
                Some(new) if new != old => self.edits.replace(self.syntax.range(name), new),
                None if old == GET_CONDITION => self.remarks.get_condition(line, GET_CONDITION),
                _ => {}
            }
        }
        for node in self.uses.clone() {
            let line = self.syntax.line(node);
            match self.scopes.resolve(node, self.syntax.text(node)) {
                Some(Binding::Function(GET_CONDITION)) => self.remarks.get_condition(line, GET_CONDITION),
                Some(Binding::Function(old)) => {
                    if let Some(new) = new_name(old).filter(|new| *new != old) {
                        self.edits.replace(self.syntax.range(node), new);
                    }
                }
                Some(Binding::Module) if self.is_handed_on(node) => self.remarks.add(
                    line,
                    "hands `cronium` on as a value; what is called through it was left as it is",
                ),
                _ => {}
            }
            if self.syntax.text(node) == "__file__" && !self.is_in_a_line(node) {
                self.remarks.add(
                    line,
                    "uses `__file__`, which a script that is run by `python -c` does not have",
                );
            }
        }
    }
}
