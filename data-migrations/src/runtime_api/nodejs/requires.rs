//! The lines that bring the helpers in, in the form of the runtime API.

use super::{
    super::syntax::{Node, Syntax},
    Script,
    helpers::{Meaning, literal},
};

/// The line that scripts get which had none of their own, because the executor wrote it.
pub(super) const REQUIRE: &str = "const cronium = require('cronium');";

impl Script<'_, '_> {
    /// Puts the API's module in the place of the helpers' file. True where the script says `cronium` and nothing in it
    /// brings that in.
    pub(super) fn replace_requires(&mut self) -> bool {
        let mut supplied = self.scopes.free.iter().any(|&node| self.syntax.text(node) == "cronium");
        let mut declared = self
            .scopes
            .bindings
            .iter()
            .any(|binding| binding.top && binding.name == "cronium");
        let sets_global = self.syntax.all().any(|node| {
            self.helpers.is_global(node)
                && self.syntax.field(node) == Some("left")
                && self
                    .syntax
                    .parent(node)
                    .is_some_and(|parent| self.syntax.is(parent, "assignment_expression"))
        });
        let mut first = true;
        for node in self.syntax.all() {
            match self.syntax.kind(node) {
                "call_expression" => {
                    let Some(path) = self
                        .helpers
                        .required(node)
                        .filter(|&path| self.helpers.is_helper_path(path))
                    else {
                        continue;
                    };
                    if let Some(statement) = self.bare(node) {
                        let at_the_top = self.syntax.parent(statement) == Some(Syntax::root());
                        if at_the_top && !declared {
                            self.edits.replace(self.syntax.range(statement), REQUIRE);
                            declared = true;
                            supplied = false;
                        } else {
                            self.take_out(statement);
                        }
                    } else if let Some(statement) = self.repeated(node) {
                        // A second `const cronium` would end the script before it begins.
                        if first {
                            first = false;
                            self.name_module(path);
                        } else {
                            self.take_out(statement);
                        }
                    } else {
                        self.name_module(path);
                    }
                }
                "member_expression" if self.helpers.is_global(node) && !sets_global => {
                    self.edits.replace(self.syntax.range(node), "require('cronium')");
                }
                "object_pattern" => self.plain_name(node),
                _ => {}
            }
        }
        self.replace_imports(&mut declared);
        supplied && !declared
    }

    /// The statement that a call is, if it is nothing else.
    fn bare(&self, call: Node) -> Option<Node> {
        let parent = self.syntax.parent(call)?;
        self.syntax.is(parent, "expression_statement").then_some(parent)
    }

    /// The statement `const cronium = require(…)` of the whole script, if `cronium` is declared so more than once.
    fn repeated(&self, call: Node) -> Option<Node> {
        let declarator = self
            .syntax
            .parent(call)
            .filter(|&above| self.syntax.is(above, "variable_declarator"))?;
        let name = self.syntax.child(declarator, "name")?;
        let binding = &self.scopes.bindings[self.scopes.of(name)?];
        let statement = self.syntax.parent(declarator)?;
        let alone = self
            .syntax
            .named_children(statement)
            .filter(|&child| !self.syntax.is(child, "comment"))
            .count()
            == 1;
        let every_one = self.helpers.meaning(name) == Some(Meaning::Module) && binding.declarations.len() > 1;
        (alone && every_one && self.syntax.is(name, "identifier")).then_some(statement)
    }

    fn take_out(&mut self, statement: Node) {
        let parent = self
            .syntax
            .parent(statement)
            .map_or("", |parent| self.syntax.kind(parent));
        if matches!(parent, "program" | "statement_block") {
            self.edits.delete_statement(self.syntax.range(statement));
        } else {
            self.edits.replace(self.syntax.range(statement), ";");
        }
    }

    /// Writes the module's name where the path was, in the quotes that the path had.
    fn name_module(&mut self, path: Node) {
        let quote = if self.syntax.text(path).starts_with('"') {
            '"'
        } else {
            '\''
        };
        self.edits
            .replace(self.syntax.range(path), format!("{quote}cronium{quote}"));
    }

