//! Statements as a row of words, for what the parser does not read.

use sqlparser::{
    dialect::Dialect as Grammar,
    tokenizer::{Token, Tokenizer},
};

/// The tokens of a text without its spaces and comments; none where even those can't be told.
pub(super) fn tokens(sql: &str, grammar: &dyn Grammar) -> Option<Vec<Token>> {
    let tokens = Tokenizer::new(grammar, sql).tokenize().ok()?;
    Some(
        tokens
            .into_iter()
            .filter(|token| !matches!(token, Token::Whitespace(_) | Token::EOF))
            .collect(),
    )
}

/// The statements of a text, each as its tokens.
pub(super) fn split(tokens: Vec<Token>) -> Vec<Vec<Token>> {
    let mut all = vec![Vec::new()];
    for token in tokens {
        match (token, all.last_mut()) {
            (Token::SemiColon, _) => all.push(Vec::new()),
            (token, Some(last)) => last.push(token),
            (_, None) => {}
        }
    }
    all.retain(|statement| !statement.is_empty());
    all
}

/// The words of a statement: keywords and names as they mean, everything else as it stands.
pub(super) fn words(tokens: &[Token]) -> Vec<String> {
    tokens
        .iter()
        .map(|token| match token {
            Token::Word(word) if word.quote_style.is_none() => word.value.to_lowercase(),
            Token::Word(word) => word.value.clone(),
            other => other.to_string(),
        })
        .collect()
}

/// The functions that are called in a text.
pub(super) fn called(sql: &str, grammar: &dyn Grammar) -> Vec<String> {
    let tokens = tokens(sql, grammar).unwrap_or_default();
    tokens
        .windows(2)
        .filter_map(|pair| match pair {
            [Token::Word(word), Token::LParen] => Some(word.value.to_lowercase()),
            _ => None,
        })
        .collect()
}

/// Functions that give another value for every row or at every call (`pg_proc.provolatile = 'v'`, those in use).
const VOLATILE: &[&str] = &[
    "clock_timestamp",
    "gen_random_bytes",
    "gen_random_uuid",
    "nextval",
    "random",
    "randomblob",
    "setval",
    "timeofday",
    "uuid_generate_v1",
    "uuid_generate_v1mc",
    "uuid_generate_v4",
    "uuidv4",
    "uuidv7",
];

/// The first function in a text that gives another value at every call.
pub(super) fn volatile(sql: &str, grammar: &dyn Grammar) -> Option<String> {
    called(sql, grammar)
        .into_iter()
        .find(|name| VOLATILE.contains(&name.as_str()))
}
