//! Rows for a schema, and what they are to become in another.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::DatabaseConnection;
use seawright::{
    diff::Plan,
    schema::{AutoIncrement, Column, DataType, Dialect, Schema, Table},
};

use super::{
    edges::{Dice, Edge, constant, edges, quoted},
    fits::{fits, is_one_family, is_one_value},
    lineage::{Line, Lineage, Source},
    rows::{Place, Put, Row, code, insert},
};

/// So many rows that do not fit are tried of a plan: each is a whole run.
const UNFIT: usize = 6;

/// A row that the schema as it is takes, and the one that it becomes does not, or only as something else.
#[derive(Clone, Debug)]
pub(crate) struct Unfit {
    /// The statement that puts it in.
    pub(crate) insert: String,
    /// What the other schema makes of it.
    pub(crate) why: String,
    /// What the database calls that.
    kind: String,
}

/// Why a row does not become one of the other schema, and whether a change has to refuse it.
struct Reason {
    why: String,
    kind: String,
    is_told: bool,
}

/// Rows, as statements and as what is to be read of them.
#[derive(Debug, Default)]
pub(crate) struct Filled {
    /// What puts them in, in an order that works.
    pub(crate) inserts: Vec<String>,
    /// Every row of every table, by the columns of its table.
    pub(super) before: BTreeMap<String, Vec<Row>>,
    /// The same afterwards, of the tables that were there before.
    pub(super) after: BTreeMap<String, Vec<Row>>,
    /// What does not fit.
    pub(crate) unfit: Vec<Unfit>,
}

impl Filled {
    /// No rows at all.
    pub(crate) fn none(plan: &Plan) -> Self {
        let empty = |schema: &Schema| {
            schema
                .tables
                .iter()
                .map(|table| (table.name.clone(), Vec::new()))
                .collect()
        };
        Self {
            before: empty(&plan.before),
            after: empty(&plan.after),
            ..Self::default()
        }
    }

    /// How many rows a table as it is has.
    pub(crate) fn count(&self, table: &str) -> usize {
        self.before.get(table).map_or(0, Vec::len)
    }
}

/// A table that is being filled, and what it becomes.
struct Pair<'p> {
    table: &'p Table,
    /// Its name in the list of the database's types; by the place of the column.
    types: Vec<String>,
    after: Option<(&'p Table, &'p Line, Vec<String>)>,
}

struct Filling<'p> {
    plan: &'p Plan,
    lineage: &'p Lineage,
    from: Place<'p>,
    to: Place<'p>,
    filled: Filled,
    dice: Dice,
}

/// Fills a database of the plan's beginning, and beside it one of its end. `given` are rows of the first, by table.
pub(crate) async fn fill(
    plan: &Plan,
    lineage: &Lineage,
    (from, to): (&DatabaseConnection, &DatabaseConnection),
    dialect: Dialect,
    given: &BTreeMap<String, Vec<Vec<Option<String>>>>,
    dice: Dice,
) -> Result<Filled, String> {
    let mut filling = Filling {
        plan,
        lineage,
        from: Place { db: from, dialect },
        to: Place { db: to, dialect },
        filled: Filled::default(),
        dice,
    };
    for name in order(plan, lineage) {
        let table = plan.before.table(&name).unwrap();
        let none = Vec::new();
        filling.table(table, given.get(&name).unwrap_or(&none)).await?;
    }
    for (name, line) in &lineage.0 {
        if line.before.is_some() {
            let table = plan.after.table(name).unwrap();
            let columns: Vec<&Column> = table.columns.iter().collect();
            let rows = filling.to.rows(table, &columns).await?;
            filling.filled.after.insert(name.clone(), rows);
        }
    }
    Ok(filling.filled)
}

/// The rows that are there, table by table.
pub(crate) async fn read_all(
    db: &DatabaseConnection,
    dialect: Dialect,
    schema: &Schema,
) -> Result<BTreeMap<String, Vec<Row>>, String> {
    let place = Place { db, dialect };
    let mut all = BTreeMap::new();
    for table in &schema.tables {
        let columns: Vec<&Column> = table.columns.iter().collect();
        all.insert(table.name.clone(), place.rows(table, &columns).await?);
    }
    Ok(all)
}

/// The tables as they are, after those that they refer to, before or afterwards; in a circle somebody is first.
fn order(plan: &Plan, lineage: &Lineage) -> Vec<String> {
    let mut needs: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for table in &plan.before.tables {
        let refers = table.foreign_keys.iter().map(|key| key.ref_table.clone());
        let mut of: BTreeSet<String> = refers.collect();
        if let Some((after, _)) = lineage.after(&table.name) {
            for key in &plan.after.table(after).unwrap().foreign_keys {
                of.extend(lineage.0.get(&key.ref_table).and_then(|line| line.before.clone()));
            }
        }
        of.remove(&table.name);
        needs.insert(&table.name, of);
    }
    let mut order: Vec<String> = Vec::new();
    while !needs.is_empty() {
        let is_free = |of: &BTreeSet<String>| {
            of.iter()
                .all(|name| order.contains(name) || plan.before.table(name).is_none())
        };
        let next = needs.iter().find(|(_, of)| is_free(of)).or_else(|| needs.iter().next());
        let next = (*next.unwrap().0).to_owned();
        needs.remove(next.as_str());
        order.push(next);
    }
    order
}

