//! What `lint` finds in a migration that is about to be written, and the answers that are known by then: they stand in its
//! source, as a person would give them, so that what is generated passes `check` and whoever reviews it reads why.

use crate::{
    diff::{Decisions, diff},
    emit::{Form, Part, statements},
    history::Result,
    lint::{Finding, Options, Script, Severity, lint},
    schema::{Dialect, Schema},
};

/// An answer to a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) code: &'static str,
    pub(super) reason: &'static str,
}

/// What was agreed to when the migration was asked for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Agreed {
    /// That values may be lost.
    pub(super) loss: bool,
    /// That a rename comes in steps.
    pub(super) in_steps: bool,
}

/// What is found in a migration on the project's databases, the answers that are known, and what is left to a person.
pub(super) fn answered(
    part: &Part,
    name: &str,
    databases: &[Dialect],
    agreed: Agreed,
) -> Result<(Vec<Answer>, Vec<Finding>)> {
    let mut answers: Vec<Answer> = Vec::new();
    let mut open = Vec::new();
    for dialect in databases {
        let sent = statements(&part.plan, *dialect, part.form)?;
        let findings = lint(
            &[before(part, *dialect), script(part, name, sent.clone())],
            &Options::of(*dialect),
        )
        .findings;
        let is_slow = findings
            .iter()
            .any(|finding| finding.effect.is_some() || is_severe(finding, agreed));
        for finding in findings {
            match reason(&finding, part.form, is_slow, &sent, agreed) {
                Some(reason) => {
                    let answer = Answer {
                        code: finding.code,
                        reason,
                    };
                    if !answers.contains(&answer) {
                        answers.push(answer);
                    }
                }
                None => open.push(finding),
            }
        }
    }
    Ok((answers, open))
}

/// The tables as they are before it, as a script that is only read.
fn before(part: &Part, dialect: Dialect) -> Script {
    let sent = diff(&Schema::default(), &part.plan.before, &mut Decisions::default())
        .ok()
        .and_then(|plan| statements(&plan, dialect, Form::Whole).ok())
        .unwrap_or_default();
    Script {
        is_linted: false,
        ..Script::new("before", sent)
    }
}

fn script(part: &Part, name: &str, sent: Vec<String>) -> Script {
    Script {
        in_transaction: part.form != Form::Online,
        ..Script::new(name, sent)
    }
}

/// Whether it is an error that nobody has agreed to: whatever it is, it may take long.
fn is_severe(finding: &Finding, agreed: Agreed) -> bool {
    let is_agreed = is_drop(finding) && (agreed.loss || agreed.in_steps);
    finding.severity == Severity::Error && !is_agreed
}

fn is_drop(finding: &Finding) -> bool {
    matches!(finding.code, "ban-drop-column" | "ban-drop-table")
}

/// Why a finding is no danger, where that is known.
fn reason(finding: &Finding, form: Form, is_slow: bool, sent: &[String], agreed: Agreed) -> Option<&'static str> {
    match finding.code {
        "strong-locks-in-one-transaction" if !is_slow => {
            Some("no row is read or written, so the locks are held for a moment, in tries of 100 ms")
        }
        "losing-values" => Some("agreed to with --on-loss when it was generated"),
        "rebuilding-table" => Some("SQLite makes this change in no other way"),
        "enum-value-in-transaction" if !is_used_at_once(finding, sent) => {
            Some("no statement of this transaction uses the value")
        }
        _ if is_drop(finding) && agreed.in_steps && form == Form::Gated => {
            Some("the contraction of a rename in steps: apply it when no program uses the old name")
        }
        _ if is_drop(finding) && agreed.loss => Some("agreed to with --allow-destructive when it was generated"),
        _ => None,
    }
}

/// Whether another statement names the value that this one adds.
fn is_used_at_once(finding: &Finding, sent: &[String]) -> bool {
    let at = finding.statement.unwrap_or_default().saturating_sub(1);
    let value = sent.get(at).and_then(|sql| sql.split('\'').nth(1)).unwrap_or_default();
    let literal = format!("'{value}'");
    sent.iter()
        .enumerate()
        .any(|(other, sql)| other != at && sql.contains(&literal))
}

