//! Silences: what a person answered, on the spot or in the project's list.

use super::{
    Finding, Linted, Options, Script, Silenced,
    at::page,
    rules,
    source::{Silence, Source},
};

/// Takes in a step's findings: what is allowed goes to what was answered, and a silence that is none is found itself.
pub(super) fn settle(script: &Script, findings: Vec<Finding>, options: Options, linted: &mut Linted) {
    let source = script.source.as_deref().map(Source::read).unwrap_or_default();
    let mut used = vec![false; source.silences.len()];
    let mut used_entries = vec![false; script.allowed.len()];
    for mut finding in findings {
        finding.line = line_of(&finding, &source);
        let mut answers = source.silences.iter().zip(&mut used);
        let mut entries = script.allowed.iter().zip(&mut used_entries);
        let reason = if let Some((silence, is_used)) = answers.find(|(silence, _)| covers(silence, &finding)) {
            *is_used = true;
            silence.reason.clone()
        } else if let Some((entry, is_used)) = entries.find(|(entry, _)| entry.code == finding.code) {
            *is_used = true;
            entry.reason.trim().to_owned()
        } else {
            linted.findings.push(finding);
            continue;
        };
        linted.silenced.push(Silenced { finding, reason });
    }
    for (silence, is_used) in source.silences.iter().zip(used) {
        let codes = silence.codes.join(", ");
        if silence.reason.is_empty() {
            let message = format!("`allow({codes})` gives no reason; write it behind a colon");
            linted
                .findings
                .push(about(script, &rules::WITHOUT_REASON, message, Some(silence.line)));
        }
        if !is_used && silence.codes.iter().any(|code| is_asked(code, options)) {
            let message = format!("`allow({codes})` silences nothing{}", unknown(&silence.codes));
            linted
                .findings
                .push(about(script, &rules::UNUSED, message, Some(silence.line)));
        }
    }
    for (entry, is_used) in script.allowed.iter().zip(used_entries) {
        if entry.reason.trim().is_empty() {
            let message = format!("the project's `allow` of `{}` gives no reason", entry.code);
            linted
                .findings
                .push(about(script, &rules::WITHOUT_REASON, message, None));
        }
        if !is_used && is_asked(&entry.code, options) {
            let message = format!(
                "the project's `allow` of `{}` silences nothing{}",
                entry.code,
                unknown(std::slice::from_ref(&entry.code))
            );
            linted.findings.push(about(script, &rules::UNUSED, message, None));
        }
    }
}

/// Whether a rule was asked: one that is for another database could not find what it silences. One that there is not is as good as
/// asked.
fn is_asked(code: &str, options: Options) -> bool {
    rules::ALL
        .iter()
        .find(|rule| rule.code == code)
        .is_none_or(|rule| rule.concerns(options))
}

fn covers(silence: &Silence, finding: &Finding) -> bool {
    silence.codes.iter().any(|code| code == finding.code)
        && silence.about.as_ref().is_none_or(|call| call.names(&names(finding)))
}

fn names(finding: &Finding) -> Vec<&str> {
    finding
        .table
        .iter()
        .chain(&finding.object)
        .map(String::as_str)
        .collect()
}

/// The line of the call that sends the statement, as well as it can be told; else that of `fn up`.
fn line_of(finding: &Finding, source: &Source) -> Option<usize> {
    let names = names(finding);
    let call = source.calls.iter().find(|call| call.names(&names));
    call.map(|call| call.line).or(source.up)
}

fn unknown(codes: &[String]) -> String {
    let strange: Vec<String> = codes
        .iter()
        .filter(|code| rules::ALL.iter().all(|rule| rule.code != code.as_str()))
        .map(|code| format!("`{code}`"))
        .collect();
    match strange.len() {
        0 => String::new(),
        1 => format!(": no rule is called {}", strange[0]),
        _ => format!(": no rules are called {}", strange.join(", ")),
    }
}

/// A finding about a step as such.
pub(super) fn about(script: &Script, rule: &super::Rule, message: String, line: Option<usize>) -> Finding {
    Finding {
        code: rule.code,
        severity: rule.severity,
        step: script.step.clone(),
        statement: None,
        beginning: String::new(),
        table: None,
        object: None,
        lock: None,
        effect: None,
        message,
        explanation: rule.why.to_owned(),
        safe: None,
        helper: None,
        page: page(rule.code),
        file: script.file.clone(),
        line,
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        lint::{Allowance, Linted, Options, Script, lint},
        schema::Dialect,
    };

    #[test]
    fn a_silence_for_another_database_is_not_unused() {
        assert_eq!(
            codes(&linted("", &[("rebuilding-table", "small")])),
            ["ban-drop-column", "ban-drop-column"]
        );
    }

    fn linted(source: &str, allowed: &[(&str, &str)]) -> Linted {
        let mut script = Script::new(
            "m1",
            [
                "ALTER TABLE logs DROP COLUMN script_name",
                "ALTER TABLE logs DROP COLUMN script_type",
            ],
        );
        script.file = Some("migration/src/m1.rs".into());
        script.source = Some(source.to_owned());
        script.allowed = allowed
            .iter()
            .map(|(code, reason)| Allowance {
                code: (*code).to_owned(),
                reason: (*reason).to_owned(),
            })
            .collect();
        lint(&[script], &Options::of(Dialect::Postgres))
    }

    fn codes(linted: &Linted) -> Vec<&str> {
        linted.findings.iter().map(|finding| finding.code).collect()
    }

    const ONE: &str = "async fn up() {
    // seawright: allow(ban-drop-column): it was never read
    drop(Logs::Table, Logs::ScriptName);
    drop(Logs::Table, Logs::ScriptType);
}";

    #[test]
    fn a_silence_in_up_is_about_the_next_call() {
        let linted = linted(ONE, &[]);
        assert_eq!(codes(&linted), ["ban-drop-column"]);
        assert_eq!(linted.findings[0].object.as_deref(), Some("script_type"));
        assert_eq!(linted.findings[0].line, Some(4));
        assert_eq!(linted.silenced.len(), 1);
        assert_eq!(linted.silenced[0].reason, "it was never read");
    }

    #[test]
    fn a_silence_elsewhere_is_about_the_step() {
        let linted = linted("// seawright: allow(ban-drop-column): both were never read\n", &[]);
        assert_eq!(codes(&linted), [""; 0]);
        assert_eq!(linted.silenced.len(), 2);
    }

    #[test]
    fn a_silence_needs_a_reason_and_something_to_silence() {
        let without = linted("// seawright: allow(ban-drop-column)\n", &[]);
        assert_eq!(codes(&without), ["silence-without-reason"]);
        let unused = linted(
            "// seawright: allow(ban-drop-column): gone\n// seawright: allow(ban-drop-colunm): a slip\n",
            &[],
        );
        assert_eq!(codes(&unused), ["unused-silence"]);
        assert!(
            unused.findings[0]
                .message
                .ends_with("no rule is called `ban-drop-colunm`")
        );
        assert_eq!(unused.findings[0].line, Some(2));
    }

    #[test]
    fn the_project_s_list_works_without_sources() {
        let listed = linted("", &[("ban-drop-column", "landed before there was a linter")]);
        assert_eq!(codes(&listed), [""; 0]);
        let unused = linted(
            "// seawright: allow(ban-drop-column): gone\n",
            &[("ban-drop-table", "")],
        );
        assert_eq!(codes(&unused), ["silence-without-reason", "unused-silence"]);
    }
}