impl<'p> Filling<'p> {
    async fn table(&mut self, table: &'p Table, given: &[Row]) -> Result<(), String> {
        let is_postgres = self.from.dialect == Dialect::Postgres;
        let types = if is_postgres {
            self.from.types(table).await
        } else {
            Vec::new()
        };
        let after = match self.lineage.after(&table.name) {
            None => None,
            Some((name, line)) => {
                let after = self.plan.after.table(name).unwrap();
                let types = if is_postgres {
                    self.to.types(after).await
                } else {
                    Vec::new()
                };
                Some((after, line, types))
            }
        };
        let pair = Pair { table, types, after };
        self.filled.before.entry(table.name.clone()).or_default();
        for row in given {
            let values = table.columns.iter().zip(row);
            let values = values.filter(|(column, _)| column.generated.is_none());
            let values: Vec<(&str, String)> = values
                .map(|(column, value)| (column.name.as_str(), self.from.literal(value.as_deref())))
                .collect();
            self.row(&pair, &values).await?;
        }
        let written: Vec<&Column> = table
            .columns
            .iter()
            .filter(|column| column.generated.is_none())
            .collect();
        let own: Vec<Vec<String>> = written.iter().map(|column| self.own(&pair, column)).collect();
        let other: Vec<Vec<String>> = written.iter().map(|column| self.other(&pair, column)).collect();
        let longest = own.iter().map(Vec::len).max().unwrap_or(0).max(6);
        // Every value of every column once, then those of the type that a column becomes, then what chance makes.
        let mut tries: Vec<Option<(usize, usize)>> = vec![None; longest];
        for (at, values) in other.iter().enumerate() {
            tries.extend((0..values.len()).map(|which| Some((at, which))));
        }
        let planned = tries.len();
        tries.extend(vec![None; 16]);
        for (turn, try_this) in tries.into_iter().enumerate() {
            if turn >= planned && self.filled.before[&table.name].len() >= 6 {
                break;
            }
            let mut values: Vec<(&str, String)> = Vec::new();
            for (at, column) in written.iter().enumerate() {
                let mut referred = self.referred(&pair, column);
                if let Some((values, false)) = &mut referred {
                    // A row of today may refer to nothing.
                    values.extend(own[at].iter().cloned());
                }
                let pool = referred.as_ref().map_or(&own[at], |(values, _)| values);
                let value = match try_this {
                    Some((of, which)) if of == at => other[at][which].clone(),
                    _ if pool.is_empty() => "NULL".to_owned(),
                    _ if turn < longest => pool[turn % pool.len()].clone(),
                    _ => pool[self.dice.below(pool.len())].clone(),
                };
                values.push((&column.name, value));
            }
            self.row(&pair, &values).await?;
        }
        Ok(())
    }

    /// What a column can hold, as SQL.
    fn own(&self, pair: &Pair<'_>, column: &Column) -> Vec<String> {
        let becomes = pair
            .after
            .as_ref()
            .and_then(|(after, line, _)| became(after, line, &column.name));
        // After the largest number there is none.
        if column.auto_increment.is_on() || becomes.is_some_and(|after| after.auto_increment.is_on()) {
            return [3, 10, 11, 12, 25, 40, 41, 77, 78, 90]
                .map(|number: i32| number.to_string())
                .into();
        }
        let mut values = edges(&column.data_type, self.from.dialect, &self.plan.before.enums);
        if column.nullable {
            values.insert(1.min(values.len()), Edge::Null);
        }
        values.iter().map(|value| value.sql(self.from.dialect)).collect()
    }

    /// What the column that it becomes can hold.
    fn other(&self, pair: &Pair<'_>, column: &Column) -> Vec<String> {
        let becomes = pair
            .after
            .as_ref()
            .and_then(|(after, line, _)| became(after, line, &column.name));
        let becomes = becomes.filter(|after| after.data_type != column.data_type);
        let values = becomes.map(|after| edges(&after.data_type, self.from.dialect, &self.plan.after.enums));
        values
            .unwrap_or_default()
            .iter()
            .map(|value| value.sql(self.from.dialect))
            .collect()
    }

