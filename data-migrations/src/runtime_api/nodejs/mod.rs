//! Node scripts: the module has to be required, and its functions are awaited.

mod awaits;
mod callers;
mod helpers;
mod loops;
mod requires;
mod scopes;
mod wrapper;

#[cfg(test)]
mod tests;

use super::{
    Rewrite,
    edits::{Edits, eol},
    remarks::{Remarks, executors_file, has_word},
    syntax::{Node, Parser, Syntax},
};
use awaits::Awaits;
use helpers::{GET_CONDITION, Helpers, Meaning, property};
use scopes::Scopes;

/// Functions that run a text which they are given.
const RUNNING: [&str; 11] = [
    "eval",
    "Function",
    "exec",
    "execSync",
    "execFile",
    "execFileSync",
    "spawn",
    "spawnSync",
    "runInThisContext",
    "runInNewContext",
    "runInContext",
];

struct Script<'a, 's> {
    syntax: &'a Syntax<'s>,
    scopes: &'a Scopes<'s>,
    helpers: &'a Helpers<'a, 's>,
    edits: Edits<'s>,
    remarks: Remarks,
}

/// Rewrites a script. None where its syntax can't be read.
pub(super) fn rewrite(parser: &mut Parser, source: &str) -> Option<Rewrite> {
    let syntax = Syntax::parse(parser, source)?;
    let scopes = Scopes::find(&syntax);
    let helpers = Helpers::find(&syntax, &scopes);
    let mut script = Script {
        syntax: &syntax,
        scopes: &scopes,
        helpers: &helpers,
        edits: Edits::new(source),
        remarks: Remarks::default(),
    };
    script.look_at_uses();
    script.look_at_strings();
    if script.speaks_to_the_helpers() {
        if let Some(export) = syntax.all().find(|&node| syntax.is(node, "export_statement")) {
            script.remarks.add(
                syntax.line(export),
                "exports something, which `node -e` can't run, so the script was left as it is",
            );
        } else {
            script.rewrite();
        }
    }
    Some(Rewrite {
        text: script.edits.apply(),
        remarks: script.remarks.into_vec(),
    })
}

impl Script<'_, '_> {
    /// Whether there is anything of the legacy helpers in the script.
    fn speaks_to_the_helpers(&self) -> bool {
        self.syntax.all().any(|node| match self.syntax.kind(node) {
            "import_statement" => self.helpers.is_import(node),
            "identifier" | "call_expression" | "member_expression" => {
                self.helpers.meaning(node) == Some(Meaning::Module)
            }
            _ => false,
        })
    }

    fn rewrite(&mut self) {
        let supplied = self.replace_requires();
        let awaits = awaits::find(self.syntax, self.scopes, self.helpers, &mut self.remarks);
        self.wrap(supplied, awaits.at_the_top);
        self.insert_awaits(&awaits);
    }

    fn insert_awaits(&mut self, awaits: &Awaits) {
        for one in &awaits.loops {
            one.write(self.syntax, &mut self.edits);
        }
        for &function in &awaits.functions {
            let at = if self.syntax.is(function, "method_definition") {
                self.syntax.child(function, "name").unwrap_or(function)
            } else {
                function
            };
            self.edits.insert(self.syntax.start(at), "async ");
        }
        for &call in &awaits.calls {
            let range = self.syntax.range(call);
            if self.binds_closer_than_await(call) {
                let in_a_loop = awaits
                    .loops
                    .iter()
                    .any(|one| self.syntax.start(one.call) == range.start);
                let guard = if !in_a_loop && self.needs_semicolon_before(call) {
                    ";"
                } else {
                    ""
                };
                self.edits.insert(range.start, format!("{guard}(await "));
                self.edits.insert(range.end, ")");
            } else {
                self.edits.insert(range.start, "await ");
            }
        }
    }

    /// Whether what stands behind a call would belong to the call before it is awaited.
    fn binds_closer_than_await(&self, call: Node) -> bool {
        let Some(parent) = self.syntax.parent(call) else {
            return false;
        };
        match self.syntax.kind(parent) {
            "member_expression" | "subscript_expression" => self.syntax.field(call) == Some("object"),
            "call_expression" => self.syntax.field(call) == Some("function"),
            "new_expression" => self.syntax.field(call) == Some("constructor"),
            "class_heritage" => true,
            "binary_expression" => {
                let operator = self.syntax.child(parent, "operator");
                self.syntax.field(call) == Some("left")
                    && operator.is_some_and(|operator| self.syntax.is(operator, "**"))
            }
            _ => false,
        }
    }

    /// Whether a `(` at the start of a node would continue the statement before it.
    fn needs_semicolon_before(&self, node: Node) -> bool {
        let start = self.syntax.start(node);
        let statement = self
            .syntax
            .ancestors(node)
            .take_while(|&above| self.syntax.start(above) == start)
            .find(|&above| self.syntax.is(above, "expression_statement"));
        statement.is_some_and(|statement| {
            let parent = self
                .syntax
                .parent(statement)
                .map_or("", |parent| self.syntax.kind(parent));
            matches!(parent, "program" | "statement_block" | "switch_case" | "switch_default")
                && self
                    .syntax
                    .previous(statement)
                    .is_some_and(|before| self.is_open_ended(before))
        })
    }

    /// Whether a statement goes on if a `(` follows.
    fn is_open_ended(&self, statement: Node) -> bool {
        let block = matches!(
            self.syntax.kind(statement),
            "function_declaration"
                | "generator_function_declaration"
                | "class_declaration"
                | "statement_block"
                | "if_statement"
                | "for_statement"
                | "for_in_statement"
                | "while_statement"
                | "try_statement"
                | "switch_statement"
                | "labeled_statement"
        );
        let text = self.syntax.text(statement);
        !(text.ends_with(';') || (block && text.ends_with('}')) || self.syntax.is(statement, "hash_bang_line"))
    }

