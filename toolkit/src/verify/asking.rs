//! What a check asks with.

use std::{collections::HashMap, sync::Arc};

use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DatabaseTransaction, DbErr, EntityTrait as _, FromQueryResult as _,
    QueryFilter as _, Statement,
    prelude::Json,
    sea_query::{Alias, Expr, ExprTrait as _, Order, Query, SelectStatement},
};
use tokio::sync::{Mutex, OnceCell};

use super::{Found, Row, SHOWN};
use crate::{
    data::{
        Outcome, Shape,
        ledger::{self, moved},
    },
    ddl::{quote, quote_text},
    history::{self, Result},
    schema::Schema,
};

/// How many keys go into one `IN (…)`.
const KEYS: usize = 1000;

/// The rows that refute a claim.
pub(super) struct Rows {
    pub(super) table: String,
    pub(super) key: Vec<String>,
    pub(super) select: SelectStatement,
}

/// What is the same for all checks of one state of the database, and read once.
#[derive(Default)]
pub(super) struct Shared {
    schema: OnceCell<Arc<Schema>>,
    has_ledger: OnceCell<bool>,
    counts: Mutex<HashMap<String, u64>>,
}

/// One state of the database, to be asked and not changed.
pub struct Asking<'a> {
    db: &'a DatabaseTransaction,
    shared: &'a Shared,
}

impl std::fmt::Debug for Asking<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Asking").finish_non_exhaustive()
    }
}

impl<'a> Asking<'a> {
    pub(super) fn new(db: &'a DatabaseTransaction, shared: &'a Shared) -> Self {
        Self { db, shared }
    }

    /// Where the queries go.
    pub fn db(&self) -> &'a DatabaseTransaction {
        self.db
    }

    /// The schema of the database, read once for all checks.
    ///
    /// # Errors
    /// Where the catalog can't be read.
    pub async fn schema(&self) -> Result<Arc<Schema>> {
        let read = || async { history::schema_of(self.db).await.map(Arc::new) };
        Ok(Arc::clone(self.shared.schema.get_or_try_init(read).await?))
    }

    /// Whether the database has Seawright's account of rows.
    ///
    /// # Errors
    /// What the database says.
    pub async fn has_ledger(&self) -> Result<bool> {
        let read = || ledger::is_installed(self.db);
        Ok(*self.shared.has_ledger.get_or_try_init(read).await?)
    }

    /// How many rows a table has, counted once for all checks.
    ///
    /// # Errors
    /// What the database says, for example that there is no such table.
    pub async fn count(&self, table: &str) -> Result<u64> {
        let mut counts = self.shared.counts.lock().await;
        if let Some(count) = counts.get(table) {
            return Ok(*count);
        }
        let count = self.number(format!("SELECT count(*) FROM {}", quote(table))).await?;
        counts.insert(table.to_owned(), count);
        Ok(count)
    }

    /// Which of those rows of a table are in quarantine, by their keys. They are known, and a person's.
    ///
    /// # Errors
    /// What the database says.
    pub async fn in_quarantine(&self, table: &str, keys: &[String]) -> Result<Vec<String>> {
        let mut held = Vec::new();
        if keys.is_empty() || !self.has_ledger().await? {
            return Ok(held);
        }
        let shape = Shape::read(self.db, table).await?;
        for keys in keys.chunks(KEYS) {
            let rows = moved::Entity::find()
                .filter(moved::Column::SourceTable.eq(table))
                .filter(moved::Column::Outcome.is_in([Outcome::Quarantined, Outcome::Accepted]))
                .filter(moved::Column::RowKey.is_in(keys))
                .filter(Expr::cust(format!(
                    "EXISTS (SELECT 1 FROM {} WHERE {} = seawright_data_rows.row_key AND {} = seawright_data_rows.row_json)",
                    quote(table),
                    shape.key_sql(),
                    shape.json_sql()
                )))
                .all(self.db)
                .await?;
            held.extend(rows.into_iter().map(|row| row.row_key));
        }
        Ok(held)
    }

    /// The one number that a query answers with.
    pub(super) async fn number(&self, sql: String) -> Result<u64> {
        let statement = Statement::from_string(self.db.get_database_backend(), sql);
        let row = self.db.query_one_raw(statement).await?;
        let number: Option<i64> = row.map_or(Ok(None), |row| row.try_get_by_index(0))?;
        Ok(u64::try_from(number.unwrap_or(0)).unwrap_or(0))
    }

    /// Looks for the rows that refute a claim.
    pub(super) async fn refuting(&self, rows: &Rows) -> Result<Found> {
        let backend = self.db.get_database_backend();
        let mut select = rows.select.clone();
        let mut found = Found {
            looked_at: self.count(&rows.table).await?,
            total: self.count_of(&select).await?,
            ..Found::default()
        };
        if found.total > 0 && self.has_ledger().await? {
            let shape = Shape::read(self.db, &rows.table).await?;
            let held = Expr::cust(format!(
                "EXISTS (SELECT 1 FROM seawright_data_rows AS kept WHERE kept.source_table = {} AND kept.row_key = {} \
                 AND kept.outcome IN ('quarantined', 'accepted') AND kept.row_json = {})",
                quote_text(&rows.table),
                shape.key_sql(),
                shape.json_sql()
            ));
            found.in_quarantine = self.count_of(select.clone().and_where(held.clone())).await?;
            if found.in_quarantine > 0 {
                found.total = found.total.saturating_sub(found.in_quarantine);
                select.and_where(held.not());
            }
        }
        found.query = backend.build(&select).to_string();
        if found.total == 0 {
            return Ok(found);
        }
        for column in &rows.key {
            select.order_by((Alias::new(&rows.table), Alias::new(column)), Order::Asc);
        }
        for row in self.db.query_all(select.limit(SHOWN as u64)).await? {
            let Json::Object(mut columns) = Json::from_query_result(&row, "")? else {
                continue;
            };
            let key: Vec<String> = rows
                .key
                .iter()
                .filter_map(|name| columns.remove(name))
                .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
                .collect();
            found.rows.push(Row {
                columns: columns.into_iter().collect(),
                ..Row::new(&rows.table, key.join(", "))
            });
        }
        Ok(found)
    }

    async fn count_of(&self, select: &SelectStatement) -> Result<u64, DbErr> {
        let query = Query::select()
            .expr_as(Expr::cust("count(*)"), Alias::new("count"))
            .from_subquery(select.clone(), Alias::new("refuting"))
            .take();
        let row = self.db.query_one(&query).await?;
        let count: i64 = row.map_or(Ok(0), |row| row.try_get("", "count"))?;
        Ok(u64::try_from(count).unwrap_or(0))
    }
}

/// The key of a table's rows as the account of rows writes it; none of a table without one.
pub(super) async fn key_of(asking: &Asking<'_>, table: &str) -> Result<Option<String>> {
    let shape = Shape::read(asking.db(), table).await?;
    Ok((!shape.key.is_empty()).then(|| shape.key_sql()))
}
