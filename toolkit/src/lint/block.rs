//! The statements inside a DO block (PostgreSQL's manual, chapter 41): what a plpgsql body sends, as far as it can be read
//! without running it. Loops and branches count as if each ran; what is put together from values that nobody knows here
//! stays unread.

use sqlparser::{
    dialect::Dialect as Grammar,
    tokenizer::{Token, Word},
};

use super::{
    said::{Said, one, read_by},
    words::{split, tokens, words},
};

/// What a DO block says; none where the statement is none.
pub(super) fn read(statement: &[Token], grammar: &dyn Grammar) -> Option<Vec<Said>> {
    let [first, rest @ ..] = statement else { return None };
    if !is(first, "do") {
        return None;
    }
    let body = match rest {
        [body] => body,
        [language, name, body] | [body, language, name] if is(language, "language") && is(name, "plpgsql") => body,
        _ => return None,
    };
    let body = match body {
        Token::DollarQuotedString(text) => &text.value,
        Token::SingleQuotedString(text) => text,
        _ => return None,
    };
    let mut reader = Reader {
        grammar,
        said: vec![Said::Block],
        is_declaring: false,
    };
    for chunk in split(tokens(body, grammar)?) {
        reader.chunk(&chunk);
    }
    Some(reader.said)
}

fn is(token: &Token, word: &str) -> bool {
    matches!(token, Token::Word(Word { value, quote_style: None, .. }) if value.eq_ignore_ascii_case(word))
}

fn starts_with(tokens: &[Token], all: &[&str]) -> bool {
    tokens
        .first()
        .is_some_and(|first| all.iter().any(|word| is(first, word)))
}

/// `row.field[1] := value`.
fn is_assignment(tokens: &[Token]) -> bool {
    let mut at = 1;
    loop {
        match tokens.get(at) {
            Some(Token::Period) => at += 2,
            Some(Token::LBracket) => {
                let Some(end) = tokens[at..].iter().position(|token| *token == Token::RBracket) else {
                    return false;
                };
                at += end + 1;
            }
            Some(Token::Assignment | Token::Eq) => return true,
            _ => return false,
        }
    }
}

/// How deep a token stands in brackets and in CASE expressions, as they are gone through.
#[derive(Default)]
struct Depth(usize);

impl Depth {
    fn step(&mut self, token: &Token) {
        match token {
            Token::LParen | Token::LBracket => self.0 += 1,
            Token::RParen | Token::RBracket => self.0 = self.0.saturating_sub(1),
            token if is(token, "case") => self.0 += 1,
            token if is(token, "end") => self.0 = self.0.saturating_sub(1),
            _ => {}
        }
    }
}

/// Where that word stands, outside of brackets and CASE expressions.
fn position(tokens: &[Token], all: &[&str]) -> Option<usize> {
    let mut depth = Depth::default();
    tokens.iter().position(|token| {
        let found = depth.0 == 0 && all.iter().any(|word| is(token, word));
        depth.step(token);
        found
    })
}

struct Reader<'g> {
    grammar: &'g dyn Grammar,
    said: Vec<Said>,
    is_declaring: bool,
}

impl Reader<'_> {
    /// What stands before a semicolon: the heads of blocks, loops and branches, and a statement behind them.
    fn chunk(&mut self, chunk: &[Token]) {
        let mut rest = chunk;
        loop {
            if starts_with(rest, &["declare"]) {
                self.is_declaring = true;
                rest = &rest[1..];
            }
            if self.is_declaring && !starts_with(rest, &["begin"]) {
                return;
            }
            let head = match rest {
                [Token::ShiftLeft, _, Token::ShiftRight, ..] => Some(3),
                _ if starts_with(rest, &["begin", "else", "loop", "exception"]) => Some(1),
                _ if starts_with(rest, &["if", "elsif", "elseif", "when", "case"]) => {
                    // `CASE value WHEN …`: its own word opens no expression.
                    position(&rest[1..], &["then"]).map(|at| at + 2)
                }
                _ if starts_with(rest, &["while", "foreach"]) => position(rest, &["loop"]).map(|at| at + 1),
                _ if starts_with(rest, &["for"]) => self.each(rest),
                _ => break,
            };
            let Some(length) = head else {
                self.unread(rest, "the block's control structure is not understood");
                return;
            };
            self.is_declaring = false;
            rest = &rest[length..];
        }
        self.statement(rest);
    }

    /// `FOR row IN query LOOP`: the query may write.
    fn each(&mut self, tokens: &[Token]) -> Option<usize> {
        let end = position(tokens, &["loop"])?;
        let over = &tokens[position(&tokens[..end], &["in"])? + 1..end];
        if starts_with(over, &["execute"]) {
            self.dynamic(&over[1..]);
        } else if starts_with(
            over,
            &["select", "with", "insert", "update", "delete", "merge", "values"],
        ) {
            self.said.push(one(over.to_vec(), self.grammar));
        }
        Some(end + 1)
    }

    fn statement(&mut self, tokens: &[Token]) {
        const SILENT: &[&str] = &[
            "end", "null", "raise", "return", "exit", "continue", "get", "assert", "fetch", "move", "close",
        ];
        if tokens.is_empty() || starts_with(tokens, SILENT) || is_assignment(tokens) {
            return;
        }
        if starts_with(tokens, &["commit", "rollback"]) {
            self.said.push(Said::BlockEnds);
        } else if starts_with(tokens, &["execute"]) {
            self.dynamic(&tokens[1..]);
        } else if starts_with(tokens, &["open"]) {
            self.open(tokens);
        } else if starts_with(tokens, &["perform"]) {
            let mut select = vec![Token::make_keyword("SELECT")];
            select.extend_from_slice(&tokens[1..]);
            self.said.push(one(select, self.grammar));
        } else {
            self.said.push(one(without_targets(tokens), self.grammar));
        }
    }

    /// `OPEN cursor FOR query`.
    fn open(&mut self, tokens: &[Token]) {
        let Some(at) = position(tokens, &["for"]) else { return };
        let query = &tokens[at + 1..];
        if starts_with(query, &["execute"]) {
            self.dynamic(&query[1..]);
        } else {
            self.said.push(one(query.to_vec(), self.grammar));
        }
    }

    /// `EXECUTE text`: read where the text is known but for values.
    fn dynamic(&mut self, tokens: &[Token]) {
        let end = position(tokens, &["into", "using"]).unwrap_or(tokens.len());
        let text = text(&tokens[..end]);
        let said = text.map(|text| read_by(&text, self.grammar)).unwrap_or_default();
        if said.is_empty() || said.iter().any(|said| matches!(said, Said::Unread { .. })) {
            self.unread(tokens, "its text is put together when it runs");
        } else {
            self.said.extend(said);
        }
    }

    fn unread(&mut self, tokens: &[Token], why: &str) {
        self.said.push(Said::Unread {
            words: words(tokens),
            why: why.to_owned(),
        });
    }
}

