//! What a statement says.

use sqlparser::{
    ast::Statement,
    dialect::{Dialect as Grammar, MySqlDialect, PostgreSqlDialect, SQLiteDialect},
    parser::Parser,
    tokenizer::Token,
};

use super::{
    block,
    words::{split, tokens, words},
};
use crate::schema::Dialect;

/// A statement, read.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Said {
    /// As the parser reads it.
    Sql(Box<Statement>),
    /// `REINDEX`, which the parser does not know.
    Reindex {
        /// `index`, `table`, `schema`, `database`, `system`.
        kind: String,
        name: String,
        concurrently: bool,
    },
    /// `CLUSTER`.
    Cluster(Option<String>),
    /// `VACUUM`, with whether it is a full one.
    Vacuum { is_full: bool, table: Option<String> },
    /// `DROP INDEX`, of which the parser knows no CONCURRENTLY.
    DropIndex {
        names: Vec<String>,
        concurrently: bool,
        cascades: bool,
    },
    /// `DETACH PARTITION`.
    Detach { table: String, concurrently: bool },
    /// What the parser can't read and is known to harm nobody, with the type that it makes.
    Harmless { makes: Option<String> },
    /// The beginning of a DO block: what it says stands behind it, in the same message.
    Block,
    /// The end of a transaction within a block, which begins the next one by itself.
    BlockEnds,
    /// What the parser can't read: its words, and why.
    Unread { words: Vec<String>, why: String },
}

pub(super) fn grammar(dialect: Dialect) -> &'static dyn Grammar {
    match dialect {
        Dialect::Postgres => &PostgreSqlDialect {},
        Dialect::Sqlite => &SQLiteDialect {},
        Dialect::Mysql => &MySqlDialect {},
    }
}

/// The statements of a text.
pub(super) fn read(sql: &str, dialect: Dialect) -> Vec<Said> {
    // The emitter's backfill: it writes along the key, some thousand rows a transaction, and locks no more than those.
    if sql.starts_with("DO $fill$ ") {
        return vec![Said::Harmless { makes: None }];
    }
    read_by(sql, grammar(dialect))
}

pub(super) fn read_by(sql: &str, grammar: &dyn Grammar) -> Vec<Said> {
    let Some(tokens) = tokens(sql, grammar) else {
        return vec![Said::Unread {
            words: Vec::new(),
            why: "it is no row of words".to_owned(),
        }];
    };
    split(tokens)
        .into_iter()
        .flat_map(|tokens| block::read(&tokens, grammar).unwrap_or_else(|| vec![one(tokens, grammar)]))
        .collect()
}

pub(super) fn one(tokens: Vec<Token>, grammar: &dyn Grammar) -> Said {
    let spelled = words(&tokens);
    if let Some(said) = maintenance(&spelled) {
        return said;
    }
    let parsed = |tokens: Vec<Token>| Parser::new(grammar).with_tokens(tokens).parse_statements();
    let outcome = parsed(tokens.clone()).or_else(|error| parsed(without_sizes(tokens)).map_err(|_| error));
    match outcome.map(|mut statements| (statements.pop(), statements.is_empty())) {
        Ok((Some(statement), true)) => Said::Sql(Box::new(statement)),
        Ok(_) => Said::Unread {
            words: spelled,
            why: "it is not one statement".to_owned(),
        },
        Err(error) => harmless(&spelled).unwrap_or_else(|| Said::Unread {
            words: spelled,
            why: error.to_string(),
        }),
    }
}

/// Forms that the emitter writes and the parser lacks: new names for indexes and whatever changes of sequences, which take a
/// moment, and enumerations whose values are spelled with escapes.
fn harmless(words: &[String]) -> Option<Said> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        // DROP EXPRESSION keeps the values and changes the catalogue only.
        ["alter", "index", .., "rename", "to", _]
        | ["alter", "sequence", ..]
        | ["alter", "table", .., "drop", "expression"] => Some(Said::Harmless { makes: None }),
        ["create", "type", name, "as", "enum", ..] => Some(Said::Harmless {
            makes: Some(name.to_owned()),
        }),
        _ => None,
    }
}

/// sea-query spells a decimal `real(12, 2)` on SQLite, which takes any words for a type and the parser does not.
fn without_sizes(tokens: Vec<Token>) -> Vec<Token> {
    let mut left = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let is_real = matches!(&token, Token::Word(word) if word.quote_style.is_none() && word.value.eq_ignore_ascii_case("real"));
        left.push(token);
        if is_real && tokens.peek() == Some(&Token::LParen) {
            for token in tokens.by_ref() {
                if token == Token::RParen {
                    break;
                }
            }
        }
    }
    left
}

