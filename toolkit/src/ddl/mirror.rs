//! Two columns that are kept alike, so that a rename can be made while programs of either name run.

use sea_orm::{ConnectionTrait as _, DbBackend, DbErr, Statement, sea_query::IntoIden};
use sea_orm_migration::SchemaManager;

use super::{
    name_of, object_name,
    online::{Act, fill_in_batches, run, sent},
    quote,
};

/// Keeps an old column and a new one alike: copies the values and, on PostgreSQL, has a trigger write both from then on,
/// whichever of them a program writes. The new column has no default meanwhile: a value that nobody wrote could not be told
/// from one that somebody did. Behind [`end`](Self::end) it takes that back, and the new column stands alone.
///
/// SQLite can't set a row's columns before it looks whether they may be NULL, so there the values are copied once, and the
/// end refuses where a program has changed one of the two since.
///
/// ```no_run
/// # use seawright::ddl::MirrorColumn;
/// # use sea_orm_migration::prelude::{DbErr, DeriveIden, SchemaManager, sea_orm};
/// # #[derive(DeriveIden)] enum Logs { Table, ScriptName, EventName }
/// # async fn up(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
/// MirrorColumn::new(Logs::Table, Logs::ScriptName, Logs::EventName)
///     .online()
///     .execute(manager)
///     .await
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "it does nothing until it is executed"]
pub struct MirrorColumn {
    table: String,
    from: String,
    to: String,
    is_back: bool,
    is_end: bool,
    is_online: bool,
}

impl MirrorColumn {
    /// The columns of the old and of the new name.
    pub fn new(table: impl IntoIden, from: impl IntoIden, to: impl IntoIden) -> Self {
        Self {
            table: name_of(table),
            from: name_of(from),
            to: name_of(to),
            is_back: false,
            is_end: false,
            is_online: false,
        }
    }

    /// The values that are there go from the new column to the old one.
    pub fn back(mut self) -> Self {
        self.is_back = true;
        self
    }

    /// Keeps them alike no longer.
    pub fn end(mut self) -> Self {
        self.is_end = true;
        self
    }

    /// Outside of a transaction, so that writers go on while the values are copied. Asked again, it goes on.
    pub fn online(mut self) -> Self {
        self.is_online = true;
        self
    }

    fn name(&self) -> String {
        quote(&object_name(&self.table, Some(&self.to), "mirror"))
    }

    /// What is copied where, and which rows still need it. The texts are compared: not every type has an equality.
    fn copy(&self) -> (&str, String, String) {
        let (source, target) = if self.is_back {
            (&self.to, &self.from)
        } else {
            (&self.from, &self.to)
        };
        let (value, column) = (quote(source), quote(target));
        let open = format!("{column}::text IS DISTINCT FROM {value}::text");
        (target, value, open)
    }

    fn function(&self) -> String {
        let (from, to) = (quote(&self.from), quote(&self.to));
        format!(
            "CREATE OR REPLACE FUNCTION {}() RETURNS trigger LANGUAGE plpgsql AS $mirror$ BEGIN \
             IF TG_OP = 'INSERT' THEN \
             IF NEW.{to} IS NOT NULL THEN NEW.{from} := NEW.{to}; ELSE NEW.{to} := NEW.{from}; END IF; \
             ELSIF NEW.{to}::text IS DISTINCT FROM OLD.{to}::text THEN NEW.{from} := NEW.{to}; \
             ELSIF NEW.{from}::text IS DISTINCT FROM OLD.{from}::text THEN NEW.{to} := NEW.{from}; \
             END IF; RETURN NEW; END $mirror$",
            self.name()
        )
    }

    fn acts(&self) -> Vec<Act> {
        let (name, table) = (self.name(), quote(&self.table));
        let strong = |sql: String| Act::strong(&self.table, sql);
        let drop_trigger = format!("DROP TRIGGER IF EXISTS {name} ON {table}");
        if self.is_end {
            return vec![
                strong(drop_trigger),
                Act::weak(format!("DROP FUNCTION IF EXISTS {name}()")),
            ];
        }
        let (target, value, open) = self.copy();
        vec![
            Act::weak(self.function()),
            // In one message, so in one transaction: there is no moment without it where it was there already.
            strong(format!("{drop_trigger}; {}", self.trigger())),
            Act::weak(fill_in_batches(&self.table, target, &value, &open, true)),
        ]
    }

    fn trigger(&self) -> String {
        let name = self.name();
        format!(
            "CREATE TRIGGER {name} BEFORE INSERT OR UPDATE ON {} FOR EACH ROW EXECUTE FUNCTION {name}()",
            quote(&self.table)
        )
    }

    fn plain(&self) -> Vec<String> {
        let table = quote(&self.table);
        if self.is_end {
            // Without IF EXISTS: where somebody has taken it away, the two need not be alike any more.
            return vec![
                format!("DROP TRIGGER {} ON {table}", self.name()),
                format!("DROP FUNCTION IF EXISTS {}()", self.name()),
            ];
        }
        let (target, value, open) = self.copy();
        let copy = format!("UPDATE {table} SET {} = {value} WHERE {open}", quote(target));
        vec![self.function(), self.trigger(), copy]
    }

    /// The SQL, in order, where nothing is there yet.
    pub fn statements(&self, backend: DbBackend) -> Vec<String> {
        match backend {
            DbBackend::Postgres if self.is_online => sent(&self.acts()),
            DbBackend::Postgres => self.plain(),
            _ if self.is_end => Vec::new(),
            _ => {
                let (target, value, _) = self.copy();
                let (table, target) = (quote(&self.table), quote(target));
                vec![format!(
                    "UPDATE {table} SET {target} = {value} WHERE {target} IS NOT {value}"
                )]
            }
        }
    }

    /// Makes or ends it.
    ///
    /// # Errors
    /// What the database says; at the end, on SQLite, that rows differ.
    pub async fn execute(self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let backend = manager.get_database_backend();
        if backend == DbBackend::Postgres && self.is_online {
            return run(db, &self.acts()).await;
        }
        if backend == DbBackend::Sqlite && self.is_end {
            self.require_alike(manager).await?;
        }
        for sql in self.statements(backend) {
            db.execute_unprepared(&sql).await?;
        }
        Ok(())
    }

    async fn require_alike(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        let (table, from, to) = (quote(&self.table), quote(&self.from), quote(&self.to));
        let sql = format!("SELECT count(*) FROM {table} WHERE {from} IS NOT {to}");
        let row = manager
            .get_connection()
            .query_one_raw(Statement::from_string(DbBackend::Sqlite, sql))
            .await?;
        let count: i64 = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
        if count == 0 {
            return Ok(());
        }
        Err(DbErr::Migration(format!(
            "in {count} row{} of `{}` the columns `{}` and `{}` differ: a program has written one of them since they were copied. \
             Decide which value holds and write it into both (UPDATE {table} SET {to} = {from}, or the other way round), then run \
             this again",
            if count == 1 { "" } else { "s" },
            self.table,
            self.from,
            self.to
        )))
    }
}
