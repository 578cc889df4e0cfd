//! A step's source, as far as silences and lines need it: no parser, since the room is compiled without one.

use std::collections::BTreeSet;

/// A comment that allows something: `// seawright: allow(code, …): reason`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Silence {
    /// Its line, from 1.
    pub(super) line: usize,
    pub(super) codes: Vec<String>,
    pub(super) reason: String,
    /// The Rust statement that it stands before; without one it is about the whole step.
    pub(super) about: Option<Call>,
}

/// A statement of `fn up`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Call {
    /// Its first line, from 1.
    pub(super) line: usize,
    words: BTreeSet<String>,
}

impl Call {
    /// Whether it speaks of all of that.
    pub(super) fn names(&self, names: &[&str]) -> bool {
        !names.is_empty()
            && names
                .iter()
                .all(|name| split_words(name).all(|word| self.words.contains(&word)) || self.words.contains(*name))
    }
}

/// What was read of a source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) silences: Vec<Silence>,
    pub(super) calls: Vec<Call>,
    /// The line of `fn up`.
    pub(super) up: Option<usize>,
}

const MARK: &str = "seawright: allow(";

impl Source {
    pub(super) fn read(text: &str) -> Self {
        let code = code_only(text);
        let body = body_of_up(&code);
        let up = body.map(|(start, _)| line_of(&code, start));
        let calls = body.map_or_else(Vec::new, |(start, end)| calls(text, &code, start, end));
        let within = body.map(|(start, end)| (line_of(&code, start), line_of(&code, end)));
        let mut silences = Vec::new();
        for (at, line) in text.lines().enumerate() {
            let Some((codes, rest)) = line
                .trim_start()
                .strip_prefix("//")
                .and_then(|comment| comment.trim_start_matches('/').trim_start().strip_prefix(MARK))
                .and_then(|rest| rest.split_once(')'))
            else {
                continue;
            };
            let line = at + 1;
            let is_within = within.is_some_and(|(first, last)| line > first && line < last);
            let about = calls.iter().find(|call| is_within && call.line > line).cloned();
            silences.push(Silence {
                line,
                codes: codes.split(',').map(|code| code.trim().to_owned()).collect(),
                reason: rest
                    .trim_start()
                    .strip_prefix(':')
                    .unwrap_or_default()
                    .trim()
                    .to_owned(),
                about,
            });
        }
        Self { silences, calls, up }
    }
}

