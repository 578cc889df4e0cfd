//! How two accounts that databases gave of themselves differ.

use sqlparser::{
    dialect::PostgreSqlDialect,
    tokenizer::{Token, Tokenizer, Whitespace},
};

/// How two accounts differ; what only tells of something else than the schema is left out.
///
/// PostgreSQL does not always print of an expression that it has printed what it printed before: casts to text change their
/// places, and with them the parentheses around what is one thing anyway. Lines that differ in nothing else are one.
/// Parentheses that group what would be grouped otherwise without them are a difference.
pub(super) fn catalogs_differ(expected: &[String], found: &[String], leave_out: impl Fn(&str) -> bool) -> Vec<String> {
    let of = |lines: &[String]| -> Vec<(String, String)> {
        let kept = lines.iter().filter(|line| !leave_out(line));
        kept.map(|line| (bare(line), line.clone())).collect()
    };
    let (expected, found) = (of(expected), of(found));
    let lacks = |lines: &[(String, String)], bare: &str| !lines.iter().any(|(other, _)| other == bare);
    let missing = expected
        .iter()
        .filter(|(bare, _)| lacks(&found, bare))
        .map(|(_, line)| line);
    let extra = found
        .iter()
        .filter(|(bare, _)| lacks(&expected, bare))
        .map(|(_, line)| line);
    missing
        .map(|line| format!("missing: {line}"))
        .chain(extra.map(|line| format!("not in the backup: {line}")))
        .collect()
}

/// A token, or what stands in parentheses or brackets.
#[derive(Clone, Debug, PartialEq)]
enum Node {
    One(Token),
    Group(char, Vec<Node>),
}

/// A line without what only looks different; as it stands where it is no row of words.
fn bare(line: &str) -> String {
    let Ok(tokens) = Tokenizer::new(&PostgreSqlDialect {}, line).tokenize() else {
        return line.to_owned();
    };
    let spaces = [Whitespace::Space, Whitespace::Newline, Whitespace::Tab];
    let mut tokens = tokens
        .into_iter()
        .filter(|token| !matches!(token, Token::Whitespace(space) if spaces.contains(space)))
        .peekable();
    let mut text = String::new();
    // A closing sign too many ends a group that was never begun; what follows goes on.
    while tokens.peek().is_some() {
        print(&simple(&nodes(&mut tokens)), &mut text);
        text.push('|');
    }
    text
}

/// The nodes up to the end of the group.
fn nodes(tokens: &mut impl Iterator<Item = Token>) -> Vec<Node> {
    let mut all = Vec::new();
    while let Some(token) = tokens.next() {
        match token {
            Token::LParen => all.push(Node::Group('(', nodes(tokens))),
            Token::LBracket => all.push(Node::Group('[', nodes(tokens))),
            Token::RParen | Token::RBracket => break,
            token => all.push(Node::One(token)),
        }
    }
    all
}

fn is_word(node: Option<&Node>, words: &[&str]) -> bool {
    matches!(node, Some(Node::One(Token::Word(word))) if word.quote_style.is_none() && words.iter().any(|one| word.value.eq_ignore_ascii_case(one)))
}

/// Without casts to text, and without parentheses around one thing.
fn simple(mut nodes: &[Node]) -> Vec<Node> {
    let mut left: Vec<Node> = Vec::new();
    while let [node, rest @ ..] = nodes {
        if let Some(length) = cast_to_text(nodes) {
            nodes = &nodes[length..];
            continue;
        }
        nodes = rest;
        let Node::Group(sign, inner) = node else {
            left.push(node.clone());
            continue;
        };
        let mut inner = simple(inner);
        // Two pairs around the same are one.
        while let [Node::Group('(', _)] = &inner[..]
            && *sign == '('
            && let Some(Node::Group(_, within)) = inner.pop()
        {
            inner = within;
        }
        if *sign == '(' && is_one(&inner) && !is_called(left.last()) {
            left.extend(inner);
        } else {
            left.push(Node::Group(*sign, inner));
        }
    }
    left
}

