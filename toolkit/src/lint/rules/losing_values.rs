//! Types that cost values.

use super::prelude::*;
use sqlparser::ast::{Expr, SelectItem, SetExpr};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "losing-values",
    title: "A change of a type may cut values",
    severity: Severity::Error,
    on: POSTGRES,
    is_strict: false,
    why: "An explicit cast cuts what the database's own assignment would refuse: `name::varchar(5)` keeps five \
          characters and says nothing. A few assignments lose as well: digits behind the point, fractions of a second, the \
          time of a day. Leave USING out, so that the database refuses what does not fit, and count such rows before where \
          the assignment itself rounds; or say what is to happen (`--on-loss`) when the migration is generated.",
    bad: &[
        "ALTER TABLE users ALTER COLUMN name TYPE varchar(5) USING name::varchar(5)",
        "CREATE TABLE users (name varchar(50))\n-- the next step\nALTER TABLE users ALTER COLUMN name TYPE varchar(5) USING CAST(name AS varchar(5))",
        "ALTER TABLE users ALTER COLUMN name TYPE varchar(5) USING left(name, 5)",
        "CREATE TABLE users (balance numeric(10, 4))\n-- the next step\nALTER TABLE users ALTER COLUMN balance TYPE numeric(10, 1)",
        "CREATE TABLE users (seen timestamp)\n-- the next step\nALTER TABLE users ALTER COLUMN seen TYPE date",
        "CREATE TABLE users (active integer)\n-- the next step\nALTER TABLE users ALTER COLUMN active TYPE boolean USING active::boolean",
    ],
    good: &[
        "CREATE TABLE users (name varchar(50))\n-- the next step\nALTER TABLE users ALTER COLUMN name TYPE varchar(5)",
        "CREATE TABLE users (name varchar(5))\n-- the next step\nALTER TABLE users ALTER COLUMN name TYPE varchar(50) USING name::varchar(50)",
        "CREATE TABLE users (id integer)\n-- the next step\nALTER TABLE users ALTER COLUMN id TYPE bigint USING id::bigint",
        "CREATE TABLE users (balance numeric(10, 2))\n-- the next step\nALTER TABLE users ALTER COLUMN balance TYPE numeric(12, 4)",
        "CREATE TABLE users (balance numeric(10, 4))\n-- the next step\n\
         DO $$ DECLARE unfit bigint; BEGIN SELECT count(*) INTO unfit FROM users WHERE balance <> round(balance, 1); IF unfit > 0 THEN RAISE EXCEPTION 'no'; END IF; END $$\n\
         ALTER TABLE users ALTER COLUMN balance TYPE numeric(10, 1)",
    ],
    peers: &["Atlas: data-dependent changes (MF), destructive changes (DS)"],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    for Retyped { table, column, data_type, using, old } in at.retyped() {
        let new = ColumnType::of(data_type);
        let how = match using {
            Some(using) => cut_by(using, &column, old),
            None => old.filter(|old| old.rounds_into(&new)).map(|old| format!("{old} is rounded to {new}")),
        };
        if let Some(how) = how.filter(|_| !is_counted(at, &table, &column)) {
            found.push(
                Hit::on(table.clone())
                    .object(column.clone())
                    .says(format!("values of `{table}.{column}` may be cut: {how}"))
                    .safe(format!(
                        "without USING the database refuses what does not fit:\n{};",
                        alter(&table, &format!("ALTER COLUMN {} TYPE {data_type}", quote(&column)))
                    ))
                    .helper("AlterTable::new(…).refuse(Unfit::rows(…)).set_type(…)"),
            );
        }
    }
}

/// How an expression cuts the column, where it does.
fn cut_by(using: &Expr, column: &str, old: Option<&ColumnType>) -> Option<String> {
    match using {
        Expr::Nested(inner) => cut_by(inner, column, old),
        Expr::Cast { expr, data_type, .. } => {
            let new = ColumnType::of(data_type);
            let is_column = matches!(&**expr, Expr::Identifier(name) if ident(name) == column);
            let may_cut = match old.filter(|_| is_column) {
                Some(old) => old.is_cut_by_cast_to(&new),
                None => is_column && new.has_limit(),
            };
            may_cut
                .then(|| format!("`{using}` is an explicit cast, which cuts"))
                .or_else(|| cut_by(expr, column, None))
        }
        Expr::Function(function) => {
            const CUTS: &[&str] = &["left", "right", "substr", "substring", "trunc", "round", "floor", "ceil", "date_trunc"];
            CUTS.contains(&last(&function.name).as_str()).then(|| format!("`{using}` keeps a part of each"))
        }
        Expr::Substring { .. } | Expr::Floor { .. } | Expr::Ceil { .. } => Some(format!("`{using}` keeps a part of each")),
        _ => None,
    }
}

/// Whether a block before it in the transaction has counted rows of the table by that column, to refuse them.
fn is_counted(at: &At<'_>, table: &str, column: &str) -> bool {
    let blocks = at.before.iter().position(|said| **said == Said::Block);
    let Some(first) = blocks else { return false };
    at.before[first..].iter().any(|said| {
        let Said::Sql(statement) = said else { return false };
        let Statement::Query(query) = &**statement else { return false };
        let SetExpr::Select(select) = &*query.body else { return false };
        let counts = |item: &SelectItem| {
            matches!(item, SelectItem::UnnamedExpr(Expr::Function(function)) if last(&function.name) == "count")
        };
        let from = |name: &sqlparser::ast::TableFactor| {
            matches!(name, sqlparser::ast::TableFactor::Table { name, .. } if last(name) == table)
        };
        let reads = select.selection.as_ref().is_some_and(|condition| {
            crate::schema::Expression::Sql(condition.to_string()).mentions(column)
        });
        select.projection.iter().any(counts) && select.from.iter().any(|one| from(&one.relation)) && reads
    })
}

super::tested!(RULE,
    #[test]
    fn a_cast_whose_column_nobody_knows_counts_where_its_type_has_a_limit() {
        assert_eq!(found(&RULE, "ALTER TABLE u ALTER COLUMN a TYPE text USING a::text").len(), 0);
        assert_eq!(found(&RULE, "ALTER TABLE u ALTER COLUMN a TYPE smallint USING a::smallint").len(), 0);
        assert_eq!(found(&RULE, "ALTER TABLE u ALTER COLUMN a TYPE numeric(3, 1) USING a::numeric(3, 1)").len(), 1);
    }

    #[test]
    fn a_count_of_another_column_answers_nothing() {
        let example = "CREATE TABLE u (a numeric(10, 4), b integer)\n-- the next step\n\
            DO $$ DECLARE unfit bigint; BEGIN SELECT count(*) INTO unfit FROM u WHERE b <> 1; IF unfit > 0 THEN RAISE EXCEPTION 'no'; END IF; END $$\n\
            ALTER TABLE u ALTER COLUMN a TYPE numeric(10, 1)";
        assert_eq!(found(&RULE, example).len(), 1);
    }
);
