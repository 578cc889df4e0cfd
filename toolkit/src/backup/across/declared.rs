//! What a schema of SQLite does not tell, and a project knows: it has one word for numbers of 32 and of 64 bits, one for the
//! present moment, and it keeps no names of keys.

use super::{Knowledge, value::Family};
use crate::{
    history::wide_columns,
    schema::{Column, DataType, Expression, ForeignKey, Schema, Table},
};

/// Tells it, of whatever the entities and the books have as it is there.
pub(super) fn told(schema: &mut Schema, knowledge: &Knowledge) {
    let books = wide_columns(knowledge.history);
    for table in &mut schema.tables {
        for column in &mut table.columns {
            if books.contains(&(table.name.clone(), column.name.clone())) {
                widen(column);
            }
        }
        let declared = knowledge.declared.as_ref();
        if let Some(declared) = declared.and_then(|declared| declared.table(&table.name)) {
            from_entity(table, declared);
        }
    }
}

fn widen(column: &mut Column) {
    if column.data_type == DataType::Integer {
        column.data_type = DataType::BigInteger;
    }
}

fn from_entity(table: &mut Table, declared: &Table) {
    for column in &mut table.columns {
        let Some(said) = declared.column(&column.name) else {
            continue;
        };
        if Family::of(&said.data_type) == Some(Family::Integer(64)) {
            widen(column);
        }
        if said.default == Some(Expression::Now) && column.default == Some(Expression::CurrentTimestamp) {
            column.default.clone_from(&said.default);
        }
    }
    if let (Some(key), Some(said)) = (&mut table.primary_key, &declared.primary_key)
        && key.name.is_none()
        && key.columns == said.columns
    {
        key.name.clone_from(&said.name);
    }
    for unique in table.uniques.iter_mut().filter(|unique| unique.name.is_empty()) {
        if let Some(said) = declared.uniques.iter().find(|said| said.columns == unique.columns) {
            unique.name.clone_from(&said.name);
        }
    }
    let refers = |one: &ForeignKey, other: &ForeignKey| {
        one.columns == other.columns && one.ref_table == other.ref_table && one.ref_columns == other.ref_columns
    };
    for key in table.foreign_keys.iter_mut().filter(|key| key.name.is_empty()) {
        if let Some(said) = declared.foreign_keys.iter().find(|said| refers(said, key)) {
            key.name.clone_from(&said.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{PrimaryKey, Unique};

    fn table(wide: DataType, default: Expression, name: &str) -> Table {
        let mut made = Column::new("made_at", DataType::DateTime);
        made.default = Some(default);
        Table {
            name: "notes".into(),
            columns: vec![
                Column::new("id", DataType::Integer),
                Column::new("size", wide),
                Column::new("owner", DataType::Integer),
                made,
            ],
            primary_key: Some(PrimaryKey {
                name: None,
                columns: vec!["id".into()],
            }),
            uniques: vec![Unique {
                name: name.into(),
                columns: vec!["owner".into(), "size".into()],
            }],
            foreign_keys: vec![ForeignKey {
                name: name.into(),
                columns: vec!["owner".into()],
                ref_table: "users".into(),
                ref_columns: vec!["id".into()],
                on_delete: crate::schema::ReferentialAction::Cascade,
                on_update: crate::schema::ReferentialAction::NoAction,
                not_valid: false,
            }],
            ..Table::default()
        }
    }

    fn schema(tables: Vec<Table>) -> Schema {
        Schema {
            tables,
            ..Schema::default()
        }
    }

    #[test]
    fn what_sqlite_does_not_tell_comes_from_the_entities() {
        let said = table(DataType::BigInteger, Expression::Now, "said");
        let knowledge = Knowledge {
            declared: Some(schema(vec![said.clone()])),
            history: None,
        };
        let mut found = schema(vec![table(DataType::Integer, Expression::CurrentTimestamp, "")]);
        told(&mut found, &knowledge);
        assert_eq!(found.tables, [said]);
    }

    /// What the database does tell stays: it may not be what the entities say.
    #[test]
    fn what_sqlite_tells_stays() {
        let knowledge = Knowledge {
            declared: Some(schema(vec![table(DataType::BigInteger, Expression::Now, "said")])),
            history: None,
        };
        let mut other = table(DataType::Text, Expression::text("never"), "other");
        other.foreign_keys[0].ref_table = "people".into();
        let mut found = schema(vec![other.clone()]);
        told(&mut found, &knowledge);
        assert_eq!(found.tables, [other]);
    }

    #[test]
    fn the_books_have_the_types_that_the_runner_gives_them() {
        let mut found = schema(vec![Table {
            name: "seaql_migrations".into(),
            columns: vec![
                Column::new("version", DataType::Varchar(None)),
                Column::new("applied_at", DataType::Integer),
            ],
            ..Table::default()
        }]);
        let mut runs = Table {
            name: "seawright_data_runs".into(),
            ..Table::default()
        };
        runs.columns = vec![
            Column::new("worked", DataType::Integer),
            Column::new("pass", DataType::Integer),
        ];
        found.tables.push(runs);
        told(&mut found, &Knowledge::default());
        let types: Vec<&DataType> = found
            .tables
            .iter()
            .flat_map(|table| table.columns.iter().map(|column| &column.data_type))
            .collect();
        assert_eq!(
            types,
            [
                &DataType::Varchar(None),
                &DataType::BigInteger,
                &DataType::BigInteger,
                &DataType::Integer
            ]
        );
    }
}
