//! Changing rows so that they can be put back: every method writes a before-image in the transaction of the change.

use std::{collections::HashMap, sync::Arc};

use sea_orm::{
    ActiveModelTrait, ConnectionTrait as _, DatabaseTransaction, DbBackend, EntityTrait, IdenStatic as _,
    IntoActiveModel, Iterable as _, Statement, Value, Values,
    prelude::DateTime,
    sea_query::{Condition, Expr, Query, ReturningClause, SelectStatement, SqliteQueryBuilder},
};
use tokio::sync::Mutex;

use super::{
    DataError,
    given::{Alike, alike, among, built, key_list, key_of, keys_of, names, unnested},
    image::{Image, Origin},
    keys::KeySql,
    ledger::images::ImageKind,
    rows::Shape,
    values::{max_parameters, text_of},
};
use crate::ddl::quote;

/// The tables' shapes, read once a run.
#[derive(Debug, Default)]
pub(super) struct Shapes(Mutex<HashMap<String, Arc<Shape>>>);

impl Shapes {
    pub(super) async fn of(&self, db: &DatabaseTransaction, table: &str) -> Result<Arc<Shape>, DataError> {
        let mut known = self.0.lock().await;
        if let Some(shape) = known.get(table) {
            return Ok(Arc::clone(shape));
        }
        let shape = Arc::new(Shape::read(db, table).await?);
        if shape.columns.is_empty() {
            return Err(DataError::Failed(format!("the table `{table}` is not there")));
        }
        if shape.key.is_empty() {
            return Err(DataError::Failed(format!(
                "`{table}` has no primary key, so what is changed in it could not be put back"
            )));
        }
        known.insert(table.to_owned(), Arc::clone(&shape));
        Ok(shape)
    }
}

/// A transaction in which a data migration changes rows, with a before-image of each.
///
/// Rows that the database itself changes, by a trigger or a foreign key's `ON DELETE CASCADE`, have none: delete what
/// refers to a row before the row.
#[derive(Debug)]
pub struct Changes<'c> {
    pub(super) transaction: &'c DatabaseTransaction,
    pub(super) origin: Origin<'c>,
    pub(super) now: DateTime,
    pub(super) shapes: &'c Shapes,
}

