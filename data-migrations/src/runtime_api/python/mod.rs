//! Python scripts: the module has to be imported, some functions have new names.

mod helper_lines;
mod scopes;
mod strings;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::{
    Rewrite,
    edits::{Edits, blanks, eol},
    remarks::{Remarks, executors_file, has_word},
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

/// What the helper file imported for itself, and for scripts that ran it in their own namespace.
const ITS_IMPORTS: [&str; 3] = ["json", "os", "sys"];

/// Functions that show their arguments.
const SHOWING: [&str; 7] = ["print", "debug", "info", "warning", "error", "critical", "exception"];
/// Functions that run a text which they are given.
const RUNNING: [&str; 10] = [
    "exec", "eval", "compile", "system", "popen", "run", "call", "check_call", "check_output", "Popen",
];

struct Script<'s> {
    syntax: Syntax<'s>,
    scopes: Scopes<'s>,
    lines: Vec<Line>,
    edits: Edits<'s>,
    remarks: Remarks,
}

/// Rewrites a script. None where its syntax can't be read.
pub(super) fn rewrite(parser: &mut Parser, source: &str) -> Option<Rewrite> {
    let syntax = Syntax::parse(parser, source)?;
    let scopes = Scopes::find(&syntax);
    let mut script = Script {
        lines: find_lines(&syntax),
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
    FUNCTIONS.iter().find(|(name, _)| *name == old).and_then(|&(_, new)| new)
}

fn is_function(name: &str) -> bool {
    FUNCTIONS.iter().any(|&(function, _)| function == name)
}

impl<'s> Script<'s> {
    /// Names what the imports of the helpers bind, and gives the imports their new form.
    fn bind_imports(&mut self) {
        for node in self.syntax.all() {
            match self.syntax.kind(node) {
                "import_statement" => self.bind_import(node),
                "import_from_statement" => self.bind_from_import(node),
                _ => {}
            }
        }
    }

    /// `import cronium` and `import cronium as c`, which is the API's form too.
    fn bind_import(&mut self, node: Node) {
        for name in self.syntax.named_children(node) {
            let module = self.syntax.child(name, "name").unwrap_or(name);
            if self.syntax.text(module) == "cronium" {
                let bound = self.syntax.child(name, "alias").unwrap_or(name);
                let bound = self.syntax.named_children(bound).next().unwrap_or(bound);
                self.scopes.bind(&self.syntax, bound, Binding::Module);
            }
        }
    }

    fn bind_from_import(&mut self, node: Node) {
        let module = self.syntax.child(node, "module_name");
        if module.is_none_or(|module| self.syntax.text(module) != "cronium") {
            return;
        }
        let (mut modules, mut functions, mut whole) = (Vec::new(), Vec::new(), true);
        let names: Vec<Node> = self
            .syntax
            .children(node)
            .filter(|&child| self.syntax.field(child) == Some("name"))
            .collect();
        for name in names {
            let original = self.syntax.child(name, "name").unwrap_or(name);
            let alias = self.syntax.child(name, "alias");
            let bound = alias.or_else(|| self.syntax.named_children(name).next()).unwrap_or(name);
            let (old, own) = (self.syntax.text(original), alias.map(|alias| self.syntax.text(alias)));
            match new_name(old) {
                _ if old == "cronium" => {
                    self.scopes.bind(&self.syntax, bound, Binding::Module);
                    modules.push(own.map_or_else(|| "import cronium".to_owned(), |own| format!("import cronium as {own}")));
                    whole = false;
                }
                // An import of what is not there would end the script before it begins.
                None if old == GET_CONDITION => {
                    self.remarks.get_condition(self.syntax.line(name), GET_CONDITION);
                    self.scopes.bind(&self.syntax, bound, Binding::Function(GET_CONDITION));
                    whole = false;
                }
                Some(new) if new != old => {
                    let kept = own.is_some() || self.scopes.is_taken(bound, old) || self.is_in_use(new);
                    let binding = if kept { Binding::Kept } else { Binding::Function(old) };
                    self.scopes.bind(&self.syntax, bound, binding);
                    let item = match own {
                        Some(own) => format!("{new} as {own}"),
                        None if kept => format!("{new} as {old}"),
                        None => new.to_owned(),
                    };
                    functions.push((name, item));
                }
                _ => {
                    self.scopes.bind(&self.syntax, bound, Binding::Kept);
                    functions.push((name, self.syntax.text(name).to_owned()));
                }
            }
        }
        if whole {
            for (name, item) in functions {
                self.edits.replace(self.syntax.range(name), item);
            }
            return;
        }
        let functions: Vec<String> = functions.into_iter().map(|(_, item)| item).collect();
        self.replace_statement(node, modules, &functions);
    }

    /// Puts imports in the place of a statement.
    fn replace_statement(&mut self, node: Node, mut imports: Vec<String>, functions: &[String]) {
        if !functions.is_empty() {
            imports.push(format!("from cronium import {}", functions.join(", ")));
        }
        if imports.is_empty() {
            imports.push("import cronium".to_owned());
        }
        let between = self.between_statements(node);
        self.edits.replace(self.syntax.range(node), imports.join(&between));
    }

    /// What divides two statements in the place of one: a line end, or a `;` where it shares its line.
    fn between_statements(&self, node: Node) -> String {
        let source = self.syntax.source;
        let line = source[..self.syntax.start(node)].rfind('\n').map_or(0, |at| at + 1);
        let before = &source[line..self.syntax.start(node)];
        let after = &source[self.syntax.end(node)..];
        let after = &after[blanks(after)..];
        if before.trim().is_empty() && (after.is_empty() || after.starts_with(['\r', '\n', '#'])) {
            format!("{}{before}", eol(source))
        } else {
            "; ".to_owned()
        }
    }

    /// Whether a name stands for something in the script.
    fn is_in_use(&self, name: &str) -> bool {
        self.uses().any(|node| self.syntax.text(node) == name)
    }

    /// The identifiers that are names of something in a scope, not attributes or keywords.
    fn uses(&self) -> impl Iterator<Item = Node> {
        self.syntax.all().filter(|&node| {
            let parent = self.syntax.parent(node).map_or("", |parent| self.syntax.kind(parent));
            self.syntax.is(node, "identifier")
                && !(parent == "attribute" && self.syntax.field(node) == Some("attribute"))
                && !(parent == "keyword_argument" && self.syntax.field(node) == Some("name"))
                && !matches!(parent, "dotted_name" | "aliased_import" | "keyword_pattern")
        })
    }

    /// `c = cronium` and `c = importlib.import_module('cronium')`.
    fn bind_aliases(&mut self) {
        let module = |syntax: &Syntax<'_>, right: Node| {
            let function = syntax.child(right, "function").map_or("", |function| syntax.text(function));
            let asked = syntax.child(right, "arguments").and_then(|list| syntax.named_children(list).next());
            matches!(function, "importlib.import_module" | "import_module" | "__import__")
                && asked.and_then(|name| Text::of(syntax, name)).is_some_and(|name| name.is("cronium"))
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
            "parenthesized_expression" => self.syntax.named_children(node).next().is_some_and(|inner| self.is_module(inner)),
            _ => false,
        }
    }

    /// Imports what scripts had from a helper file that they ran in their own namespace, from an `import *`, or from the
    /// executor.
    fn bring_in(&mut self) {
        let (mut module, mut functions, mut its_imports) = (false, BTreeSet::new(), BTreeSet::new());
        let flooding: Vec<(Node, bool)> = self
            .lines
            .iter()
            .filter_map(|line| match *line {
                Line::Exec(node) => Some((node, true)),
                Line::Star(node) => Some((node, false)),
                Line::Path(_) => None,
            })
            .collect();
        let free: Vec<Node> = self
            .uses()
            .filter(|&node| self.scopes.resolve(node, self.syntax.text(node)).is_none())
            .filter(|&node| !self.lines.iter().any(|line| self.syntax.is_in(node, line.node())))
            .collect();
        for node in free {
            let name = self.syntax.text(node);
            if name == "cronium" {
                module = true;
            } else if flooding.is_empty() {
            } else if is_function(name) {
                functions.insert(name);
            } else if ITS_IMPORTS.contains(&name) && flooding.iter().any(|&(_, exec)| exec) {
                its_imports.insert(name);
            }
        }
        let mut imports: Vec<String> = its_imports.iter().map(|name| format!("import {name}")).collect();
        if module {
            imports.push("import cronium".to_owned());
            self.scopes.bind_in_module("cronium", Binding::Module);
        }
        let mut items = Vec::new();
        for &old in &functions {
            let Some(new) = new_name(old) else {
                continue;
            };
            if new != old && self.is_in_use(new) {
                items.push(format!("{new} as {old}"));
            } else {
                self.scopes.bind_in_module(old, Binding::Function(old));
                items.push(new.to_owned());
            }
        }
        if functions.contains(GET_CONDITION) {
            self.scopes.bind_in_module(GET_CONDITION, Binding::Function(GET_CONDITION));
        }
        let mut first = true;
        for (node, _) in flooding {
            let in_module = self.scopes.in_module(node);
            if first && in_module {
                self.replace_statement(node, imports.clone(), &items);
                first = false;
            } else {
                self.take_out(node, &[]);
            }
        }
        if first && !(imports.is_empty() && items.is_empty()) {
            if !items.is_empty() {
                imports.push(format!("from cronium import {}", items.join(", ")));
            }
            self.import_at_the_top(&imports);
        }
    }

    /// Behind the shebang, the documentation and what comes from `__future__`.
    fn import_at_the_top(&mut self, imports: &[String]) {
        let mut statements = self
            .syntax
            .named_children(Syntax::root())
            .filter(|&node| !self.syntax.is(node, "comment"))
            .peekable();
        let is_text = |node: Node| {
            self.syntax.is(node, "expression_statement")
                && self.syntax.named_children(node).all(|child| self.syntax.kind(child).ends_with("string"))
        };
        if statements.peek().is_some_and(|&first| is_text(first)) {
            statements.next();
        }
        let Some(next) = statements.find(|&node| !self.syntax.is(node, "future_import_statement")) else {
            return;
        };
        let source = self.syntax.source;
        let at = self.syntax.start(next);
        let line = source[..at].rfind('\n').map_or(0, |at| at + 1);
        if source[line..at].trim_start_matches('\u{feff}').is_empty() {
            let eol = eol(source);
            let space = if self.syntax.kind(next).starts_with("import") { "" } else { eol };
            self.edits.insert(at, format!("{}{eol}{space}", imports.join(eol)));
        } else {
            self.edits.insert(at, format!("{}; ", imports.join("; ")));
        }
    }

    /// Takes a statement out. A body that it would leave empty gets a `pass`.
    fn take_out(&mut self, node: Node, others: &[Node]) {
        let alone = self.syntax.parent(node).filter(|&parent| self.syntax.is(parent, "block")).is_some_and(|block| {
            let mut statements = self.syntax.named_children(block).filter(|&child| !self.syntax.is(child, "comment"));
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
        let helpers = self.scopes.knows_the_helpers();
        if paths.is_empty() || !helpers {
            self.lines.retain(|line| !matches!(line, Line::Path(_)));
            return;
        }
        for &node in &paths {
            self.take_out(node, &paths);
        }
        let used = |name: &str, within_lines: bool| {
            self.uses()
                .filter(|&node| self.syntax.text(node) == name)
                .any(|node| self.lines.iter().any(|line| self.syntax.is_in(node, line.node())) == within_lines)
        };
        let idle: Vec<Node> = self
            .syntax
            .named_children(Syntax::root())
            .filter(|&node| self.syntax.is(node, "import_statement"))
            .filter(|&node| {
                self.syntax.named_children(node).all(|name| {
                    let name = self.syntax.text(name);
                    matches!(name, "sys" | "os" | "pathlib") && used(name, true) && !used(name, false)
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
        let uses: Vec<Node> = self.uses().collect();
        for node in uses {
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
            let within_lines = self.lines.iter().any(|line| self.syntax.is_in(node, line.node()));
            if self.syntax.text(node) == "__file__" && !within_lines {
                self.remarks.add(line, "uses `__file__`, which a script that is run by `python -c` does not have");
            }
        }
    }

    /// Whether the module is an argument, a result or part of a collection.
    fn is_handed_on(&self, node: Node) -> bool {
        let Some(parent) = self.syntax.parent(node) else {
            return false;
        };
        match self.syntax.kind(parent) {
            "argument_list" | "return_statement" | "yield" | "list" | "tuple" | "set" | "expression_list" => true,
            "keyword_argument" | "pair" | "default_parameter" => self.syntax.field(node) == Some("value"),
            "assignment" => {
                let left = self.syntax.child(parent, "left");
                self.syntax.field(node) == Some("right") && left.is_some_and(|left| !self.syntax.is(left, "identifier"))
            }
            _ => false,
        }
    }

    /// Texts that name the old executor's files, or that are run.
    fn look_at_strings(&mut self) {
        for node in self.syntax.all().filter(|&node| self.syntax.is(node, "string")) {
            let Some(parent) = self.syntax.parent(node) else {
                continue;
            };
            let line = self.syntax.line(node);
            let within_lines = self.lines.iter().any(|line| self.syntax.is_in(node, line.node()));
            let caller = self
                .syntax
                .ancestors(node)
                .find(|&above| self.syntax.is(above, "call"))
                .filter(|&call| self.syntax.child(call, "arguments").is_some_and(|list| self.syntax.is_in(node, list)))
                .and_then(|call| self.syntax.child(call, "function"))
                .map(|function| self.syntax.text(function).rsplit('.').next().unwrap_or_default());
            let shown = caller.is_some_and(|name| SHOWING.contains(&name));
            if within_lines || shown || self.syntax.is(parent, "expression_statement") {
                continue;
            }
            let Some(text) = Text::of(&self.syntax, node) else {
                continue;
            };
            if let Some(file) = executors_file(&text.tail, text.dynamic) {
                self.remarks.file(line, file);
            }
            if text.is("__updated__") {
                self.remarks.updated(line);
            }
            if text.is_helper() {
                self.remarks.add(line, "names the file `cronium.py`, which is not there any more");
            }
            let runs = caller.is_some_and(|name| RUNNING.contains(&name));
            let speaks = ["cronium", "cronium.sh", "cronium.js"].iter().any(|word| has_word(self.syntax.text(node), word));
            if runs && speaks && !text.is_helper() {
                self.remarks.add(line, "runs a text that speaks of the helpers, which was left as it is");
            }
        }
    }
}