/// The text with its comments and the insides of its strings blanked, byte for byte.
fn code_only(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut code = bytes.to_vec();
    let mut at = 0;
    let blank = |code: &mut Vec<u8>, from: usize, to: usize| {
        for byte in &mut code[from..to] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
    };
    let ends = |from: usize, end: &str| {
        text.get(from..)
            .and_then(|rest| rest.find(end))
            .map_or(bytes.len(), |at| from + at)
    };
    while at < bytes.len() {
        let rest = &bytes[at..];
        if rest.starts_with(b"//") {
            let end = ends(at, "\n");
            blank(&mut code, at, end);
            at = end;
        } else if rest.starts_with(b"/*") {
            let end = (ends(at, "*/") + 2).min(bytes.len());
            blank(&mut code, at, end);
            at = end;
        } else if rest.starts_with(b"r\"") || rest.starts_with(b"r#") {
            let hashes = rest[1..].iter().take_while(|byte| **byte == b'#').count();
            if rest.get(1 + hashes) == Some(&b'"') {
                let start = at + 2 + hashes;
                let end = ends(start, &format!("\"{}", "#".repeat(hashes)));
                blank(&mut code, start, end);
                at = (end + 1 + hashes).min(bytes.len());
            } else {
                at += 2;
            }
        } else if rest[0] == b'"' {
            let start = at + 1;
            let mut end = start;
            while end < bytes.len() && bytes[end] != b'"' {
                end += if bytes[end] == b'\\' { 2 } else { 1 };
            }
            let end = end.min(bytes.len());
            blank(&mut code, start, end);
            at = end + 1;
        } else if rest.starts_with(b"'{'") || rest.starts_with(b"'}'") || rest.starts_with(b"'\"'") {
            blank(&mut code, at, at + 3);
            at += 3;
        } else {
            at += 1;
        }
    }
    // Only whole characters were blanked, each by as many spaces as it had bytes.
    String::from_utf8(code).unwrap_or_default()
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// Where the body of `fn up` begins and ends: its braces.
fn body_of_up(code: &str) -> Option<(usize, usize)> {
    let at = code.find("fn up(")?;
    let start = at + code[at..].find('{')?;
    let mut depth = 0_usize;
    for (offset, sign) in code[start..].char_indices() {
        match sign {
            '{' => depth += 1,
            '}' => {
                depth -= 1;
                if depth == 0 {
                    return Some((start, start + offset));
                }
            }
            _ => {}
        }
    }
    None
}

fn calls(text: &str, code: &str, start: usize, end: usize) -> Vec<Call> {
    let mut all = Vec::new();
    let mut depth = 0_usize;
    let mut first: Option<usize> = None;
    let body = start + 1..end;
    for (offset, sign) in code[body.clone()].char_indices() {
        let at = body.start + offset;
        if first.is_none() && !sign.is_whitespace() {
            first = Some(at);
        }
        match sign {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        let next = code[at + sign.len_utf8()..end].trim_start().chars().next();
        let is_block_end = sign == '}' && !matches!(next, Some('.' | '?' | ';' | ')' | ',') | None);
        if depth == 0
            && (sign == ';' || is_block_end || next.is_none())
            && let Some(from) = first.take()
        {
            let spoken = &text[from..at + sign.len_utf8()];
            all.push(Call {
                line: line_of(code, from),
                words: split_words(spoken).collect(),
            });
        }
    }
    all
}

/// The words of a text, in lower case and with `CamelCase` spelled `camel_case`.
fn split_words(text: &str) -> impl Iterator<Item = String> {
    text.split(|sign: char| !(sign.is_alphanumeric() || sign == '_'))
        .filter(|word| !word.is_empty())
        .map(snake)
}

fn snake(word: &str) -> String {
    let mut spelled = String::new();
    let mut was_lower = false;
    for sign in word.chars() {
        if sign.is_uppercase() && was_lower {
            spelled.push('_');
        }
        was_lower = sign.is_lowercase() || sign.is_numeric();
        spelled.extend(sign.to_lowercase());
    }
    spelled
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = r#"
//! A step.
// seawright: allow(ban-drop-column): nobody reads it, see {issue 7}

impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table(Logs::Table).rename_column(Logs::ScriptName, Logs::EventName)).await?;
        // seawright: allow(renaming-column, unread-statement): the other program does not read `script_type`
        manager
            .alter_table(Table::alter().table(Logs::Table).rename_column(Logs::ScriptType, Logs::EventType))
            .await?;
        for sql in ["UPDATE users SET name = '}'", r"DELETE FROM sessions"] {
            manager.execute_unprepared(sql).await?;
        }
        // seawright: allow(ban-drop-table)
        Ok(())
    }
}
"#;

    #[test]
    fn silences_are_about_what_follows_them() {
        let source = Source::read(SOURCE);
        assert_eq!(source.up, Some(6));
        let lines: Vec<usize> = source.calls.iter().map(|call| call.line).collect();
        assert_eq!(lines, [7, 9, 12, 16]);
        let [whole, column, bare] = &source.silences[..] else {
            panic!("{:?}", source.silences)
        };
        assert_eq!((whole.line, whole.about.is_none()), (3, true));
        assert_eq!(whole.reason, "nobody reads it, see {issue 7}");
        assert_eq!(column.codes, ["renaming-column", "unread-statement"]);
        let about = column.about.as_ref().unwrap();
        assert!(about.names(&["logs", "script_type"]));
        assert!(!about.names(&["logs", "script_name"]));
        assert_eq!(bare.reason, "");
        assert!(source.calls[2].names(&["sessions"]) && source.calls[2].names(&["users"]));
    }

    #[test]
    fn words_of_identifiers() {
        assert_eq!(snake("ConditionalActions"), "conditional_actions");
        assert_eq!(snake("idx_logs"), "idx_logs");
        assert_eq!(snake("JobId2"), "job_id2");
    }
}
