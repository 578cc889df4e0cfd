//! Names that two things of a schema would share where a database has room for one.

use std::{collections::BTreeMap, fmt};

use super::{Dialect, ForeignKey, Schema, Table, truncate};

/// PostgreSQL cuts a name at 63 bytes in silence (NAMEDATALEN, manual section 4.1.1).
const LONGEST: usize = 63;

/// Two things of one name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Clash {
    /// The name, as the database would have it.
    pub name: String,
    /// What bears it first.
    pub first: String,
    /// What bears it too.
    pub second: String,
    /// The table of the second; none for a type.
    pub table: Option<String>,
    why: Why,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Why {
    Constraints,
    Relations,
    Columns,
    Types,
    Case,
}

impl fmt::Display for Clash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name, first, second, ..
        } = self;
        write!(f, "the name `{name}` is borne by {first} and by {second}")?;
        f.write_str(match self.why {
            Why::Constraints => {
                ": a table has one constraint of a name, so that only one of them would be made; give one of them another name"
            }
            Why::Relations => ", which share one namespace with tables and keys; give one of them another name",
            Why::Columns => "; give one of them another name",
            Why::Types => ": to PostgreSQL a table's name is a type's too; give one of them another name",
            Why::Case => ", which SQLite takes for one: it does not tell capitals from small letters; give one of them another name",
        })
    }
}

/// Names that are taken, each with what bears it.
struct Taken {
    why: Why,
    /// Whether capitals make no difference.
    folds: bool,
    names: BTreeMap<String, (String, String)>,
}

impl Taken {
    fn new(why: Why, folds: bool) -> Self {
        Self {
            why,
            folds,
            names: BTreeMap::new(),
        }
    }

    fn take(&mut self, clashes: &mut Vec<Clash>, table: Option<&str>, name: &str, what: String) {
        // What a database printed may have no name; what the IR has no field for is kept under one of its own.
        if name.is_empty() || name.starts_with("sql: ") {
            return;
        }
        let name = truncate(name, LONGEST).to_owned();
        let key = if self.folds {
            name.to_ascii_lowercase()
        } else {
            name.clone()
        };
        match self.names.get(&key) {
            None => {
                self.names.insert(key, (name, what));
            }
            // Of the same letters it is told without the capitals.
            Some((other, _)) if self.folds && *other == name => {}
            Some((_, first)) => clashes.push(Clash {
                name,
                first: first.clone(),
                second: what,
                table: table.map(str::to_owned),
                why: self.why,
            }),
        }
    }
}

impl Schema {
    /// The names that two things bear: constraints of one table; tables, indexes and the keys that are built on indexes,
    /// which PostgreSQL keeps together; columns. With a database, also what only that one takes for the same.
    pub fn clashes(&self, dialect: Option<Dialect>) -> Vec<Clash> {
        let mut clashes = Vec::new();
        let folds = dialect == Some(Dialect::Sqlite);
        let mut relations = vec![Taken::new(Why::Relations, false)];
        if folds {
            relations.push(Taken::new(Why::Case, true));
        }
        for relations in &mut relations {
            for table in &self.tables {
                relations.take(
                    &mut clashes,
                    Some(&table.name),
                    &table.name,
                    format!("the table `{}`", table.name),
                );
            }
            for table in &self.tables {
                // SQLite has no name for what a constraint is built on.
                let keys = if relations.folds { Vec::new() } else { built(table) };
                for (name, what) in keys {
                    relations.take(&mut clashes, Some(&table.name), &name, what);
                }
                for index in &table.indexes {
                    let what = format!("an index on `{}`", table.name);
                    relations.take(&mut clashes, Some(&table.name), &index.name, what);
                }
            }
        }
        for table in &self.tables {
            columns(table, Why::Columns, false, &mut clashes);
            if folds {
                columns(table, Why::Case, true, &mut clashes);
            }
            constraints(table, &mut clashes);
        }
        if dialect == Some(Dialect::Postgres) {
            let mut types = Taken::new(Why::Types, false);
            for table in &self.tables {
                types.take(
                    &mut Vec::new(),
                    None,
                    &table.name,
                    format!("the table `{}`", table.name),
                );
            }
            for enumeration in &self.enums {
                let what = format!("the enumeration type `{}`", enumeration.name);
                types.take(&mut clashes, None, &enumeration.name, what);
            }
        }
        clashes
    }
}

fn columns(table: &Table, why: Why, folds: bool, clashes: &mut Vec<Clash>) {
    let mut columns = Taken::new(why, folds);
    for column in &table.columns {
        let what = format!("the column `{}.{}`", table.name, column.name);
        columns.take(clashes, Some(&table.name), &column.name, what);
    }
}

/// The keys that PostgreSQL builds an index for.
fn built(table: &Table) -> Vec<(String, String)> {
    let key = table.primary_key.as_ref().map(|key| {
        let what = format!("the primary key of `{}`", table.name);
        (key.name_on(&table.name), what)
    });
    let uniques = table
        .uniques
        .iter()
        .map(|unique| (unique.name.clone(), of(table, "unique", &unique.columns)));
    key.into_iter().chain(uniques).collect()
}

