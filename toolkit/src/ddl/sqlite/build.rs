//! The statements of a rebuild.

use sea_orm::{
    DbErr,
    sea_query::{SqliteQueryBuilder, TableCreateStatement},
};

use super::{
    Proof, Rebuild,
    definition::{Clause, Column, Definition, Kind, mentions, same},
    live::Live,
    merge::{Wanted, merged},
};
use crate::ddl::{alter_table::Step, quote, quote_text};

/// A rebuild, ready to be sent or printed.
#[derive(Clone, Debug)]
pub(crate) struct Build {
    /// The table's name.
    pub table: String,
    /// What it is called until the old one has gone.
    pub new: String,
    /// The new table.
    pub create: String,
    /// The copy of the rows.
    pub copy: String,
    /// What keeps a number from being given twice; none where the table does not count.
    pub sequence: Vec<String>,
    /// The old table goes, the new one gets its name.
    pub swap: Vec<String>,
    /// Its indexes: name and statement.
    pub indexes: Vec<(String, String)>,
    /// Its triggers: name and statement.
    pub triggers: Vec<(String, String)>,
    /// The statement that made the old table, where it was read.
    pub made: String,
    /// The columns that it has afterwards.
    pub after: Vec<String>,
    /// The columns that go.
    pub dropped: Vec<String>,
    /// What must hold of the rows.
    pub proofs: Vec<Proof>,
}

/// What a change of a table needs on SQLite.
#[derive(Clone, Debug)]
pub(crate) enum Rebuilt {
    /// Nothing but these statements.
    InPlace(Vec<String>),
    /// A rebuild.
    Anew(Box<Build>),
}

impl Build {
    /// As the migration has it, without a look at the table.
    pub(super) fn expected(rebuild: &Rebuild, table: &str, fills: &[(String, String)]) -> Self {
        let sql = created(&rebuild.table, &new_name(table));
        let definition = Definition::parse(&sql).unwrap_or_else(|| columns_of(&rebuild.table));
        let mut build = Self::of(rebuild, table, fills, &definition, &definition);
        // The very words of the migration.
        build.create = sql;
        build.indexes.clone_from(&rebuild.indexes);
        build
    }

    /// The change made to the table that is there.
    ///
    /// # Errors
    /// That it cannot be, and why.
    pub(super) fn over(
        rebuild: &Rebuild,
        live: &Live,
        table: &str,
        steps: &[Step],
        fills: &[(String, String)],
    ) -> Result<Self, DbErr> {
        let refused = |why: String| DbErr::Migration(format!("{why}; nothing was changed"));
        let sql = created(&rebuild.table, table);
        let after = Definition::parse(&sql).ok_or_else(|| refused(format!("cannot make out `{sql}`")))?;
        let wanted = Wanted {
            table: &live.name,
            steps,
            after: &after,
            added: &rebuild.added,
        };
        let definition = merged(&live.definition, &wanted).map_err(refused)?;
        let mut build = Self::of(rebuild, &live.name, fills, &live.definition, &definition);
        build.dropped = wanted.dropped().into_iter().map(str::to_owned).collect();
        build.made.clone_from(&live.sql);
        for (name, sql) in &live.indexes {
            if let Some(column) = build.dropped.iter().find(|column| mentions(sql, column)) {
                return Err(refused(format!(
                    "`{table}.{column}` is to go, and the index `{name}` speaks of it; drop the index first"
                )));
            }
            build.indexes.push((name.clone(), sql.clone()));
        }
        for (name, sql) in &rebuild.indexes {
            if !live.indexes.iter().any(|(there, _)| same(there, name)) {
                build.indexes.push((name.clone(), sql.clone()));
            }
        }
        build.triggers.clone_from(&live.triggers);
        Ok(build)
    }