    /// The values that a foreign key lets a column have, and whether it does so already; none where it has none.
    fn referred(&self, pair: &Pair<'_>, column: &Column) -> Option<(Vec<String>, bool)> {
        let mut targets: Vec<(String, String)> = Vec::new();
        for key in &pair.table.foreign_keys {
            let columns = key.columns.iter().zip(&key.ref_columns);
            let of = columns.filter(|(name, _)| **name == column.name);
            targets.extend(of.map(|(_, ref_column)| (key.ref_table.clone(), ref_column.clone())));
        }
        let is_bound = !targets.is_empty();
        if let (false, Some((after, line, _))) = (is_bound, &pair.after) {
            for key in &after.foreign_keys {
                let Some(target) = self.lineage.0.get(&key.ref_table) else {
                    continue;
                };
                for (name, ref_column) in key.columns.iter().zip(&key.ref_columns) {
                    if line.columns.get(name) == Some(&Source::Old(column.name.clone()))
                        && let (Some(table), Some(Source::Old(column))) =
                            (&target.before, target.columns.get(ref_column))
                    {
                        targets.push((table.clone(), column.clone()));
                    }
                }
            }
        }
        let mut values: Vec<String> = Vec::new();
        for (table, column) in &targets {
            let at = position(self.plan.before.table(table)?, column);
            let rows = self.filled.before.get(table).into_iter().flatten();
            values.extend(rows.map(|row| self.from.literal(row[at].as_deref())));
        }
        if column.nullable {
            values.insert(1.min(values.len()), "NULL".to_owned());
        }
        (!targets.is_empty()).then_some((values, is_bound))
    }

    /// Tries a row in both databases and keeps it where both take it for the same.
    async fn row(&mut self, pair: &Pair<'_>, values: &[(&str, String)]) -> Result<(), String> {
        let is_sqlite = self.from.dialect == Dialect::Sqlite;
        // What a check, a key or a type does not allow is no row of this table.
        let Ok(put) = self.from.put(pair.table, &insert(pair.table, values)).await else {
            return Ok(());
        };
        let mut columns = pair.table.columns.iter().zip(&put.row);
        if is_sqlite && !columns.all(|(column, value)| fits(column, value.as_deref(), &self.plan.before.enums)) {
            self.from.take(pair.table, &put).await;
            return Ok(());
        }
        // As the database wrote it: what is read back is then put in again the same.
        let canonical = pair.table.columns.iter().zip(&put.row);
        let canonical: Vec<(&str, String)> = canonical
            .filter(|(column, _)| column.generated.is_none())
            .map(|(column, value)| (column.name.as_str(), self.from.literal(value.as_deref())))
            .collect();
        let sql = insert(pair.table, &canonical);
        let why = match &pair.after {
            None => None,
            Some((after, line, types)) => self.follows(pair, &put, after, line, types).await?,
        };
        match why {
            None => {
                self.filled.inserts.push(sql);
                self.filled.before.get_mut(&pair.table.name).unwrap().push(put.row);
            }
            Some(Reason { why, kind, is_told }) => {
                self.from.take(pair.table, &put).await;
                let alike = self.filled.unfit.iter().filter(|other| other.kind == kind).count();
                if is_told && alike < 2 && self.filled.unfit.len() < UNFIT {
                    self.filled.unfit.push(Unfit { insert: sql, why, kind });
                }
            }
        }
        Ok(())
    }

    /// Puts a row into the table that its own becomes. Otherwise why it does not fit, and whether that has to be refused.
    async fn follows(
        &self,
        pair: &Pair<'_>,
        put: &Put,
        after: &Table,
        line: &Line,
        types: &[String],
    ) -> Result<Option<Reason>, String> {
        let mut values: Vec<(&str, String)> = Vec::new();
        let mut changed: Vec<(usize, usize)> = Vec::new();
        for (at, column) in after.columns.iter().enumerate() {
            let value = match &line.columns[&column.name] {
                Source::Old(old) => {
                    let from = position(pair.table, old);
                    let literal = self.from.literal(put.row[from].as_deref());
                    if pair.table.columns[from].data_type == column.data_type || put.row[from].is_none() {
                        literal
                    } else {
                        changed.push((from, at));
                        self.converted(pair, from, &literal, column, types.get(at)).await
                    }
                }
                Source::Given(value) => constant(value).unwrap_or_else(|| self.something(column)),
                Source::Fresh if is_given(column) => continue,
                Source::Fresh => self.something(column),
            };
            values.push((&column.name, value));
        }
        let sql = insert(after, &values);
        let became = match self.to.put(after, &sql).await {
            Ok(became) => became,
            Err(error) => {
                let code = code(&error).unwrap_or_default();
                if self.to.dialect == Dialect::Postgres
                    && !(["22", "23", "54"].iter().any(|class| code.starts_with(class)))
                {
                    return Err(format!("{sql}\n  {error}"));
                }
                let message = error.to_string();
                let why = message.lines().next().unwrap_or_default().to_owned();
                return Ok(Some(Reason {
                    why,
                    kind: code,
                    is_told: true,
                }));
            }
        };
        for (column, value) in after.columns.iter().zip(&became.row) {
            let is_old = matches!(line.columns[&column.name], Source::Old(_));
            if is_old && self.to.dialect == Dialect::Sqlite && !fits(column, value.as_deref(), &self.plan.after.enums) {
                self.to.take(after, &became).await;
                let why = format!("no {} for `{}`", column.data_type, column.name);
                return Ok(Some(Reason {
                    kind: why.clone(),
                    why,
                    is_told: true,
                }));
            }
        }
        for (from, at) in changed {
            let (old, new) = (&put.row[from], &became.row[at]);
            if !self
                .comes_back(pair, from, types.get(at), old.as_deref(), new.as_deref())
                .await
            {
                self.to.take(after, &became).await;
                let (old, new) = (&pair.table.columns[from], &after.columns[at]);
                let why = format!("`{}` would be another value as {}", new.name, new.data_type);
                // A binary fraction of half the length is the nearest one, which nobody calls a loss.
                let is_told = new.data_type != DataType::Float && is_one_family(&old.data_type, &new.data_type);
                return Ok(Some(Reason {
                    kind: why.clone(),
                    why,
                    is_told,
                }));
            }
        }
        Ok(None)
    }

