//! Renames that take along what a database named after the old name.

use sea_orm::{
    ConnectionTrait as _, DbBackend, DbErr,
    sea_query::{IndexCreateStatement, IntoIden, SqliteQueryBuilder},
};
use sea_orm_migration::SchemaManager;

use super::{name_of, object_name, plain_name, quote};

/// Renames a table with the names that PostgreSQL derived from the old one: those of its primary key and of the
/// sequences of its `serial` columns. A plain rename leaves both behind.
#[derive(Clone, Debug)]
#[must_use = "it does nothing until it is executed"]
pub struct RenameTable {
    from: String,
    to: String,
    has_key: bool,
    serials: Vec<String>,
}

impl RenameTable {
    /// Renames one table to the other's name.
    pub fn new(from: impl IntoIden, to: impl IntoIden) -> Self {
        Self {
            from: name_of(from),
            to: name_of(to),
            has_key: false,
            serials: Vec::new(),
        }
    }

    /// Takes the primary key's name along.
    pub fn with_primary_key(mut self) -> Self {
        self.has_key = true;
        self
    }

    /// Takes the name of a serial column's sequence along.
    pub fn with_serial(mut self, column: impl IntoIden) -> Self {
        self.serials.push(name_of(column));
        self
    }

    /// The SQL, in order.
    pub fn statements(&self, backend: DbBackend) -> Vec<String> {
        let mut statements = vec![format!(
            "ALTER TABLE {} RENAME TO {}",
            quote(&self.from),
            quote(&self.to)
        )];
        if backend == DbBackend::Postgres {
            let (from, to) = (&self.from, &self.to);
            if self.has_key {
                let key = |table: &str| quote(&object_name(table, None, "pkey"));
                let (from, to) = (key(from), key(to));
                statements.push(format!("ALTER INDEX IF EXISTS {from} RENAME TO {to}"));
            }
            for column in &self.serials {
                let sequence = |table: &str| quote(&object_name(table, Some(column), "seq"));
                let (from, to) = (sequence(from), sequence(to));
                statements.push(format!("ALTER SEQUENCE IF EXISTS {from} RENAME TO {to}"));
            }
        }
        statements
    }

    /// Makes the rename.
    ///
    /// # Errors
    /// What the database says.
    pub async fn execute(self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        for sql in self.statements(manager.get_database_backend()) {
            manager.get_connection().execute_unprepared(&sql).await?;
        }
        Ok(())
    }
}

/// Renames an index; SQLite, which has no statement for it, drops it and builds it anew.
#[derive(Clone, Debug)]
#[must_use = "it does nothing until it is executed"]
pub struct RenameIndex {
    from: String,
    to: String,
    index: IndexCreateStatement,
}

impl RenameIndex {
    /// Renames an index to the name of the one that is described.
    pub fn new(from: &str, index: &mut IndexCreateStatement) -> Self {
        let index = index.take();
        let to = plain_name(index.get_index_spec().get_name().unwrap_or_default());
        Self {
            from: from.to_owned(),
            to,
            index,
        }
    }

    /// The SQL, in order.
    pub fn statements(&self, backend: DbBackend) -> Vec<String> {
        match backend {
            DbBackend::Sqlite => vec![
                format!("DROP INDEX {}", quote(&self.from)),
                self.index.to_string(SqliteQueryBuilder),
            ],
            _ => vec![format!(
                "ALTER INDEX {} RENAME TO {}",
                quote(&self.from),
                quote(&self.to)
            )],
        }
    }

    /// Makes the rename.
    ///
    /// # Errors
    /// What the database says.
    pub async fn execute(self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        for sql in self.statements(manager.get_database_backend()) {
            manager.get_connection().execute_unprepared(&sql).await?;
        }
        Ok(())
    }
}
