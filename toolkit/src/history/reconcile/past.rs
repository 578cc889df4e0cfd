//! What the history itself has renamed on the way to a point.

use crate::schema::{Column, Schema, Table};

/// The columns that the history renames up to a point, as `(table, old, new)`: what a database that stands before
/// such a step still calls by the old name is answered by the history, and nobody is asked.
///
/// A renamed column keeps its place; one that is dropped lets those behind it move up, and one that is added comes last.
/// So a column with a new name in its old place was renamed where one behind it has kept name and place.
pub(super) fn renamed_columns(points: &[(String, Schema)]) -> Vec<(String, String, String)> {
    let mut renamed: Vec<(String, String, String)> = Vec::new();
    for pair in points.windows(2) {
        let [(_, before), (_, after)] = pair else { continue };
        for table in &after.tables {
            let Some(old) = before.table(&table.name) else {
                continue;
            };
            for (was, is) in in_place(old, table) {
                match renamed
                    .iter_mut()
                    .find(|(of, _, new)| *of == table.name && *new == was.name)
                {
                    Some((.., new)) => new.clone_from(&is.name),
                    None => renamed.push((table.name.clone(), was.name.clone(), is.name.clone())),
                }
            }
        }
    }
    renamed
}

fn in_place<'t>(before: &'t Table, after: &'t Table) -> Vec<(&'t Column, &'t Column)> {
    let places: Vec<(&Column, &Column)> = before.columns.iter().zip(&after.columns).collect();
    let last_kept = places.iter().rposition(|(was, is)| was.name == is.name).unwrap_or(0);
    let others = &places[..last_kept];
    let renamed: Vec<(&Column, &Column)> = others.iter().copied().filter(|(was, is)| was.name != is.name).collect();
    let is_renamed =
        |(was, is): &(&Column, &Column)| after.column(&was.name).is_none() && before.column(&is.name).is_none();
    if renamed.iter().all(is_renamed) {
        renamed
    } else {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::DataType;

    fn points(tables: &[&[&str]]) -> Vec<(String, Schema)> {
        let point = |columns: &&[&str]| {
            let mut schema = Schema::default();
            schema.insert(Table {
                name: "logs".into(),
                columns: columns.iter().map(|name| Column::new(*name, DataType::Text)).collect(),
                ..Table::default()
            });
            (String::new(), schema)
        };
        tables.iter().map(point).collect()
    }

    #[test]
    fn a_new_name_in_an_old_place_is_a_rename() {
        let renamed = |tables: &[&[&str]]| {
            renamed_columns(&points(tables))
                .into_iter()
                .map(|(_, old, new)| format!("{old}={new}"))
                .collect::<Vec<_>>()
        };
        assert_eq!(renamed(&[&["id", "a", "z"], &["id", "b", "z", "new"]]), ["a=b"]);
        assert_eq!(
            renamed(&[&["id", "a", "z"], &["id", "b", "z"], &["id", "c", "z"]]),
            ["a=c"]
        );
        // Dropped, and another one added.
        assert_eq!(renamed(&[&["id", "a", "z"], &["id", "z", "b"]]), Vec::<String>::new());
        // In the last place it could be either.
        assert_eq!(renamed(&[&["id", "a"], &["id", "b"]]), Vec::<String>::new());
    }
}
