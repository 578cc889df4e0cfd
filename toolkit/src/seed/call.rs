//! One call of a factory: which rows, how many, and what is said of them.

use std::sync::Arc;

use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityName as _, EntityTrait, IdenStatic, Iterable as _, ModelTrait,
    QueryFilter as _, SqliteTransactionMode, TransactionOptions, TransactionTrait, Value,
};

use super::{
    Factory, SeedError,
    error::Doing as _,
    factory::Known,
    making::{Asked, BATCH, Context, Links},
    row::{Row, Typed, Values, shown},
    write::Writer,
};

type Change<'f, E> = Box<dyn FnMut(usize, &mut <E as EntityTrait>::ActiveModel) + Send + 'f>;

/// A row that somebody gave to refer to.
struct Given {
    table: String,
    /// The names and values of its columns.
    values: Vec<(String, Value)>,
    /// The column by which, where somebody says.
    by: Option<String>,
}

/// Rows that are asked for: nothing is made before [`insert`](Many::insert) or [`fill`](Many::fill).
#[must_use = "nothing is made before `insert` or `fill`"]
pub struct Many<'f, E: EntityTrait> {
    factory: &'f mut Factory,
    count: usize,
    changes: Vec<Change<'f, E>>,
    given: Vec<Given>,
    links: Links,
}

/// A row that is asked for: nothing is made before [`insert`](One::insert).
#[must_use = "nothing is made before `insert`"]
pub struct One<'f, E: EntityTrait>(Many<'f, E>);

impl<E: EntityTrait> std::fmt::Debug for Many<'_, E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Many")
            .field("table", &E::default().table_name())
            .field("count", &self.count)
            .finish_non_exhaustive()
    }
}

