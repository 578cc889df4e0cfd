//! SQLite's switch for foreign keys.

use super::prelude::*;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "toggling-foreign-keys",
    title: "Foreign keys are switched within a step",
    severity: Severity::Error,
    on: SQLITE,
    is_strict: false,
    why: "PRAGMA foreign_keys does nothing within a transaction, without a word, and a step is one: what follows runs with the keys \
          as they were, and a rebuild of a table deletes the rows that refer to it by ON DELETE CASCADE. Outside of a \
          transaction the switch stays with one connection of the pool, and rows that refer to nothing come in. \
          Seawright's runner switches the keys off before a step, checks all of them after it, and switches them on again; \
          writable_schema, which lets a step rewrite the schema's text, has no such net at all.",
    bad: &["PRAGMA foreign_keys = OFF", "PRAGMA writable_schema = ON"],
    good: &["PRAGMA foreign_key_check", "PRAGMA legacy_alter_table = ON"],
    peers: &[],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    let name = match at.said {
        Said::Sql(statement) => match &**statement {
            Statement::Pragma {
                name, value: Some(_), ..
            } => last(name),
            _ => return,
        },
        Said::Unread { words, .. } if words.first().is_some_and(|word| word == "pragma") && words.len() > 2 => words[1].clone(),
        _ => return,
    };
    if name == "foreign_keys" || name == "writable_schema" {
        found.push(Hit::default().object(name).safe("leave it to the runner; or PRAGMA defer_foreign_keys = ON, which works within a transaction"));
    }
}

super::tested!(RULE);