    /// A value of one type as SQL for a column of another: as PostgreSQL assigns it where it does, else as it casts it.
    async fn converted(
        &self,
        pair: &Pair<'_>,
        from: usize,
        literal: &str,
        to: &Column,
        to_type: Option<&String>,
    ) -> String {
        let own =
            |data_type: &DataType| !matches!(data_type, DataType::Enum(_) | DataType::Custom(_) | DataType::Array(_));
        let (Some(from_type), Some(to_type)) = (pair.types.get(from), to_type) else {
            return literal.to_owned();
        };
        if !own(&pair.table.columns[from].data_type) || !own(&to.data_type) {
            return literal.to_owned();
        }
        let base = |name: &str| format!("{}::regtype", quoted(name));
        let is_assigned = format!(
            "SELECT {0} = {1} OR EXISTS (SELECT FROM pg_cast WHERE castsource = {0} AND casttarget = {1} \
             AND castcontext <> 'e') OR {1} IN ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype) AS it_is",
            base(from_type),
            base(to_type)
        );
        let found = self.to.ask(&is_assigned).await.unwrap();
        if found[0].try_get("", "it_is").unwrap() {
            format!("{literal}::{from_type}")
        } else {
            format!("{literal}::{from_type}::{to_type}")
        }
    }

    /// Whether the value that a column has now is the one that it had, when it is read as the type that it was of.
    async fn comes_back(
        &self,
        pair: &Pair<'_>,
        from: usize,
        to_type: Option<&String>,
        old: Option<&str>,
        new: Option<&str>,
    ) -> bool {
        let (Some(old), Some(new)) = (old, new) else {
            return old == new;
        };
        let (Some(from_type), Some(to_type)) = (pair.types.get(from), to_type) else {
            return is_one_value(old, new);
        };
        if matches!(pair.table.columns[from].data_type, DataType::Enum(_)) {
            return old == new;
        }
        let mut back = None;
        for cast in [
            format!("{}::{to_type}::{from_type}", quoted(new)),
            format!("{}::{from_type}", quoted(new)),
        ] {
            if let Ok(found) = self.from.ask(&format!("SELECT ({cast})::text AS back")).await {
                back = found[0].try_get("", "back").ok();
                break;
            }
        }
        // Blanks at the end of `char` are none.
        let back: Option<String> = back;
        let is_padded = matches!(pair.table.columns[from].data_type, DataType::Char(_));
        back.is_some_and(|back| back == old || (is_padded && back.trim_end() == old.trim_end()))
    }

    fn something(&self, column: &Column) -> String {
        let values = edges(&column.data_type, self.to.dialect, &self.plan.after.enums);
        values
            .first()
            .map_or_else(|| "NULL".to_owned(), |value| value.sql(self.to.dialect))
    }
}

fn position(table: &Table, column: &str) -> usize {
    table.columns.iter().position(|other| other.name == column).unwrap()
}

/// The column that another becomes.
fn became<'t>(after: &'t Table, line: &Line, column: &str) -> Option<&'t Column> {
    let is_it = |source: &Source| matches!(source, Source::Old(name) if name == column);
    after
        .columns
        .iter()
        .find(|after| line.columns.get(&after.name).is_some_and(is_it))
}

/// Whether the database gives a column its value.
fn is_given(column: &Column) -> bool {
    column.nullable
        || column.default.is_some()
        || column.generated.is_some()
        || column.auto_increment != AutoIncrement::No
}
