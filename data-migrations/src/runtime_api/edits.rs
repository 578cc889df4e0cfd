//! Places of a text that change, while every other byte stays.

use std::ops::Range;

/// The changes of one text.
#[derive(Debug)]
pub(super) struct Edits<'s> {
    source: &'s str,
    changes: Vec<(Range<usize>, String)>,
    /// What comes behind all the rest, before the line ends at the end.
    closing: String,
}

impl<'s> Edits<'s> {
    pub(super) const fn new(source: &'s str) -> Self {
        Self {
            source,
            changes: Vec::new(),
            closing: String::new(),
        }
    }

    /// Puts a text behind all the rest, before the line ends at the end.
    pub(super) fn close_with(&mut self, text: impl Into<String>) {
        self.closing = text.into();
    }

    pub(super) fn replace(&mut self, range: Range<usize>, text: impl Into<String>) {
        self.changes.push((range, text.into()));
    }

    pub(super) fn insert(&mut self, at: usize, text: impl Into<String>) {
        self.replace(at..at, text);
    }

    pub(super) fn delete(&mut self, range: Range<usize>) {
        self.replace(range, "");
    }

    /// Deletes a statement that a line may share with others: the whole line where nothing else is on it, with an empty
    /// one behind it where another is before it. A comment behind the statement stays.
    pub(super) fn delete_statement(&mut self, statement: Range<usize>) {
        let source = self.source;
        let line = source[..statement.start].rfind('\n').map_or(0, |at| at + 1);
        let end = statement.end + blanks(&source[statement.end..]);
        let alone = source[line..statement.start].trim().is_empty();
        let Some(after) = line_end(&source[end..]).filter(|_| alone) else {
            // What is before it on the line ends with blanks already.
            return self.delete(
                statement.start..if alone || !at_line_end(source, end) {
                    end
                } else {
                    statement.end
                },
            );
        };
        let mut end = end + after;
        let before = source[..line].trim_end_matches(['\r', '\n', ' ', '\t']);
        let follows_empty_line = before.is_empty() || source[before.len()..line].matches('\n').count() > 1;
        let next = blanks(&source[end..]);
        if follows_empty_line && source[end + next..].starts_with(['\r', '\n']) {
            end += next + line_end(&source[end + next..]).unwrap_or(0);
        }
        self.delete(line..end);
    }

    /// As [`delete_statement`](Self::delete_statement), with the `;` behind it, or else the one before it.
    pub(super) fn delete_separated(&mut self, statement: Range<usize>) {
        let Range { mut start, mut end } = statement;
        let rest = &self.source[end + blanks(&self.source[end..])..];
        if rest.starts_with(';') && !rest.starts_with(";;") {
            end = self.source.len() - rest.len() + 1;
        } else {
            let before = self.source[..start].trim_end_matches([' ', '\t']);
            if before.ends_with(';') && !before.ends_with(";;") {
                start = before.len() - 1;
            }
        }
        self.delete_statement(start..end);
    }

    /// The text with the changes. A change within a place that goes is dropped.
    pub(super) fn apply(mut self) -> String {
        self.changes.sort_by_key(|(range, _)| (range.start, !range.is_empty()));
        let (mut text, mut at) = (String::with_capacity(self.source.len() + 64), 0);
        for (range, new) in self.changes {
            if range.start < at {
                continue;
            }
            text.push_str(&self.source[at..range.start]);
            text.push_str(&new);
            at = range.end;
        }
        text.push_str(&self.source[at..]);
        if !self.closing.is_empty() {
            text.insert_str(text.trim_end().len(), &self.closing);
        }
        text
    }
}

/// How many bytes of blanks the text begins with.
pub(super) fn blanks(text: &str) -> usize {
    text.len() - text.trim_start_matches([' ', '\t']).len()
}

/// The length of the line end that the text begins with. The end of the text is one too.
fn line_end(text: &str) -> Option<usize> {
    match text.as_bytes() {
        [] => Some(0),
        [b'\n', ..] => Some(1),
        [b'\r', b'\n', ..] => Some(2),
        _ => None,
    }
}

fn at_line_end(source: &str, at: usize) -> bool {
    line_end(&source[at..]).is_some()
}

/// The line end that a text uses.
pub(super) fn eol(source: &str) -> &'static str {
    match source.find('\n') {
        Some(at) if source[..at].ends_with('\r') => "\r\n",
        _ => "\n",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn without(source: &str, statement: &str) -> String {
        let at = source.find(statement).unwrap();
        let mut edits = Edits::new(source);
        edits.delete_statement(at..at + statement.len());
        edits.apply()
    }

    #[test]
    fn a_statement_goes_with_its_line() {
        assert_eq!(without("a\n  X;\nb\n", "X;"), "a\nb\n");
        assert_eq!(without("a\r\nX\r\n\r\nb", "X"), "a\r\n\r\nb");
        assert_eq!(without("a\nX", "X"), "a\n");
    }

    #[test]
    fn what_shares_its_line_stays() {
        assert_eq!(without("a; X; b\n", "X;"), "a; b\n");
        assert_eq!(without("X; b\n", "X;"), "b\n");
        assert_eq!(without("  X  # why\n", "X"), "  # why\n");
    }

    #[test]
    fn a_statement_goes_with_its_semicolon() {
        let without = |source: &str| {
            let at = source.find('X').unwrap();
            let mut edits = Edits::new(source);
            edits.delete_separated(at..at + 1);
            edits.apply()
        };
        assert_eq!(without("a; X; b\n"), "a; b\n");
        assert_eq!(without("a; X\n"), "a\n");
        assert_eq!(without("a) X ;;\n"), "a) ;;\n");
        assert_eq!(without("X ; \nb\n"), "b\n");
    }

    #[test]
    fn two_empty_lines_become_one() {
        assert_eq!(without("a\n\nX\n\nb\n", "X"), "a\n\nb\n");
        assert_eq!(without("X\n\nb\n", "X"), "b\n");
    }

    #[test]
    fn a_change_inside_of_what_goes_is_dropped() {
        let mut edits = Edits::new("abcdef");
        edits.replace(2..3, "X");
        edits.replace(1..5, "-");
        edits.insert(1, "+");
        assert_eq!(edits.apply(), "a+-f");
    }
}
