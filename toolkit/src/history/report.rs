//! What there is and what is expected, object by object.

use std::fmt;

use serde::Serialize;

use super::printed::as_first_printed;
use crate::{
    diff::{complete, same_column, same_key},
    schema::{Check, Column, ForeignKey, Index, PrimaryKey, Schema, Table, Unique, Unmanaged},
};

/// How an object stands to what is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is there as it is to be.
    AsExpected,
    /// It is not there.
    Missing,
    /// It is there, and nobody expects it.
    Extra,
    /// It is there in another form.
    Different,
}

/// An object of a database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Object {
    /// What kind: `table`, `column`, `primary key`, `unique`, `foreign key`, `check`, `index`, `comment`, `enum`.
    pub kind: &'static str,
    /// Its name; of a key without one its columns.
    pub name: String,
    /// How it stands.
    pub state: State,
    /// In what it differs, or what it is.
    pub how: String,
}

/// A table and what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TableReport {
    /// The table; empty for what belongs to none.
    pub table: String,
    /// Its objects.
    pub objects: Vec<Object>,
}

/// Every object of two schemas.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// How many objects are as expected.
    pub as_expected: usize,
    /// How many are missing.
    pub missing: usize,
    /// How many are extra.
    pub extra: usize,
    /// How many are different.
    pub different: usize,
    /// The objects by table.
    pub tables: Vec<TableReport>,
}

/// Holds a schema that was found against the one that is expected.
pub fn compare(expected: &Schema, found: &Schema) -> Comparison {
    let (mut expected, mut found) = (as_first_printed(expected.clone()), as_first_printed(found.clone()));
    if expected.is_declared && !found.is_declared {
        complete(&found, &mut expected);
        for schema in [&mut expected, &mut found] {
            schema.unmanaged.clear();
            schema.tables.iter_mut().for_each(|table| table.unmanaged.clear());
        }
    }
    let (expected, found) = (&expected, &found);
    let mut names: Vec<&String> = expected
        .tables
        .iter()
        .chain(&found.tables)
        .map(|table| &table.name)
        .collect();
    names.sort();
    names.dedup();
    let mut tables: Vec<TableReport> = names
        .into_iter()
        .map(|name| TableReport {
            table: name.clone(),
            objects: objects(name, expected.table(name), found.table(name)),
        })
        .collect();
    let enums = listed(
        "enum",
        &expected.enums,
        &found.enums,
        |one| &one.name,
        |a, b| a == b,
        |one| one.values.join(", "),
    );
    let of_none = [enums, unmanaged(&expected.unmanaged, &found.unmanaged)].concat();
    if !of_none.is_empty() {
        tables.push(TableReport {
            table: String::new(),
            objects: of_none,
        });
    }
    let count = |state| {
        tables
            .iter()
            .flat_map(|table| &table.objects)
            .filter(|object| object.state == state)
            .count()
    };
    Comparison {
        as_expected: count(State::AsExpected),
        missing: count(State::Missing),
        extra: count(State::Extra),
        different: count(State::Different),
        tables,
    }
}

fn objects(name: &str, expected: Option<&Table>, found: Option<&Table>) -> Vec<Object> {
    let (state, table) = match (expected, found) {
        (Some(_), Some(found)) => (State::AsExpected, found),
        (Some(expected), None) => (State::Missing, expected),
        (_, Some(found)) => (State::Extra, found),
        (None, None) => return Vec::new(),
    };
    let own = |state| Object {
        kind: "table",
        name: name.to_owned(),
        state,
        how: format!("{} columns", table.columns.len()),
    };
    let (Some(expected), Some(found)) = (expected, found) else {
        return vec![own(state)];
    };
    let mut objects = vec![own(state)];
    objects.extend(listed(
        "column",
        &expected.columns,
        &found.columns,
        |column| &column.name,
        same_column,
        Column::describe,
    ));
    let key = |key: &Option<PrimaryKey>| {
        key.as_ref()
            .map(|key| format!("{} ({})", key.name_on(name), key.columns.join(", ")))
    };
    objects.extend(single(
        "primary key",
        name,
        key(&expected.primary_key),
        key(&found.primary_key),
    ));
    let same_unique = |a: &Unique, b: &Unique| a.columns == b.columns;
    let unique = |unique: &Unique| format!("({})", unique.columns.join(", "));
    objects.extend(listed(
        "unique",
        &expected.uniques,
        &found.uniques,
        |unique| &unique.name,
        same_unique,
        unique,
    ));
    let foreign_key = |key: &ForeignKey| {
        format!(
            "({}) → {}({}) on delete {} on update {}{}",
            key.columns.join(", "),
            key.ref_table,
            key.ref_columns.join(", "),
            key.on_delete,
            key.on_update,
            if key.not_valid { ", not validated" } else { "" }
        )
    };
    objects.extend(listed(
        "foreign key",
        &expected.foreign_keys,
        &found.foreign_keys,
        |key| &key.name,
        same_key,
        foreign_key,
    ));
    let same_check = |a: &Check, b: &Check| a.expression == b.expression;
    objects.extend(listed(
        "check",
        &expected.checks,
        &found.checks,
        |check| &check.name,
        same_check,
        |check| check.expression.to_string(),
    ));
    let same_index = |a: &Index, b: &Index| {
        Index {
            name: b.name.clone(),
            ..a.clone()
        } == *b
    };
    objects.extend(listed(
        "index",
        &expected.indexes,
        &found.indexes,
        |index| &index.name,
        same_index,
        Index::describe,
    ));
    objects.extend(single("comment", name, expected.comment.clone(), found.comment.clone()));
    objects.extend(unmanaged(&expected.unmanaged, &found.unmanaged));
    objects
}