impl<E: EntityTrait> std::fmt::Debug for One<'_, E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl<'f, E> Many<'f, E>
where
    E: EntityTrait<Column: IdenStatic>,
{
    pub(super) fn new(factory: &'f mut Factory, count: usize) -> Self {
        Self {
            factory,
            count,
            changes: Vec::new(),
            given: Vec::new(),
            links: Links::default(),
        }
    }

    /// Gives a column of every row that value.
    ///
    /// # Panics
    /// Where the column's type has no such value, as in [`sea_orm::ActiveModelTrait::set`].
    pub fn set(self, column: E::Column, value: impl Into<Value>) -> Self {
        use sea_orm::ActiveModelTrait as _;
        let value = value.into();
        self.with(move |_, row| row.set(column, value.clone()))
    }

    /// Changes every row, which it finds with what the factory has made up; beside it gets the row's place in the call, from
    /// 0. References and numbers are filled in afterwards, where they are not set.
    pub fn with(mut self, change: impl FnMut(usize, &mut E::ActiveModel) + Send + 'f) -> Self {
        self.changes.push(Box::new(change));
        self
    }

    /// Has the rows refer to that one; and where they need a row of another table that it refers to, to that: a job of an
    /// event belongs to the event's user.
    ///
    /// A row that they have no reference to is handed on to those that are made for them.
    pub fn of<M>(self, row: &M) -> Self
    where
        M: ModelTrait<Entity: EntityTrait<Model = M, Column: IdenStatic>>,
    {
        self.give(row, None)
    }

    /// Has the rows refer to that one by a column. For tables with several references to its table.
    pub fn of_by<M>(self, column: E::Column, row: &M) -> Self
    where
        M: ModelTrait<Entity: EntityTrait<Model = M, Column: IdenStatic>>,
    {
        self.give(row, Some(column.as_str().to_owned()))
    }

    fn give<M>(mut self, row: &M, by: Option<String>) -> Self
    where
        M: ModelTrait<Entity: EntityTrait<Model = M, Column: IdenStatic>>,
    {
        let columns = <M::Entity as EntityTrait>::Column::iter();
        self.given.push(Given {
            table: M::Entity::default().table_name().to_owned(),
            values: columns
                .map(|column| (column.as_str().to_owned(), row.get(column)))
                .collect(),
            by,
        });
        self
    }

    /// Has a row made for a reference that may be NULL, and otherwise is.
    pub fn link(mut self, column: E::Column) -> Self {
        self.links.wanted.push(column.as_str().to_owned());
        self
    }

    /// Has every row refer to rows of its own; otherwise the rows of a call share those that are made for them, except
    /// where a unique key lets no two have the same.
    pub fn apart(mut self) -> Self {
        self.links.own = true;
        self
    }

    /// Makes the rows and returns them as they are in the database, in the order in which they were made.
    ///
    /// # Errors
    /// [`SeedError`]. Then none of them is there, nor any row that was made for them.
    pub async fn insert<C>(self, db: &C) -> Result<Vec<E::Model>, SeedError>
    where
        C: ConnectionTrait + TransactionTrait,
        E::Model: Send + Sync,
    {
        let tx = begin(db).await?;
        let (known, keys) = self.make(&tx, true).await?;
        let models = read::<E, _>(&tx, &known, &keys).await?;
        commit(tx).await?;
        Ok(models)
    }

    /// Makes the rows and returns how many there are: the way for very many, of which nothing is kept in memory.
    ///
    /// # Errors
    /// As [`insert`](Self::insert).
    pub async fn fill<C>(self, db: &C) -> Result<u64, SeedError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        let tx = begin(db).await?;
        let count = self.count as u64;
        self.make(&tx, false).await?;
        commit(tx).await?;
        Ok(count)
    }

    /// Writes the rows, and keeps their keys where they are wanted.
    async fn make<C: ConnectionTrait>(self, db: &C, keeps: bool) -> Result<(Arc<Known>, Vec<Values>), SeedError> {
        let Self {
            factory,
            count,
            mut changes,
            given,
            links,
        } = self;
        let known = factory.known(E::default().table_name())?;
        let typed = Typed::<E>::new(&known.table);
        let mut context = Context::default();
        let mut values = Vec::new();
        for one in &given {
            one.check(factory, &known, &mut context, &mut values)?;
        }
        let mut shape = |number: usize, known: &Known, row: &mut Row| -> Result<(), SeedError> {
            for (at, value) in &values {
                row.values[*at] = Some(value.clone());
                row.made_up[*at] = false;
            }
            // What the entity could not read back is told before it is written.
            if changes.is_empty() && number > 0 {
                return Ok(());
            }
            let mut model = typed.read(&known.table, &row.values)?;
            for change in &mut changes {
                change(number, &mut model);
            }
            typed.write(&model, row);
            Ok(())
        };
        let mut asked = Asked {
            shape: Some(&mut shape),
            context,
            given_tables: given.iter().map(|one| one.table.clone()).collect(),
            links,
            path: vec![known.table.name.clone()],
            ..Asked::default()
        };
        let mut writer = Writer::new(db);
        let mut kept = Vec::new();
        let mut gave_numbers = false;
        let mut done = 0;
        while done < count {
            let next = count.min(done + BATCH);
            let rows = factory.batch(&mut writer, &known, done..next, &mut asked).await?;
            let rows_values: Vec<&Values> = rows.iter().map(|row| &row.values).collect();
            writer.insert(&known.table, &rows_values).await?;
            if let Some(at) = known.numbered() {
                gave_numbers |= rows.iter().any(|row| !row.made_up[at]);
            }
            if keeps {
                let key = known.places(known.table.key_columns());
                kept.extend(
                    rows.into_iter()
                        .map(|row| key.iter().map(|at| row.values[*at].clone()).collect::<Values>()),
                );
            }
            done = next;
        }
        if let Some(at) = known.numbered().filter(|_| gave_numbers) {
            writer.follow(&known.table, &known.table.columns[at].name).await?;
        }
        Ok((known, kept))
    }
}

impl Given {
    /// Finds the reference that is meant; without one the row is for those that are made.
    fn check(
        &self,
        factory: &mut Factory,
        known: &Known,
        context: &mut Context,
        values: &mut Vec<(usize, Value)>,
    ) -> Result<(), SeedError> {
        let parent = factory.known(&self.table)?;
        let value = |name: &str| {
            self.values
                .iter()
                .find(|(own, _)| own == name)
                .map(|(_, value)| value.clone())
        };
        let row = parent.table.columns.iter().map(|column| value(&column.name)).collect();
        let mut keys: Vec<_> = known
            .table
            .foreign_keys
            .iter()
            .filter(|key| key.ref_table == self.table)
            .collect();
        if let Some(by) = &self.by {
            keys.retain(|key| key.columns.contains(by));
            if keys.is_empty() {
                let what = format!("it does not refer to {}", self.table);
                return Err(SeedError::column(&known.table.name, by, what));
            }
        } else if keys.len() > 1 {
            let names: Vec<String> = keys.iter().map(|key| key.columns.join(", ")).collect();
            let needed = |key: &&&crate::schema::ForeignKey| {
                known
                    .places(&key.columns)
                    .iter()
                    .all(|at| !known.table.columns[*at].nullable)
            };
            let needs: Vec<_> = keys.iter().filter(needed).copied().collect();
            if needs.len() != 1 {
                let what = format!("each of them refers to {}: say which with `of_by`", self.table);
                return Err(SeedError::column(&known.table.name, &names.join(", "), what));
            }
            keys = needs;
        }
        if let Some(key) = keys.first() {
            for (at, column) in known.places(&key.columns).into_iter().zip(&key.ref_columns) {
                values.extend(value(column).map(|value| (at, value)));
            }
        }
        context.shared.push((parent, row));
        Ok(())
    }
}

