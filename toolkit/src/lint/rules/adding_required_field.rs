//! A column that every row needs and no row has.

use super::prelude::*;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "adding-required-field",
    title: "A column is added NOT NULL without a default",
    severity: Severity::Error,
    on: EVERY,
    is_strict: false,
    why: "Rows that are there have no value for the new column, so the statement fails on every table that is not empty, and \
          programs that do not know the column yet fail to insert as soon as it is there. With a constant default \
          both are well. Otherwise the column is added so that it may be NULL, filled by a data migration in batches, and \
          made NOT NULL in the end by way of a validated check.",
    bad: &["ALTER TABLE users ADD COLUMN plan text NOT NULL"],
    good: &[
        "ALTER TABLE users ADD COLUMN plan text NOT NULL DEFAULT 'free'",
        "ALTER TABLE users ADD COLUMN plan text",
        "CREATE TABLE users (id integer)\nALTER TABLE users ADD COLUMN plan text NOT NULL",
    ],
    peers: &["squawk: adding-required-field"],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    for (table, column) in at.added() {
        let has = |wanted: fn(&ColumnOption) -> bool| column.options.iter().any(|option| wanted(&option.option));
        let is_filled = has(|option| {
            matches!(
                option,
                ColumnOption::Default(_) | ColumnOption::Generated { .. } | ColumnOption::Identity(_)
            )
        }) || ColumnType::of(&column.data_type).is_counter();
        if !has(|option| matches!(option, ColumnOption::NotNull)) || is_filled {
            continue;
        }
        let name = ident(&column.name);
        let quoted = quote(&name);
        let last = if at.is_postgres() {
            format!("\nthen fill it with a data migration, and at last, as `adding-not-nullable-field` says:\n{};", alter(&table, &format!("ALTER COLUMN {quoted} SET NOT NULL")))
        } else {
            "\nthen fill it with a data migration".to_owned()
        };
        found.push(
            Hit::on(table.clone())
                .object(name.clone())
                .says(format!("`{name}` is added to `{table}` as NOT NULL, and no row there has a value for it"))
                .safe(format!("{};{last}", alter(&table, &format!("ADD COLUMN {quoted} {}", column.data_type)))),
        );
    }
}

super::tested!(RULE,
    #[test]
    fn on_sqlite_too() {
        assert_eq!(found_on(&RULE, RULE.bad[0], crate::schema::Dialect::Sqlite).len(), 1);
    }
);
