//! From what is asked for to rows that fit: the rows that they refer to, their numbers, their unique keys.

use std::{collections::HashSet, pin::Pin, sync::Arc};

use sea_orm::{ConnectionTrait, Value};

use super::{
    Factory, SeedError,
    error::Doing as _,
    factory::Known,
    random::{hash, mix},
    row::{Row, Values},
    write::Writer,
};
use crate::schema::{DataType, ForeignKey};

/// How many rows are made before they are written.
pub(super) const BATCH: usize = 5_000;

/// How often another value is tried where one is taken.
const TRIES: u64 = 64;

/// What says how a row of a call differs from others of its table.
pub(super) type Shape<'s> = dyn FnMut(usize, &Known, &mut Row) -> Result<(), SeedError> + Send + 's;

/// Rows that the rows of a call may refer to.
#[derive(Clone, Default)]
pub(super) struct Context {
    /// One for all.
    pub(super) shared: Vec<(Arc<Known>, Values)>,
    /// One for each row of the batch.
    each: Vec<(Arc<Known>, Vec<Values>)>,
}

impl Context {
    /// The values that a reference has to a row of the context: to one of the table itself, or to the one that a row of
    /// the context refers to, so that a job of an event belongs to the event's user.
    fn find(&self, key: &ForeignKey, row: usize, is_used: impl Fn(&[Value]) -> bool) -> Option<Vec<Value>> {
        let each = self
            .each
            .iter()
            .filter_map(|(known, rows)| Some((known, rows.get(row)?)));
        let shared = self.shared.iter().map(|(known, values)| (known, values));
        let all: Vec<(&Arc<Known>, &Values)> = each.chain(shared).collect();
        let values = |known: &Known, row: &Values, columns: &[String]| -> Option<Vec<Value>> {
            let values = known.places(columns).into_iter().map(|at| row[at].clone());
            values
                .collect::<Option<Vec<_>>>()
                .filter(|values| values.iter().all(Value::is_some))
        };
        let itself = all
            .iter()
            .filter(|(known, _)| known.table.name == key.ref_table)
            .filter_map(|(known, row)| values(known, row, &key.ref_columns));
        let by_another = all.iter().flat_map(|(known, row)| {
            let keys = known.table.foreign_keys.iter();
            keys.filter(|own| own.ref_table == key.ref_table && own.ref_columns == key.ref_columns)
                .filter_map(|own| values(known, row, &own.columns))
        });
        itself.chain(by_another).find(|values| !is_used(values))
    }
}

/// How references of a call are filled, beyond those that have to be.
#[derive(Clone, Debug, Default)]
pub(super) struct Links {
    /// Columns that may be NULL and are not to be.
    pub(super) wanted: Vec<String>,
    /// Whether each row has rows of its own to refer to.
    pub(super) own: bool,
}

impl Factory {
    /// Makes the rows of one batch, with all that they refer to; those are written, the rows themselves are not.
    ///
    /// Boxed, since rows are made for rows that are made for rows.
    pub(super) fn batch<'a, C: ConnectionTrait>(
        &'a mut self,
        writer: &'a mut Writer<'_, C>,
        known: &'a Arc<Known>,
        numbers: std::ops::Range<usize>,
        asked: &'a mut Asked<'_, '_>,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<Row>, SeedError>> + Send + 'a>> {
        Box::pin(self.batch_of(writer, known, numbers, asked))
    }