    /// What the API has no counterpart for, and what was done with the helpers that nobody can follow.
    fn look_at_uses(&mut self) {
        for node in self.syntax.all() {
            let line = self.syntax.line(node);
            match self.syntax.kind(node) {
                "member_expression" | "subscript_expression" => {
                    let object = self
                        .syntax
                        .child(node, "object")
                        .and_then(|object| self.helpers.meaning(object));
                    if property(self.syntax, node) == Some(GET_CONDITION)
                        && matches!(object, Some(Meaning::Module | Meaning::Api))
                    {
                        self.remarks.get_condition(line, GET_CONDITION);
                    }
                    if self.syntax.text(node) == "require.main" {
                        self.remarks
                            .add(line, "asks for `require.main`, which `node -e` does not set");
                    }
                }
                "meta_property" if self.syntax.text(node) == "import.meta" => {
                    self.remarks
                        .add(line, "uses `import.meta`, which `node -e` does not have");
                }
                "call_expression" => self.look_at_import(node),
                _ => {}
            }
            let meaning = match self.syntax.kind(node) {
                "identifier" | "shorthand_property_identifier" | "member_expression" => self.helpers.meaning(node),
                _ => None,
            };
            match meaning {
                Some(Meaning::Function(GET_CONDITION)) if !self.syntax.is(node, "member_expression") => {
                    self.remarks.get_condition(line, GET_CONDITION);
                }
                Some(Meaning::Function(_)) if self.is_handed_on(node) => self.remarks.add(
                    line,
                    "hands a function of the helpers on; it is async now, and its calls there were left as they are",
                ),
                Some(Meaning::Module) if self.is_handed_on(node) => self.remarks.add(
                    line,
                    "hands `cronium` on as a value; what is called through it was left as it is",
                ),
                _ => {}
            }
        }
    }

    /// `import('./cronium.js')`
    fn look_at_import(&mut self, call: Node) {
        let import = self
            .syntax
            .child(call, "function")
            .is_some_and(|function| self.syntax.is(function, "import"));
        let path = self
            .syntax
            .child(call, "arguments")
            .and_then(|list| self.syntax.named_children(list).next());
        if import && path.is_some_and(|path| self.helpers.is_helper_path(path)) {
            self.remarks.add(
                self.syntax.line(call),
                "imports `cronium.js` while it runs, which was left as it is; `require('cronium')` takes its place",
            );
        }
    }

    fn is_handed_on(&self, node: Node) -> bool {
        let Some(parent) = self.syntax.parent(node) else {
            return false;
        };
        let field = self.syntax.field(node);
        match self.syntax.kind(parent) {
            "arguments" | "array" | "object" | "return_statement" | "spread_element" | "yield_expression" => true,
            "pair" => field == Some("value"),
            "arrow_function" => field == Some("body"),
            "assignment_pattern" | "object_assignment_pattern" => field == Some("right"),
            "assignment_expression" => {
                let left = self.syntax.child(parent, "left");
                field == Some("right") && left.is_some_and(|left| self.syntax.is(left, "member_expression"))
            }
            // `getVariable.call(…)`
            "member_expression" => matches!(self.helpers.meaning(node), Some(Meaning::Function(_))),
            _ => false,
        }
    }

    /// Texts that name the old executor's files, or that are run.
    fn look_at_strings(&mut self) {
        for node in self.syntax.all() {
            if !matches!(self.syntax.kind(node), "string" | "template_string") {
                continue;
            }
            let line = self.syntax.line(node);
            let call = self
                .syntax
                .ancestors(node)
                .find(|&above| matches!(self.syntax.kind(above), "call_expression" | "new_expression"))
                .filter(|&call| {
                    let arguments = self.syntax.child(call, "arguments");
                    arguments.is_some_and(|arguments| self.syntax.is_in(node, arguments))
                });
            let callee = call
                .and_then(|call| {
                    self.syntax
                        .child(call, "function")
                        .or_else(|| self.syntax.child(call, "constructor"))
                })
                .map_or("", |callee| self.syntax.text(callee));
            let alone = self
                .syntax
                .parent(node)
                .is_some_and(|parent| self.syntax.is(parent, "expression_statement"));
            if callee.starts_with("console.") || callee.starts_with("process.stdout") || alone {
                continue;
            }
            let (dynamic, tail) = helpers::tail(self.syntax, node);
            if let Some(file) = executors_file(tail, dynamic) {
                self.remarks.file(line, file);
            }
            if self.syntax.text(node).trim_matches(['\'', '"', '`']) == "__updated__" {
                self.remarks.updated(line);
            }
            let runs = RUNNING.contains(&callee.rsplit('.').next().unwrap_or_default());
            let words = ["cronium", "cronium.sh", "cronium.py", "cronium.js"];
            if runs && words.iter().any(|word| has_word(self.syntax.text(node), word)) {
                self.remarks
                    .add(line, "runs a text that speaks of the helpers, which was left as it is");
            }
        }
        for &node in &self.scopes.free {
            let updated = self
                .syntax
                .parent(node)
                .and_then(|parent| property(self.syntax, parent));
            if updated == Some("__updated__") {
                self.remarks.updated(self.syntax.line(node));
            }
        }
    }

    fn eol(&self) -> &'static str {
        eol(self.syntax.source)
    }
}
