//! Types of columns in use.

use super::prelude::*;
use sqlparser::ast::Expr;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "changing-column-type",
    title: "A column gets a type for which every row is written anew",
    severity: Severity::Error,
    on: POSTGRES,
    is_strict: false,
    why: "ALTER COLUMN … TYPE usually writes the whole table and the indexes of the column anew, under an ACCESS EXCLUSIVE lock. \
          Only a few changes leave the rows alone: a longer or unlimited varchar, varchar to text and back without a \
          limit, a larger precision of a numeric with the same scale, a larger precision of a time. Which it is depends on \
          the type that the column has; the linter knows it where a step of this history said it. Otherwise make a \
          new column, write both, move the values with a data migration, and drop the old one.",
    bad: &[
        "ALTER TABLE logs ALTER COLUMN id TYPE bigint",
        "CREATE TABLE users (name varchar(50))\n-- the next step\nALTER TABLE users ALTER COLUMN name TYPE varchar(20)",
    ],
    good: &[
        "CREATE TABLE users (name varchar(50))\n-- the next step\nALTER TABLE users ALTER COLUMN name TYPE varchar(200)",
        "CREATE TABLE users (name varchar(50))\n-- the next step\nALTER TABLE users ALTER COLUMN name TYPE text",
        "CREATE TABLE users (balance numeric(10, 2))\n-- the next step\nALTER TABLE users ALTER COLUMN balance TYPE numeric(14, 2)",
        "CREATE TABLE users (id integer)\nALTER TABLE users ALTER COLUMN id TYPE bigint",
    ],
    peers: &["squawk: changing-column-type", "strong_migrations: changing the type of a column"],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    for Retyped { table, column, data_type, using, old } in at.retyped() {
        let new = ColumnType::of(data_type);
        let is_cast = using.is_none_or(|using| is_cast_of(using, &column, &new));
        if is_cast && old.is_some_and(|old| old.keeps_rows(&new)) {
            continue;
        }
        let known = if old.is_some() { "" } else { "; what it was before, no step of this history says" };
        found.push(
            Hit::on(table.clone())
                .object(column.clone())
                .rewrites()
                .says(format!("`{table}.{column}` becomes {data_type}: every row is written anew{known}"))
                .safe(format!(
                    "{};\nthen write both from the program, move the values with a data migration, read the new one, and drop the old one",
                    alter(&table, &format!("ADD COLUMN {} {data_type}", quote(&format!("{column}_next"))))
                )),
        );
    }
}

/// Whether an expression is only the column, as its new type.
fn is_cast_of(using: &Expr, column: &str, new: &ColumnType) -> bool {
    match using {
        Expr::Nested(inner) => is_cast_of(inner, column, new),
        Expr::Cast { expr, data_type, .. } => {
            ColumnType::of(data_type) == *new && matches!(&**expr, Expr::Identifier(name) if ident(name) == column)
        }
        _ => false,
    }
}

super::tested!(RULE,
    #[test]
    fn a_plain_cast_changes_nothing() {
        let example = "CREATE TABLE u (a varchar(5))\n-- the next step\nALTER TABLE u ALTER COLUMN a TYPE text USING a::text";
        assert_eq!(found(&RULE, example).len(), 0);
        let other = "CREATE TABLE u (a varchar(5))\n-- the next step\nALTER TABLE u ALTER COLUMN a TYPE text USING lower(a)";
        assert_eq!(found(&RULE, other).len(), 1);
    }

    #[test]
    fn a_type_that_is_not_known_is_named_as_such() {
        let finding = found(&RULE, "ALTER TABLE u ALTER COLUMN a TYPE text").remove(0);
        assert!(finding.message.ends_with("no step of this history says"), "{}", finding.message);
    }
);