/// Those that have an index are among the relations.
fn constraints(table: &Table, clashes: &mut Vec<Clash>) {
    let mut taken = Taken::new(Why::Constraints, false);
    for (name, what) in built(table) {
        taken.take(&mut Vec::new(), Some(&table.name), &name, what);
    }
    for key in &table.foreign_keys {
        taken.take(clashes, Some(&table.name), &key.name, foreign_key(table, key));
    }
    for check in &table.checks {
        taken.take(
            clashes,
            Some(&table.name),
            &check.name,
            format!("a check on `{}`", table.name),
        );
    }
}

fn foreign_key(table: &Table, key: &ForeignKey) -> String {
    format!(
        "{} → {}({})",
        of(table, "foreign key", &key.columns),
        key.ref_table,
        key.ref_columns.join(", ")
    )
}

fn of(table: &Table, kind: &str, columns: &[String]) -> String {
    format!("the {kind} on {}({})", table.name, columns.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Check, Column, DataType, EnumType, Expression, Index, IndexPart, PrimaryKey, Unique};

    fn table(name: &str) -> Table {
        Table {
            name: name.into(),
            columns: vec![
                Column::new("id", DataType::Integer),
                Column::new("a", DataType::Integer),
            ],
            primary_key: Some(PrimaryKey {
                name: None,
                columns: vec!["id".into()],
            }),
            ..Table::default()
        }
    }

    fn key(name: &str, to: &str) -> ForeignKey {
        ForeignKey {
            name: name.into(),
            columns: vec!["a".into()],
            ref_table: to.into(),
            ref_columns: vec!["id".into()],
            on_delete: crate::schema::ReferentialAction::NoAction,
            on_update: crate::schema::ReferentialAction::NoAction,
            not_valid: false,
        }
    }

    fn index(name: &str) -> Index {
        Index::new(name, vec![IndexPart::column("a")])
    }

    fn told(tables: Vec<Table>, dialect: Option<Dialect>) -> Vec<String> {
        let enums = vec![EnumType {
            name: "mood".into(),
            values: Vec::new(),
        }];
        let schema = Schema {
            enums,
            tables,
            ..Schema::default()
        };
        schema
            .clashes(dialect)
            .iter()
            .map(|clash| format!("{} {} {}", clash.name, clash.first, clash.second))
            .collect()
    }

    #[test]
    fn two_constraints_of_a_table_are_told_whatever_their_kinds() {
        let mut of = table("t");
        of.foreign_keys = vec![key("x", "a"), key("x", "b")];
        of.checks.push(Check {
            name: "t_a_key".into(),
            expression: Expression::Sql("true".into()),
        });
        of.uniques.push(Unique {
            name: "t_a_key".into(),
            columns: vec!["a".into()],
        });
        assert_eq!(
            told(vec![of], None),
            [
                "x the foreign key on t(a) → a(id) the foreign key on t(a) → b(id)",
                "t_a_key the unique on t(a) a check on `t`"
            ]
        );
    }

    #[test]
    fn a_constraint_s_name_is_free_on_another_table() {
        let (mut one, mut two) = (table("one"), table("two"));
        one.foreign_keys.push(key("x", "two"));
        two.foreign_keys.push(key("x", "one"));
        assert!(told(vec![one, two], Some(Dialect::Postgres)).is_empty());
    }

    #[test]
    fn names_are_held_against_each_other_as_they_are_cut() {
        let long = |last: &str| format!("{}{last}", "x".repeat(LONGEST));
        let mut of = table("t");
        of.foreign_keys = vec![key(&long("1"), "a"), key(&long("2"), "b")];
        assert_eq!(told(vec![of], None).len(), 1);
    }

    #[test]
    fn an_index_is_called_as_no_table_key_or_index_is() {
        let (mut one, mut two) = (table("one"), table("two"));
        one.indexes = vec![index("two"), index("two_pkey"), index("both"), index("k")];
        two.indexes = vec![index("both")];
        two.uniques.push(Unique {
            name: "k".into(),
            columns: vec!["a".into()],
        });
        let told = told(vec![one, two], None);
        assert_eq!(
            told,
            [
                "two the table `two` an index on `one`",
                "two_pkey an index on `one` the primary key of `two`",
                "k an index on `one` the unique on two(a)",
                "both an index on `one` an index on `two`"
            ]
        );
    }

    #[test]
    fn only_sqlite_takes_capitals_for_small_letters() {
        let (mut one, two) = (table("one"), table("ONE"));
        one.columns.push(Column::new("A", DataType::Integer));
        assert!(told(vec![one.clone(), two.clone()], Some(Dialect::Postgres)).is_empty());
        assert_eq!(
            told(vec![one, two], Some(Dialect::Sqlite)),
            [
                "ONE the table `one` the table `ONE`",
                "A the column `one.a` the column `one.A`"
            ]
        );
    }

    #[test]
    fn a_table_is_a_type_to_postgres() {
        assert_eq!(
            told(vec![table("mood")], Some(Dialect::Postgres)),
            ["mood the table `mood` the enumeration type `mood`"]
        );
    }
}
