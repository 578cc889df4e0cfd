//! What a person reads of findings.

use std::fmt::Write as _;

use super::{Effect, Finding, Linted, Severity};

/// The findings as text for people.
pub fn report(linted: &Linted) -> String {
    let mut text = String::new();
    for finding in &linted.findings {
        text += &block(finding);
        text.push('\n');
    }
    let (errors, warnings) = (linted.count(Severity::Error), linted.count(Severity::Warning));
    let silenced = match linted.silenced.len() {
        0 => String::new(),
        count => format!("; {count} silenced, each with its reason"),
    };
    let steps = counted(linted.steps, "step");
    if linted.findings.is_empty() {
        let _ = writeln!(text, "Nothing dangerous in {steps}{silenced}.");
    } else {
        let _ = writeln!(
            text,
            "{} and {} in {steps}{silenced}.",
            counted(errors, "error"),
            counted(warnings, "warning")
        );
    }
    text
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn place(finding: &Finding) -> String {
    let statement = finding
        .statement
        .map_or_else(String::new, |number| format!(", statement {number}"));
    format!("{}{statement}", finding.step)
}

fn block(finding: &Finding) -> String {
    let mut text = format!(
        "{}[{}] {}: {}\n",
        finding.severity,
        finding.code,
        place(finding),
        finding.message
    );
    if !finding.beginning.is_empty() {
        let _ = writeln!(text, "    {}", finding.beginning);
    }
    if let (Some(file), Some(line)) = (&finding.file, finding.line) {
        let _ = writeln!(text, "  at    {file}:{line}");
    }
    if let Some(lock) = lock_text(finding) {
        let _ = writeln!(text, "  lock  {lock}");
    }
    for (head, content) in [
        ("why ", Some(&finding.explanation)),
        ("safe", finding.safe.as_ref()),
        ("rust", finding.helper.as_ref()),
        ("page", Some(&finding.page)),
    ] {
        let Some(content) = content else { continue };
        let mut head = head;
        for line in content.lines().flat_map(|line| wrapped(line, 110)) {
            let _ = writeln!(text, "  {head}  {line}");
            head = "    ";
        }
    }
    text
}

fn lock_text(finding: &Finding) -> Option<String> {
    let table = finding.table.as_ref()?;
    let effect = match finding.effect {
        Some(Effect::Scans) => "reads all of it",
        Some(Effect::Rewrites) => "writes all of it anew",
        None => "",
    };
    match (finding.lock, effect) {
        (Some(lock), "") => Some(format!("{lock} on `{table}`")),
        (Some(lock), effect) => Some(format!("{lock} on `{table}`, and {effect}")),
        (None, "") => None,
        (None, effect) => Some(format!("none that stops others on `{table}`, but it {effect}")),
    }
}

/// The lines of a paragraph.
pub(super) fn wrapped(line: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in line.split(' ') {
        if let Some(last) = lines.last_mut()
            && (last.is_empty() || last.chars().count() + 1 + word.chars().count() <= width)
        {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

/// A line a finding, for those who show them beside something else.
pub fn lines(findings: &[Finding]) -> Vec<String> {
    findings
        .iter()
        .map(|finding| {
            let statement = finding
                .statement
                .map_or_else(String::new, |number| format!(" at statement {number}"));
            format!("{}[{}]{statement}: {}", finding.severity, finding.code, finding.message)
        })
        .collect()
}

/// The findings as the annotations of a GitHub workflow (its manual: workflow commands).
pub fn annotations(linted: &Linted) -> String {
    let mut text = String::new();
    for finding in &linted.findings {
        let mut properties = Vec::new();
        if let Some(file) = &finding.file {
            properties.push(format!("file={}", property(file)));
        }
        if let Some(line) = finding.line {
            properties.push(format!("line={line}"));
        }
        properties.push(format!("title={}", property(finding.code)));
        let safe = finding
            .safe
            .as_ref()
            .map_or_else(String::new, |safe| format!("\n{safe}"));
        let _ = writeln!(
            text,
            "::{} {}::{}",
            finding.severity,
            properties.join(","),
            message(&format!("{}: {}{safe}", place(finding), finding.message))
        );
    }
    text
}

fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        lint::{Options, Script, lint},
        schema::Dialect,
    };

    fn one() -> Linted {
        let mut script = Script::new("m1_logs", ["CREATE INDEX idx ON logs (job_id)"]);
        script.file = Some("migration/src/m1_logs.rs".into());
        script.source =
            Some("async fn up() {\n    x;\n    execute(\"CREATE INDEX idx ON logs (job_id)\");\n}\n".into());
        lint(&[script], &Options::of(Dialect::Postgres))
    }

    #[test]
    fn an_annotation_is_one_line() {
        let text = annotations(&one());
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(text.starts_with(
            "::error file=migration/src/m1_logs.rs,line=3,title=require-concurrent-index-creation::m1_logs, statement 1: "
        ), "{text}");
    }

    #[test]
    fn no_line_is_longer_than_a_screen() {
        let text = report(&one());
        assert!(text.lines().all(|line| line.chars().count() <= 130), "{text}");
        assert!(text.ends_with("1 error and 0 warnings in 1 step.\n"), "{text}");
    }
}
