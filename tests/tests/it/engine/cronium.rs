//! The declared schema of Cronium, made from nothing on real databases and read back.

use seawright::{
    introspect::introspect,
    schema::{AutoIncrement, DataType, Expression, ForeignKey, Index, IndexKey, Schema, Table},
};
use tests::on_every_database;

use super::cases::{Ground, from_nothing, same};

/// What a database can tell of a schema: no order, and no expressions, which it prints in its own words.
fn told(schema: &Schema, by_sqlite: bool) -> Schema {
    let mut schema = schema.clone();
    for table in &mut schema.tables {
        table.checks.clear();
        for column in &mut table.columns {
            if column.auto_increment.is_on() {
                column.auto_increment = AutoIncrement::Yes;
            }
            if by_sqlite {
                column.comment = None;
                // One kind of whole number; and `now()` is CURRENT_TIMESTAMP.
                if column.data_type == DataType::BigInteger {
                    column.data_type = DataType::Integer;
                }
                if column.default == Some(Expression::Now) {
                    column.default = Some(Expression::CurrentTimestamp);
                }
            }
        }
        if by_sqlite {
            table.comment = None;
            table.foreign_keys.iter_mut().for_each(|key| key.name.clear());
        }
        table.indexes.iter_mut().for_each(without_expressions);
    }
    schema.normalised()
}

fn without_expressions(index: &mut Index) {
    let some = || Expression::Sql("…".into());
    index.filter = index.filter.as_ref().map(|_| some());
    for part in &mut index.parts {
        if let IndexKey::Expression(expression) = &mut part.key {
            *expression = some();
        }
    }
}

on_every_database! {
    /// Types, nullability, defaults, keys and indexes, by their names.
    async fn cronium_is_read_back_as_it_was_declared(db: TestDb) {
        let declared = entity::schema().schema().unwrap();
        let ground = if db.is_postgres() { Ground::postgres(&db).await } else { Ground::Sqlite };
        let connection = ground.empty().await;
        ground.play(&connection, &from_nothing(&declared)).await.unwrap();
        let read = introspect(&connection).await.unwrap();
        assert_eq!(read.unmanaged().count(), 0, "something has no field in the IR");
        let is_sqlite = db.is_sqlite();
        if let Err(difference) = same(&told(&declared, is_sqlite), &told(&read, is_sqlite)) {
            panic!("{difference}");
        }
        let count = |of: fn(&Table) -> usize| read.tables.iter().map(of).sum::<usize>();
        assert_eq!((count(|table| table.columns.len()), count(|table| table.foreign_keys.len())), (372 + 5, 49));
        let cut: Vec<&ForeignKey> = declared.tables.iter().flat_map(|table| &table.foreign_keys).filter(|key| key.name.len() == 63).collect();
        assert!(!cut.is_empty(), "no name is as long as it can be");
    }
}
