//! Small tables for data migrations made for the purpose.

use std::{collections::BTreeMap, sync::Arc};

use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement, TransactionTrait as _};
use sea_orm_migration::SchemaManagerConnection;
use seawright::data::{DataError, DataStep, RunOptions, Summary};

/// A table with a value of every kind that the two databases share.
pub(crate) mod items {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "items")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: i32,
        #[sea_orm(column_type = "Text")]
        pub(crate) name: String,
        pub(crate) price: Option<f64>,
        pub(crate) seen: bool,
        pub(crate) made: DateTime,
        pub(crate) tags: Option<Json>,
        pub(crate) raw: Option<Vec<u8>>,
        pub(crate) done: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A table with a key of two columns, one of them a text.
pub(crate) mod pairs {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "pairs")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub(crate) word: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) number: i64,
        #[sea_orm(column_type = "Text")]
        pub(crate) state: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What a way through JSON, arrays or SQL most often spoils.
pub(crate) const ODD_TEXTS: [&str; 9] = [
    "",
    " ",
    "NULL",
    "O'Brien said \"no\"; DROP TABLE items; --",
    "back\\slash \\n \\u0041 $1 ? :a {,}",
    "line\nfeed\r\n\ttab \u{1} \u{1f}",
    "żółć 🦀 e\u{301} \u{202e}",
    "{\"a\": [1, null]}",
    "null",
];

pub(crate) async fn make(db: &DatabaseConnection) {
    let schema = sea_orm::Schema::new(db.get_database_backend());
    db.execute(&schema.create_table_from_entity(items::Entity))
        .await
        .unwrap();
    db.execute(&schema.create_table_from_entity(pairs::Entity))
        .await
        .unwrap();
}

/// Items numbered from 1.
pub(crate) async fn fill(db: &DatabaseConnection, count: i32) {
    use sea_orm::{ActiveValue::Set, EntityTrait as _};
    let rows = (1..=count).map(|id| {
        let odd = ODD_TEXTS[usize::try_from(id).unwrap() % ODD_TEXTS.len()];
        items::ActiveModel {
            id: Set(id),
            name: Set(odd.to_owned()),
            price: Set((id % 4 != 0).then(|| f64::from(id) / 3.0 + 0.1)),
            seen: Set(id % 2 == 0),
            made: Set("2025-07-13T02:11:32.372727".parse().unwrap()),
            tags: Set((id % 3 != 0).then(|| serde_json::json!({"odd": odd, "id": id}))),
            raw: Set((id % 5 != 0).then(|| vec![0, 255, u8::try_from(id % 256).unwrap()])),
            done: Set(false),
        }
    });
    let rows: Vec<_> = rows.collect();
    for chunk in rows.chunks(1000) {
        items::Entity::insert_many(chunk.to_vec())
            .exec_without_returning(db)
            .await
            .unwrap();
    }
}

pub(crate) async fn apply(db: &DatabaseConnection, step: &DataStep, options: RunOptions) -> Result<Summary, DataError> {
    let connection = SchemaManagerConnection::Connection(db);
    step.migration().run(step.step(), &connection, options).await
}

/// So many rows a batch, and a lease that nobody waits for long.
pub(crate) fn batches(rows: u64) -> RunOptions {
    RunOptions {
        batch: Some(rows),
        ..RunOptions::default()
    }
}

pub(crate) async fn revert(db: &DatabaseConnection, step: &DataStep, keep_changed: bool) -> Result<(), DataError> {
    let transaction = db.begin().await.unwrap();
    match step.migration().undo(step.step(), &transaction, keep_changed).await {
        Ok(()) => transaction.commit().await.map_err(DataError::from),
        Err(error) => {
            transaction.rollback().await.unwrap();
            Err(error)
        }
    }
}

/// Every row of the tables that are not Seawright's own, as its database writes it.
pub(crate) async fn rows(db: &DatabaseConnection) -> BTreeMap<&'static str, Vec<String>> {
    let mut tables = BTreeMap::new();
    for table in ["items", "pairs"] {
        let text = if db.get_database_backend() == DbBackend::Postgres {
            format!("({table}.*)::text")
        } else if table == "items" {
            "quote(id)||quote(name)||quote(price)||quote(seen)||quote(made)||quote(tags)||quote(raw)||quote(done)"
                .to_owned()
        } else {
            "quote(word)||quote(number)||quote(state)".to_owned()
        };
        let sql = format!("SELECT {text} AS line FROM {table} ORDER BY 1");
        let found = db
            .query_all_raw(Statement::from_string(db.get_database_backend(), sql))
            .await
            .unwrap();
        tables.insert(
            table,
            found.iter().map(|row| row.try_get("", "line").unwrap()).collect(),
        );
    }
    tables
}

pub(crate) async fn number(db: &DatabaseConnection, sql: &str) -> i64 {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let row = db.query_one_raw(statement).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

pub(crate) async fn execute(db: &DatabaseConnection, sql: &str) {
    db.execute_unprepared(sql).await.unwrap();
}

/// A listener that keeps what it hears.
#[derive(Debug, Default)]
pub(crate) struct Heard(pub(crate) std::sync::Mutex<Vec<seawright::data::progress::Event>>);

impl seawright::data::progress::Listener for Heard {
    fn hear(&self, event: &seawright::data::progress::Event) {
        self.0.lock().unwrap().push(event.clone());
    }
}

pub(crate) fn listener() -> Arc<Heard> {
    Arc::default()
}
