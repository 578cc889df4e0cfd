//! Doing it: in one transaction, which only ends well where the database equals the point and no row is missing.

use std::collections::BTreeMap;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, Statement as Sql, TransactionTrait as _,
};

use super::{
    Left, Reconcile, Reconciliation, Repaired, Statement, ledger,
    rows::{MARKED, Rows, Written},
    rules::Reference,
};
use crate::{
    data,
    ddl::quote_text,
    emit::{Form, statements},
    history::{
        Error, History, Result, Runner, compare::own_differences, counts, foreign, ledger as steps, printed::lasting,
        run_lock::RunLock, tracking,
    },
};

impl Reconcile {
    /// Brings the database to the point, or, with `dry_run`, says what that would be and takes everything back.
    ///
    /// # Errors
    /// [`Error::Reconcile`] for a statement that fails; [`Error::Unequal`] and [`Error::Unaccounted`] where the result
    /// is not what it is to be; [`Error::Usage`] where somebody has changed the schema meanwhile. Everything is as it was then.
    pub async fn run(&self, db: &DatabaseConnection, history: History, dry_run: bool) -> Result<Reconciliation> {
        let runner = Runner::new(db, history)?;
        let _lock = if dry_run {
            None
        } else {
            Some(RunLock::take(db, "adopt").await?)
        };
        let sqlite = self.backend == DbBackend::Sqlite;
        if sqlite {
            // Inside a transaction the pragma has no effect. With enforcement on, rebuilding a table would delete the
            // rows that refer to it.
            db.execute_unprepared("PRAGMA foreign_keys = OFF").await?;
        }
        let result = self.transacted(db, &runner, dry_run).await;
        if sqlite {
            db.execute_unprepared("PRAGMA foreign_keys = ON").await?;
        }
        result
    }

    async fn transacted(&self, db: &DatabaseConnection, runner: &Runner<'_>, dry_run: bool) -> Result<Reconciliation> {
        let transaction = db.begin().await?;
        let mut work = Work {
            reconcile: self,
            db: &transaction,
            run: data::run_number(),
            dry_run,
            statements: Vec::new(),
        };
        match work.everything(runner).await {
            Ok(done) if !dry_run => {
                transaction.commit().await?;
                Ok(done)
            }
            other => {
                transaction.rollback().await?;
                other
            }
        }
    }
}

struct Work<'w> {
    reconcile: &'w Reconcile,
    db: &'w DatabaseTransaction,
    run: i64,
    dry_run: bool,
    statements: Vec<Statement>,
}