/// How long a cast is that stands there, if it is one to text of any length: another may cut values.
fn cast_to_text(nodes: &[Node]) -> Option<usize> {
    if nodes.first() != Some(&Node::One(Token::DoubleColon)) {
        return None;
    }
    let mut length = match (
        is_word(nodes.get(1), &["text", "varchar"]),
        is_word(nodes.get(1), &["character"]) && is_word(nodes.get(2), &["varying"]),
    ) {
        (true, _) => 2,
        (_, true) => 3,
        _ => return None,
    };
    if matches!(nodes.get(length), Some(Node::Group('(', _))) {
        return None;
    }
    if matches!(nodes.get(length), Some(Node::Group('[', inner)) if inner.is_empty()) {
        length += 1;
    }
    Some(length)
}

/// A name or a value, a call, an array.
fn is_one(nodes: &[Node]) -> bool {
    match nodes {
        [Node::One(Token::Word(_) | Token::Number(..) | Token::SingleQuotedString(_))] => true,
        [Node::One(Token::Word(_)), Node::Group(..)] => !is_word(nodes.first(), OPERATORS),
        _ => false,
    }
}

/// Words that are no names of what parentheses behind them belong to.
const OPERATORS: &[&str] = &[
    "and", "or", "not", "when", "then", "else", "is", "like", "ilike", "between", "from", "where",
];

/// Whether parentheses behind it are its own: of a function, a list, a keyword that needs them.
fn is_called(before: Option<&Node>) -> bool {
    match before {
        Some(Node::One(Token::Word(_))) => !is_word(before, OPERATORS),
        Some(Node::Group('(', _)) => true,
        _ => false,
    }
}

fn print(nodes: &[Node], text: &mut String) {
    for node in nodes {
        match node {
            Node::One(token) => {
                text.push_str(&token.to_string());
                text.push(' ');
            }
            Node::Group(sign, inner) => {
                text.push(*sign);
                print(inner, text);
                text.push(if *sign == '(' { ')' } else { ']' });
                text.push(' ');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn differ(one: &str, other: &str) -> bool {
        !catalogs_differ(&[one.to_owned()], &[other.to_owned()], |_| false).is_empty()
    }

    #[test]
    fn casts_to_text_and_the_parentheses_around_one_thing_say_nothing() {
        for (one, other) in [
            (
                "constraint c of t: CHECK (((status)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[])))",
                "constraint c of t: CHECK (((status)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text])))",
            ),
            (
                "index CREATE INDEX i ON public.t USING btree (lower((name)::text)), comment -",
                "index CREATE INDEX i ON public.t USING btree (lower(name)), comment -",
            ),
            (
                "constraint c of t: CHECK ((length((code)::text) > 3))",
                "constraint c of t: CHECK ((length(code) > 3))",
            ),
            (
                "constraint c of t: CHECK ((NOT (a)))",
                "constraint c of t: CHECK (NOT a)",
            ),
        ] {
            assert!(!differ(one, other), "{}\n{}", bare(one), bare(other));
        }
    }

    #[test]
    fn what_groups_is_a_difference() {
        for (one, other) in [
            (
                "constraint c of t: CHECK (((a OR b) AND c))",
                "constraint c of t: CHECK ((a OR (b AND c)))",
            ),
            ("column t.a: default ((1 + 2) * 3)", "column t.a: default (1 + (2 * 3))"),
            (
                "constraint c of t: CHECK ((NOT (a OR b)))",
                "constraint c of t: CHECK (((NOT a) OR b))",
            ),
            (
                "column t.a: default 'abc'::character varying(2)",
                "column t.a: default 'abc'::character varying",
            ),
            ("constraint c of t: UNIQUE (a, b)", "constraint c of t: UNIQUE (ab)"),
            ("column t.a: default ''::text", "column t.a: default ' '::text"),
            ("column t.a: default '(a)'::text", "column t.a: default 'a'::text"),
            ("column t.a: type text[]", "column t.a: type text"),
            (
                "constraint c of t: CHECK ((a = ANY (b)))",
                "constraint c of t: CHECK ((a = ANY b))",
            ),
        ] {
            assert!(differ(one, other), "{}", bare(one));
        }
    }

    #[test]
    fn no_line_is_too_strange() {
        for line in ["comment it's (odd", ")) (a", "", "$$"] {
            assert!(!differ(line, line));
        }
        assert!(differ("comment a) b", "comment a) c"));
    }
}