/// A statement without the variables that its result is put into: in plain SQL `SELECT … INTO` makes a table.
fn without_targets(tokens: &[Token]) -> Vec<Token> {
    let skipped = usize::from(starts_with(tokens, &["insert", "merge"]));
    let mut depth = Depth::default();
    let places: Vec<usize> = tokens
        .iter()
        .enumerate()
        .filter(|(_, token)| {
            let found = depth.0 == 0 && is(token, "into");
            depth.step(token);
            found
        })
        .map(|(at, _)| at)
        .collect();
    let Some(at) = places.get(skipped).copied() else {
        return tokens.to_vec();
    };
    let mut end = at + 1;
    if tokens.get(end).is_some_and(|token| is(token, "strict")) {
        end += 1;
    }
    loop {
        while matches!(tokens.get(end..end + 2), Some([Token::Word(_), Token::Period])) {
            end += 2;
        }
        end += 1;
        if !matches!(tokens.get(end), Some(Token::Comma)) {
            break;
        }
        end += 1;
    }
    [&tokens[..at], tokens.get(end..).unwrap_or_default()].concat()
}

/// A value that nobody knows here. It stands alone, so that it can be nothing but a value.
const VALUE: &str = " 0 ";

/// The text that an expression makes, with a value in the place of what nobody knows; none where a name is missing.
fn text(expression: &[Token]) -> Option<String> {
    let mut made = String::new();
    let mut depth = Depth::default();
    let parts = expression.split(|token| {
        let is_between = depth.0 == 0 && *token == Token::StringConcat;
        depth.step(token);
        is_between
    });
    for part in parts {
        made += &piece(part)?;
    }
    Some(made)
}