    async fn batch_of<C: ConnectionTrait>(
        &mut self,
        writer: &mut Writer<'_, C>,
        known: &Arc<Known>,
        numbers: std::ops::Range<usize>,
        asked: &mut Asked<'_, '_>,
    ) -> Result<Vec<Row>, SeedError> {
        let mut rows = Vec::with_capacity(numbers.len());
        for number in numbers {
            let mut row = self.next_row(known)?;
            if let Some(shape) = &mut asked.shape {
                shape(number, known, &mut row)?;
            }
            rows.push(row);
        }
        self.refer(writer, known, &mut rows, asked).await?;
        if let Some(at) = known.numbered() {
            let column = &known.table.columns[at];
            let open = rows.iter().filter(|row| row.values[at].is_none()).count();
            if open > 0 {
                let mut numbers = writer.reserve(&known.table, &column.name, open).await?.into_iter();
                for row in rows.iter_mut().filter(|row| row.values[at].is_none()) {
                    row.values[at] = numbers.next().map(|number| numbered(&column.data_type, number));
                }
            }
        }
        Self::refer_to_themselves(known, &mut rows);
        self.settle(writer, known, &mut rows, asked).await?;
        if !known.finishes.is_empty() {
            for row in &mut rows {
                self.finish_row(known, row)?;
            }
        }
        Ok(rows)
    }

