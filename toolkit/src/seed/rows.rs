//! Rows of several tables, written in an order that their references allow.

use std::sync::Arc;

use sea_orm::{
    ConnectionTrait, EntityTrait, IdenStatic, TransactionTrait, Value,
    sea_query::{Alias, Expr, ExprTrait as _, Query},
};

use super::{
    SeedError, Seeded,
    call::{begin, commit},
    error::Doing as _,
    row::{Row, Typed, Values},
    write::Writer,
};
use crate::{
    declare::{DeclareError, Entities},
    schema::{ForeignKey, Schema, Table},
};

/// Rows that are added in any order, whole as they are, and written in one that works.
///
/// Tables that others refer to come first. Where tables refer to each other round and round, a reference that may be NULL
/// is, until the rows that it needs are there.
#[derive(Clone, Debug)]
pub struct Rows {
    schema: Arc<Schema>,
    /// By table, in the order in which the first row of each was added.
    tables: Vec<(String, Vec<Values>)>,
}

/// A table's turn, and the references that wait until all rows are there.
#[derive(Debug, PartialEq)]
struct Turn<'s> {
    table: &'s str,
    waiting: Vec<&'s ForeignKey>,
}

impl Rows {
    /// No rows, of tables of that schema.
    ///
    /// # Errors
    /// Mistakes in the entities.
    pub fn new(entities: &Entities) -> Result<Self, DeclareError> {
        Ok(Self {
            schema: Arc::new(entities.schema()?),
            tables: Vec::new(),
        })
    }

    /// Adds a row. Columns that are not set are left to the database.
    ///
    /// # Errors
    /// [`SeedError::NoTable`].
    pub fn add<E>(&mut self, model: &E::ActiveModel) -> Result<(), SeedError>
    where
        E: EntityTrait<Column: IdenStatic>,
    {
        self.extend::<E>(std::slice::from_ref(model))
    }

    /// Adds rows.
    ///
    /// # Errors
    /// As [`add`](Self::add).
    pub fn extend<'a, E>(&mut self, models: impl IntoIterator<Item = &'a E::ActiveModel>) -> Result<(), SeedError>
    where
        E: EntityTrait<Column: IdenStatic>,
    {
        let name = E::default().table_name().to_owned();
        let schema = Arc::clone(&self.schema);
        let table = schema.table(&name).ok_or_else(|| SeedError::NoTable(name.clone()))?;
        let typed = Typed::<E>::new(table);
        let at = if let Some(at) = self.tables.iter().position(|(own, _)| *own == name) {
            at
        } else {
            self.tables.push((name, Vec::new()));
            self.tables.len() - 1
        };
        for model in models {
            let mut row = Row {
                values: vec![None; table.columns.len()],
                made_up: vec![false; table.columns.len()],
                number: 0,
                attempt: 0,
            };
            typed.write(model, &mut row);
            self.tables[at].1.push(row.values);
        }
        Ok(())
    }

    /// Writes them, all or none, and has the database number on behind them.
    ///
    /// # Errors
    /// [`SeedError::Cycle`] where the first row of no table can be written; [`SeedError::Database`].
    pub async fn insert<C>(&self, db: &C) -> Result<Seeded, SeedError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        let turns = self.turns()?;
        let tx = begin(db).await?;
        let mut writer = Writer::new(&tx);
        let mut seeded = Seeded::default();
        for Turn { table, waiting } in &turns {
            let (table, rows) = self.of(table)?;
            let columns: Vec<usize> = waiting.iter().flat_map(|key| places(table, &key.columns)).collect();
            if columns.is_empty() {
                writer.insert(table, &rows.iter().collect::<Vec<_>>()).await?;
            } else {
                let without = rows.iter().map(|row| {
                    let mut row = row.clone();
                    for at in &columns {
                        row[*at] = row[*at].as_ref().map(Value::as_null);
                    }
                    row
                });
                let without: Vec<Values> = without.collect();
                writer.insert(table, &without.iter().collect::<Vec<_>>()).await?;
            }
            let numbered = table.columns.iter().position(|column| column.auto_increment.is_on());
            if let Some(at) = numbered.filter(|at| rows.iter().any(|row| row[*at].is_some())) {
                writer.follow(table, &table.columns[at].name).await?;
            }
            seeded.tables.push((table.name.clone(), rows.len() as u64));
        }
        for Turn { table, waiting } in &turns {
            for key in waiting {
                let (table, rows) = self.of(table)?;
                refer(&tx, table, key, rows).await?;
            }
        }
        commit(tx).await?;
        Ok(seeded)
    }

    fn of(&self, name: &str) -> Result<(&Table, &[Values]), SeedError> {
        let missing = || SeedError::NoTable(name.to_owned());
        let table = self.schema.table(name).ok_or_else(missing)?;
        let rows = self.tables.iter().find(|(own, _)| own == name).ok_or_else(missing)?;
        Ok((table, &rows.1))
    }

    fn turns(&self) -> Result<Vec<Turn<'_>>, SeedError> {
        let mut open: Vec<(&Table, &[Values])> = Vec::new();
        for (name, _) in &self.tables {
            open.push(self.of(name)?);
        }
        let mut turns = Vec::new();
        while !open.is_empty() {
            let blocking: Vec<Vec<&ForeignKey>> = open
                .iter()
                .map(|(table, rows)| {
                    let keys = table.foreign_keys.iter();
                    keys.filter(|key| open.iter().any(|(other, _)| other.name == key.ref_table))
                        .filter(|key| key.ref_table != table.name || may_wait(table, key))
                        .filter(|key| rows.iter().any(|row| refers(table, key, row)))
                        .collect()
                })
                .collect();
            let is_next = |at: &usize, but: fn(&Table, &ForeignKey) -> bool| {
                let table = open[*at].0;
                let others = blocking[*at].iter().filter(|key| key.ref_table != table.name);
                others.into_iter().all(|key| but(table, key))
            };
            let next = (0..open.len())
                .find(|at| is_next(at, |_, _| false))
                .or_else(|| (0..open.len()).find(|at| is_next(at, may_wait)));
            let Some(next) = next else {
                return Err(SeedError::Cycle(cycle(&open, &blocking)));
            };
            turns.push(Turn {
                table: &open[next].0.name,
                waiting: blocking[next].clone(),
            });
            open.remove(next);
        }
        Ok(turns)
    }
}