/// What is not in the parser's grammar and matters here.
fn maintenance(words: &[String]) -> Option<Said> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let is_word = |word: &&&str| word.chars().all(|sign| sign.is_alphanumeric() || sign == '_');
    // Options in parentheses before the name: `(FULL, ANALYZE)`.
    let (options, rest): (&[&str], &[&str]) = match words.get(1) {
        Some(&"(") => {
            let end = words.iter().position(|word| *word == ")")?;
            (&words[2..end], &words[end + 1..])
        }
        _ => (&[], words.get(1..).unwrap_or_default()),
    };
    match *words.first()? {
        "reindex" => {
            let concurrently = options.contains(&"concurrently") || rest.contains(&"concurrently");
            let mut names = rest.iter().filter(|word| **word != "concurrently");
            Some(Said::Reindex {
                kind: (*names.next()?).to_owned(),
                name: names.next_back().copied().unwrap_or_default().to_owned(),
                concurrently,
            })
        }
        "cluster" => Some(Said::Cluster(
            rest.iter()
                .filter(is_word)
                .find(|word| **word != "verbose")
                .map(|word| (*word).to_owned()),
        )),
        "vacuum" => {
            let flags = ["full", "freeze", "verbose", "analyze"];
            Some(Said::Vacuum {
                is_full: options.contains(&"full") || rest.first() == Some(&"full"),
                table: rest
                    .iter()
                    .filter(is_word)
                    .find(|word| !flags.contains(word))
                    .map(|word| (*word).to_owned()),
            })
        }
        "drop" if words.get(1) == Some(&"index") => {
            let mut names = Vec::new();
            for list in words[2..].split(|word| *word == ",") {
                let mut named = list
                    .iter()
                    .filter(|word| !["concurrently", "if", "exists", "cascade", "restrict"].contains(word));
                names.push((*named.next_back()?).to_owned());
            }
            Some(Said::DropIndex {
                names,
                concurrently: words[2] == "concurrently",
                cascades: words.last() == Some(&"cascade"),
            })
        }
        "alter" if words.get(1) == Some(&"table") => {
            let at = words.windows(2).position(|pair| pair == ["detach", "partition"])?;
            Some(Said::Detach {
                table: words[at - 1].to_owned(),
                concurrently: words.contains(&"concurrently") || words.contains(&"finalize"),
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_of_several_statements() {
        let said = read(
            "SET LOCAL lock_timeout = '50ms'; ALTER TABLE a DROP COLUMN b",
            Dialect::Postgres,
        );
        assert_eq!(said.len(), 2);
        assert!(matches!(&said[1], Said::Sql(statement) if matches!(**statement, Statement::AlterTable(_))));
    }

    #[test]
    fn maintenance_is_read() {
        let one = |sql: &str| read(sql, Dialect::Postgres).remove(0);
        assert_eq!(
            one("REINDEX (VERBOSE) TABLE CONCURRENTLY public.logs"),
            Said::Reindex {
                kind: "table".into(),
                name: "logs".into(),
                concurrently: true
            }
        );
        assert_eq!(
            one(r#"DROP INDEX CONCURRENTLY IF EXISTS public."idx_A", b"#),
            Said::DropIndex {
                names: vec!["idx_A".into(), "b".into()],
                concurrently: true,
                cascades: false
            }
        );
        assert_eq!(one("CLUSTER logs USING logs_pkey"), Said::Cluster(Some("logs".into())));
        assert_eq!(
            one("VACUUM (FULL, ANALYZE) logs"),
            Said::Vacuum {
                is_full: true,
                table: Some("logs".into())
            }
        );
        assert_eq!(
            one("ALTER TABLE logs DETACH PARTITION logs_2024 CONCURRENTLY"),
            Said::Detach {
                table: "logs".into(),
                concurrently: true
            }
        );
    }

    #[test]
    fn what_nobody_can_read() {
        assert!(matches!(
            &read("DO $$ BEGIN EXECUTE command; END $$", Dialect::Postgres)[..],
            [Said::Block, Said::Unread { .. }]
        ));
        assert!(matches!(
            &read("CREATE TABLE a (b real(12, 2))", Dialect::Sqlite)[..],
            [Said::Sql(_)]
        ));
    }
}