    /// `{ cronium }`, taken from the helpers' file, is the module itself.
    fn plain_name(&mut self, pattern: Node) {
        let mut parts = self.syntax.named_children(pattern);
        let (Some(only), None, Some(declarator)) = (parts.next(), parts.next(), self.syntax.parent(pattern)) else {
            return;
        };
        let value = self.syntax.child(declarator, "value");
        let of_the_helpers = value.is_some_and(|value| self.helpers.meaning(value) == Some(Meaning::Module));
        if of_the_helpers && self.syntax.text(only) == "cronium" {
            self.edits.replace(self.syntax.range(pattern), "cronium");
        }
    }

    /// `node -e` knows no import statements: all of them become calls of `require`.
    fn replace_imports(&mut self, declared: &mut bool) {
        let eol = self.eol();
        let mut others_before = None;
        let mut hoisted: Vec<String> = Vec::new();
        let statements: Vec<Node> = self
            .syntax
            .named_children(Syntax::root())
            .filter(|&node| !matches!(self.syntax.kind(node), "comment" | "hash_bang_line"))
            .collect();
        for statement in statements {
            if !self.syntax.is(statement, "import_statement") {
                if !is_directive(self.syntax, statement) {
                    others_before = others_before.or(Some(statement));
                }
                continue;
            }
            let requires = self.requires(statement, declared);
            if others_before.is_none() {
                let text = requires.join(eol);
                let range = self.syntax.range(statement);
                if text.is_empty() {
                    self.edits.delete_statement(range);
                } else {
                    self.edits.replace(range, text);
                }
            } else {
                // An import counts from the start, wherever it stands.
                hoisted.extend(requires);
                self.edits.delete_statement(self.syntax.range(statement));
            }
        }
        if let Some(first) = others_before.filter(|_| !hoisted.is_empty()) {
            self.edits
                .insert(self.syntax.start(first), format!("{}{eol}", hoisted.join(eol)));
        }
    }

    /// An import statement as calls of `require`.
    fn requires(&mut self, import: Node, declared: &mut bool) -> Vec<String> {
        let Some(source) = self.syntax.child(import, "source") else {
            return Vec::new();
        };
        let helpers = self.helpers.is_import(import);
        let quote = &self.syntax.text(source)[..1];
        let module = if helpers {
            format!("{quote}cronium{quote}")
        } else {
            self.syntax.text(source).to_owned()
        };
        if literal(self.syntax, source).is_some_and(|path| path.rsplit('.').next() == Some("mjs")) {
            self.remarks.add(
                self.syntax.line(import),
                "imports a file of another kind of module, which `require` may not be able to load",
            );
        }
        let Some(clause) = self.syntax.child_of_kind(import, "import_clause") else {
            // It was there for its effect: the helpers' was to set `cronium`.
            if !helpers {
                return vec![format!("require({module});")];
            }
            let new = !std::mem::replace(declared, true);
            return new.then(|| REQUIRE.to_owned()).into_iter().collect();
        };
        let mut requires = Vec::new();
        for part in self.syntax.named_children(clause) {
            let text = self.syntax.text(part);
            match self.syntax.kind(part) {
                "identifier" => requires.push(format!("const {text} = require({module});")),
                "namespace_import" => {
                    let name = self
                        .syntax
                        .named_children(part)
                        .next()
                        .map_or("", |name| self.syntax.text(name));
                    requires.push(format!("const {name} = require({module});"));
                }
                "named_imports" => {
                    let mut names = Vec::new();
                    for specifier in self.syntax.named_children(part) {
                        let Some(name) = self.syntax.child(specifier, "name").map(|name| self.syntax.text(name)) else {
                            continue;
                        };
                        let alias = self
                            .syntax
                            .child(specifier, "alias")
                            .map(|alias| self.syntax.text(alias));
                        match alias {
                            _ if name == "default" || (helpers && name == "cronium") => {
                                requires.push(format!("const {} = require({module});", alias.unwrap_or(name)));
                            }
                            Some(alias) => names.push(format!("{name}: {alias}")),
                            None => names.push(name.to_owned()),
                        }
                    }
                    if !names.is_empty() {
                        requires.push(format!("const {{ {} }} = require({module});", names.join(", ")));
                    }
                }
                _ => {}
            }
        }
        requires
    }
}

/// `'use strict'` and the like.
pub(super) fn is_directive(syntax: &Syntax<'_>, statement: Node) -> bool {
    let mut parts = syntax.named_children(statement);
    syntax.is(statement, "expression_statement")
        && parts.next().is_some_and(|only| syntax.is(only, "string"))
        && parts.next().is_none()
}
