//! The dry run of rows: the real code in a transaction that is rolled back.

use std::{sync::Arc, sync::atomic::Ordering, time::Instant};

use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DatabaseTransaction, DbBackend, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, Statement, TransactionTrait as _,
};
use sea_orm_migration::SchemaManagerConnection;

use super::{
    DataError, DataMigration, RunOptions,
    ledger::{self, images, images::ImageKind},
    quarantine::{self, Held},
    run::Run,
    throttle::Gate,
    verify::{Checked, answers},
};

/// How many examples of a change are shown.
const EXAMPLES: u64 = 3;

/// A row before and after.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Example {
    /// The table.
    pub table: String,
    /// `insert`, `update` or `delete`.
    pub change: String,
    /// The row's primary key.
    pub key: String,
    /// The values that would change, before; none for a row that would be made.
    pub before: Option<serde_json::Value>,
    /// The values after; none for a row that would be deleted.
    pub after: Option<serde_json::Value>,
}

/// Rows of a table that would change in one way.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Changed {
    /// The table.
    pub table: String,
    /// `insert`, `update` or `delete`.
    pub change: String,
    /// How many rows.
    pub rows: u64,
}

/// What a run would do.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Rehearsal {
    /// The step.
    pub step: String,
    /// The table that it reads.
    pub source: String,
    /// The rows that need it.
    pub pending: u64,
    /// The rows that were tried.
    pub tried: u64,
    /// The rows that would change, by table.
    pub changes: Vec<Changed>,
    /// Some of them.
    pub examples: Vec<Example>,
    /// Those that would go into quarantine, constraint failures included, with the reason.
    pub quarantine: Vec<Held>,
    /// Those that a person should look at: key and remark.
    pub notes: Vec<(String, String)>,
    /// The answers that the proof would get; none for a sample, which leaves rows pending.
    pub checks: Vec<Checked>,
    /// Why it would not come to its end, if it would not.
    pub failure: Option<String>,
    /// How long the tried rows took, in milliseconds.
    pub milliseconds: u64,
    /// How long all of them would take by one worker at that speed, in milliseconds, if any were tried.
    pub expected_milliseconds: Option<u64>,
}

impl<M: DataMigration> Run<M> {
    /// Does it all in a transaction that is rolled back.
    pub(super) async fn rehearse(
        &self,
        db: &SchemaManagerConnection<'_>,
        mut options: RunOptions,
    ) -> Result<Rehearsal, DataError> {
        // Whatever it has to wait for, it waits for before: within, it would hold locks and a snapshot all the while.
        let throttle = std::mem::take(&mut options.throttle);
        Gate::new(throttle, options.stop.clone(), &self.step).pass(db).await?;
        let outer = db.begin().await?;
        let told = self.rehearsed(&outer, options).await;
        outer.rollback().await?;
        told
    }

    async fn rehearsed(&self, outer: &DatabaseTransaction, options: RunOptions) -> Result<Rehearsal, DataError> {
        let inner = SchemaManagerConnection::Transaction(outer);
        ledger::install(&inner).await?;
        // Somebody else's run of the step is not ours to go on with.
        let sample = options.limit;
        let clock = Instant::now();
        let mut told = Rehearsal {
            step: self.step.clone(),
            source: Self::table(),
            ..Rehearsal::default()
        };
        let Some(shared) = self.open(&inner, options).await? else {
            return Ok(told);
        };
        let shared = Arc::new(shared);
        told.pending = shared.total - shared.before;
        let mut outcome = self.passes(&inner, &shared).await;
        told.tried = shared.worked.load(Ordering::Relaxed);
        told.milliseconds = u64::try_from(clock.elapsed().as_millis()).unwrap_or(u64::MAX);
        if outcome.is_ok() && sample.is_none() {
            outcome = self.verify(&inner).await;
            told.checks = answers(outer, &self.step).await?;
        }
        if let Err(error) = outcome {
            told.failure = Some(error.to_string());
        }
        if told.tried > 0 {
            let all = u128::from(told.milliseconds) * u128::from(told.pending) / u128::from(told.tried);
            told.expected_milliseconds = u64::try_from(all).ok();
        }
        told.quarantine = quarantine::list(outer, Some(&self.step), &[]).await?;
        told.notes = ledger::notes::Entity::find()
            .select_only()
            .columns([ledger::notes::Column::RowKey, ledger::notes::Column::Note])
            .filter(ledger::notes::Column::Run.eq(shared.run))
            .order_by_asc(ledger::notes::Column::Id)
            .into_tuple()
            .all(outer)
            .await?;
        self.describe(outer, shared.run, &mut told).await?;
        Ok(told)
    }