    /// Fills the references that have to be filled, or are wanted.
    async fn refer<C: ConnectionTrait>(
        &mut self,
        writer: &mut Writer<'_, C>,
        known: &Arc<Known>,
        rows: &mut [Row],
        asked: &mut Asked<'_, '_>,
    ) -> Result<(), SeedError> {
        let mut context = Context {
            shared: std::mem::take(&mut asked.context.shared),
            each: Vec::new(),
        };
        for key in &known.table.foreign_keys {
            let places = known.places(&key.columns);
            let wanted = key.columns.iter().any(|column| asked.links.wanted.contains(column));
            let needed = places.iter().all(|at| !known.table.columns[*at].nullable);
            if !wanted && (!needed || key.ref_table == known.table.name) {
                continue;
            }
            let open: Vec<usize> = (0..rows.len())
                .filter(|row| places.iter().any(|at| rows[*row].values[*at].is_none()))
                .collect();
            if open.is_empty() {
                continue;
            }
            let own = asked.links.own || known.needs_its_own(key, &rows[open[0]]);
            let mut missing = Vec::new();
            for row in &open {
                let is_given = !own || asked.given_tables.contains(&key.ref_table);
                // A second reference to the same table is to another row.
                let is_used = |values: &[Value]| known.refers_elsewhere(key, &rows[*row], values);
                match context.find(key, *row, is_used).filter(|_| is_given) {
                    Some(values) => rows[*row].refer(&places, values),
                    None => missing.push(*row),
                }
            }
            if !missing.is_empty() {
                self.parents(writer, key, &places, rows, &missing, own, &mut context, asked)
                    .await?;
            }
        }
        asked.context.shared = context.shared;
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "the state of one call, in its parts")]
    async fn parents<C: ConnectionTrait>(
        &mut self,
        writer: &mut Writer<'_, C>,
        key: &ForeignKey,
        places: &[usize],
        rows: &mut [Row],
        missing: &[usize],
        own: bool,
        context: &mut Context,
        asked: &mut Asked<'_, '_>,
    ) -> Result<(), SeedError> {
        let parent = self.known(&key.ref_table)?;
        let columns = parent.places(&key.ref_columns);
        if self.reuses && !own {
            let there = existing(writer.db(), &parent, &columns).await?;
            if !there.is_empty() {
                for row in missing {
                    let number = mix(self.seed ^ hash(&key.ref_table)).wrapping_add(mix(rows[*row].number));
                    let at = usize::try_from(number % there.len() as u64).unwrap_or(0);
                    rows[*row].refer(places, there[at].clone());
                }
                return Ok(());
            }
        }
        if asked.path.contains(&key.ref_table) {
            let from = asked.path.iter().position(|table| *table == key.ref_table).unwrap_or(0);
            let mut cycle = asked.path[from..].to_vec();
            cycle.push(key.ref_table.clone());
            return Err(SeedError::Cycle(cycle));
        }
        let mut theirs = Asked {
            shape: None,
            context: Context {
                shared: context.shared.clone(),
                each: Vec::new(),
            },
            given_tables: asked.given_tables.clone(),
            links: Links::default(),
            path: asked.path.clone(),
            had_rows: None,
        };
        theirs.path.push(key.ref_table.clone());
        let count = if own { missing.len() } else { 1 };
        let made = self.batch(writer, &parent, 0..count, &mut theirs).await?;
        let values: Vec<&Values> = made.iter().map(|row| &row.values).collect();
        writer.insert(&parent.table, &values).await?;
        for (at, row) in missing.iter().enumerate() {
            let theirs = &made[if own { at } else { 0 }];
            rows[*row].refer(
                places,
                columns.iter().filter_map(|at| theirs.values[*at].clone()).collect(),
            );
        }
        if own {
            let mut each = vec![vec![None; parent.table.columns.len()]; rows.len()];
            for (row, made) in missing.iter().zip(made) {
                each[*row] = made.values;
            }
            context.each.push((parent, each));
        } else {
            // What the parents were made with, the rows may refer to as well.
            context.shared = theirs.context.shared;
            context
                .shared
                .extend(made.into_iter().map(|row| (Arc::clone(&parent), row.values)));
        }
        Ok(())
    }

    /// A row that has to refer to one of its own table refers to itself.
    fn refer_to_themselves(known: &Known, rows: &mut [Row]) {
        for key in known
            .table
            .foreign_keys
            .iter()
            .filter(|key| key.ref_table == known.table.name)
        {
            let (places, there) = (known.places(&key.columns), known.places(&key.ref_columns));
            if places.iter().any(|at| known.table.columns[*at].nullable) {
                continue;
            }
            for row in rows.iter_mut() {
                if places.iter().any(|at| row.values[*at].is_none()) {
                    let values = there.iter().filter_map(|at| row.values[*at].clone()).collect();
                    row.refer(&places, values);
                }
            }
        }
    }

    /// Gives rows other values where a unique key has theirs already.
    async fn settle<C: ConnectionTrait>(
        &mut self,
        writer: &mut Writer<'_, C>,
        known: &Arc<Known>,
        rows: &mut [Row],
        asked: &mut Asked<'_, '_>,
    ) -> Result<(), SeedError> {
        let table = &known.table;
        let had_rows = match asked.had_rows {
            Some((had_rows, _)) => had_rows,
            None => writer.has_rows(table).await?,
        };
        let seen = &mut asked.had_rows.get_or_insert_with(|| (had_rows, Vec::new())).1;
        seen.resize_with(known.keys.len(), HashSet::new);
        let numbered = known.numbered();
        for (key, seen) in known.keys.iter().zip(seen) {
            let is_numbered = numbered.is_some_and(|at| key.columns == [at]);
            let mut open: Vec<usize> = (0..rows.len())
                .filter(|row| !is_numbered || !rows[*row].made_up[key.columns[0]])
                .filter(|row| key.holds(table, &rows[*row]))
                .collect();
            let mut tries = 0;
            while !open.is_empty() {
                let mut taken = Vec::new();
                let mut fresh = Vec::new();
                for row in open {
                    if known.differs(key, &rows[row]) || seen.insert(key.text(&rows[row].values)) {
                        fresh.push(row);
                    } else {
                        taken.push(row);
                    }
                }
                if had_rows {
                    let asked: Vec<&Row> = fresh.iter().map(|row| &rows[*row]).collect();
                    let there = key.in_database(writer.db(), table, &asked).await?;
                    taken.extend(there.into_iter().map(|at| fresh[at]));
                }
                taken.sort_unstable();
                for row in &taken {
                    let movable = key.movable(known, &rows[*row]).filter(|_| tries < TRIES);
                    let Some(column) = movable else {
                        return Err(key.taken(table, &rows[*row]));
                    };
                    self.another(known, &mut rows[*row], column)?;
                }
                tries += 1;
                open = taken;
            }
        }
        Ok(())
    }
}

