//! The lines that bring the legacy helpers in, and how they go.

use std::collections::HashSet;

use super::{
    super::{
        edits::{Edits, blanks},
        syntax::{Node, Syntax},
    },
    words::Word,
};

/// Where the images have the new helpers. They are there without being asked for.
const IMAGE: &str = "/usr/local/bin/cronium.sh";

/// What a statement comes to, now that the helpers are always there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Value {
    /// It stays.
    Code,
    /// It brought the helpers in or asked for them: it does nothing any more and succeeds.
    Succeeds,
    /// As before, and fails: `[ ! -f cronium.sh ]`.
    Fails,
}
use Value::{Code, Fails, Succeeds};

/// Which statements go.
#[derive(Debug)]
pub(super) struct HelperLines {
    values: Vec<Value>,
    /// Whether one of them names another file than the images'.
    pub(super) foreign: bool,
}

impl HelperLines {
    pub(super) fn find(syntax: &Syntax<'_>, variables: &HashSet<&str>) -> Self {
        let mut found = Self {
            values: vec![Code; syntax.len()],
            foreign: false,
        };
        // Children stand behind their parents.
        for node in syntax.all().rev() {
            let value = match syntax.kind(node) {
                "command" => found.command(syntax, node, variables),
                "test_command" => {
                    let mut parts = syntax.named_children(node);
                    parts.next().map_or(Code, |test| found.test(syntax, test, variables))
                }
                "negated_command" => match syntax.named_children(node).next().map(|inner| found.value(inner)) {
                    Some(Succeeds) => Fails,
                    Some(Fails) => Succeeds,
                    _ => Code,
                },
                "redirected_statement" => found.redirected(syntax, node),
                "list" => found.list(syntax, node),
                "compound_statement" | "subshell" | "do_group" => found.all(
                    syntax
                        .named_children(node)
                        .filter(|&child| !syntax.is(child, "comment")),
                ),
                "for_statement" => syntax.child(node, "body").map_or(Code, |body| found.value(body)),
                "if_statement" => found.condition(syntax, node),
                _ => Code,
            };
            found.values[node.index()] = value;
        }
        found
    }

    fn value(&self, node: Node) -> Value {
        self.values[node.index()]
    }

    pub(super) fn goes(&self, node: Node) -> bool {
        self.value(node) != Code
    }

    fn all(&self, statements: impl Iterator<Item = Node>) -> Value {
        let mut statements = statements.peekable();
        let some = statements.peek().is_some();
        if some && statements.all(|statement| self.value(statement) == Succeeds) {
            Succeeds
        } else {
            Code
        }
    }

    fn path(&mut self, word: &Word<'_>, variables: &HashSet<&str>) -> bool {
        let helper = word.is_helper(variables);
        self.foreign |= helper && word.fixed() != Some(IMAGE);
        helper
    }

    /// `source X`, `. X` and `test -f X`.
    fn command(&mut self, syntax: &Syntax<'_>, node: Node, variables: &HashSet<&str>) -> Value {
        let mut words: Vec<Word<'_>> = syntax
            .children(node)
            .filter(|&child| matches!(syntax.field(child), Some("name" | "argument")))
            .map(|child| Word::of(syntax, child))
            .collect();
        while words.len() > 1 && matches!(words[0].fixed(), Some("builtin" | "command")) {
            words.remove(0);
        }
        let [name, arguments @ ..] = words.as_slice() else {
            return Code;
        };
        match (name.fixed(), arguments) {
            (Some("source" | "."), [path, ..]) if self.path(path, variables) => Succeeds,
            (Some("test"), [operator, path]) if is_file_test(operator.fixed()) && self.path(path, variables) => {
                Succeeds
            }
            (Some("test"), [not, operator, path])
                if not.fixed() == Some("!") && is_file_test(operator.fixed()) && self.path(path, variables) =>
            {
                Fails
            }
            _ => Code,
        }
    }

    /// What stands in the brackets of `[ -f X ]` and `[[ ! -f X ]]`.
    fn test(&mut self, syntax: &Syntax<'_>, node: Node, variables: &HashSet<&str>) -> Value {
        if !syntax.is(node, "unary_expression") {
            return Code;
        }
        let mut parts = syntax.children(node);
        let (Some(operator), Some(operand)) = (parts.next(), parts.next()) else {
            return Code;
        };
        match syntax.text(operator) {
            "!" => match self.test(syntax, operand, variables) {
                Succeeds => Fails,
                Fails => Succeeds,
                Code => Code,
            },
            operator if is_file_test(Some(operator)) && self.path(&Word::of(syntax, operand), variables) => Succeeds,
            _ => Code,
        }
    }

    fn redirected(&self, syntax: &Syntax<'_>, node: Node) -> Value {
        let only_files = syntax
            .named_children(node)
            .all(|child| matches!(syntax.field(child), Some("body")) || syntax.is(child, "file_redirect"));
        match syntax.child(node, "body") {
            Some(body) if only_files => self.value(body),
            _ => Code,
        }
    }

    fn list(&self, syntax: &Syntax<'_>, node: Node) -> Value {
        let Some((left, and, right)) = operands(syntax, node) else {
            return Code;
        };
        match (self.value(left), and, self.value(right)) {
            (Succeeds, false, _) | (Fails, true, _) => self.value(left),
            (Succeeds, true, right) | (Fails, false, right) => right,
            (Code, ..) => Code,
        }
    }