impl Work<'_> {
    async fn everything(&mut self, runner: &Runner<'_>) -> Result<Reconciliation> {
        let reconcile = self.reconcile;
        self.prepare().await?;
        let before = self.count().await?;
        if !self.dry_run {
            data::ledger::install(self.db).await?;
        }
        for sql in statements(&reconcile.renames, reconcile.dialect(), Form::Whole)? {
            self.change("the schema: what has to come first", sql).await?;
        }
        let rows = Rows::of(self.db, reconcile, !self.dry_run).await?;
        let real = rows.as_sent();
        self.mark(&rows).await?;
        let quarantine = self.marked("quarantined").await?;
        let (repaired, moved_aside) = self.move_rows(&rows, &real).await?;
        let triggers = self.triggers().await?;
        for sql in statements(&lasting(&reconcile.rest), reconcile.dialect(), Form::Whole)? {
            self.change("the schema", sql).await?;
        }
        self.restore_triggers(triggers).await?;
        let mut after = before.clone();
        for (table, gone) in self.tally().await? {
            after.entry(table).and_modify(|rows| *rows -= gone);
        }
        for table in &reconcile.leaving_tables {
            after.remove(table);
        }
        for table in &reconcile.goal.tables {
            after.entry(table.name.clone()).or_insert(0);
        }
        let counts = counts::compare(&before, &after);
        if !self.dry_run {
            self.prove(&after).await?;
            tracking::install(self.db, runner.table()).await?;
            steps::install(self.db).await?;
            for name in &reconcile.recorded {
                tracking::insert(self.db, runner.table(), name).await?;
                if let Some(step) = runner.known().iter().find(|step| step.name() == name) {
                    steps::record(self.db, name, &step.digests).await?;
                }
            }
            counts::store(self.db, "reconcile", self.run, &counts).await?;
            ledger::store(self.db, self.run, &self.statements).await?;
        }
        Ok(Reconciliation {
            after: reconcile.after.clone(),
            changes: reconcile.changes().map(ToString::to_string).collect(),
            statements: std::mem::take(&mut self.statements),
            quarantine,
            repaired,
            kept: reconcile.kept.clone(),
            moved_aside,
            counts,
            recorded: reconcile.recorded.clone(),
            dry_run: self.dry_run,
        })
    }

    /// Moments are read and written in UTC, nobody writes meanwhile, and the schema is still the one that was looked at.
    async fn prepare(&self) -> Result<()> {
        if self.reconcile.backend == DbBackend::Postgres {
            self.db.execute_unprepared("SET LOCAL TIME ZONE 'UTC'").await?;
            let tables: Vec<String> = self
                .reconcile
                .found
                .tables
                .iter()
                .map(|table| table.name.clone())
                .collect();
            if !self.dry_run && !tables.is_empty() {
                let list = crate::ddl::quote_list(&tables);
                self.db
                    .execute_unprepared(&format!("LOCK TABLE {list} IN SHARE ROW EXCLUSIVE MODE"))
                    .await?;
            }
        }
        if foreign::schema_of(self.db).await? != self.reconcile.found {
            return Err(Error::Usage(
                "somebody has changed the schema meanwhile; nothing was written, run the command again".into(),
            ));
        }
        Ok(())
    }

    /// The rows of every table that was there, by its new name.
    async fn count(&self) -> Result<BTreeMap<String, i64>> {
        let mut counted = BTreeMap::new();
        for table in &self.reconcile.renames.after.tables {
            let name = self.reconcile.old_name(&table.name);
            let rows = counts::count(self.db, &[name.to_owned()]).await?;
            counted.insert(table.name.clone(), rows.get(name).copied().unwrap_or(0));
        }
        Ok(counted)
    }

    /// Sends a statement, unless nothing is to be written; it is told either way.
    async fn change(&mut self, why: &str, sql: String) -> Result<()> {
        if !self.dry_run {
            self.send(&sql).await?;
        }
        self.statements.push(Statement {
            why: why.to_owned(),
            sql,
            rows: None,
        });
        Ok(())
    }

    /// The same for one that writes rows, of which a dry run knows the number beforehand.
    async fn write(&mut self, why: &str, sql: String, expected: u64) -> Result<()> {
        let rows = if self.dry_run { expected } else { self.send(&sql).await? };
        self.statements.push(Statement {
            why: why.to_owned(),
            sql,
            rows: Some(rows),
        });
        Ok(())
    }

    async fn send(&self, sql: &str) -> Result<u64> {
        match self.db.execute_unprepared(sql).await {
            Ok(done) => Ok(done.rows_affected()),
            Err(error) => Err(Error::Reconcile {
                statement: sql.to_owned(),
                error,
            }),
        }
    }

    async fn number(&self, sql: String) -> Result<u64> {
        let row = self
            .db
            .query_one_raw(Sql::from_string(self.reconcile.backend, sql))
            .await?;
        let count: i64 = row.map_or(Ok(0), |row| row.try_get("", "count"))?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// Marks the rows that cannot go along, and those that refer to them, until none is added.
    async fn mark(&mut self, rows: &Rows<'_>) -> Result<()> {
        for sql in rows.begin() {
            self.send(&sql).await?;
            self.statements.push(Statement {
                why: "rows that cannot go along are gathered in a table of this connection's own".to_owned(),
                sql,
                rows: None,
            });
        }
        for table in &self.reconcile.leaving_tables {
            self.send(&rows.mark_all(table)).await?;
        }
        for rule in &self.reconcile.rules {
            let (sql, why) = rows.mark_rule(rule);
            self.mark_with(&rule.table, &why, sql).await?;
        }
        let follows = |reference: &&Reference| !reference.nulls;
        let mut first = true;
        loop {
            let mut added = 0;
            for reference in self.reconcile.references.iter().filter(follows) {
                let proven = !reference.unproven || !first;
                if proven && !self.has_marks(&reference.key.ref_table).await? {
                    continue;
                }
                let (sql, why) = rows.mark_reference(reference);
                added += self.mark_with(&reference.table, &why, sql).await?;
            }
            if added == 0 && !first {
                return Ok(());
            }
            first = false;
        }
    }

    async fn mark_with(&mut self, table: &str, why: &str, sql: String) -> Result<u64> {
        let rows = self.send(&sql).await?;
        if rows > 0 {
            self.statements.push(Statement {
                why: format!("`{table}`: rows that cannot go along: {why}"),
                sql,
                rows: Some(rows),
            });
        }
        Ok(rows)
    }

    async fn has_marks(&self, table: &str) -> Result<bool> {
        let sql = format!(
            "SELECT count(*) AS count FROM {MARKED} WHERE tbl = {}",
            quote_text(table)
        );
        Ok(self.number(sql).await? > 0)
    }

    async fn marked(&self, outcome: &str) -> Result<Vec<Left>> {
        let sql =
            format!("SELECT tbl, row_key, reason FROM {MARKED} WHERE outcome = '{outcome}' ORDER BY tbl, row_key");
        let rows = self
            .db
            .query_all_raw(Sql::from_string(self.reconcile.backend, sql))
            .await?;
        let left = rows.into_iter().map(|row| {
            Ok(Left {
                table: row.try_get("", "tbl")?,
                key: row.try_get::<String>("", "row_key")?.replace('\u{1f}', "/"),
                reason: row.try_get("", "reason")?,
            })
        });
        Ok(left.collect::<Result<_, DbErr>>()?)
    }

    /// How many rows of each table are marked.
    async fn tally(&self) -> Result<BTreeMap<String, i64>> {
        let sql = format!("SELECT tbl, count(*) AS count FROM {MARKED} GROUP BY tbl");
        let rows = self
            .db
            .query_all_raw(Sql::from_string(self.reconcile.backend, sql))
            .await?;
        let tally = rows
            .into_iter()
            .map(|row| Ok((row.try_get("", "tbl")?, row.try_get("", "count")?)));
        Ok(tally.collect::<Result<_, DbErr>>()?)
    }

    /// Keeps what cannot go along, takes it out, and repairs what can.
    async fn move_rows(&mut self, rows: &Rows<'_>, real: &Rows<'_>) -> Result<(Vec<Repaired>, Vec<Repaired>)> {
        let reconcile = self.reconcile;
        let now = if self.reconcile.backend == DbBackend::Postgres {
            "(now() AT TIME ZONE 'UTC')"
        } else {
            "strftime('%Y-%m-%d %H:%M:%f', 'now')"
        };
        let tally: BTreeMap<String, u64> = self
            .tally()
            .await?
            .into_iter()
            .map(|(table, rows)| (table, u64::try_from(rows).unwrap_or(0)))
            .collect();
        for (table, marked) in &tally {
            if let Some(sql) = real.keep(table, now) {
                self.write(
                    &format!("`{table}`: rows that cannot go along are kept whole"),
                    sql,
                    *marked,
                )
                .await?;
            }
        }
        let mut moved_aside: Vec<Repaired> = reconcile
            .leaving_tables
            .iter()
            .map(|table| Repaired {
                what: format!("the table `{table}`"),
                rows: tally.get(table).copied().unwrap_or(0),
            })
            .collect();
        for (table, columns) in &reconcile.leaving_columns {
            let count = self.number(rows.count_values(table, columns)).await?;
            if let Some(sql) = real.keep_columns(table, columns, now) {
                self.write(
                    &format!("`{table}`: rows with values that leave the schema are kept whole"),
                    sql,
                    count,
                )
                .await?;
            }
            let names: Vec<String> = columns.iter().map(|column| format!("`{table}.{column}`")).collect();
            moved_aside.push(Repaired {
                what: format!("the column {}", names.join(", ")),
                rows: count,
            });
        }
        let mut repaired = Vec::new();
        for reference in reconcile.references.iter().filter(|reference| reference.nulls) {
            if reference.unproven || self.has_marks(&reference.key.ref_table).await? {
                self.repair(
                    &rows.release(reference, self.run),
                    &real.release(reference, self.run),
                    &mut repaired,
                )
                .await?;
            }
        }
        let tables: Vec<String> = tally.keys().cloned().collect();
        if !tables.is_empty() {
            let deletes = real.delete(&tables);
            let is_one = deletes.len() == 1;
            for (table, sql) in tables.iter().zip(deletes) {
                let rows = if is_one { tally.values().sum() } else { tally[table] };
                self.change("rows that are kept in the ledger leave their tables", sql)
                    .await?;
                if let Some(last) = self.statements.last_mut() {
                    // Of a statement in several parts the server only counts the last.
                    last.rows = Some(rows);
                }
            }
        }
        for fill in &reconcile.fills {
            self.repair(&rows.fill(fill, self.run), &real.fill(fill, self.run), &mut repaired)
                .await?;
        }
        Ok((repaired, moved_aside))
    }

    async fn repair(&mut self, now: &Written, real: &Written, repaired: &mut Vec<Repaired>) -> Result<()> {
        let rows = self.number(now.count.clone()).await?;
        if rows == 0 {
            return Ok(());
        }
        if let Some(note) = &real.note {
            self.write(&format!("{}: a remark on each row", real.what), note.clone(), rows)
                .await?;
        }
        self.write(&real.what, real.update.clone(), rows).await?;
        repaired.push(Repaired {
            what: real.what.clone(),
            rows,
        });
        Ok(())
    }

    /// SQLite's triggers: a table that is built anew loses them.
    async fn triggers(&self) -> Result<Vec<(String, String)>> {
        if self.dry_run || self.reconcile.backend != DbBackend::Sqlite {
            return Ok(Vec::new());
        }
        let sql = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'";
        let rows = self.db.query_all_raw(Sql::from_string(DbBackend::Sqlite, sql)).await?;
        let triggers = rows
            .into_iter()
            .map(|row| Ok((row.try_get("", "name")?, row.try_get("", "sql")?)));
        Ok(triggers.collect::<Result<_, DbErr>>()?)
    }

    async fn restore_triggers(&mut self, before: Vec<(String, String)>) -> Result<()> {
        let left = self.triggers().await?;
        for (name, sql) in before {
            if !left.iter().any(|(own, _)| *own == name) {
                self.change("a trigger of the database's own", sql).await?;
            }
        }
        Ok(())
    }

    /// The database is at the point, and no row is missing.
    async fn prove(&self, expected: &BTreeMap<String, i64>) -> Result<()> {
        let reconcile = self.reconcile;
        let differences = own_differences(&reconcile.goal, &foreign::schema_of(self.db).await?);
        if !differences.is_empty() {
            return Err(Error::Unequal {
                after: reconcile.after.clone(),
                differences,
            });
        }
        let tables: Vec<String> = reconcile.goal.tables.iter().map(|table| table.name.clone()).collect();
        let counted = counts::count(self.db, &tables).await?;
        for (table, rows) in &counted {
            let expected = expected.get(table).copied().unwrap_or(0);
            if expected != *rows {
                return Err(Error::Unaccounted {
                    table: table.clone(),
                    expected,
                    found: *rows,
                });
            }
        }
        if reconcile.backend == DbBackend::Sqlite {
            let broken = self
                .db
                .query_all_raw(Sql::from_string(DbBackend::Sqlite, "PRAGMA foreign_key_check"))
                .await?;
            if let Some(first) = broken.first() {
                return Err(Error::Unaccounted {
                    table: first.try_get("", "table")?,
                    expected: 0,
                    found: i64::try_from(broken.len()).unwrap_or(i64::MAX),
                });
            }
        }
        Ok(())
    }
}
