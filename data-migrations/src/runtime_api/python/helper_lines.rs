//! The lines that bring the legacy helpers in.

use std::collections::{HashMap, HashSet};

use super::{
    super::syntax::{Node, Syntax},
    strings::Text,
};

/// A statement that goes, or that something else comes in the place of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Line {
    /// Runs the helpers' file in the namespace of the script: `exec(open('cronium.py').read())`.
    Exec(Node),
    /// `from cronium import *`
    Star(Node),
    /// `sys.path.insert(0, '.')`
    Path(Node),
}

impl Line {
    pub(super) const fn node(self) -> Node {
        match self {
            Self::Exec(node) | Self::Star(node) | Self::Path(node) => node,
        }
    }
}

/// Finds the lines, in the order of the script.
pub(super) fn find_lines(syntax: &Syntax<'_>) -> Vec<Line> {
    let paths = helper_paths(syntax);
    let mut lines: Vec<Line> = Vec::new();
    for node in syntax.all() {
        if lines.last().is_some_and(|line| syntax.is_in(node, line.node())) {
            continue;
        }
        let line = match syntax.kind(node) {
            "expression_statement" if is_exec(syntax, node) && names_helper(syntax, node, &paths) => Line::Exec(node),
            "expression_statement" if is_path(syntax, node) => Line::Path(node),
            "with_statement" if opens_and_runs(syntax, node, &paths) => Line::Exec(node),
            "import_from_statement" if is_star(syntax, node) => Line::Star(node),
            _ => continue,
        };
        lines.push(line);
    }
    lines
}

/// The variables that hold a path to the helpers' file, and nothing else anywhere.
fn helper_paths<'s>(syntax: &Syntax<'s>) -> HashSet<&'s str> {
    let mut all: HashMap<&str, bool> = HashMap::new();
    for node in syntax.all().filter(|&node| syntax.is(node, "assignment")) {
        let (Some(left), Some(right)) = (syntax.child(node, "left"), syntax.child(node, "right")) else {
            continue;
        };
        *all.entry(syntax.text(left)).or_insert(true) &= names_helper(syntax, right, &HashSet::new());
    }
    all.retain(|_, helper| *helper);
    all.into_keys().collect()
}

fn names_helper(syntax: &Syntax<'_>, node: Node, paths: &HashSet<&str>) -> bool {
    syntax.within(node).any(|node| match syntax.kind(node) {
        "string" => Text::of(syntax, node).is_some_and(|text| text.is_helper()),
        "identifier" => paths.contains(syntax.text(node)),
        _ => false,
    })
}

/// The call that a statement is.
fn call(syntax: &Syntax<'_>, statement: Node) -> Option<(Node, Node)> {
    let call = syntax.named_children(statement).next()?;
    Some((syntax.child(call, "function")?, syntax.child(call, "arguments")?))
}

fn is_exec(syntax: &Syntax<'_>, statement: Node) -> bool {
    call(syntax, statement).is_some_and(|(function, _)| syntax.text(function) == "exec")
}

/// `with open('cronium.py') as file: exec(file.read())`, and nothing else in it.
fn opens_and_runs(syntax: &Syntax<'_>, node: Node, paths: &HashSet<&str>) -> bool {
    let opens = syntax
        .child_of_kind(node, "with_clause")
        .is_some_and(|clause| names_helper(syntax, clause, paths));
    let mut body = syntax
        .child(node, "body")
        .into_iter()
        .flat_map(|body| syntax.named_children(body));
    opens && body.next().is_some_and(|first| is_exec(syntax, first)) && body.next().is_none()
}

fn is_star(syntax: &Syntax<'_>, node: Node) -> bool {
    syntax.child_of_kind(node, "wildcard_import").is_some()
        && syntax
            .child(node, "module_name")
            .is_some_and(|module| syntax.text(module) == "cronium")
}

/// A line that adds the script's own folder, or that of the helpers, to where modules are looked for.
fn is_path(syntax: &Syntax<'_>, statement: Node) -> bool {
    let Some((function, arguments)) = call(syntax, statement) else {
        return false;
    };
    if !matches!(syntax.text(function), "sys.path.insert" | "sys.path.append") {
        return false;
    }
    let Some(folder) = syntax.named_children(arguments).last() else {
        return false;
    };
    let mut some = false;
    let only_its_own = syntax.within(folder).all(|node| match syntax.kind(node) {
        "identifier" => {
            some = true;
            matches!(
                syntax.text(node),
                "__file__"
                    | "Path"
                    | "abspath"
                    | "absolute"
                    | "cwd"
                    | "dirname"
                    | "getcwd"
                    | "join"
                    | "os"
                    | "parent"
                    | "path"
                    | "pathlib"
                    | "realpath"
                    | "resolve"
                    | "str"
            )
        }
        "string" => {
            some = true;
            Text::of(syntax, node).is_some_and(|text| {
                !text.dynamic
                    && (matches!(text.tail.as_str(), "." | "./" | "") || text.tail.contains("runtime-helpers"))
            })
        }
        _ => true,
    });
    some && only_its_own
}