    async fn describe(&self, db: &DatabaseTransaction, run: i64, told: &mut Rehearsal) -> Result<(), DataError> {
        use sea_orm::ActiveEnum as _;
        let counted: Vec<(String, ImageKind, i64)> = images::Entity::find()
            .select_only()
            .column(images::Column::TableName)
            .column(images::Column::Kind)
            .column_as(
                sea_orm::sea_query::ExprTrait::cast_as(images::Column::RowCount.sum(), "bigint"),
                "rows",
            )
            .filter(images::Column::Run.eq(run))
            .group_by(images::Column::TableName)
            .group_by(images::Column::Kind)
            .order_by_asc(images::Column::TableName)
            .order_by_asc(images::Column::Kind)
            .into_tuple()
            .all(db)
            .await?;
        for (table, kind, count) in counted {
            let change = kind.to_value();
            let first = images::Entity::find()
                .filter(images::Column::Run.eq(run))
                .filter(images::Column::TableName.eq(table.as_str()))
                .filter(images::Column::Kind.eq(kind))
                .order_by_asc(images::Column::Id)
                .one(db)
                .await?;
            if let Some(image) = first {
                told.examples.extend(examples(&image));
            }
            told.changes.push(Changed {
                table,
                change,
                rows: u64::try_from(count).unwrap_or(0),
            });
        }
        // What a made row holds, its image on PostgreSQL does not say.
        if db.get_database_backend() == DbBackend::Postgres {
            for example in told.examples.iter_mut().filter(|example| example.change == "insert") {
                let shape = super::rows::Shape::read(db, &example.table).await?;
                let sql = format!(
                    "SELECT {} FROM {} WHERE {} = $1",
                    shape.json_sql(),
                    crate::ddl::quote(&example.table),
                    shape.key_sql()
                );
                let key = example.key.replace('/', "\u{1f}");
                let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [key.into()]);
                if let Some(row) = db.query_one_raw(statement).await? {
                    let json: String = row.try_get_by_index(0)?;
                    example.after = serde_json::from_str(&json).ok();
                }
            }
        }
        Ok(())
    }
}

/// The first rows of an image.
fn examples(image: &images::Model) -> Vec<Example> {
    use sea_orm::ActiveEnum as _;
    let columns: Vec<String> = serde_json::from_str(&image.columns).unwrap_or_default();
    let rows: Vec<[serde_json::Value; 3]> = serde_json::from_str(&image.rows).unwrap_or_default();
    let named = |values: &serde_json::Value| {
        let values = values.as_array()?;
        if columns.len() != values.len() {
            return Some(serde_json::json!(values));
        }
        let members = columns.iter().cloned().zip(values.iter().cloned());
        Some(serde_json::Value::Object(members.collect()))
    };
    rows.iter()
        .take(usize::try_from(EXAMPLES).unwrap_or(usize::MAX))
        .map(|[key, before, after]| {
            let parts: Vec<String> = key
                .as_array()
                .into_iter()
                .flatten()
                .map(|part| part.as_str().map_or_else(|| part.to_string(), str::to_owned))
                .collect();
            Example {
                table: image.table_name.clone(),
                change: image.kind.to_value(),
                key: parts.join("/"),
                before: named(before),
                after: named(after),
            }
        })
        .collect()
}