fn places(table: &Table, columns: &[String]) -> Vec<usize> {
    let place = |name: &String| table.columns.iter().position(|column| column.name == *name);
    columns.iter().filter_map(place).collect()
}

fn may_wait(table: &Table, key: &ForeignKey) -> bool {
    places(table, &key.columns).iter().all(|at| table.columns[*at].nullable)
}

fn refers(table: &Table, key: &ForeignKey, row: &Values) -> bool {
    let places = places(table, &key.columns);
    places.iter().all(|at| row[*at].as_ref().is_some_and(Value::is_some))
}

/// The tables from one to itself again, by references that can't wait.
fn cycle(open: &[(&Table, &[Values])], blocking: &[Vec<&ForeignKey>]) -> Vec<String> {
    let mut path: Vec<usize> = vec![0];
    loop {
        let at = path[path.len() - 1];
        let next = blocking[at]
            .iter()
            .filter(|key| !may_wait(open[at].0, key))
            .find_map(|key| open.iter().position(|(table, _)| table.name == key.ref_table));
        let Some(next) = next else { break };
        if let Some(from) = path.iter().position(|seen| *seen == next) {
            path.drain(..from);
            path.push(next);
            break;
        }
        path.push(next);
    }
    path.into_iter().map(|at| open[at].0.name.clone()).collect()
}

/// Fills in a reference that has waited.
async fn refer<C: ConnectionTrait>(db: &C, table: &Table, key: &ForeignKey, rows: &[Values]) -> Result<(), SeedError> {
    let own = places(table, table.key_columns());
    let columns = places(table, &key.columns);
    for row in rows.iter().filter(|row| refers(table, key, row)) {
        let mut update = Query::update();
        update.table(Alias::new(&table.name));
        for at in &columns {
            if let Some(value) = &row[*at] {
                update.value(Alias::new(&table.columns[*at].name), value.clone());
            }
        }
        for at in &own {
            let Some(value) = &row[*at] else {
                let what = "its row is referred to from a row that it refers to: give it a number";
                return Err(SeedError::column(&table.name, &table.columns[*at].name, what));
            };
            update.and_where(Expr::col(Alias::new(&table.columns[*at].name)).eq(value.clone()));
        }
        let updated = db.execute(&update).await;
        updated.doing(|| format!("filling in the references of {}", table.name))?;
    }
    Ok(())
}
