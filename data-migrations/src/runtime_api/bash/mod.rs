//! Shell scripts: the helpers are there by themselves, some functions have new names.

mod helper_lines;
mod words;

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use super::{
    Rewrite,
    edits::Edits,
    remarks::{Remarks, executors_file, has_word, mentioned_file},
    syntax::{Node, Parser, Syntax},
};
use helper_lines::HelperLines;
use words::{Word, helper_variables};

/// The functions whose names the runtime API changed.
const RENAMED: [(&str, &str); 3] = [
    ("cronium_setCondition", "cronium_set_condition"),
    ("cronium_getVariable", "cronium_get_variable"),
    ("cronium_setVariable", "cronium_set_variable"),
];
const GET_CONDITION: &str = "cronium_getCondition";

/// Commands that take the name of a function and mean the function.
const BY_NAME: [&str; 6] = ["command", "builtin", "time", "type", "trap", "which"];
/// Commands that take text and do nothing but show it.
const SHOWING: [&str; 3] = ["echo", "printf", "logger"];
/// Commands that run a text which they are given.
const RUNNING: [&str; 20] = [
    "alias", "bash", "dash", "env", "eval", "ksh", "node", "nohup", "parallel", "perl", "python", "python3", "sh",
    "ssh", "su", "sudo", "trap", "watch", "xargs", "zsh",
];

struct Script<'s, 'p> {
    syntax: Syntax<'s>,
    parser: &'p mut Parser,
    lines: Option<HelperLines>,
    /// The functions that the script defines itself.
    own: HashSet<&'s str>,
    edits: Edits<'s>,
    remarks: Remarks,
}

/// Rewrites a script. None where its syntax can't be read.
pub(super) fn rewrite(parser: &mut Parser, source: &str) -> Option<Rewrite> {
    let syntax = Syntax::parse_as(parser, &stand_in(source), source)?;
    let variables = helper_variables(&syntax);
    let lines = HelperLines::find(&syntax, &variables);
    let own: HashSet<&str> = syntax
        .all()
        .filter(|&node| syntax.is(node, "function_definition"))
        .filter_map(|node| syntax.child(node, "name"))
        .map(|name| syntax.text(name))
        .collect();
    let legacy = |node: Node| RENAMED.iter().any(|(old, _)| syntax.text(node).contains(old));
    let speaks_the_api = !lines.foreign && !syntax.all().any(|node| syntax.is(node, "command_name") && legacy(node));

    let mut script = Script {
        lines: (!speaks_the_api).then_some(lines),
        edits: Edits::new(source),
        remarks: Remarks::default(),
        syntax,
        parser,
        own,
    };
    if let Some(lines) = &script.lines {
        lines.remove(&script.syntax, &mut script.edits);
    }
    script.walk();
    Some(Rewrite {
        text: script.edits.apply(),
        remarks: script.remarks.into_vec(),
    })
}

/// The script as the grammar understands it, of the same length, where it would misread the script itself:
///
/// - A backslash at the start of a command (`\rm`) would join two lines.
/// - `\$(` would begin a command at the start of a here-document.
/// - A tab before a `$(` at the start of a line would make a here-document a plain text.
///
/// What is written is always taken from the script.
fn stand_in(source: &str) -> String {
    let mut text = source.as_bytes().to_vec();
    let indented = source.contains("<<-");
    let (mut escaped, mut starts_line) = (false, true);
    for at in 0..text.len() {
        let (here, next) = (text[at], text.get(at + 1).copied());
        let backslash = here == b'\\';
        if backslash && starts_line && at > 0 && next.is_some_and(|next| next.is_ascii_alphabetic()) {
            text[at] = b' ';
        } else if matches!(here, b'$' | b'`') && escaped {
            text[at - 1..=at].copy_from_slice(b"xx");
        } else if matches!(here, b'$' | b'`') && indented && starts_line && at > 0 && text[at - 1] == b'\t' {
            text[at - 1] = b'x';
        }
        escaped = backslash && !escaped;
        starts_line = here == b'\n' || (starts_line && matches!(here, b' ' | b'\t'));
    }
    // Only ASCII took the place of ASCII.
    String::from_utf8(text).unwrap_or_else(|_| source.to_owned())
}

