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
          range of it, or a query with a limit are let be.",
    bad: &[
        "UPDATE users SET role = 'member' WHERE role IS NULL",
        "DELETE FROM sessions WHERE expires_at < now()",
    ],
    good: &[
        "UPDATE users SET role = 'owner' WHERE id = 1",
        "DELETE FROM sessions WHERE id BETWEEN 1 AND 500 AND expires_at < now()",
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
    let mut bound = Vec::new();
    if bounds(condition, &mut bound) {
        return;
    }
    let known = at.world.keys(&table);
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
    fn half_a_key_is_none() {
        let table = "CREATE TABLE members (team integer, person integer, PRIMARY KEY (team, person))\n-- the next step\n";
        assert_eq!(found(&RULE, &format!("{table}DELETE FROM members WHERE team = 1")).len(), 1);
        assert_eq!(found(&RULE, &format!("{table}DELETE FROM members WHERE team = 1 AND person = 2")).len(), 0);
    }
);
