//! SQLite's SQL → its words and signs, and back.

/// What a piece of SQL is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A keyword or a name.
    Word,
    /// A name in quotes, brackets or backticks.
    Quoted,
    /// A text, `'…'`.
    Text,
    /// A number.
    Number,
    /// A blob, `x'…'`.
    Blob,
    /// An operator, a parenthesis, a comma.
    Sign,
}

/// A piece of SQL, as it stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    /// What it is.
    pub kind: Kind,
    /// Its characters.
    pub text: &'a str,
}

impl Token<'_> {
    /// Whether it is that keyword, in any case.
    pub(crate) fn is_word(self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// Whether it is one of those keywords.
    pub(crate) fn is_one_of(self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is_word(word))
    }

    /// Whether it is that operator or bracket.
    pub(crate) fn is_sign(self, sign: &str) -> bool {
        self.kind == Kind::Sign && self.text == sign
    }

    /// The name that it stands for; SQLite takes a text for a name where only a name can stand.
    pub(crate) fn name(self) -> Option<String> {
        let inside = || self.text.get(1..self.text.len() - 1);
        match self.kind {
            Kind::Word => Some(self.text.to_owned()),
            Kind::Quoted if self.text.starts_with('[') => inside().map(str::to_owned),
            Kind::Quoted | Kind::Text => {
                let quote = &self.text[..1];
                inside().map(|inside| inside.replace(&quote.repeat(2), quote))
            }
            _ => None,
        }
    }

    /// Whether something can be subtracted from it.
    fn is_value(self) -> bool {
        match self.kind {
            Kind::Word => !self.is_one_of(OPERATORS),
            Kind::Sign => self.text == ")",
            _ => true,
        }
    }
}

/// The words that are operators or part of one, so that a parenthesis behind them opens no function's arguments.
const OPERATORS: &[&str] = &[
    "and",
    "as",
    "between",
    "by",
    "case",
    "collate",
    "distinct",
    "else",
    "escape",
    "except",
    "exists",
    "filter",
    "from",
    "glob",
    "group",
    "having",
    "in",
    "intersect",
    "is",
    "isnull",
    "like",
    "limit",
    "match",
    "not",
    "notnull",
    "on",
    "or",
    "order",
    "over",
    "regexp",
    "select",
    "then",
    "union",
    "values",
    "when",
    "where",
];

/// Takes SQL apart as SQLite's tokenize.c does; comments and white space fall away.
pub(crate) fn tokens(sql: &str) -> Option<Vec<Token<'_>>> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$' || !c.is_ascii();
    let run = |text: &str, from: usize, test: &dyn Fn(char) -> bool| {
        from + text[from..].find(|c| !test(c)).unwrap_or(text.len() - from)
    };
    let mut tokens = Vec::new();
    let mut rest = sql.trim_start();
    while let Some(first) = rest.chars().next() {
        let next = rest[first.len_utf8()..].chars().next();
        let (kind, end) = match first {
            '-' if next == Some('-') => {
                rest = rest.find('\n').map_or("", |at| &rest[at..]).trim_start();
                continue;
            }
            '/' if next == Some('*') => {
                // An unfinished comment ends with the statement.
                rest = rest[2..].find("*/").map_or("", |at| &rest[at + 4..]).trim_start();
                continue;
            }
            '\'' => (Kind::Text, quoted_end(rest, 0, '\'')?),
            '"' | '`' => (Kind::Quoted, quoted_end(rest, 0, first)?),
            '[' => (Kind::Quoted, rest.find(']')? + 1),
            'x' | 'X' if next == Some('\'') => (Kind::Blob, quoted_end(rest, 1, '\'')?),
            _ if first.is_ascii_digit() || (first == '.' && next.is_some_and(|c| c.is_ascii_digit())) => {
                let mut end = run(rest, 0, &|c| is_name(c) || c == '.');
                let is_exponent = |text: &str| text.ends_with(['e', 'E']) && !text.starts_with("0x");
                if is_exponent(&rest[..end]) && rest[end..].starts_with(['+', '-']) {
                    end = run(rest, end + 1, &|c| c.is_ascii_digit());
                }
                (Kind::Number, end)
            }
            _ if is_name(first) => (Kind::Word, run(rest, 0, &is_name)),
            _ => {
                let double = ["->>", "->", "||", "<<", ">>", "<=", ">=", "<>", "!=", "=="];
                let found = double.iter().find(|sign| rest.starts_with(**sign));
                (Kind::Sign, found.map_or(first.len_utf8(), |sign| sign.len()))
            }
        };
        tokens.push(Token {
            kind,
            text: &rest[..end],
        });
        rest = rest[end..].trim_start();
    }
    Some(tokens)
}

/// Where the quotes end that open at `open`; a doubled quote stands for itself.
fn quoted_end(text: &str, open: usize, quote: char) -> Option<usize> {
    let mut from = open + 1;
    loop {
        let at = from + text[from..].find(quote)?;
        if !text[at + 1..].starts_with(quote) {
            return Some(at + 1);
        }
        from = at + 2;
    }
}

/// Writes tokens with one spacing, whatever their author's was.
pub(crate) fn render(tokens: &[Token<'_>]) -> String {
    let mut text = String::new();
    for (at, token) in tokens.iter().enumerate() {
        let previous = at.checked_sub(1).map(|at| tokens[at]);
        let before_that = at.checked_sub(2).map(|at| tokens[at]);
        let is_tight = previous.is_none_or(|previous| {
            let is_prefix =
                ["-", "+", "~"].iter().any(|sign| previous.is_sign(sign)) && !before_that.is_some_and(Token::is_value);
            let is_call = token.is_sign("(")
                && (previous.kind == Kind::Quoted || previous.kind == Kind::Word)
                && previous.is_value();
            is_prefix
                || is_call
                || previous.is_sign("(")
                || previous.is_sign(".")
                || [")", ",", "."].iter().any(|sign| token.is_sign(sign))
        });
        if !is_tight {
            text.push(' ');
        }
        text += token.text;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(sql: &str) -> String {
        render(&tokens(sql).unwrap())
    }

    #[test]
    fn sql_is_written_with_one_spacing() {
        for (sql, expected) in [
            ("a>0 AND( b<>-1 )", "a > 0 AND (b <> -1)"),
            ("lower( \"n\" )  /* c */ || 'it''s' -- end", "lower(\"n\") || 'it''s'"),
            ("x IN(1,2)", "x IN (1, 2)"),
            ("a- -1", "a - -1"),
            ("t . a->>'$.x'", "t.a ->> '$.x'"),
            ("1.5e-3+x'00ff'+0x1F", "1.5e-3 + x'00ff' + 0x1F"),
            ("[a b] || `c`", "[a b] || `c`"),
        ] {
            assert_eq!(rendered(sql), expected);
        }
        assert_eq!(tokens("'open"), None);
    }
}
