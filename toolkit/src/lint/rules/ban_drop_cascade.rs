//! CASCADE.

use super::prelude::*;
use sqlparser::ast::DropBehavior;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "ban-drop-cascade",
    title: "A drop takes along whatever depends on it",
    severity: Severity::Error,
    on: POSTGRES,
    is_strict: false,
    why: "CASCADE drops everything that depends on the object: views, foreign keys of other tables, columns of a type. What that \
          is, the step does not say and the database decides when it runs, in production perhaps other than in the test; \
          each of those tables is locked as well. Name what has to go, in its own statements, and let the drop fail when \
          something was forgotten.",
    bad: &[
        "DROP TABLE settings CASCADE",
        "ALTER TABLE users DROP COLUMN role CASCADE",
        "ALTER TABLE users DROP CONSTRAINT users_pkey CASCADE",
        "DROP TYPE role CASCADE",
    ],
    good: &["DROP TABLE settings", "ALTER TABLE users DROP CONSTRAINT users_role_check"],
    peers: &["squawk: part of ban-drop-table and ban-truncate-cascade"],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    let safe = "drop what depends on it by name, in statements of its own, and leave CASCADE away";
    match at.said {
        Said::DropIndex {
            names, cascades: true, ..
        } => found.push(Hit::default().object(names.join(", ")).safe(safe)),
        Said::Sql(statement) => match &**statement {
            Statement::Drop {
                object_type,
                names,
                cascade: true,
                ..
            } => {
                for name in names.iter().map(last) {
                    let hit = if *object_type == ObjectType::Table {
                        Hit::on(name.clone())
                    } else {
                        Hit::default().object(name.clone())
                    };
                    found.push(hit.says(format!("`{name}` is dropped, and whatever depends on it with it")).safe(safe));
                }
            }
            Statement::AlterTable(table) => {
                for operation in &table.operations {
                    let names = match operation {
                        AlterTableOperation::DropColumn {
                            column_names,
                            drop_behavior: Some(DropBehavior::Cascade),
                            ..
                        } => column_names.iter().map(ident).collect(),
                        AlterTableOperation::DropConstraint {
                            name,
                            drop_behavior: Some(DropBehavior::Cascade),
                            ..
                        } => vec![ident(name)],
                        _ => continue,
                    };
                    for name in names {
                        let says = format!("`{name}` is dropped, and whatever depends on it with it");
                        found.push(Hit::on(last(&table.name)).object(name).says(says).safe(safe));
                    }
                }
            }
            _ => {}
        },
        _ => {}
    }
}

super::tested!(RULE);
