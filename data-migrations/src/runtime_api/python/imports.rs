//! How the helpers' names come into a script, and the imports that take their place.

use std::collections::{BTreeSet, HashSet};

use super::{
    super::{
        edits::{blanks, eol},
        syntax::{Node, Syntax},
    },
    GET_CONDITION, Script,
    helper_lines::Line,
    is_function, new_name,
    scopes::Binding,
};

/// What the helper file imported for itself, and for scripts that ran it in their own namespace.
const ITS_IMPORTS: [&str; 3] = ["json", "os", "sys"];

impl Script<'_> {
    /// Names what the imports of the helpers bind, and gives the imports their new form.
    pub(super) fn bind_imports(&mut self) {
        let names = self.names(false);
        for node in self.syntax.all() {
            match self.syntax.kind(node) {
                "import_statement" => self.bind_import(node),
                "import_from_statement" => self.bind_from_import(node, &names),
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

    fn bind_from_import(&mut self, node: Node, names: &HashSet<&str>) {
        let module = self.syntax.child(node, "module_name");
        if module.is_none_or(|module| self.syntax.text(module) != "cronium") {
            return;
        }
        let (mut modules, mut functions, mut whole) = (Vec::new(), Vec::new(), true);
        let items: Vec<Node> = self
            .syntax
            .children(node)
            .filter(|&child| self.syntax.field(child) == Some("name"))
            .collect();
        for name in items {
            let original = self.syntax.child(name, "name").unwrap_or(name);
            let alias = self.syntax.child(name, "alias");
            let bound = alias
                .or_else(|| self.syntax.named_children(name).next())
                .unwrap_or(name);
            let (old, own) = (self.syntax.text(original), alias.map(|alias| self.syntax.text(alias)));
            match new_name(old) {
                _ if old == "cronium" => {
                    self.scopes.bind(&self.syntax, bound, Binding::Module);
                    modules.push(
                        own.map_or_else(|| "import cronium".to_owned(), |own| format!("import cronium as {own}")),
                    );
                    whole = false;
                }
                // An import of what is not there would end the script before it begins.
                None if old == GET_CONDITION => {
                    self.remarks.get_condition(self.syntax.line(name), GET_CONDITION);
                    self.scopes.bind(&self.syntax, bound, Binding::Function(GET_CONDITION));
                    whole = false;
                }
                Some(new) if new != old => {
                    let kept = own.is_some() || self.scopes.is_taken(bound, old) || names.contains(new);
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

    /// Imports what scripts had from a helper file that they ran in their own namespace, from an `import *`, or from the
    /// executor.
    pub(super) fn bring_in(&mut self) {
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
            .uses
            .iter()
            .copied()
            .filter(|&node| self.scopes.resolve(node, self.syntax.text(node)).is_none())
            .filter(|&node| !self.is_in_a_line(node))
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
        let names = self.names(false);
        let mut items = Vec::new();
        for &old in &functions {
            let Some(new) = new_name(old) else {
                continue;
            };
            if new != old && names.contains(new) {
                items.push(format!("{new} as {old}"));
            } else {
                self.scopes.bind_in_module(old, Binding::Function(old));
                items.push(new.to_owned());
            }
        }
        if functions.contains(GET_CONDITION) {
            self.scopes
                .bind_in_module(GET_CONDITION, Binding::Function(GET_CONDITION));
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
                && self
                    .syntax
                    .named_children(node)
                    .all(|child| self.syntax.kind(child).ends_with("string"))
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
            let space = if self.syntax.kind(next).starts_with("import") {
                ""
            } else {
                eol
            };
            self.edits.insert(at, format!("{}{eol}{space}", imports.join(eol)));
        } else {
            self.edits.insert(at, format!("{}; ", imports.join("; ")));
        }
    }
}
