//! A column whose default is another one for every row.

use super::prelude::*;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "adding-field-with-default",
    title: "A column is added with a default that is another one for every row",
    severity: Severity::Error,
    on: &[crate::schema::Dialect::Postgres, crate::schema::Dialect::Sqlite],
    is_strict: false,
    why: "A constant default is only written down once (PostgreSQL from 11 on), whatever the size of the table. A volatile one, \
          such as a random number or a new key, has to be worked out for each row: PostgreSQL writes the whole table anew \
          under an ACCESS EXCLUSIVE lock. Add the column without a default, set the default for rows to come, and \
          fill the old rows in batches. SQLite refuses such a default on a table that has rows, and every default in \
          parentheses or of the current time with it.",
    bad: &["ALTER TABLE users ADD COLUMN token uuid DEFAULT gen_random_uuid()"],
    good: &[
        "ALTER TABLE users ADD COLUMN token uuid\nALTER TABLE users ALTER COLUMN token SET DEFAULT gen_random_uuid()",
        "ALTER TABLE users ADD COLUMN seen_at timestamp DEFAULT now()",
        "CREATE TABLE users (id integer)\nALTER TABLE users ADD COLUMN token uuid DEFAULT gen_random_uuid()",
    ],
    peers: &["squawk: adding-field-with-default", "strong_migrations: adding a column with a volatile default value"],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    for (table, column) in at.added() {
        let default = column.options.iter().find_map(|option| match &option.option {
            ColumnOption::Default(default) => Some(default.to_string()),
            _ => None,
        });
        let Some(default) = default else { continue };
        let name = ident(&column.name);
        let plain = alter(&table, &format!("ADD COLUMN {} {}", quote(&name), column.data_type));
        if at.is_sqlite() {
            let is_moment = ["current_timestamp", "current_date", "current_time"].contains(&default.to_lowercase().as_str());
            if is_moment || default.starts_with('(') {
                found.push(
                    Hit::on(table.clone())
                        .object(name.clone())
                        .says(format!("SQLite refuses the default `{default}` for a column that is added to a table with rows"))
                        .safe(format!("{plain};\nthen fill it with a data migration; or a rebuild of the table"))
                        .helper("AlterTable::add_column(…).rebuild_on_sqlite(…)"),
                );
            }
        } else if let Some(function) = at.volatile(&default) {
            found.push(
                Hit::on(table.clone())
                    .object(name.clone())
                    .rewrites()
                    .says(format!("`{name}` is added with `{function}()` as its default: every row of `{table}` is written anew"))
                    .safe(format!(
                        "{plain};\n{};\nthen fill the old rows with a data migration",
                        alter(&table, &format!("ALTER COLUMN {} SET DEFAULT {default}", quote(&name)))
                    ))
                    .helper(format!("AlterTable::new({}::Table).add_column(…).online().execute(manager)", camel(&table))),
            );
        }
    }
}

super::tested!(RULE,
    #[test]
    fn sqlite_refuses_moments() {
        let sqlite = crate::schema::Dialect::Sqlite;
        let moment = "ALTER TABLE users ADD COLUMN seen_at text DEFAULT CURRENT_TIMESTAMP";
        assert_eq!(found_on(&RULE, moment, sqlite).len(), 1);
        assert_eq!(found_on(&RULE, "ALTER TABLE users ADD COLUMN a text DEFAULT 'x'", sqlite).len(), 0);
    }
);