    fn condition(&self, syntax: &Syntax<'_>, node: Node) -> Value {
        let branch = |section| {
            let statements = sections(syntax, node).filter(move |&(of, _)| of == section);
            self.all(statements.map(|(_, statement)| statement))
        };
        let mut asked = sections(syntax, node).filter(|&(of, _)| of == Section::Condition);
        let condition = match (asked.next(), asked.next()) {
            (Some((_, only)), None) => self.value(only),
            _ => branch(Section::Condition),
        };
        let otherwise: Vec<Node> = syntax
            .named_children(node)
            .filter(|&child| matches!(syntax.kind(child), "elif_clause" | "else_clause"))
            .collect();
        match (condition, otherwise.as_slice()) {
            (Succeeds, _) => branch(Section::Body),
            (Fails, []) => Succeeds,
            (Fails, &[only]) if syntax.is(only, "else_clause") => self.all(syntax.named_children(only)),
            _ => Code,
        }
    }

    /// Takes the statements out. What would be left empty gets a `:`.
    pub(super) fn remove(&self, syntax: &Syntax<'_>, edits: &mut Edits<'_>) {
        for node in syntax.all().filter(|&node| self.goes(node)) {
            let Some(parent) = syntax.parent(node).filter(|&parent| !self.goes(parent)) else {
                continue;
            };
            if let Some((left, _, right)) = operands(syntax, parent).filter(|&(left, ..)| left == node) {
                // `. X && rest`: the rest stays.
                edits.delete(syntax.start(left)..syntax.start(right));
                continue;
            }
            if syntax.is(parent, "program") && self.value(node) == Succeeds {
                take_out(syntax, node, edits);
                continue;
            }
            let standing = sections(syntax, parent).find(|&(_, statement)| statement == node);
            let others = |kept: fn(&Self, Node) -> bool| {
                sections(syntax, parent)
                    .any(|(section, other)| Some(section) == standing.map(|(section, _)| section) && kept(self, other))
            };
            let first = sections(syntax, parent)
                .find(|&(section, _)| Some(section) == standing.map(|(section, _)| section))
                .is_some_and(|(_, first)| first == node);
            let replacement = match (standing, self.value(node)) {
                // Unlike `[ ! -f X ] && exit`, a plain `false` would end a script that has set -e.
                (_, Fails) if !(syntax.is(node, "list") && matches!(standing, Some((Section::Body, _)))) => "false",
                (Some((Section::Condition, _)), _) => "true",
                (Some((Section::Body, _)), _)
                    if syntax.is(parent, "program") || others(|lines, other| !lines.goes(other)) || !first =>
                {
                    ""
                }
                _ => ":",
            };
            if syntax.is(node, "compound_statement") && !replacement.is_empty() {
                edits.replace(syntax.range(node), format!("{{ {replacement}; }}"));
            } else if syntax.is(node, "do_group") {
                edits.replace(syntax.range(node), "do :; done");
            } else if replacement.is_empty() {
                take_out(syntax, node, edits);
            } else {
                edits.replace(syntax.range(node), replacement);
            }
        }
    }
}

/// Takes a statement out, with what divides it from the next. In the background it leaves something behind to wait for.
fn take_out(syntax: &Syntax<'_>, node: Node, edits: &mut Edits<'_>) {
    let end = syntax.end(node);
    if syntax.source[end + blanks(&syntax.source[end..])..].starts_with('&') {
        edits.replace(syntax.range(node), ":");
    } else {
        edits.delete_separated(syntax.range(node));
    }
}

/// Which part of its parent a statement stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Section {
    Condition,
    Body,
}

/// The statements directly below a node that holds any.
fn sections(syntax: &Syntax<'_>, node: Node) -> impl Iterator<Item = (Section, Node)> {
    let kind = syntax.kind(node);
    let branches = matches!(kind, "if_statement" | "elif_clause");
    let holds = branches
        || matches!(
            kind,
            "program"
                | "compound_statement"
                | "do_group"
                | "subshell"
                | "else_clause"
                | "case_item"
                | "command_substitution"
                | "process_substitution"
                | "while_statement"
        );
    let mut section = if branches { Section::Condition } else { Section::Body };
    syntax.children(node).filter_map(move |child| {
        if syntax.is(child, "then") {
            section = Section::Body;
        }
        if kind == "while_statement" {
            return (syntax.field(child) == Some("condition")).then_some((Section::Condition, child));
        }
        let statement = holds
            && syntax.is_named(child)
            && !matches!(syntax.kind(child), "comment" | "elif_clause" | "else_clause")
            && !matches!(syntax.field(child), Some("value" | "redirect"));
        statement.then_some((section, child))
    })
}

/// The sides of `a && b` and of `a || b`, and whether it is the former.
fn operands(syntax: &Syntax<'_>, node: Node) -> Option<(Node, bool, Node)> {
    if !syntax.is(node, "list") {
        return None;
    }
    let operator = syntax
        .children(node)
        .find(|&child| matches!(syntax.kind(child), "&&" | "||"))?;
    let mut sides = syntax.named_children(node).filter(|&side| !syntax.is(side, "comment"));
    let (left, right) = (sides.next()?, sides.next()?);
    (left < operator).then_some((left, syntax.is(operator, "&&"), right))
}

fn is_file_test(operator: Option<&str>) -> bool {
    matches!(operator, Some("-f" | "-e" | "-r" | "-s" | "-a" | "-x"))
}
