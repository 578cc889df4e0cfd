//! The order in which tables can be made: those referred to first.

use std::collections::BTreeSet;

use crate::schema::{ForeignKey, Table};

/// Sorts tables so that each comes after those it refers to, by name where it does not matter. Foreign keys that
/// close a circle are taken out of their tables and returned to be added at the end: table, key.
pub(super) fn creation_order(tables: Vec<Table>) -> (Vec<Table>, Vec<(String, ForeignKey)>) {
    let mut waiting = tables;
    waiting.sort_by(|a, b| a.name.cmp(&b.name));
    let mut sorted: Vec<Table> = Vec::new();
    let mut deferred = Vec::new();
    while !waiting.is_empty() {
        let names: BTreeSet<String> = waiting.iter().map(|table| table.name.clone()).collect();
        let blocked_by =
            |table: &Table, key: &ForeignKey| key.ref_table != table.name && names.contains(&key.ref_table);
        let free = waiting
            .iter()
            .position(|table| !table.foreign_keys.iter().any(|key| blocked_by(table, key)));
        if let Some(at) = free {
            sorted.push(waiting.remove(at));
            continue;
        }
        // A circle: the table with the fewest references into it gives them up for now.
        let at = (0..waiting.len())
            .min_by_key(|at| {
                waiting[*at]
                    .foreign_keys
                    .iter()
                    .filter(|key| blocked_by(&waiting[*at], key))
                    .count()
            })
            .unwrap_or(0);
        let mut table = waiting.remove(at);
        let (later, now): (Vec<_>, Vec<_>) = table
            .foreign_keys
            .drain(..)
            .partition(|key| key.ref_table != table.name && names.contains(&key.ref_table));
        table.foreign_keys = now;
        deferred.extend(later.into_iter().map(|key| (table.name.clone(), key)));
        sorted.push(table);
    }
    (sorted, deferred)
}
