//! Real databases for the cases and the law.

use sea_orm::{
    ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DbBackend, DbErr, Statement,
    TransactionTrait as _,
};
use sea_orm_migration::{MigrationTrait, SchemaManager};
use seawright::{
    diff::Plan,
    emit::{Form, Part, script, statements},
    introspect::introspect,
    schema::{Dialect, Schema},
};
use tests::{TestDb, psql};

use super::cases::{back, from_nothing, made_of};

/// Where databases can be had.
pub(crate) enum Ground {
    /// A schema of a database, over one connection.
    Postgres {
        /// The connection.
        connection: DatabaseConnection,
        /// The schema.
        schema: &'static str,
        /// The database.
        url: String,
    },
    /// Databases in memory.
    Sqlite,
}

impl Ground {
    pub(crate) async fn postgres(db: &TestDb) -> Self {
        Self::schema(db, "here").await
    }

    /// Another schema of the same database.
    pub(crate) async fn beside(db: &TestDb) -> Self {
        Self::schema(db, "there").await
    }

    async fn schema(db: &TestDb, schema: &'static str) -> Self {
        let mut options = ConnectOptions::new(db.url());
        options.max_connections(1).sqlx_logging(false);
        let connection = Database::connect(options).await.unwrap();
        // Moments with a zone are read in this one.
        connection.execute_unprepared("SET TimeZone TO 'UTC'").await.unwrap();
        Self::Postgres {
            connection,
            schema,
            url: db.url().to_owned(),
        }
    }

    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Self::Postgres { .. } => Dialect::Postgres,
            Self::Sqlite => Dialect::Sqlite,
        }
    }

    /// An empty database; on PostgreSQL an empty schema, which is the current one until the next call.
    pub(crate) async fn empty(&self) -> DatabaseConnection {
        match self {
            Self::Postgres { connection, schema, .. } => {
                let sql = format!(
                    "SET client_min_messages = warning; DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}; \
                     SET search_path TO {schema}"
                );
                connection.execute_unprepared(&sql).await.unwrap();
                connection.clone()
            }
            Self::Sqlite => {
                let mut options = ConnectOptions::new("sqlite::memory:");
                options.max_connections(1).sqlx_logging(false);
                Database::connect(options).await.unwrap()
            }
        }
    }

    /// Runs a plan's migrations.
    pub(crate) async fn play(&self, db: &DatabaseConnection, plan: &Plan) -> Result<(), String> {
        self.play_all(db, &made_of(plan)).await
    }

    /// Takes a plan's migrations back.
    pub(crate) async fn play_back(&self, db: &DatabaseConnection, plan: &Plan) -> Result<(), String> {
        self.play_all(db, &back(plan)).await
    }

    async fn play_all(&self, db: &DatabaseConnection, parts: &[Part]) -> Result<(), String> {
        for part in parts {
            self.play_part(db, part).await?;
        }
        Ok(())
    }

    async fn play_part(&self, db: &DatabaseConnection, part: &Part) -> Result<(), String> {
        let statements = statements(&part.plan, self.dialect(), part.form).map_err(|error| error.to_string())?;
        self.as_the_runner(db, part.form, async |manager| {
            for sql in &statements {
                let sent = manager.get_connection().execute_unprepared(sql).await;
                sent.map_err(|error| format!("{sql}\n  {error}"))?;
            }
            Ok(())
        })
        .await
    }

    /// Runs a migration as it was emitted.
    pub(crate) async fn migrate(
        &self,
        db: &DatabaseConnection,
        migration: &dyn MigrationTrait,
        form: Form,
        up: bool,
    ) -> Result<(), String> {
        self.as_the_runner(db, form, async |manager| {
            let done = if up {
                migration.up(manager).await
            } else {
                migration.down(manager).await
            };
            done.map_err(|error: DbErr| error.to_string())
        })
        .await
    }

    /// Runs a plan as the script that a plain client is given.
    pub(crate) async fn run_script(&self, db: &DatabaseConnection, plan: &Plan) -> Result<(), String> {
        let script = script(plan, self.dialect()).map_err(|error| error.to_string())?;
        match self {
            Self::Postgres { schema, url, .. } => psql(url, schema, &script),
            Self::Sqlite => {
                // The commands of the program `sqlite3` are no SQL.
                let sql: String = script
                    .lines()
                    .filter(|line| !line.starts_with('.'))
                    .map(|line| format!("{line}\n"))
                    .collect();
                let ran = db.execute_unprepared(&sql).await;
                if let Err(error) = ran {
                    let _ = db.execute_unprepared("ROLLBACK").await;
                    return Err(error.to_string());
                }
                rows_refer(db).await
            }
        }
    }

    /// In a transaction but for what is online on PostgreSQL, on SQLite with foreign keys off, and checked afterwards.
    async fn as_the_runner(
        &self,
        db: &DatabaseConnection,
        form: Form,
        run: impl AsyncFnOnce(&SchemaManager<'_>) -> Result<(), String>,
    ) -> Result<(), String> {
        if form == Form::Online && self.dialect() == Dialect::Postgres {
            return run(&SchemaManager::new(db)).await;
        }
        let is_sqlite = matches!(self, Self::Sqlite);
        if is_sqlite {
            db.execute_unprepared("PRAGMA foreign_keys = OFF").await.unwrap();
        }
        let transaction = db.begin().await.unwrap();
        let mut ran = run(&SchemaManager::new(&transaction)).await;
        if ran.is_ok() && is_sqlite {
            ran = rows_refer(&transaction).await;
        }
        match ran {
            Ok(()) => transaction.commit().await.unwrap(),
            Err(_) => transaction.rollback().await.unwrap(),
        }
        if is_sqlite {
            db.execute_unprepared("PRAGMA foreign_keys = ON").await.unwrap();
        }
        ran
    }

    /// What a database made from nothing looks like.
    pub(crate) async fn built(&self, schema: &Schema) -> Result<Schema, String> {
        let db = self.empty().await;
        self.play(&db, &from_nothing(schema)).await?;
        Ok(self.read(&db).await)
    }

    /// The schema as far as it is to be the same however it came about.
    pub(crate) async fn read(&self, db: &DatabaseConnection) -> Schema {
        let mut schema = introspect(db).await.unwrap();
        for table in &mut schema.tables {
            table.columns.sort_by(|a, b| a.name.cmp(&b.name));
            if matches!(self, Self::Sqlite) {
                // sea-query writes no name for a foreign key on SQLite.
                table.foreign_keys.iter_mut().for_each(|key| key.name.clear());
            }
        }
        schema.normalised()
    }
}

async fn rows_refer(db: &impl sea_orm::ConnectionTrait) -> Result<(), String> {
    let check = Statement::from_string(DbBackend::Sqlite, "PRAGMA foreign_key_check");
    if db.query_all_raw(check).await.unwrap().is_empty() {
        Ok(())
    } else {
        Err("rows refer to rows that are not there".to_owned())
    }
}
