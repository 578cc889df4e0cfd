//! Unique constraints and primary keys by way of a unique index that is built while writers go on.

use super::{
    act::{Act, Shape, Unless, drop_index},
    there::Constraint,
};
use crate::ddl::{object_name, quote, quote_list};

fn create(table: &str, index: &str, columns: &[String]) -> String {
    format!(
        "CREATE UNIQUE INDEX CONCURRENTLY {} ON {} ({})",
        quote(index),
        quote(table),
        quote_list(columns)
    )
}

fn build(table: &str, index: &str, columns: &[String]) -> Act {
    Act::weak(create(table, index, columns)).or_else(Act::weak(drop_index(index)))
}

fn shape(table: &str, index: &str, columns: &[String]) -> Unless {
    Unless::Index(Shape {
        name: index.to_owned(),
        table: table.to_owned(),
        is_unique: true,
        create: create(table, index, columns),
    })
}

pub(super) fn add_unique(table: &str, name: &str, columns: &[String]) -> Vec<Act> {
    let is_there = || Unless::Constraint(Constraint::unique(table, name, columns));
    let (quoted, quoted_name) = (quote(table), quote(name));
    let add = format!("ALTER TABLE {quoted} ADD CONSTRAINT {quoted_name} UNIQUE USING INDEX {quoted_name}");
    vec![
        build(table, name, columns)
            .unless(is_there())
            .unless(shape(table, name, columns)),
        Act::strong(table, add).unless(is_there()),
    ]
}

/// A primary key, in one statement with the end of the one that it replaces: the table is never without. Its columns are
/// NOT NULL by now, so that nothing is read under the lock.
pub(super) fn add_primary_key(table: &str, name: &str, columns: &[String], replaced: Option<&str>) -> Vec<Act> {
    let is_there = || Unless::PrimaryKey(table.to_owned(), name.to_owned(), columns.to_vec());
    let index = object_name(table, None, "next_pkey");
    let drop = replaced.map_or_else(String::new, |old| format!("DROP CONSTRAINT {}, ", quote(old)));
    let add = format!(
        "ALTER TABLE {} {drop}ADD CONSTRAINT {} PRIMARY KEY USING INDEX {}",
        quote(table),
        quote(name),
        quote(&index)
    );
    vec![
        build(table, &index, columns)
            .unless(is_there())
            .unless(shape(table, &index, columns)),
        Act::strong(table, add).unless(is_there()),
    ]
}