/// What is asked for in one call, and what it has come to so far.
#[derive(Default)]
pub(super) struct Asked<'a, 's> {
    pub(super) shape: Option<&'a mut Shape<'s>>,
    pub(super) context: Context,
    /// The tables of rows that the caller gave.
    pub(super) given_tables: Vec<String>,
    pub(super) links: Links,
    /// From the table that was asked for to the one that is being made.
    pub(super) path: Vec<String>,
    /// Whether the table had rows before, and the keys that rows of the call have, by the table's keys.
    pub(super) had_rows: Option<(bool, Vec<HashSet<String>>)>,
}

impl Row {
    pub(super) fn refer(&mut self, places: &[usize], values: Vec<Value>) {
        for (at, value) in places.iter().zip(values) {
            if self.values[*at].is_none() {
                self.values[*at] = Some(value);
            }
        }
    }
}

impl Known {
    /// Whether another reference of the row's is to those values.
    fn refers_elsewhere(&self, reference: &ForeignKey, row: &Row, values: &[Value]) -> bool {
        let others = self.table.foreign_keys.iter().filter(|key| {
            key.columns != reference.columns
                && key.ref_table == reference.ref_table
                && key.ref_columns == reference.ref_columns
        });
        others.into_iter().any(|key| {
            let own = self.places(&key.columns).into_iter().map(|at| row.values[at].as_ref());
            own.eq(values.iter().map(Some))
        })
    }

    /// Whether each row needs a row of its own to refer to, because nothing else in a unique key could differ.
    fn needs_its_own(&self, reference: &ForeignKey, row: &Row) -> bool {
        let places = self.places(&reference.columns);
        self.keys.iter().any(|key| {
            let first = key.columns.iter().find(|at| self.is_reference(**at));
            let filled = key
                .columns
                .iter()
                .all(|at| self.is_reference(*at) && !self.table.columns[*at].nullable || row.has(*at));
            first.is_some_and(|first| places.contains(first)) && filled && !self.has_room(key, row)
        })
    }
}

fn numbered(data_type: &DataType, number: i64) -> Value {
    match data_type {
        DataType::SmallInteger => i16::try_from(number).map_or(Value::SmallInt(None), Value::from),
        DataType::Integer => i32::try_from(number).map_or(Value::Int(None), Value::from),
        DataType::Unsigned => u32::try_from(number).map_or(Value::Unsigned(None), Value::from),
        DataType::BigUnsigned => u64::try_from(number).map_or(Value::BigUnsigned(None), Value::from),
        _ => number.into(),
    }
}

/// The keys of some rows that are there, in their order.
async fn existing<C: ConnectionTrait>(db: &C, parent: &Known, columns: &[usize]) -> Result<Vec<Vec<Value>>, SeedError> {
    use sea_orm::sea_query::{Alias, Query};
    let doing = || format!("looking for rows of {}", parent.table.name);
    let names = || columns.iter().map(|at| Alias::new(&parent.table.columns[*at].name));
    let mut query = Query::select();
    query.columns(names()).from(Alias::new(&parent.table.name)).limit(1_000);
    for name in names() {
        query.order_by(name, sea_orm::Order::Asc);
    }
    let rows = db.query_all(&query).await.doing(doing)?;
    let read = |row: &sea_orm::QueryResult| -> Result<Vec<Value>, sea_orm::DbErr> {
        let values = columns.iter().enumerate().map(|(at, column)| {
            Ok(match parent.table.columns[*column].data_type {
                DataType::SmallInteger => row.try_get_by_index::<i16>(at)?.into(),
                DataType::Integer => row.try_get_by_index::<i32>(at)?.into(),
                DataType::Unsigned => row.try_get_by_index::<u32>(at)?.into(),
                DataType::BigInteger => row.try_get_by_index::<i64>(at)?.into(),
                _ => row.try_get_by_index::<String>(at)?.into(),
            })
        });
        values.collect()
    };
    rows.iter().map(read).collect::<Result<_, _>>().doing(doing)
}
