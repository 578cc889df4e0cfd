//! Data statements with a condition that says nothing of how many rows it meets.

use super::prelude::*;
use sqlparser::ast::{BinaryOperator, Expr, InTarget, UnaryOperator, Value};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "data-statement-without-keyset",
    title: "A data statement names its rows by no key",
    severity: Severity::Warning,
    on: EVERY,
    is_strict: false,
    why: "An UPDATE or DELETE whose condition names no key meets as many rows as happen to be there: on the test database ten, in \
          production ten million. All of them stay locked until the transaction ends, and without an index for the \
          condition the whole table is read for it. A data migration works through such rows in batches by key. Where \
          the condition is known to meet a few rows only, say so in a silence. Rows named by the primary or a unique key, a \
          range of it, or a query with a limit are let be; and on SQLite, where one change has the database to itself anyway, the \
          copy that a rename in steps makes of a column.",
    bad: &[
        "UPDATE users SET role = 'member' WHERE role IS NULL",
        "DELETE FROM sessions WHERE expires_at < now()",
    ],
    good: &[
        "UPDATE users SET role = 'owner' WHERE id = 1",
        "DELETE FROM sessions WHERE id BETWEEN 1 AND 500 AND expires_at < now()",
        "DELETE FROM sessions WHERE id > 500 AND id <= 1000 AND expires_at < now()",
        "DELETE FROM sessions WHERE token IN (SELECT token FROM sessions ORDER BY token LIMIT 500)",
        "CREATE TABLE users (email text UNIQUE, role text)\n-- the next step\nUPDATE users SET role = 'owner' WHERE email = 'me@example.com'",
    ],
    peers: &["strong_migrations: backfilling data"],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    let Some(table) = at.written() else { return };
    let selection = match at.statement() {
        Some(Statement::Update(update)) if update.limit.is_none() => update.selection.as_ref(),
        Some(Statement::Delete(delete)) if delete.limit.is_none() => delete.selection.as_ref(),
        _ => return,
    };
    if is_always(selection) {
        return; // Other rules' matter.
    }
    let Some(condition) = selection else { return };
    if at.is_sqlite() && is_copy(at.statement(), condition) {
        return;
    }
    let mut bound = Vec::new();
    if bounds(condition, &mut bound) {
        return;
    }
    if at.commits_as_it_goes && at.said_text().contains(" LIMIT ") {
        return; // A batch.
    }
    let known = at.world.keys(&table);
    let ranges = ranges(condition);
    if ranges
        .iter()
        .any(|column| column == "id" || column == "ctid" || known.iter().flatten().any(|key| key == column))
    {
        return;
    }
    let is_key = |columns: &[String]| !columns.is_empty() && columns.iter().all(|column| bound.contains(column));
    if known.iter().any(|columns| is_key(columns)) || bound.iter().any(|column| column == "id") {
        return;
    }
    found.push(
        Hit::on(table.clone())
            .says(format!("how many rows of `{table}` it meets, its condition does not say"))
            .safe("a data migration, or the key in the condition: … AND id BETWEEN … AND …")
            .helper("seawright generate NAME --data"),
    );
}

/// Whether a condition meets every row.
pub(super) fn is_always(condition: Option<&Expr>) -> bool {
    match condition {
        None => true,
        Some(Expr::Nested(inner)) => is_always(Some(inner)),
        Some(Expr::Value(value)) => matches!(value.value, Value::Boolean(true)) || value.to_string() == "1",
        Some(Expr::BinaryOp {
            left,
            op: BinaryOperator::Eq,
            right,
        }) => matches!((&**left, &**right), (Expr::Value(left), Expr::Value(right)) if left.value == right.value),
        Some(_) => false,
    }
}

/// Notes the columns that a condition binds to given values; true where it is limited by itself.
fn bounds(condition: &Expr, bound: &mut Vec<String>) -> bool {
    let mut note = |column: &Expr| match column {
        Expr::Identifier(name) => bound.push(ident(name)),
        Expr::CompoundIdentifier(parts) => bound.extend(parts.last().map(ident)),
        _ => {}
    };
    match condition {
        Expr::Nested(inner) => bounds(inner, bound),
        Expr::BinaryOp {
            left,
            op: BinaryOperator::And,
            right,
        } => {
            let first = bounds(left, bound);
            bounds(right, bound) || first
        }
        Expr::BinaryOp {
            left,
            op: BinaryOperator::Eq,
            right,
        } => {
            if is_given(right) {
                note(left);
            } else if is_given(left) {
                note(right);
            }
            false
        }
        Expr::In {
            expr,
            target: InTarget::List(list),
            negated: false,
            ..
        } if list.iter().all(is_given) => {
            note(expr);
            false
        }
        Expr::Between {
            expr,
            negated: false,
            low,
            high,
        } if is_given(low) && is_given(high) => {
            note(expr);
            false
        }
        Expr::In {
            target: InTarget::Subquery(subquery),
            negated: false,
            ..
        } => subquery.limit_clause.is_some() || subquery.fetch.is_some(),
        _ => false,
    }
}