    fn of(rebuild: &Rebuild, table: &str, fills: &[(String, String)], old: &Definition, new: &Definition) -> Self {
        let new_table = new_name(table);
        let (quoted, quoted_new) = (quote(table), quote(&new_table));
        let is_added = |name: &str| rebuild.added.iter().any(|added| same(added, name));
        let value_of = |pairs: &[(String, String)], name: &str| {
            let found = pairs.iter().find(|(column, _)| same(column, name));
            found.map(|(_, sql)| sql.clone())
        };
        let mut copied: Vec<(String, String)> = Vec::new();
        let number = old.rowid().map(|name| format!("{quoted}.{name}"));
        match (new.row_number(), new.rowid(), number) {
            // The rows are numbered as they were, and the column is the number.
            (Some(column), _, Some(number)) if is_added(&column.name) && value_of(fills, &column.name).is_none() => {
                copied.push((quote(&column.name), number));
            }
            // What keeps the numbers of rows, as a full-text index does, still finds them.
            (None, Some(name), Some(number)) => copied.push((name.to_owned(), number)),
            _ => {}
        }
        for column in &new.columns {
            // A computed column takes no value.
            if column.has(Kind::Generated) {
                continue;
            }
            let name = quote(&column.name);
            if let Some(sql) = value_of(&rebuild.conversions, &column.name) {
                copied.push((name, sql));
            } else if !is_added(&column.name) {
                // SQLite takes a name in double quotes for a text where there is no such column, but not behind a table's.
                copied.push((name.clone(), format!("{quoted}.{name}")));
            }
        }
        copied.extend(fills.iter().map(|(column, sql)| (quote(column), sql.clone())));
        let (into, from): (Vec<String>, Vec<String>) = copied.into_iter().unzip();
        let sequence = if new.counts() {
            // The highest number ever given must not be given again.
            vec![
                format!("DELETE FROM sqlite_sequence WHERE name = {}", quote_text(&new_table)),
                format!(
                    "INSERT INTO sqlite_sequence (name, seq) SELECT {}, seq FROM sqlite_sequence WHERE name = {}",
                    quote_text(&new_table),
                    quote_text(table)
                ),
            ]
        } else {
            Vec::new()
        };
        Self {
            table: table.to_owned(),
            create: new.create(&new_table),
            copy: format!(
                "INSERT INTO {quoted_new} ({}) SELECT {} FROM {quoted}",
                into.join(", "),
                from.join(", ")
            ),
            sequence,
            swap: vec![
                format!("DROP TABLE {quoted}"),
                // Without it, renaming would look at every view and fail at one that names the table just dropped.
                "PRAGMA legacy_alter_table = ON".to_owned(),
                format!("ALTER TABLE {quoted_new} RENAME TO {quoted}"),
                "PRAGMA legacy_alter_table = OFF".to_owned(),
            ],
            new: new_table,
            indexes: Vec::new(),
            triggers: Vec::new(),
            made: String::new(),
            after: new.columns.iter().map(|column| column.name.clone()).collect(),
            dropped: Vec::new(),
            proofs: rebuild.proofs.clone(),
        }
    }

    /// The SQL, in order.
    pub(crate) fn statements(&self) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for proof in &self.proofs {
            all.extend(refused_where(&self.table, &proof.what, &proof.unfit));
        }
        all.extend([self.create.clone(), self.copy.clone()]);
        all.extend(self.sequence.iter().cloned());
        all.extend(self.swap.iter().cloned());
        all.extend(self.indexes.iter().chain(&self.triggers).map(|(_, sql)| sql.clone()));
        all
    }
}

/// Statements that fail while the table has rows for which the condition is true: SQLite has no other way to say so in SQL.
pub(in crate::ddl) fn refused_where(table: &str, what: &str, unfit: &str) -> Vec<String> {
    let proof = "temp.\"seawright_fits\"";
    vec![
        format!(
            "CREATE TABLE {proof} (\"fits\" boolean CONSTRAINT {} CHECK (\"fits\"))",
            quote(what)
        ),
        format!(
            "INSERT INTO {proof} SELECT NOT EXISTS (SELECT 1 FROM {} WHERE {unfit})",
            quote(table)
        ),
        format!("DROP TABLE {proof}"),
    ]
}

fn new_name(table: &str) -> String {
    format!("seawright_new_{table}")
}

fn created(table: &TableCreateStatement, name: &str) -> String {
    table.clone().table(name.to_owned()).to_string(SqliteQueryBuilder)
}

/// Only the columns, where a person's SQL in the table cannot be made out.
fn columns_of(table: &TableCreateStatement) -> Definition {
    let columns = table.get_columns().iter().map(|column| {
        let computed = column.get_column_spec().generated.is_some().then(|| Clause {
            kind: Kind::Generated,
            name: None,
            text: String::new(),
            refers: None,
        });
        Column {
            name: column.get_column_name(),
            data_type: String::new(),
            clauses: computed.into_iter().collect(),
        }
    });
    Definition {
        columns: columns.collect(),
        ..Definition::default()
    }
}