impl<'f, E> One<'f, E>
where
    E: EntityTrait<Column: IdenStatic>,
{
    pub(super) fn new(factory: &'f mut Factory) -> Self {
        Self(Many::new(factory, 1))
    }

    /// Gives a column that value.
    ///
    /// # Panics
    /// As [`Many::set`].
    pub fn set(self, column: E::Column, value: impl Into<Value>) -> Self {
        Self(self.0.set(column, value))
    }

    /// Changes the row, which it finds with what the factory has made up.
    pub fn with(self, mut change: impl FnMut(&mut E::ActiveModel) + Send + 'f) -> Self {
        Self(self.0.with(move |_, row| change(row)))
    }

    /// Has the row refer to that one, as [`Many::of`].
    pub fn of<M>(self, row: &M) -> Self
    where
        M: ModelTrait<Entity: EntityTrait<Model = M, Column: IdenStatic>>,
    {
        Self(self.0.of(row))
    }

    /// Has the row refer to that one by a column, as [`Many::of_by`].
    pub fn of_by<M>(self, column: E::Column, row: &M) -> Self
    where
        M: ModelTrait<Entity: EntityTrait<Model = M, Column: IdenStatic>>,
    {
        Self(self.0.of_by(column, row))
    }

    /// Has a row made for a reference that may be NULL, and otherwise is.
    pub fn link(self, column: E::Column) -> Self {
        Self(self.0.link(column))
    }

    /// Makes the row and returns it as it is in the database.
    ///
    /// # Errors
    /// [`SeedError`]. Then neither it is there nor any row that was made for it.
    pub async fn insert<C>(self, db: &C) -> Result<E::Model, SeedError>
    where
        C: ConnectionTrait + TransactionTrait,
        E::Model: Send + Sync,
    {
        let mut rows = self.0.insert(db).await?;
        rows.pop().ok_or_else(|| missing(E::default().table_name()))
    }
}

fn missing(table: &str) -> SeedError {
    SeedError::column(
        table,
        "*",
        "a row that was made is not there: does a trigger take it away?",
    )
}

pub(super) async fn begin<C: TransactionTrait>(db: &C) -> Result<C::Transaction, SeedError> {
    // On SQLite one that read first could find its reading out of date when it writes.
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    db.begin_with_options(options).await.doing(|| "beginning".to_owned())
}

pub(super) async fn commit<T: sea_orm::TransactionSession>(tx: T) -> Result<(), SeedError> {
    tx.commit().await.doing(|| "committing".to_owned())
}

/// The rows of those keys, in their order.
async fn read<E, C>(db: &C, known: &Known, keys: &[Values]) -> Result<Vec<E::Model>, SeedError>
where
    E: EntityTrait<Column: IdenStatic, Model: Send + Sync>,
    C: ConnectionTrait,
{
    let columns: Vec<E::Column> = known
        .table
        .key_columns()
        .iter()
        .filter_map(|name| {
            E::PrimaryKey::iter()
                .map(sea_orm::PrimaryKeyToColumn::into_column)
                .find(|column| column.as_str() == name)
        })
        .collect();
    let text = |values: &mut dyn Iterator<Item = Value>| -> String {
        values.map(|value| shown(&value)).collect::<Vec<_>>().join("\u{1f}")
    };
    let mut found = std::collections::HashMap::new();
    for some in keys.chunks(500) {
        let condition = if let [column] = columns.as_slice() {
            Condition::all().add(column.is_in(some.iter().filter_map(|key| key[0].clone())))
        } else {
            some.iter().fold(Condition::any(), |any, key| {
                let one = columns.iter().zip(key).fold(Condition::all(), |all, (column, value)| {
                    all.add(column.eq(value.clone().unwrap_or(Value::String(None))))
                });
                any.add(one)
            })
        };
        let rows = E::find().filter(condition).all(db).await;
        for row in rows.doing(|| format!("reading rows of {}", known.table.name))? {
            found.insert(text(&mut columns.iter().map(|column| row.get(*column))), row);
        }
    }
    let in_order = keys.iter().map(|key| {
        found
            .remove(&text(&mut key.iter().flatten().cloned()))
            .ok_or_else(|| missing(&known.table.name))
    });
    in_order.collect()
}
