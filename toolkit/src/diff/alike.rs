//! When two things of two schemas are the same.

use crate::schema::{AutoIncrement, Column, DataType, Expression, ForeignKey, Index, IndexKey, IndexPart, Table};

pub(crate) fn same_key(a: &ForeignKey, b: &ForeignKey) -> bool {
    ForeignKey {
        name: b.name.clone(),
        ..a.clone()
    } == *b
}

/// Whether the key that a foreign key refers to comes or goes, or the types of its columns stop comparing with what they
/// were.
pub(super) fn target_changes(before: &Table, after: &Table, key: &ForeignKey) -> bool {
    let by_primary_key = |table: &Table| table.key_columns() == key.ref_columns;
    let by_unique = |table: &Table| table.uniques.iter().any(|unique| unique.columns == key.ref_columns);
    let by_index = |table: &Table| {
        let names = || key.ref_columns.iter().map(|name| Some(name.as_str()));
        let mut unique = table
            .indexes
            .iter()
            .filter(|index| index.unique && index.filter.is_none());
        unique.any(|index| index.parts.iter().map(IndexPart::column_name).eq(names()))
    };
    by_primary_key(before) != by_primary_key(after)
        || by_unique(before) != by_unique(after)
        || by_index(before) != by_index(after)
        || other_family(before, after, &key.ref_columns)
}

/// Whether one of the columns gets a type whose values don't compare with those of the old one.
pub(super) fn other_family(before: &Table, after: &Table, columns: &[String]) -> bool {
    use DataType::{
        BigInteger, BigUnsigned, Char, Integer, SmallInteger, SmallUnsigned, Text, TinyInteger, TinyUnsigned, Unsigned,
        Varchar,
    };
    let family = |data_type: &DataType| match data_type {
        TinyInteger | SmallInteger | Integer | BigInteger | TinyUnsigned | SmallUnsigned | Unsigned | BigUnsigned => {
            Integer
        }
        Char(_) | Varchar(_) => Text,
        other => other.clone(),
    };
    columns
        .iter()
        .any(|name| match (before.column(name), after.column(name)) {
            (Some(old), Some(new)) => family(&old.data_type) != family(&new.data_type),
            _ => false,
        })
}

/// Whether an expression reads a column that gets a type of another family: a database keeps it with the casts of the old
/// one, so that it has to be made anew.
pub(super) fn reads_retyped(before: &Table, after: &Table, expression: &Expression) -> bool {
    let retyped = |name: &str| other_family(before, after, &[name.to_owned()]);
    before
        .columns
        .iter()
        .any(|column| retyped(&column.name) && expression.mentions(&column.name))
}

/// As [`reads_retyped`], of an index's filter and expressions; its columns follow by themselves.
pub(super) fn index_reads_retyped(before: &Table, after: &Table, index: &Index) -> bool {
    let expressions = index.parts.iter().filter_map(|part| match &part.key {
        IndexKey::Expression(expression) => Some(expression),
        IndexKey::Column(_) => None,
    });
    expressions
        .chain(&index.filter)
        .any(|expression| reads_retyped(before, after, expression))
}

/// How a column is numbered is compared only where both sides say how.
pub(crate) fn same_column(a: &Column, b: &Column) -> bool {
    let numbered = match (a.auto_increment, b.auto_increment) {
        (AutoIncrement::Yes, other) | (other, AutoIncrement::Yes) => other.is_on(),
        (a, b) => a == b,
    };
    numbered
        && Column {
            auto_increment: b.auto_increment,
            ..a.clone()
        } == *b
}

pub(super) struct Pairs<'t, T> {
    pub(super) gone: Vec<&'t T>,
    pub(super) new: Vec<&'t T>,
    pub(super) renamed: Vec<(&'t T, &'t T)>,
}

/// Pairs what is the same but for its name; the rest is gone or new.
pub(super) fn pair<'t, T>(
    before: &'t [T],
    after: &'t [T],
    same: impl Fn(&T, &T) -> bool,
    name: impl Fn(&T) -> &String,
) -> Pairs<'t, T> {
    let is_kept = |item: &T, others: &[T]| {
        others
            .iter()
            .any(|other| name(other) == name(item) && same(item, other))
    };
    let mut gone: Vec<&T> = before.iter().filter(|item| !is_kept(item, after)).collect();
    let mut new: Vec<&T> = after.iter().filter(|item| !is_kept(item, before)).collect();
    let mut renamed = Vec::new();
    gone.retain(|old| {
        let Some(at) = new.iter().position(|item| same(old, item)) else {
            return true;
        };
        renamed.push((*old, new.remove(at)));
        false
    });
    // A name must be free before it is given: the last of a chain goes first, and a circle is cut by building anew.
    let mut in_order = Vec::new();
    while !renamed.is_empty() {
        let is_free = |to: &T| !renamed.iter().any(|(old, _)| name(old) == name(to));
        if let Some(at) = renamed.iter().position(|(_, to)| is_free(to)) {
            in_order.push(renamed.remove(at));
        } else {
            let (old, to) = renamed.remove(0);
            gone.push(old);
            new.push(to);
        }
    }
    Pairs {
        gone,
        new,
        renamed: in_order,
    }
}

/// How alike two tables are: the share of columns that agree in name, in per mille.
pub(crate) fn likeness(a: &Table, b: &Table) -> usize {
    let shared = a
        .columns
        .iter()
        .filter(|column| b.column(&column.name).is_some())
        .count();
    let all = a.columns.len() + b.columns.len() - shared;
    (shared * 1000).checked_div(all).unwrap_or(0)
}
