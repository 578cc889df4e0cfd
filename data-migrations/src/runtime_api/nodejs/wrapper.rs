//! The async function around the script: `node -e` knows no `await` outside of one.

use super::{
    super::syntax::{Node, Syntax},
    Script,
    awaits::is_at_the_top,
    requires::{REQUIRE, is_directive},
};

impl Script<'_, '_> {
    /// Writes the require that the executor used to write, and puts an async function around all that follows the
    /// requires at the start, where something has to be awaited in it.
    ///
    /// Nothing is indented: texts that go over several lines would change.
    pub(super) fn wrap(&mut self, supplied: bool, awaits: bool) {
        let needed = awaits || self.syntax.all().any(|node| self.needs_a_function(node));
        let (eol, source) = (self.eol(), self.syntax.source);
        let statements: Vec<Node> = self.syntax.named_children(Syntax::root()).collect();
        let at_start = |script: &Self, node: Node| {
            matches!(script.syntax.kind(node), "hash_bang_line" | "comment") || is_directive(script.syntax, node)
        };
        let Some(first) = statements.iter().copied().find(|&node| !at_start(self, node)) else {
            return;
        };
        if supplied {
            let at = self.begin_of(first, &statements);
            let space = if needed && !self.is_require(first) || self.is_require(first) {
                ""
            } else {
                eol
            };
            self.edits.insert(at, format!("{REQUIRE}{eol}{space}"));
        }
        if !needed {
            return;
        }
        let wrapped = statements
            .iter()
            .copied()
            .find(|&node| !at_start(self, node) && !self.is_require(node));
        let Some(wrapped) = wrapped else {
            return;
        };
        let before = self
            .syntax
            .previous(wrapped)
            .filter(|&before| before >= first || is_directive(self.syntax, before));
        let at = self.begin_of(wrapped, &statements);
        let guard = match before {
            Some(before) if self.is_open_ended(before) && !self.syntax.is(before, "import_statement") => ";",
            _ => "",
        };
        let text_before = source[..at].trim_end_matches([' ', '\t']);
        let new_line = if text_before.is_empty() || text_before.ends_with('\n') {
            ""
        } else {
            eol
        };
        let stands_apart = text_before.trim_end_matches(['\n', '\r']).is_empty()
            || text_before[text_before.trim_end().len()..].matches('\n').count() > 1;
        let space = if stands_apart && !(supplied && wrapped == first) {
            ""
        } else {
            eol
        };
        let blanks = if new_line.is_empty() { at } else { text_before.len() };
        self.edits
            .replace(blanks..at, format!("{new_line}{space}{guard}(async () => {{{eol}"));
        self.edits.close_with(format!("{eol}}})();"));
    }

    /// What is fine in a file of its own, but not in what `node -e` is given.
    fn needs_a_function(&self, node: Node) -> bool {
        let kind = self.syntax.kind(node);
        let waits = kind == "await_expression"
            || kind == "return_statement"
            || (kind == "for_in_statement" && self.syntax.child_of_kind(node, "await").is_some());
        waits && is_at_the_top(self.syntax, node)
    }

    /// A statement that only gives names to modules, or an import, which becomes one.
    fn is_require(&self, statement: Node) -> bool {
        match self.syntax.kind(statement) {
            "import_statement" => true,
            "lexical_declaration" | "variable_declaration" => self
                .syntax
                .named_children(statement)
                .filter(|&declarator| self.syntax.is(declarator, "variable_declarator"))
                .all(|declarator| {
                    let mut value = self.syntax.child(declarator, "value");
                    while let Some(member) = value.filter(|&value| self.syntax.is(value, "member_expression")) {
                        value = self.syntax.child(member, "object");
                    }
                    value.is_some_and(|value| self.helpers.required(value).is_some())
                }),
            "expression_statement" => {
                let call = self.syntax.named_children(statement).next();
                call.and_then(|call| self.helpers.required(call)).is_some()
            }
            _ => false,
        }
    }

    /// Where a statement begins, with the comments that stand directly above it.
    fn begin_of(&self, statement: Node, statements: &[Node]) -> usize {
        let line_start = |at: usize| self.syntax.source[..at].rfind('\n').map_or(0, |at| at + 1);
        let own_line = |node: Node| {
            let start = self.syntax.start(node);
            self.syntax.source[line_start(start)..start]
                .trim_start_matches('\u{feff}')
                .trim()
                .is_empty()
        };
        let mut at = self.syntax.start(statement);
        let above = statements.iter().rev().skip_while(|&&node| node != statement).skip(1);
        for &comment in above {
            let between = &self.syntax.source[self.syntax.end(comment)..at];
            let directly = between.trim().is_empty() && between.matches('\n').count() == 1;
            if !(self.syntax.is(comment, "comment") && own_line(comment) && directly && own_line(statement)) {
                break;
            }
            at = self.syntax.start(comment);
        }
        at
    }
}
