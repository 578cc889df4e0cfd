//! A live database → the IR: every kind of object, as legacy DDL has it, in snapshots of the IR's JSON.

mod own_tables;
mod postgres;
mod sqlite;

use sea_orm::{ConnectionTrait as _, DatabaseConnection};
use seawright::{introspect::introspect, schema::Schema};
use tests::TestDb;

/// Runs a script and reads the schema that it made.
async fn read_after(db: &TestDb, script: &str) -> Schema {
    let connection = db.connect().await;
    connection.execute_unprepared(script).await.unwrap();
    read(&connection).await
}

/// Reads the schema twice, which must be the same, and through JSON, which must lose nothing.
async fn read(connection: &DatabaseConnection) -> Schema {
    let schema = introspect(connection).await.unwrap();
    assert_eq!(schema, introspect(connection).await.unwrap());
    assert_eq!(schema, Schema::from_json(&schema.to_json().unwrap()).unwrap());
    schema
}
