//! Writing the rows, many at a time.

use std::pin::Pin;

use sea_orm::{
    ConnectionTrait as _, DatabaseTransaction, DbBackend, DbErr, Value,
    sea_query::{Alias, Expr, ExprTrait as _, Query},
};
use seawright::seed::Seeded;

/// A row: columns and values.
pub(super) type Row<const N: usize> = [(&'static str, Value); N];

/// SQLite takes 32766 parameters in a statement, PostgreSQL 65535. Every statement costs PostgreSQL a round trip.
const PARAMETERS: usize = 32_000;

/// How the rows of a table are numbered.
#[derive(Clone, Copy)]
pub(super) enum Key {
    /// By texts of their own.
    Text,
    /// By the database's counter, in the first column. So many later rows were deleted again: the counter stands that
    /// much beyond the highest number.
    Counted { gone: usize },
}

/// Where the rows go.
pub(super) struct Sink<'db> {
    db: &'db DatabaseTransaction,
    /// SQLite has this table as soon as any table has AUTOINCREMENT.
    counters: bool,
    seeded: Seeded,
}

impl<'db> Sink<'db> {
    pub(super) async fn new(db: &'db DatabaseTransaction) -> Result<Self, DbErr> {
        let counters = db.get_database_backend() == DbBackend::Sqlite && {
            let mut query = Query::select();
            query
                .column("name")
                .from("sqlite_schema")
                .and_where(Expr::col("name").eq("sqlite_sequence"));
            db.query_one(&query).await?.is_some()
        };
        Ok(Self {
            db,
            counters,
            seeded: Seeded::default(),
        })
    }

    /// Inserts the rows of a table.
    pub(super) fn insert<'a, const N: usize>(
        &'a mut self,
        table: &'static str,
        key: Key,
        rows: impl Iterator<Item = Row<N>> + Send + 'a,
    ) -> Pin<Box<dyn Future<Output = Result<(), DbErr>> + Send + 'a>> {
        // The types are erased: the compiler can't see that a future with the callers' closures in it is `Send`
        // (rust-lang/rust#102211).
        Box::pin(self.insert_erased(table, key, Box::new(rows)))
    }

    async fn insert_erased<const N: usize>(
        &mut self,
        table: &'static str,
        key: Key,
        mut rows: Box<dyn Iterator<Item = Row<N>> + Send + '_>,
    ) -> Result<(), DbErr> {
        let (mut count, mut highest) = (0, 0);
        loop {
            let mut insert = Query::insert();
            insert.into_table(Alias::new(table));
            let mut some = false;
            for row in rows.by_ref().take((PARAMETERS / N).max(1)) {
                if !some {
                    insert.columns(row.each_ref().map(|(column, _)| Alias::new(*column)));
                    some = true;
                }
                if let Value::Int(Some(id)) = row[0].1 {
                    highest = Ord::max(highest, id);
                }
                count += 1;
                insert
                    .values(row.map(|(_, value)| Expr::value(value)))
                    .map_err(|error| DbErr::Query(sea_orm::RuntimeErr::Internal(error.to_string())))?;
            }
            if !some {
                break;
            }
            self.db.execute(&insert).await?;
        }
        if let Key::Counted { gone } = key {
            self.set_counter(table, i64::from(highest) + i64::try_from(gone).unwrap_or(0))
                .await?;
        }
        self.seeded.tables.push((table.to_owned(), count));
        Ok(())
    }

    /// The rows that went in.
    pub(super) fn into_seeded(self) -> Seeded {
        self.seeded
    }

    async fn set_counter(&self, table: &str, last: i64) -> Result<(), DbErr> {
        if self.db.get_database_backend() == DbBackend::Postgres {
            let sequence =
                Expr::cust_with_values("pg_get_serial_sequence($1, $2)", [format!("\"{table}\""), "id".into()]);
            let mut query = Query::select();
            query.expr(Expr::cust_with_exprs("setval($1, $2)", [sequence, Expr::value(last)]));
            self.db.query_one(&query).await?;
        } else if self.counters {
            let mut update = Query::update();
            update
                .table("sqlite_sequence")
                .value("seq", last)
                .and_where(Expr::col("name").eq(table));
            self.db.execute(&update).await?;
        }
        Ok(())
    }
}