/// Whether one column takes over the values of another, where they differ: `SET a = b WHERE a IS NOT b`.
fn is_copy(statement: Option<&Statement>, condition: &Expr) -> bool {
    let Some(Statement::Update(update)) = statement else { return false };
    let [assignment] = &update.assignments[..] else { return false };
    let (target, value) = (assignment.target.to_string(), assignment.value.to_string());
    let is_column = matches!(assignment.value, Expr::Identifier(_) | Expr::CompoundIdentifier(_));
    let differs = [format!("{target} IS NOT {value}"), format!("{target} IS DISTINCT FROM {value}")];
    is_column && differs.contains(&condition.to_string())
}

/// The columns that a condition holds between two ends, whatever those are.
fn ranges(condition: &Expr) -> Vec<String> {
    fn ends(condition: &Expr, low: &mut Vec<String>, high: &mut Vec<String>) {
        match condition {
            Expr::Nested(inner) => ends(inner, low, high),
            Expr::BinaryOp {
                left,
                op: BinaryOperator::And,
                right,
            } => {
                ends(left, low, high);
                ends(right, low, high);
            }
            Expr::BinaryOp { left, op, .. } => {
                let column = match &**left {
                    Expr::Identifier(name) => Some(ident(name)),
                    Expr::CompoundIdentifier(parts) => parts.last().map(ident),
                    _ => None,
                };
                match op {
                    BinaryOperator::Gt | BinaryOperator::GtEq => low.extend(column),
                    BinaryOperator::Lt | BinaryOperator::LtEq => high.extend(column),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    let (mut low, mut high) = (Vec::new(), Vec::new());
    ends(condition, &mut low, &mut high);
    low.retain(|column| high.contains(column));
    low
}

/// Whether a value stands there, and no question.
fn is_given(value: &Expr) -> bool {
    match value {
        Expr::Value(_) => true,
        Expr::Nested(inner) | Expr::Cast { expr: inner, .. } => is_given(inner),
        Expr::UnaryOp {
            op: UnaryOperator::Minus | UnaryOperator::Plus,
            expr,
        } => is_given(expr),
        _ => false,
    }
}

super::tested!(RULE,
    #[test]
    fn a_block_that_commits_as_it_goes_may_take_batches() {
        let block = |update: &str, end: &str| format!("-- outside of a transaction\nDO $$ DECLARE first bigint := 0; BEGIN LOOP {update}; EXIT WHEN first > 9; {end} END LOOP; END $$");
        let pages = "UPDATE users SET role = 'member' WHERE ctid >= format('(%s,0)', first)::tid AND ctid < format('(%s,0)', first + 9)::tid AND role IS NULL";
        let limited = "WITH batch AS (SELECT key FROM users WHERE role IS NULL LIMIT 500) UPDATE users SET role = 'member' FROM batch WHERE users.key = batch.key";
        let whole = "UPDATE users SET role = 'member' WHERE role IS NULL";
        assert_eq!(found_on(&RULE, &block(pages, "COMMIT;"), crate::schema::Dialect::Postgres).len(), 0);
        assert_eq!(found_on(&RULE, &block(limited, "COMMIT;"), crate::schema::Dialect::Postgres).len(), 0);
        assert_eq!(found_on(&RULE, &block(whole, "COMMIT;"), crate::schema::Dialect::Postgres).len(), 1);
    }

    #[test]
    fn on_sqlite_a_column_may_take_over_another() {
        use crate::schema::Dialect::{Postgres, Sqlite};
        let copy = "UPDATE users SET \"full\" = \"name\" WHERE \"full\" IS NOT \"name\"";
        assert_eq!(found_on(&RULE, copy, Sqlite).len(), 0);
        let other = "UPDATE users SET \"full\" = \"name\" WHERE \"full\" IS NOT \"title\"";
        assert_eq!(found_on(&RULE, other, Sqlite).len(), 1);
        let differs = "UPDATE users SET \"full\" = \"name\" WHERE \"full\" IS DISTINCT FROM \"name\"";
        assert_eq!(found_on(&RULE, differs, Postgres).len(), 1);
    }

    #[test]
    fn one_end_is_no_range() {
        assert_eq!(found(&RULE, "DELETE FROM sessions WHERE id > 500 AND expires_at < now()").len(), 1);
    }

    #[test]
    fn half_a_key_is_none() {
        let table = "CREATE TABLE members (team integer, person integer, PRIMARY KEY (team, person))\n-- the next step\n";
        assert_eq!(found(&RULE, &format!("{table}DELETE FROM members WHERE team = 1")).len(), 1);
        assert_eq!(found(&RULE, &format!("{table}DELETE FROM members WHERE team = 1 AND person = 2")).len(), 0);
    }
);