/// The source with the answers before its migration.
pub(super) fn written(text: &str, answers: &[Answer]) -> String {
    let Some(place) = text.find("pub struct Migration;") else {
        return text.to_owned();
    };
    // Before its documentation.
    let mut start = text[..place].rfind('\n').map_or(0, |at| at + 1);
    while let Some(line) = text[..start].lines().next_back().filter(|line| line.starts_with("///")) {
        start -= line.len() + 1;
    }
    let lines: String = answers
        .iter()
        .map(|answer| format!("// seawright: allow({}): {}\n", answer.code, answer.reason))
        .collect();
    format!("{}{lines}{}", &text[..start], &text[start..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diff::{Decisions, Plan, in_steps},
        emit::parts,
        schema::Table,
    };

    const DATABASES: [Dialect; 2] = [Dialect::Postgres, Dialect::Sqlite];

    fn table(json: &str) -> Table {
        serde_json::from_str(json).unwrap()
    }

    fn shop() -> Schema {
        let text = include_str!("../../../../examples/shop/migration/schema/m20261122_135926_init.json");
        let mut schema = Schema::from_json(text).unwrap();
        schema.tables.push(table(
            r#"{"name":"tickets","columns":[{"name":"id","type":"integer"},{"name":"mood","type":"enum:mood"}],"primary_key":{"columns":["id"]}}"#,
        ));
        schema
            .enums
            .push(serde_json::from_str(r#"{"name":"mood","values":["good"]}"#).unwrap());
        schema.normalised()
    }

    fn planned(after: &Schema) -> Plan {
        diff(&shop(), after, &mut Decisions::default()).unwrap()
    }

    /// What is left to a person in all parts, and what `lint` finds when it reads the answers in the source.
    fn left(plan: &Plan, agreed: Agreed) -> Vec<&'static str> {
        let mut left = Vec::new();
        for part in parts(plan) {
            let (answers, open) = answered(&part, "m1", &DATABASES, agreed).unwrap();
            let open: Vec<&str> = open.iter().map(|finding| finding.code).collect();
            let mut found = Vec::new();
            for dialect in DATABASES {
                let sent = statements(&part.plan, dialect, part.form).unwrap();
                let step = Script {
                    source: Some(written("/// A step.\npub struct Migration;\n", &answers)),
                    ..script(&part, "m1", sent)
                };
                let linted = lint(&[before(&part, dialect), step], &Options::of(dialect));
                found.extend(linted.findings.into_iter().map(|finding| finding.code));
            }
            assert_eq!(found, open, "{answers:?}");
            left.extend(found);
        }
        left
    }

    const NOTHING: Agreed = Agreed {
        loss: false,
        in_steps: false,
    };

    #[test]
    fn new_tables_with_keys_to_existing_ones() {
        let mut after = shop();
        for (name, other) in [("returns", "customers"), ("ratings", "products")] {
            after.tables.push(table(&format!(
                r#"{{"name":"{name}","columns":[{{"name":"id","type":"integer"}},{{"name":"order_id","type":"integer"}},{{"name":"other_id","type":"integer"}}],
                "primary_key":{{"columns":["id"]}},"foreign_keys":[
                {{"name":"{name}_a","columns":["order_id"],"ref_table":"orders","ref_columns":["id"]}},
                {{"name":"{name}_b","columns":["other_id"],"ref_table":"{other}","ref_columns":["id"]}}]}}"#
            )));
        }
        assert_eq!(left(&planned(&after.normalised()), NOTHING), [""; 0]);
    }

    #[test]
    fn columns_of_several_tables() {
        let mut after = shop();
        for name in ["customers", "orders"] {
            let table = after.tables.iter_mut().find(|table| table.name == name).unwrap();
            table
                .columns
                .push(serde_json::from_str(r#"{"name":"remark","type":"text","nullable":true}"#).unwrap());
        }
        assert_eq!(left(&planned(&after), NOTHING), [""; 0]);
    }

    #[test]
    fn a_column_that_starts_to_count() {
        let mut after = shop();
        let tickets = after.tables.iter_mut().find(|table| table.name == "tickets").unwrap();
        tickets.columns[0] = serde_json::from_str(r#"{"name":"id","type":"integer","auto_increment":"yes"}"#).unwrap();
        assert_eq!(left(&planned(&after), NOTHING), [""; 0]);
    }

    #[test]
    fn a_value_of_an_enumeration() {
        let mut after = shop();
        after.enums[0].values.push("bad".into());
        assert_eq!(left(&planned(&after), NOTHING), [""; 0]);
    }

    #[test]
    fn a_rename_in_use() {
        let mut after = shop();
        let customers = after.tables.iter_mut().find(|table| table.name == "customers").unwrap();
        let column = customers
            .columns
            .iter_mut()
            .find(|column| column.name == "name")
            .unwrap();
        column.name = "full_name".into();
        let decisions = Decisions {
            renamed_columns: vec![("customers".into(), "name".into(), "full_name".into())],
            ..Decisions::default()
        };
        let plan = in_steps(&shop(), &after, &decisions).unwrap();
        let agreed = Agreed {
            in_steps: true,
            ..NOTHING
        };
        assert_eq!(left(&plan, agreed), [""; 0]);
    }

    /// What takes long is left to a person, and the locks that are held meanwhile with it.
    #[test]
    fn what_is_dangerous_stays_to_be_answered() {
        let mut after = shop();
        let products = after.tables.iter_mut().find(|table| table.name == "products").unwrap();
        let price = products
            .columns
            .iter_mut()
            .find(|column| column.name == "price")
            .unwrap();
        price.data_type = crate::schema::DataType::BigInteger;
        let customers = after.tables.iter_mut().find(|table| table.name == "customers").unwrap();
        customers
            .columns
            .push(serde_json::from_str(r#"{"name":"remark","type":"text","nullable":true}"#).unwrap());
        let left = left(&planned(&after), NOTHING);
        assert!(
            left.contains(&"changing-column-type") && left.contains(&"strong-locks-in-one-transaction"),
            "{left:?}"
        );
    }

    #[test]
    fn a_loss_that_was_agreed_to_is_answered_and_no_other() {
        let mut after = shop();
        after.tables.retain(|table| table.name != "tickets");
        let plan = planned(&after);
        let agreed = Agreed { loss: true, ..NOTHING };
        assert_eq!(left(&plan, agreed), [""; 0]);
        assert!(left(&plan, NOTHING).contains(&"ban-drop-table"));
    }

    #[test]
    fn answers_stand_before_the_documentation() {
        let answers = [Answer {
            code: "rebuilding-table",
            reason: "a reason",
        }];
        assert_eq!(
            written("use a;\n\n/// One.\n/// Two.\npub struct Migration;\n", &answers),
            "use a;\n\n// seawright: allow(rebuilding-table): a reason\n/// One.\n/// Two.\npub struct Migration;\n"
        );
        assert_eq!(written("pub struct Migration;\n", &[]), "pub struct Migration;\n");
    }
}