impl Changes<'_> {
    /// The transaction that everything happens in. What is changed by it directly has no before-image.
    pub fn transaction(&self) -> &DatabaseTransaction {
        self.transaction
    }

    /// What the migration takes for now, UTC: when the step first began, the same for every batch, worker and resumed run.
    pub fn now(&self) -> DateTime {
        self.now
    }

    /// The database.
    pub fn backend(&self) -> DbBackend {
        self.transaction.get_database_backend()
    }

    fn is_postgres(&self) -> bool {
        self.backend() == DbBackend::Postgres
    }

    async fn shape<T: EntityTrait>(&self) -> Result<Arc<Shape>, DataError> {
        self.shapes.of(self.transaction, T::default().table_name()).await
    }

    /// Inserts rows whose primary keys are set, in few statements.
    ///
    /// # Errors
    /// What the database says; a row without its key.
    pub async fn insert<A: ActiveModelTrait>(&self, models: impl IntoIterator<Item = A>) -> Result<(), DataError> {
        let shape = self.shape::<A::Entity>().await?;
        let image = Image {
            shape: &shape,
            columns: &[],
        };
        let table = quote(&shape.table);
        for alike in alike::<A>(models) {
            let keys = keys_of(&alike)?;
            if self.is_postgres() {
                let (unnest, values) = unnested(&shape, &alike)?;
                let changing = format!(
                    "INSERT INTO {table} ({}) SELECT v.* FROM {unnest} AS v RETURNING {}, NULL::json, {}",
                    names(&alike.columns),
                    image.key_of(&table),
                    image.mark_of(&table)
                );
                self.query(&image.around(self.origin, ImageKind::Insert, &changing), values)
                    .await?;
                continue;
            }
            for (rows, keys) in self.chunks(&alike).zip(keys.chunks(self.chunk(alike.columns.len()))) {
                let mut insert = Query::insert();
                insert
                    .into_table(A::Entity::default())
                    .columns(alike.columns.iter().copied());
                for row in rows {
                    insert.values(row.iter().cloned().map(Expr::value)).map_err(built)?;
                }
                self.transaction.execute(&insert).await?;
                self.record_made(&image, keys).await?;
            }
        }
        Ok(())
    }

    /// Inserts rows and returns them as they are in the table, in the same order.
    ///
    /// # Errors
    /// What the database says.
    pub async fn insert_returning<A>(
        &self,
        models: impl IntoIterator<Item = A>,
    ) -> Result<Vec<<A::Entity as EntityTrait>::Model>, DataError>
    where
        A: ActiveModelTrait,
        <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
    {
        let shape = self.shape::<A::Entity>().await?;
        let image = Image {
            shape: &shape,
            columns: &[],
        };
        let mut models = models.into_iter().peekable();
        let size = self.chunk(<A::Entity as EntityTrait>::Column::iter().count()).min(1000);
        let mut inserted = Vec::new();
        while models.peek().is_some() {
            let chunk: Vec<A> = models.by_ref().take(size).collect();
            let expected = chunk.len();
            let returned = A::Entity::insert_many(chunk)
                .exec_with_returning(self.transaction)
                .await?;
            if returned.len() != expected {
                return Err(DataError::Failed(format!(
                    "the database returned {} of {expected} inserted rows",
                    returned.len()
                )));
            }
            let keys: Vec<Vec<Value>> = returned.iter().map(key_of::<A::Entity>).collect();
            self.record_made(&image, &keys).await?;
            inserted.extend(returned);
        }
        Ok(inserted)
    }

    /// Writes the columns that are set into the rows with these primary keys, in few statements; says how many rows there
    /// were.
    ///
    /// # Errors
    /// What the database says; a row without its key.
    pub async fn update<A: ActiveModelTrait>(&self, models: impl IntoIterator<Item = A>) -> Result<u64, DataError> {
        let shape = self.shape::<A::Entity>().await?;
        let table = quote(&shape.table);
        let mut updated = 0;
        for alike in alike::<A>(models) {
            let changed: Vec<String> = alike
                .columns
                .iter()
                .map(|column| column.as_str().to_owned())
                .filter(|column| !shape.key.contains(column))
                .collect();
            if changed.is_empty() {
                continue;
            }
            let image = Image {
                shape: &shape,
                columns: &changed,
            };
            let keys = keys_of(&alike)?;
            if self.is_postgres() {
                let (unnest, values) = unnested(&shape, &alike)?;
                let sets: Vec<String> = changed
                    .iter()
                    .map(|column| format!("{0} = v.{0}", quote(column)))
                    .collect();
                let same = |one: &str, other: &str| {
                    let parts: Vec<String> = shape
                        .key
                        .iter()
                        .map(|column| format!("{one}.{0} = {other}.{0}", quote(column)))
                        .collect();
                    parts.join(" AND ")
                };
                let changing = format!(
                    "UPDATE {table} SET {} FROM {unnest} AS v ({}), {table} AS old WHERE {} AND {} RETURNING {}, {}, {}",
                    sets.join(", "),
                    names(&alike.columns),
                    same("old", "v"),
                    same(&table, "old"),
                    image.key_of(&table),
                    image.values_of("old"),
                    image.values_of(&table)
                );
                updated += self
                    .query(&image.around(self.origin, ImageKind::Update, &changing), values)
                    .await?;
                continue;
            }
            for (rows, keys) in self.chunks(&alike).zip(keys.chunks(self.chunk(alike.columns.len()))) {
                let before = format!(
                    "SELECT {} AS k, {} AS b, 'null' AS a FROM {table} WHERE {}",
                    image.key_of(&table),
                    image.values_of(&table),
                    among(&shape)
                );
                let Some(id) = self
                    .write(
                        &image.of_query(self.origin, ImageKind::Update, &before),
                        [key_list(keys)],
                    )
                    .await?
                else {
                    continue;
                };
                let at = |column: &str| alike.columns.iter().position(|own| own.as_str() == column).unwrap_or(0) + 1;
                let sets: Vec<String> = changed
                    .iter()
                    .map(|column| format!("{} = v.column{}", quote(column), at(column)))
                    .collect();
                let same: Vec<String> = shape
                    .key
                    .iter()
                    .map(|column| format!("{table}.{} = v.column{}", quote(column), at(column)))
                    .collect();
                let row = format!("({})", vec!["?"; alike.columns.len()].join(", "));
                let sql = format!(
                    "UPDATE {table} SET {} FROM (VALUES {}) AS v WHERE {}",
                    sets.join(", "),
                    vec![row.as_str(); rows.len()].join(", "),
                    same.join(" AND ")
                );
                updated += self.execute(&sql, rows.concat()).await?;
                self.execute(&image.add_after(id), Vec::new()).await?;
            }
        }
        Ok(updated)
    }

    /// Deletes rows, which their before-images keep whole; says how many there were.
    ///
    /// # Errors
    /// What the database says.
    pub async fn delete<T: EntityTrait>(&self, rows: &[T::Model]) -> Result<u64, DataError> {
        if rows.is_empty() {
            return Ok(0);
        }
        let shape = self.shape::<T>().await?;
        let image = Image {
            shape: &shape,
            columns: &shape.columns,
        };
        let table = quote(&shape.table);
        let keys: Vec<Vec<Value>> = rows.iter().map(key_of::<T>).collect();
        if self.is_postgres() {
            let alike = Alike::<T> {
                columns: KeySql::<T>::columns().collect(),
                rows: keys,
            };
            let (unnest, values) = unnested(&shape, &alike)?;
            let same: Vec<String> = shape
                .key
                .iter()
                .map(|column| format!("{table}.{0} = v.{0}", quote(column)))
                .collect();
            let changing = format!(
                "DELETE FROM {table} USING {unnest} AS v ({}) WHERE {} RETURNING {}, {}, NULL::json",
                names(&alike.columns),
                same.join(" AND "),
                image.key_of(&table),
                image.values_of(&table)
            );
            return self
                .query(&image.around(self.origin, ImageKind::Delete, &changing), values)
                .await;
        }
        let condition = among(&shape);
        let before = format!(
            "SELECT {} AS k, {} AS b, 'null' AS a FROM {table} WHERE {condition}",
            image.key_of(&table),
            image.values_of(&table)
        );
        let keys = key_list(&keys);
        self.write(&image.of_query(self.origin, ImageKind::Delete, &before), [keys.clone()])
            .await?;
        self.execute(&format!("DELETE FROM {table} WHERE {condition}"), vec![keys])
            .await
    }

    /// Inserts what a select finds, without a value going through Rust. The columns, in the order of the select, include the
    /// primary key.
    ///
    /// # Errors
    /// What the database says.
    pub async fn insert_select<T: EntityTrait>(
        &self,
        columns: Vec<T::Column>,
        select: SelectStatement,
    ) -> Result<u64, DataError> {
        let shape = self.shape::<T>().await?;
        let image = Image {
            shape: &shape,
            columns: &[],
        };
        let table = quote(&shape.table);
        let mut insert = Query::insert();
        insert
            .into_table(T::default())
            .columns(columns.iter().copied())
            .select_from(select.clone())
            .map_err(built)?;
        if self.is_postgres() {
            insert.returning(ReturningClause::Exprs(vec![
                Expr::cust(image.key_of(&table)),
                Expr::cust("NULL::json"),
                Expr::cust(image.mark_of(&table)),
            ]));
            return self
                .around(&image, ImageKind::Insert, self.backend().build(&insert))
                .await;
        }
        let inserted = self.transaction.execute(&insert).await?.rows_affected();
        if inserted > 0 {
            let named: Vec<String> = columns.iter().map(|column| quote(column.as_str())).collect();
            let key: Vec<String> = shape.key.iter().map(|column| quote(column)).collect();
            let own: Vec<String> = shape
                .key
                .iter()
                .map(|column| format!("{table}.{}", quote(column)))
                .collect();
            let (sql, values) = select.build(SqliteQueryBuilder);
            let made = format!(
                "SELECT {} AS k, 'null' AS b, {} AS a FROM {table} WHERE ({}) IN (WITH made ({}) AS ({sql}) SELECT {} FROM made)",
                image.key_of(&table),
                image.mark_of(&table),
                own.join(", "),
                named.join(", "),
                key.join(", ")
            );
            self.write(&image.of_query(self.origin, ImageKind::Insert, &made), values)
                .await?;
        }
        Ok(inserted)
    }

    /// Sets columns of all rows that a condition holds for, without a value going through Rust; says how many there were.
    ///
    /// # Errors
    /// What the database says; a column of the primary key among the values.
    pub async fn update_where<T: EntityTrait>(
        &self,
        values: Vec<(T::Column, Expr)>,
        condition: Condition,
    ) -> Result<u64, DataError> {
        let shape = self.shape::<T>().await?;
        let changed: Vec<String> = values.iter().map(|(column, _)| column.as_str().to_owned()).collect();
        if let Some(key) = changed.iter().find(|column| shape.key.contains(column)) {
            return Err(DataError::Failed(format!(
                "`{key}` belongs to the primary key of `{}`; a row that gets another key can't be put back: insert and delete it",
                shape.table
            )));
        }
        let image = Image {
            shape: &shape,
            columns: &changed,
        };
        let table = quote(&shape.table);
        if self.is_postgres() {
            // The row joined with itself: the one has the values before, the other those after. The condition stands on
            // both, so that neither is looked for in the whole table.
            let mut old = Query::select();
            let mut same = Condition::all();
            for (at, key) in shape.key.iter().enumerate() {
                old.expr_as(
                    Expr::cust(format!("{table}.{}", quote(key))),
                    format!("seawright_key_{at}"),
                );
                same = same.add(Expr::cust(format!(
                    "{table}.{} = seawright_old.seawright_key_{at}",
                    quote(key)
                )));
            }
            old.expr_as(Expr::cust(image.values_of(&table)), "seawright_before")
                .from(T::default())
                .cond_where(condition.clone());
            let mut update = Query::update();
            update
                .table(T::default())
                .values(values)
                .from(sea_orm::sea_query::TableRef::SubQuery(
                    Box::new(old),
                    sea_orm::sea_query::IntoIden::into_iden("seawright_old"),
                ))
                .cond_where(condition)
                .cond_where(same)
                .returning(ReturningClause::Exprs(vec![
                    Expr::cust(image.key_of(&table)),
                    Expr::cust("seawright_old.seawright_before"),
                    Expr::cust(image.values_of(&table)),
                ]));
            return self
                .around(&image, ImageKind::Update, self.backend().build(&update))
                .await;
        }
        let Some(id) = self.record_before::<T>(&image, ImageKind::Update, &condition).await? else {
            return Ok(0);
        };
        let mut update = Query::update();
        update.table(T::default()).values(values).cond_where(condition);
        let updated = self.transaction.execute(&update).await?.rows_affected();
        self.execute(&image.add_after(id), Vec::new()).await?;
        Ok(updated)
    }

    /// Deletes all rows that a condition holds for; says how many there were.
    ///
    /// # Errors
    /// What the database says.
    pub async fn delete_where<T: EntityTrait>(&self, condition: Condition) -> Result<u64, DataError> {
        let shape = self.shape::<T>().await?;
        let image = Image {
            shape: &shape,
            columns: &shape.columns,
        };
        let table = quote(&shape.table);
        let mut delete = Query::delete();
        delete.from_table(T::default()).cond_where(condition.clone());
        if self.is_postgres() {
            delete.returning(ReturningClause::Exprs(vec![
                Expr::cust(image.key_of(&table)),
                Expr::cust(image.values_of(&table)),
                Expr::cust("NULL::json"),
            ]));
            return self
                .around(&image, ImageKind::Delete, self.backend().build(&delete))
                .await;
        }
        self.record_before::<T>(&image, ImageKind::Delete, &condition).await?;
        Ok(self.transaction.execute(&delete).await?.rows_affected())
    }

    async fn around(&self, image: &Image<'_>, kind: ImageKind, changing: Statement) -> Result<u64, DataError> {
        let values = changing.values.unwrap_or_else(|| Values(Vec::new()));
        self.query(&image.around(self.origin, kind, &changing.sql), values.0)
            .await
    }

    /// SQLite: an image of the rows that a condition holds for, as they are; its number, or none where there are no rows.
    async fn record_before<T: EntityTrait>(
        &self,
        image: &Image<'_>,
        kind: ImageKind,
        condition: &Condition,
    ) -> Result<Option<i64>, DataError> {
        let table = quote(&image.shape.table);
        let mut before = Query::select();
        before
            .expr_as(Expr::cust(image.key_of(&table)), "k")
            .expr_as(Expr::cust(image.values_of(&table)), "b")
            .expr_as(Expr::val("null"), "a")
            .from(T::default())
            .cond_where(condition.clone());
        let (sql, values) = before.build(SqliteQueryBuilder);
        self.write(&image.of_query(self.origin, kind, &sql), values).await
    }

    /// An image of rows that were made, by their keys.
    async fn record_made(&self, image: &Image<'_>, keys: &[Vec<Value>]) -> Result<(), DataError> {
        let table = quote(&image.shape.table);
        if self.is_postgres() {
            let parts: Vec<String> = image
                .shape
                .key
                .iter()
                .enumerate()
                .map(|(at, column)| {
                    let kind = image.shape.type_of(column).unwrap_or("text");
                    format!("{table}.{} = CAST(made.key ->> {at} AS {kind})", quote(column))
                })
                .collect();
            let made = format!(
                "SELECT {}, NULL::json, {} FROM json_array_elements(CAST($1 AS json)) AS made (key) JOIN {table} ON {}",
                image.key_of(&table),
                image.mark_of(&table),
                parts.join(" AND ")
            );
            let keys = serde_json::json!(
                keys.iter()
                    .map(|key| key.iter().map(text_of).collect())
                    .collect::<Vec<Vec<_>>>()
            );
            self.query(
                &image.around(self.origin, ImageKind::Insert, &made),
                vec![keys.to_string().into()],
            )
            .await?;
            return Ok(());
        }
        let made = format!(
            "SELECT {} AS k, 'null' AS b, {} AS a FROM {table} WHERE {}",
            image.key_of(&table),
            image.mark_of(&table),
            among(image.shape)
        );
        self.write(&image.of_query(self.origin, ImageKind::Insert, &made), [key_list(keys)])
            .await?;
        Ok(())
    }

    /// PostgreSQL: a statement that returns how many rows its image has.
    async fn query(&self, sql: &str, values: Vec<Value>) -> Result<u64, DataError> {
        let statement = Statement::from_sql_and_values(self.backend(), sql, values);
        let row = self.transaction.query_one_raw(statement).await?;
        let count: i64 = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    async fn execute(&self, sql: &str, values: Vec<Value>) -> Result<u64, DataError> {
        let statement = Statement::from_sql_and_values(self.backend(), sql, values);
        Ok(self.transaction.execute_raw(statement).await?.rows_affected())
    }

    /// SQLite: writes an image; its number, or none where it would have no rows.
    async fn write(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<Option<i64>, DataError> {
        let statement = Statement::from_sql_and_values(self.backend(), sql, values);
        let written = self.transaction.execute_raw(statement).await?;
        Ok((written.rows_affected() > 0).then(|| i64::try_from(written.last_insert_id()).unwrap_or(0)))
    }

    fn chunk(&self, columns: usize) -> usize {
        (max_parameters(self.backend()) / columns.max(1)).clamp(1, 5000)
    }

    fn chunks<'a, E: EntityTrait>(&self, alike: &'a Alike<E>) -> std::slice::Chunks<'a, Vec<Value>> {
        alike.rows.chunks(self.chunk(alike.columns.len()))
    }
}