/// What the IR has no field for, kind by kind.
fn unmanaged(expected: &[Unmanaged], found: &[Unmanaged]) -> Vec<Object> {
    let mut kinds: Vec<_> = expected.iter().chain(found).map(|one| one.kind).collect();
    kinds.sort();
    kinds.dedup();
    let of =
        |list: &[Unmanaged], kind| -> Vec<Unmanaged> { list.iter().filter(|one| one.kind == kind).cloned().collect() };
    kinds
        .into_iter()
        .flat_map(|kind| {
            listed(
                kind.name(),
                &of(expected, kind),
                &of(found, kind),
                |one| &one.name,
                |a, b| a.definition == b.definition,
                ToString::to_string,
            )
        })
        .collect()
}

fn single(kind: &'static str, name: &str, expected: Option<String>, found: Option<String>) -> Option<Object> {
    let (state, how) = match (expected, found) {
        (None, None) => return None,
        (Some(expected), Some(found)) if expected == found => (State::AsExpected, found),
        (Some(expected), Some(found)) => (State::Different, format!("expected {expected}, found {found}")),
        (Some(expected), None) => (State::Missing, expected),
        (None, Some(found)) => (State::Extra, found),
    };
    Some(Object {
        kind,
        name: name.to_owned(),
        state,
        how,
    })
}

/// Pairs by name first, then what is the same but for its name.
fn listed<T>(
    kind: &'static str,
    expected: &[T],
    found: &[T],
    name: impl Fn(&T) -> &String,
    same: impl Fn(&T, &T) -> bool,
    shown: impl Fn(&T) -> String,
) -> Vec<Object> {
    let mut objects = Vec::new();
    let mut object = |one: &T, state, how| {
        let own = name(one);
        objects.push(Object {
            kind,
            name: if own.is_empty() { shown(one) } else { own.clone() },
            state,
            how,
        });
    };
    let mut left: Vec<&T> = found.iter().collect();
    let mut missing = Vec::new();
    for one in expected {
        let by_name = left
            .iter()
            .position(|other| !name(one).is_empty() && name(other) == name(one));
        let by_form = || {
            left.iter()
                .position(|other| name(other) == name(one) && same(one, other))
        };
        match by_name.or_else(by_form) {
            Some(at) => {
                let other = left.remove(at);
                if same(one, other) {
                    object(one, State::AsExpected, shown(one));
                } else {
                    object(
                        one,
                        State::Different,
                        format!("expected {}, found {}", shown(one), shown(other)),
                    );
                }
            }
            None => missing.push(one),
        }
    }
    for one in missing {
        match left.iter().position(|other| same(one, other)) {
            Some(at) => {
                let other = left.remove(at);
                object(
                    one,
                    State::Different,
                    format!("{}, named `{}`", shown(other), name(other)),
                );
            }
            None => object(one, State::Missing, shown(one)),
        }
    }
    for other in left {
        object(other, State::Extra, shown(other));
    }
    objects
}

/// By table, what is not as expected; of the rest only how many.
impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} objects as expected, {} missing, {} extra, {} different",
            self.as_expected, self.missing, self.extra, self.different
        )?;
        let mut whole = 0;
        for table in &self.tables {
            let wrong: Vec<&Object> = table
                .objects
                .iter()
                .filter(|object| object.state != State::AsExpected)
                .collect();
            if wrong.is_empty() {
                whole += 1;
                continue;
            }
            let expected = table.objects.len() - wrong.len();
            let name = if table.table.is_empty() {
                "enumeration types"
            } else {
                &table.table
            };
            if expected == 0 {
                writeln!(f, "{name}")?;
            } else {
                writeln!(f, "{name} ({expected} of {} objects as expected)", table.objects.len())?;
            }
            for object in wrong {
                let word = match object.state {
                    State::Missing => "missing",
                    State::Extra => "extra",
                    _ => "different",
                };
                let name = match object.kind {
                    "column" => format!("{}.{}", table.table, object.name),
                    _ => object.name.clone(),
                };
                let colon = if object.state == State::Different { ":" } else { "" };
                let how = if name == object.how { "" } else { &object.how };
                writeln!(
                    f,
                    "{}",
                    format!("  {word}: {} {name}{colon} {how}", object.kind).trim_end()
                )?;
            }
        }
        writeln!(f, "{whole} tables are as expected in every column, key and index")
    }
}