fn literal(token: &Token) -> Option<String> {
    match token {
        Token::SingleQuotedString(text) | Token::EscapedStringLiteral(text) => Some(text.clone()),
        Token::DollarQuotedString(text) => Some(text.value.clone()),
        Token::Number(number, _) => Some(number.clone()),
        _ => None,
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn piece(part: &[Token]) -> Option<String> {
    match part {
        [] => None,
        [token] => Some(literal(token).unwrap_or_else(|| VALUE.to_owned())),
        [Token::LParen, inner @ .., Token::RParen] if is_one(inner) => text(inner),
        [Token::Word(name), Token::LParen, inner @ .., Token::RParen] if is_one(inner) => {
            call(&name.value.to_lowercase(), &arguments(inner))
        }
        _ => Some(VALUE.to_owned()),
    }
}

/// Whether the brackets around it are each other's.
fn is_one(inner: &[Token]) -> bool {
    let mut open = 0_i32;
    inner.iter().all(|token| {
        match token {
            Token::LParen => open += 1,
            Token::RParen => open -= 1,
            _ => {}
        }
        open >= 0
    })
}

fn arguments(inner: &[Token]) -> Vec<&[Token]> {
    let mut depth = Depth::default();
    inner
        .split(|token| {
            let is_between = depth.0 == 0 && *token == Token::Comma;
            depth.step(token);
            is_between
        })
        .collect()
}

/// What a function gives, where it is one of those that texts of SQL are made with.
fn call(name: &str, arguments: &[&[Token]]) -> Option<String> {
    let known = |at: usize| match arguments.get(at) {
        Some([token]) => literal(token),
        _ => None,
    };
    match name {
        "quote_ident" => known(0).map(|name| quoted(&name)),
        // The name of a sequence, whichever.
        "pg_get_serial_sequence" => Some("a_sequence".to_owned()),
        "format" => format(&known(0)?, known),
        _ => Some(VALUE.to_owned()),
    }
}

/// `format(text, …)` with `%I`, `%L`, `%s` and `%%` in their plain form.
fn format(pattern: &str, known: impl Fn(usize) -> Option<String>) -> Option<String> {
    let mut made = String::new();
    let mut letters = pattern.chars();
    let mut next = 1;
    while let Some(letter) = letters.next() {
        if letter != '%' {
            made.push(letter);
            continue;
        }
        let kind = letters.next()?;
        if kind == '%' {
            made.push('%');
            continue;
        }
        let argument = known(next);
        next += 1;
        match kind {
            'I' => made += &quoted(&argument?),
            'L' => made += VALUE,
            's' => made += &argument.unwrap_or_else(|| VALUE.to_owned()),
            _ => return None,
        }
    }
    Some(made)
}

#[cfg(test)]
mod tests {
    use sqlparser::dialect::PostgreSqlDialect;

    use super::*;

    /// What is read in a block: statements as they are printed, `unread`, and `|` where a transaction ends.
    fn said(block: &str) -> Vec<String> {
        let grammar = PostgreSqlDialect {};
        let tokens = tokens(block, &grammar).unwrap();
        let said = read(&tokens, &grammar).unwrap();
        assert_eq!(said[0], Said::Block);
        said[1..]
            .iter()
            .map(|said| match said {
                Said::Sql(statement) => statement.to_string(),
                Said::BlockEnds => "|".to_owned(),
                Said::Unread { .. } => "unread".to_owned(),
                other => format!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn a_guard() {
        let guard = "DO $guard$ BEGIN LOCK TABLE logs IN SHARE MODE; \
                     IF EXISTS (SELECT 1 FROM logs WHERE CASE WHEN a > 1 THEN true ELSE false END) THEN \
                     RAISE EXCEPTION 'a row is too long: %', 1 USING HINT = 'look'; END IF; END $guard$";
        assert_eq!(said(guard), ["LOCK TABLE logs IN SHARE MODE"]);
    }

    #[test]
    fn loops_and_branches_count_as_if_each_ran() {
        let block = "DO LANGUAGE plpgsql $$ DECLARE n integer := 0; r record; BEGIN \
                     FOR r IN DELETE FROM a RETURNING id LOOP n := n + 1; END LOOP; \
                     WHILE n < 10 LOOP UPDATE b SET x = 1 WHERE id = n; COMMIT; END LOOP; \
                     IF n = 1 THEN DROP TABLE c; ELSIF n = 2 THEN DROP TABLE d; ELSE DROP TABLE e; END IF; \
                     CASE n WHEN 1 THEN DROP TABLE f; ELSE NULL; END CASE; \
                     EXCEPTION WHEN unique_violation THEN DROP TABLE g; END $$";
        assert_eq!(
            said(block),
            [
                "DELETE FROM a RETURNING id",
                "UPDATE b SET x = 1 WHERE id = n",
                "|",
                "DROP TABLE c",
                "DROP TABLE d",
                "DROP TABLE e",
                "DROP TABLE f",
                "DROP TABLE g",
            ]
        );
    }

    #[test]
    fn what_is_put_into_variables_makes_no_table() {
        let block = "DO $$ BEGIN SELECT count(*) INTO STRICT n, r.m FROM a; INSERT INTO b VALUES (1) RETURNING id INTO n; \
                     PERFORM setval('s', 1); n = 2; END $$";
        assert_eq!(
            said(block),
            [
                "SELECT count(*) FROM a",
                "INSERT INTO b VALUES (1) RETURNING id",
                "SELECT setval('s', 1)"
            ]
        );
    }

    #[test]
    fn a_text_is_read_where_only_values_are_unknown() {
        let execute = |what: &str| said(&format!("DO $$ BEGIN EXECUTE {what}; END $$"));
        assert_eq!(execute("'DROP TABLE ' || 'users'"), ["DROP TABLE users"]);
        assert_eq!(execute("format('DROP TABLE %I', 'Users')"), ["DROP TABLE \"Users\""]);
        assert_eq!(
            execute("'DELETE FROM a WHERE id > ' || (SELECT max(id) FROM b)"),
            ["DELETE FROM a WHERE id > 0"]
        );
        assert_eq!(execute("'DROP TABLE ' || name"), ["unread"]);
        assert_eq!(execute("format('DROP TABLE %I', name)"), ["unread"]);
        assert_eq!(execute("'SELECT 1' || more"), ["unread"]);
        assert_eq!(execute("command USING 1"), ["unread"]);
    }

    #[test]
    fn another_language_is_not_read() {
        let grammar = PostgreSqlDialect {};
        let tokens = tokens("DO LANGUAGE plpython3u $$ drop() $$", &grammar).unwrap();
        assert_eq!(read(&tokens, &grammar), None);
    }
}
