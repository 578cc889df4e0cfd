//! What a person has to look at.

use super::{
    super::{
        remarks::{executors_file, has_word},
        syntax::Node,
    },
    Script,
    strings::Text,
};

/// Functions that show their arguments.
const SHOWING: [&str; 7] = ["print", "debug", "info", "warning", "error", "critical", "exception"];
/// Functions that run a text which they are given.
const RUNNING: [&str; 10] = [
    "exec",
    "eval",
    "compile",
    "system",
    "popen",
    "run",
    "call",
    "check_call",
    "check_output",
    "Popen",
];

impl Script<'_> {
    /// Whether the module is an argument, a result or part of a collection.
    pub(super) fn is_handed_on(&self, node: Node) -> bool {
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

    /// Whether a string belongs to a variable that only the lines that went asked for.
    fn is_path_of_a_line(&self, string: Node) -> bool {
        let assignment = self
            .syntax
            .ancestors(string)
            .find(|&above| self.syntax.is(above, "assignment"));
        let left = assignment.and_then(|assignment| self.syntax.child(assignment, "left"));
        left.is_some_and(|left| {
            let mut uses = self
                .uses
                .iter()
                .copied()
                .filter(|&node| node != left && self.syntax.text(node) == self.syntax.text(left))
                .peekable();
            uses.peek().is_some() && uses.all(|node| self.is_in_a_line(node))
        })
    }

    /// Texts that name the old executor's files, or that are run.
    pub(super) fn look_at_strings(&mut self) {
        for node in self.syntax.all().filter(|&node| self.syntax.is(node, "string")) {
            let Some(parent) = self.syntax.parent(node) else {
                continue;
            };
            let line = self.syntax.line(node);
            let caller = self
                .syntax
                .ancestors(node)
                .find(|&above| self.syntax.is(above, "call"))
                .filter(|&call| {
                    self.syntax
                        .child(call, "arguments")
                        .is_some_and(|list| self.syntax.is_in(node, list))
                })
                .and_then(|call| self.syntax.child(call, "function"))
                .map(|function| self.syntax.text(function).rsplit('.').next().unwrap_or_default());
            let shown = caller.is_some_and(|name| SHOWING.contains(&name));
            if self.is_in_a_line(node) || shown || self.syntax.is(parent, "expression_statement") {
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
            if text.is_helper() && !self.is_path_of_a_line(node) {
                self.remarks
                    .add(line, "names the file `cronium.py`, which is not there any more");
            }
            let runs = caller.is_some_and(|name| RUNNING.contains(&name));
            let speaks = ["cronium", "cronium.sh", "cronium.js"]
                .iter()
                .any(|word| has_word(self.syntax.text(node), word));
            if runs && speaks && !text.is_helper() {
                self.remarks
                    .add(line, "runs a text that speaks of the helpers, which was left as it is");
            }
        }
    }
}
