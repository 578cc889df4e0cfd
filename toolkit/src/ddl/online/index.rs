//! Indexes, built and dropped while writers go on.

use sea_orm::{
    ConnectionTrait as _, DbBackend, DbErr,
    sea_query::{IndexCreateStatement, IntoIden, PostgresQueryBuilder, SqliteQueryBuilder},
};
use sea_orm_migration::SchemaManager;

use super::{
    act::{Act, Shape, Unless, drop_index, run},
    lock::LockPolicy,
    there::is_sqlite_index,
};
use crate::ddl::{name_of, plain_name, quote};

/// Builds an index without keeping writers out. What a cancelled build left is dropped and built anew; an index that is
/// there and valid is left. On SQLite it is built plainly.
///
/// ```no_run
/// # use seawright::ddl::online;
/// # use sea_orm_migration::prelude::{DbErr, DeriveIden, Index, SchemaManager, sea_orm};
/// # #[derive(DeriveIden)] enum Logs { Table, JobId }
/// # async fn up(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
/// online::CreateIndex::new(Index::create().name("idx_logs_job_id").table(Logs::Table).col(Logs::JobId))
///     .execute(manager)
///     .await
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "it does nothing until it is executed"]
pub struct CreateIndex {
    shape: Shape,
    postgres: String,
    sqlite: String,
}

impl CreateIndex {
    /// That index.
    pub fn new(index: &mut IndexCreateStatement) -> Self {
        let index = index.take();
        let spec = index.get_index_spec();
        let with_options = |options: fn(&mut IndexCreateStatement) -> &mut IndexCreateStatement| {
            let mut index = index.clone();
            options(&mut index);
            index
        };
        let postgres = with_options(IndexCreateStatement::concurrently).to_string(PostgresQueryBuilder);
        let sqlite = with_options(IndexCreateStatement::if_not_exists).to_string(SqliteQueryBuilder);
        Self {
            shape: Shape {
                name: plain_name(spec.get_name().unwrap_or_default()),
                table: table_of(&index),
                is_unique: index.is_unique_key(),
                create: postgres.clone(),
            },
            postgres,
            sqlite,
        }
    }

    /// An index over expressions, for which sea-query has no builder: its statement for PostgreSQL and for SQLite, which
    /// begin with `CREATE INDEX` or `CREATE UNIQUE INDEX`.
    pub fn of_sql(name: &str, table: impl IntoIden, postgres: &str, sqlite: &str) -> Self {
        let concurrently = postgres.replacen(" INDEX ", " INDEX CONCURRENTLY ", 1);
        Self {
            shape: Shape {
                name: name.to_owned(),
                table: name_of(table),
                is_unique: postgres.starts_with("CREATE UNIQUE "),
                create: concurrently.clone(),
            },
            postgres: concurrently,
            sqlite: sqlite.replacen(" INDEX ", " INDEX IF NOT EXISTS ", 1),
        }
    }

    fn acts(&self) -> Vec<Act> {
        let cleanup = Act::weak(drop_index(&self.shape.name));
        vec![
            Act::weak(self.postgres.clone())
                .unless(Unless::Index(self.shape.clone()))
                .or_else(cleanup),
        ]
    }

    /// The SQL, in order, where nothing is there yet.
    pub fn statements(&self, backend: DbBackend) -> Vec<String> {
        match backend {
            DbBackend::Postgres => sent(&self.acts()),
            _ => vec![self.sqlite.clone()],
        }
    }

    /// Builds it, where it is still to be built.
    ///
    /// # Errors
    /// What the database says; that an index of that name is there and is another.
    pub async fn execute(self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        let db = manager.get_connection();
        if manager.get_database_backend() == DbBackend::Postgres {
            return run(db, &self.acts()).await;
        }
        if is_sqlite_index(db, &self.shape.name, &self.sqlite).await? == Some(false) {
            return Err(DbErr::Migration(format!(
                "an index `{}` is there already and is another one. Drop it or give it another name, then run this again",
                self.shape.name
            )));
        }
        db.execute_unprepared(&self.sqlite).await.map(drop)
    }
}

/// Removes an index without keeping writers out; it may be gone already.
#[derive(Clone, Debug)]
#[must_use = "it does nothing until it is executed"]
pub struct DropIndex(String);

impl DropIndex {
    /// The index of that name.
    pub fn new(name: &str) -> Self {
        Self(name.to_owned())
    }

    fn acts(&self) -> Vec<Act> {
        vec![Act::weak(drop_index(&self.0))]
    }

    /// The SQL, in order.
    pub fn statements(&self, backend: DbBackend) -> Vec<String> {
        match backend {
            DbBackend::Postgres => sent(&self.acts()),
            _ => vec![format!("DROP INDEX IF EXISTS {}", quote(&self.0))],
        }
    }

    /// Removes it.
    ///
    /// # Errors
    /// What the database says.
    pub async fn execute(self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let backend = manager.get_database_backend();
        if backend == DbBackend::Postgres {
            return run(db, &self.acts()).await;
        }
        for sql in self.statements(backend) {
            db.execute_unprepared(&sql).await?;
        }
        Ok(())
    }
}

pub(in crate::ddl) fn sent(acts: &[Act]) -> Vec<String> {
    let policy = LockPolicy::current();
    acts.iter().map(|act| act.sent(&policy)).collect()
}

/// sea-query keeps an index's table to itself; its SQL says `… ON "table" …`.
fn table_of(index: &IndexCreateStatement) -> String {
    let sql = index.to_string(PostgresQueryBuilder);
    let name = quote(&plain_name(index.get_index_spec().get_name().unwrap_or_default()));
    let behind = sql
        .split_once(&format!("{name} ON \""))
        .map_or("", |(_, behind)| behind);
    let (mut table, mut letters) = (String::new(), behind.chars().peekable());
    while let Some(letter) = letters.next() {
        if letter == '"' && letters.next_if_eq(&'"').is_none() {
            break;
        }
        table.push(letter);
    }
    table
}

#[cfg(test)]
mod tests {
    use sea_orm::sea_query::Index;

    use super::*;

    #[test]
    fn an_index_s_table_is_found_whatever_it_is_called() {
        for table in ["logs", "a \"b\" ON \"c\"", "\"", "x\"\"y"] {
            let index = Index::create().name("i ON logs").table(table).col("c").take();
            assert_eq!(table_of(&index), table);
        }
    }
}