impl<'s> Script<'s, '_> {
    fn walk(&mut self) {
        let mut at = 0;
        let all: Vec<Node> = self.syntax.all().collect();
        while let Some(&node) = all.get(at) {
            at += 1;
            if self.lines.as_ref().is_some_and(|lines| lines.goes(node)) {
                // Nothing of what goes is looked at.
                at = self.syntax.within(node).last().map_or(at, |last| last.index() + 1);
                continue;
            }
            match self.syntax.kind(node) {
                "command" => self.command(node),
                "declaration_command" | "unset_command" => self.declaration(node),
                "heredoc_body" => self.here_document(node),
                "function_definition" => self.definition(node),
                "word" | "string" | "raw_string" | "concatenation" => self.word(node),
                _ => {}
            }
        }
    }

    fn new_name(&self, old: &str) -> Option<&'static str> {
        let (_, new) = RENAMED.into_iter().find(|(name, _)| *name == old)?;
        // Not what the script has made its own.
        (!self.own.contains(old) && !self.own.contains(new)).then_some(new)
    }

    /// Renames the function that a node names, if it is one of the helpers'.
    fn rename(&mut self, node: Node) -> bool {
        let text = self.syntax.text(node);
        let name = Word::of(&self.syntax, node);
        let Some(old) = name.fixed() else {
            return false;
        };
        if old == GET_CONDITION && !self.own.contains(old) {
            self.remarks.get_condition(self.syntax.line(node), GET_CONDITION);
        }
        let (Some(new), Some(at)) = (self.new_name(old), text.find(old)) else {
            return false;
        };
        let start = self.syntax.start(node) + at;
        self.edits.replace(start..start + old.len(), new);
        true
    }

    fn command(&mut self, node: Node) {
        let Some(name) = self.syntax.child(node, "name") else {
            return;
        };
        self.rename(name);
        let word = Word::of(&self.syntax, name);
        let command = word.text.rsplit('/').next().unwrap_or_default().to_owned();
        if SHOWING.contains(&command.as_str()) {
            return;
        }
        let arguments: Vec<Node> = self
            .syntax
            .children(node)
            .filter(|&child| self.syntax.field(child) == Some("argument"))
            .collect();
        for &argument in &arguments {
            let word = Word::of(&self.syntax, argument);
            let Some(old) = word.fixed().filter(|word| self.new_name(word).is_some()) else {
                continue;
            };
            if BY_NAME.contains(&command.as_str()) {
                self.rename(argument);
            } else if self.own.contains(command.as_str()) {
                let line = self.syntax.line(argument);
                self.remarks.add(
                    line,
                    format!("hands `{old}` to a function of its own; it was renamed, in case the function calls it"),
                );
                self.rename(argument);
            } else if self.syntax.is(argument, "word") {
                let line = self.syntax.line(argument);
                self.remarks
                    .add(line, format!("names `{old}` in an argument, which was left as it is"));
            }
        }
        if RUNNING.contains(&command.as_str()) {
            let redirects = self
                .syntax
                .ancestors(node)
                .find(|&above| self.syntax.is(above, "redirected_statement"));
            let documents: Vec<Node> = redirects
                .into_iter()
                .flat_map(|above| self.syntax.children(above))
                .flat_map(|redirect| self.syntax.children(redirect))
                .filter(|&part| self.syntax.is(part, "heredoc_body"))
                .collect();
            for text in arguments.into_iter().chain(documents) {
                self.run_text(text);
            }
        }
    }

    /// A text that a command runs, which is another script than this.
    fn run_text(&mut self, node: Node) {
        let plain = self.syntax.is(node, "word") && self.new_name(self.syntax.text(node)).is_some();
        let text = self.syntax.text(node);
        let old = RENAMED
            .iter()
            .map(|&(old, _)| old)
            .chain([
                GET_CONDITION,
                "cronium.sh",
                "cronium.py",
                "cronium.js",
                "import cronium",
            ])
            .find(|old| has_word(text, old));
        let line = self.syntax.line(node);
        if let Some(old) = old.filter(|_| !plain) {
            self.remarks.add(
                line,
                format!("runs a text that speaks of `{old}`, which was left as it is"),
            );
        }
        if let Some(file) = mentioned_file(text).filter(|_| !self.syntax.is(node, "word")) {
            self.remarks.file(line, file);
        }
    }

    /// `export -f name` and the like.
    fn declaration(&mut self, node: Node) {
        let names: Vec<Node> = self.syntax.named_children(node).collect();
        let functions = names
            .iter()
            .any(|&flag| self.syntax.text(flag).starts_with('-') && self.syntax.text(flag).contains(['f', 'F']));
        for name in names.into_iter().filter(|_| functions) {
            match self.syntax.kind(name) {
                "word" => {
                    self.rename(name);
                }
                "variable_name" => {
                    if let Some(new) = self.new_name(self.syntax.text(name)) {
                        self.edits.replace(self.syntax.range(name), new);
                    }
                }
                _ => {}
            }
        }
    }

    fn definition(&mut self, node: Node) {
        let Some(name) = self.syntax.child(node, "name") else {
            return;
        };
        let (text, line) = (self.syntax.text(name), self.syntax.line(name));
        let helpers = RENAMED.iter().find(|(old, new)| *old == text || *new == text);
        if let Some((old, _)) = helpers {
            self.remarks
                .add(line, format!("defines `{text}` itself, so `{old}` was left as it is"));
        }
    }

    /// A word that is no command: a path, a pattern for `jq`, a value.
    fn word(&mut self, node: Node) {
        let Some(parent) = self.syntax.parent(node) else {
            return;
        };
        let parent_kind = self.syntax.kind(parent);
        if matches!(parent_kind, "concatenation" | "string" | "command_name") {
            return;
        }
        let line = self.syntax.line(node);
        let word = Word::of(&self.syntax, node);
        let shown = parent_kind == "command"
            && self
                .syntax
                .child(parent, "name")
                .is_some_and(|name| SHOWING.contains(&self.syntax.text(name)));
        if shown {
            return;
        }
        if let Some(file) = executors_file(&word.text, word.dynamic) {
            self.remarks.file(line, file);
        }
        if self.syntax.text(node).contains("__updated__") {
            self.remarks.updated(line);
        }
        let a_value = matches!(parent_kind, "variable_assignment" | "array");
        if let Some(old) = word.fixed().filter(|old| a_value && self.new_name(old).is_some()) {
            self.remarks.add(
                line,
                format!("keeps the name `{old}` as a value, which was left as it is"),
            );
        }
        if self.lines.is_some() && !a_value && word.is_helper(&HashSet::new()) {
            self.remarks
                .add(line, "names the file `cronium.sh`, which is not there any more");
        }
    }

    /// A here-document is text, except for the commands in it. Of those, the grammar knows `$(…)` but not the old
    /// back quotes.
    fn here_document(&mut self, node: Node) {
        let start = self
            .syntax
            .parent(node)
            .and_then(|redirect| self.syntax.child_of_kind(redirect, "heredoc_start"));
        if start.is_none_or(|start| self.syntax.text(start).contains(['\'', '"', '\\'])) {
            return;
        }
        let mut text = self.syntax.text(node).to_owned();
        for child in self.syntax.named_children(node) {
            if matches!(self.syntax.kind(child), "command_substitution" | "expansion") {
                let range = self.syntax.range(child);
                let offset = self.syntax.start(node);
                text.replace_range(range.start - offset..range.end - offset, &" ".repeat(range.len()));
            }
        }
        let quotes: Vec<usize> = text
            .match_indices('`')
            .map(|(at, _)| at)
            .filter(|&at| (at - text[..at].trim_end_matches('\\').len()).is_multiple_of(2))
            .collect();
        for pair in quotes.chunks_exact(2) {
            let start = self.syntax.start(node) + pair[0] + 1;
            self.command_in_back_quotes(start, start + pair[1] - pair[0] - 1);
        }
    }

    fn command_in_back_quotes(&mut self, start: usize, end: usize) {
        let source: &'s str = &self.syntax.source[start..end];
        let Some(inner) = Syntax::parse(self.parser, source) else {
            return;
        };
        let commands = inner.all().filter(|&node| inner.is(node, "command_name"));
        for (name, old) in commands.map(|name| (name, inner.text(name))) {
            if let Some(new) = self.new_name(old) {
                self.edits
                    .replace(start + inner.start(name)..start + inner.end(name), new);
            }
            if old == GET_CONDITION {
                let line = self.syntax.source[..start].matches('\n').count() + 1;
                self.remarks.get_condition(line, GET_CONDITION);
            }
        }
    }
}
