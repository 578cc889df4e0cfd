//! From one kind of database to another.
//!
//! Every value is understood by its column's type, and goes the whole way in mind before anything is written: to what the other
//! database would be given, and from there back to what it means. Where that is not what it was, the restore is refused with
//! the column and the reason. What is compared after a restore is what the rows mean.
//!
//! Two things a backup does not hold, and the project knows them: what SQLite does not tell of a schema, and what the steps of
//! the history send to the other kind of database.

mod declared;
mod expression;
mod lines;
mod schema;
mod value;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
};

use self::{
    lines::{fields, push},
    value::{Family, Value},
};
use super::{
    blocks::{Codec, Meaning, Sums, Telling},
    error::{BackupError, Result},
    feed::{Contents, Feed},
    meta::{Counter, Own},
    storage::{Storage, values},
    sum::RowSum,
};
use crate::{
    ddl::{quote, quote_text},
    emit::backend,
    history::{Carried, History, carried},
    schema::{DataType, Dialect, Schema},
};

/// What a project knows and a backup does not hold, for a restore into another kind of database.
#[derive(Clone, Debug, Default)]
pub struct Knowledge {
    /// The schema that its entities declare: SQLite does not tell numbers of 32 bits from those of 64, nor names of keys.
    pub declared: Option<Schema>,
    /// Its history: what the books remember of a step is in the words of one kind of database.
    pub history: Option<History>,
}

/// The table that remembers what steps send.
const STEPS: &str = "seawright_history";

/// A column with how its values are understood.
#[derive(Clone, Debug)]
struct Known {
    name: String,
    /// By its type.
    declared: Family,
    /// By what it can hold: an `integer` of SQLite has up to 64 bits.
    family: Family,
}

/// What a look at all rows has shown.
struct Survey {
    /// What the other database cannot hold.
    obstacles: Vec<String>,
    /// The columns of 32 bits with numbers that need more.
    wide: BTreeSet<(String, String)>,
}

type Columns = Arc<BTreeMap<String, Vec<Known>>>;

/// What makes rows of one kind of database those of another.
pub(super) struct Bridge {
    from: Dialect,
    own: Own,
    columns: Columns,
    expected: Sums,
    steps: Vec<Carried>,
    notes: Vec<String>,
}

impl Bridge {
    /// None is needed where both are of one kind.
    ///
    /// # Errors
    /// [`BackupError::Refused`] with all that the other kind cannot hold.
    pub(super) async fn open(
        path: &Path,
        contents: &Contents,
        into: Dialect,
        knowledge: &Knowledge,
    ) -> Result<Option<Self>> {
        let meta = &contents.meta;
        if meta.database == into {
            return Ok(None);
        }
        let refuse = |mut obstacles: Vec<String>| {
            const SHOWN: usize = 20;
            let more = obstacles.len().saturating_sub(SHOWN);
            obstacles.truncate(SHOWN);
            if more > 0 {
                obstacles.push(format!("and {more} more"));
            }
            BackupError::Refused {
                what: format!(
                    "{} cannot hold what this backup of {} has:\n{}",
                    name_of(into),
                    name_of(meta.database),
                    obstacles
                        .iter()
                        .map(|line| format!("  {line}"))
                        .collect::<Vec<_>>()
                        .join("\n")
                ),
                help: "restore it into a database of its own kind, or change what is named and take another backup; nothing was written".into(),
            }
        };
        let mut obstacles = only_there(&meta.catalog);
        let mut schema = meta.schema.clone();
        if meta.database == Dialect::Sqlite {
            declared::told(&mut schema, knowledge);
        }
        let mapped = match schema::mapped(&schema, meta.database, into) {
            Ok(schema) => Some(schema),
            Err(others) => {
                obstacles.extend(others);
                None
            }
        };
        let Some(mut mapped) = mapped.filter(|_| obstacles.is_empty()) else {
            return Err(refuse(obstacles));
        };
        let steps = match knowledge.history {
            Some(history) => {
                carried(history, backend(meta.database), backend(into)).map_err(|error| BackupError::Refused {
                    what: format!("the history cannot be read: {error}"),
                    help: "mend it; nothing was written".into(),
                })?
            }
            None => Vec::new(),
        };
        let mut bridge = Self {
            steps,
            notes: Vec::new(),
            from: meta.database,
            columns: known(contents, &mapped)?,
            expected: Sums::new(),
            own: Own::default(),
        };
        let survey = bridge.survey(path, contents, into).await?;
        if !survey.obstacles.is_empty() {
            return Err(refuse(survey.obstacles));
        }
        for (table, column) in survey.wide {
            let table = mapped.table_mut(&table);
            if let Some(column) = table.and_then(|table| table.columns.iter_mut().find(|known| known.name == column)) {
                column.data_type = DataType::BigInteger;
            }
        }
        let scripts = schema::scripts(&mapped, into).map_err(|error| refuse(vec![error]))?;
        bridge.own.before = scripts.before;
        bridge.own.after = scripts.after;
        bridge.count(contents, &mapped, into);
        Ok(Some(bridge))
    }

    /// Has counters go on behind the rows, and behind rows that are gone.
    fn count(&mut self, contents: &Contents, schema: &Schema, into: Dialect) {
        for table in &schema.tables {
            let Some(column) = table.columns.iter().find(|column| column.auto_increment.is_on()) else {
                continue;
            };
            let counter = contents
                .meta
                .own
                .counters
                .iter()
                .find(|counter| counter.table.as_ref() == Some(&table.name));
            let last = counter
                .map_or(0, |counter| counter.value - i64::from(!counter.given))
                .max(0);
            if into == Dialect::Postgres {
                let (name, id) = (quote(&table.name), quote(&column.name));
                self.own.after.push(format!(
                    "SELECT setval(pg_get_serial_sequence({}, {}), greatest(max({id}), {last}, 1), greatest(max({id}), {last}) > 0) FROM {name}",
                    quote_text(&name),
                    quote_text(&column.name),
                ));
            } else if last > 0 {
                self.own.counters.push(Counter {
                    name: table.name.clone(),
                    table: Some(table.name.clone()),
                    value: last,
                    given: true,
                });
            }
        }
    }

    /// Takes every row the whole way in mind, and adds up what they mean.
    async fn survey(&mut self, path: &Path, contents: &Contents, into: Dialect) -> Result<Survey> {
        let mut met = BTreeSet::new();
        let mut obstacles = Vec::new();
        let mut foreign = 0_u64;
        let mut wide = BTreeSet::new();
        let mut feed = Feed::begin(path);
        let mut telling = Telling::begin("survey", contents.end.rows());
        while let Some(name) = feed.table().await {
            let Some(columns) = self.columns.get(&name) else {
                continue;
            };
            let mut sum = RowSum::default();
            let mut number = 0_u64;
            while let Some(block) = feed.rows().await {
                let before = number;
                for row in Codec::of(self.from).rows(&block) {
                    number += 1;
                    let mut meant = Vec::new();
                    let mut values = Vec::with_capacity(columns.len());
                    let read = read(row, columns, self.from, |_, value| values.push(value));
                    read.ok_or_else(|| not_understood(path, &name))?;
                    foreign += u64::from(!self.carry(&name, columns, &mut values));
                    for (column, value) in columns.iter().zip(values) {
                        if column.declared == Family::Integer(32)
                            && let Ok(Value::Integer(number)) = &value
                            && i32::try_from(*number).is_err()
                        {
                            wide.insert((name.clone(), column.name.clone()));
                        }
                        match value.and_then(|value| arrives(value, column.family, into)) {
                            Ok(value) => value.mean(&mut meant),
                            // One of each column is enough to know.
                            Err(reason) if met.insert((name.clone(), column.name.clone())) => {
                                obstacles.push(format!("{name}.{}, row {number}: {reason}", column.name));
                            }
                            Err(_) => {}
                        }
                    }
                    sum.add(&meant);
                }
                telling.rows(number - before);
            }
            self.expected.insert(name, sum.done());
        }
        feed.end(path).await?;
        if foreign > 0 {
            self.notes.push(format!(
                "`{STEPS}` remembers {foreign} steps otherwise than this program's history has them, and keeps them in the words of {}: `status` calls them changed",
                name_of(self.from)
            ));
        }
        Ok(Survey { obstacles, wide })
    }

    /// Puts what a step sends to the other kind of database in the place of what is remembered, where that is what it sent to
    /// this one. A step that was changed since stays what it was, and so is found. Says whether there is nothing left to say.
    fn carry(&self, table: &str, columns: &[Known], values: &mut [Result<Value, String>]) -> bool {
        if table != STEPS {
            return true;
        }
        let at = |name: &str| columns.iter().position(|column| column.name == name);
        let (Some(step), Some(meaning), Some(statements)) = (at("step"), at("meaning"), at("statements")) else {
            return true;
        };
        let (Ok(Value::Text(name)), Ok(Value::Text(was))) = (&values[step], &values[meaning]) else {
            return true;
        };
        let Some(known) = self.steps.iter().find(|known| known.step == *name && known.was == *was) else {
            return false;
        };
        values[meaning] = Ok(Value::Text(known.meaning.clone()));
        values[statements] = Ok(Value::Text(known.statements.clone()));
        true
    }

    /// What a reader should know.
    pub(super) fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The schema in the other database's words.
    pub(super) fn own(&self) -> &Own {
        &self.own
    }

    /// What the rows mean, added up.
    pub(super) fn expected(&self) -> &Sums {
        &self.expected
    }

    fn each<F>(&self, table: &str, block: &[u8], mut put: F) -> Result<u64>
    where
        F: FnMut(Vec<(Family, Value)>) -> Result<(), String>,
    {
        let refused = |reason: String| BackupError::Refused {
            what: format!("`{table}`: {reason}"),
            help: "everything was taken back; please report it".into(),
        };
        let columns = self
            .columns
            .get(table)
            .ok_or_else(|| refused("it is in no schema".into()))?;
        let mut rows = 0;
        for row in Codec::of(self.from).rows(block) {
            let mut values = Vec::with_capacity(columns.len());
            read(row, columns, self.from, |_, value| values.push(value))
                .ok_or_else(|| refused("its rows cannot be understood".into()))?;
            self.carry(table, columns, &mut values);
            let families = columns.iter().map(|column| column.family);
            let values: Result<Vec<_>, _> = families
                .zip(values)
                .map(|(family, value)| Ok((family, value?)))
                .collect();
            let values = values.map_err(refused)?;
            put(values).map_err(refused)?;
            rows += 1;
        }
        Ok(rows)
    }

    /// The rows of a block as PostgreSQL takes them, and how many they are.
    pub(super) fn lines(&self, table: &str, block: &[u8]) -> Result<(Vec<u8>, u64)> {
        let mut out = Vec::with_capacity(block.len());
        let rows = self.each(table, block, |values| {
            let fields: Result<Vec<_>, _> = values.iter().map(|(family, value)| value.field(*family)).collect();
            push(fields?, &mut out);
            Ok(())
        })?;
        Ok((out, rows))
    }

    /// The rows of a block as SQLite takes them.
    pub(super) fn records(&self, table: &str, block: &[u8]) -> Result<Vec<Vec<Storage>>> {
        let mut out = Vec::new();
        self.each(table, block, |values| {
            let row: Result<Vec<_>, _> = values.iter().map(|(_, value)| value.storage()).collect();
            out.push(row?);
            Ok(())
        })?;
        Ok(out)
    }

    /// What rows mean that are read from that kind of database.
    pub(super) fn meaning(&self, of: Dialect) -> Meaning {
        let columns = Arc::clone(&self.columns);
        Box::new(move |table, row| {
            let mut meant = Vec::new();
            let mut wrong = None;
            let known = columns.get(table).map_or(&[][..], Vec::as_slice);
            let understood = read(row, known, of, |column, value| match value {
                Ok(value) => value.mean(&mut meant),
                Err(reason) => wrong = Some(format!("{table}.{}: {reason}", column.name)),
            });
            match (understood, wrong) {
                (Some(()), None) => Ok(meant),
                (_, wrong) => Err(BackupError::Unequal {
                    differences: vec![wrong.unwrap_or_else(|| format!("`{table}` cannot be understood"))],
                    state: "everything was taken back, the database is as it was; please report it",
                }),
            }
        })
    }
}

fn name_of(database: Dialect) -> &'static str {
    match database {
        Dialect::Postgres => "PostgreSQL",
        Dialect::Sqlite => "SQLite",
        Dialect::Mysql => "MySQL",
    }
}

fn not_understood(path: &Path, table: &str) -> BackupError {
    BackupError::Damaged {
        path: path.to_owned(),
        reason: format!("the rows of `{table}` cannot be understood"),
    }
}

/// What only this kind of database understands: it is written in its own language.
fn only_there(catalog: &[String]) -> Vec<String> {
    let short = |line: &str| -> String {
        let first = line.lines().next().unwrap_or_default();
        first.chars().take(80).collect()
    };
    catalog
        .iter()
        .filter(|line| {
            let lower = line.to_ascii_lowercase();
            [
                "view ",
                "function ",
                "create view",
                "create trigger",
                "create constraint trigger",
                "create temp",
            ]
            .iter()
            .any(|begin| lower.starts_with(begin))
        })
        .map(|line| short(line))
        .collect()
}

/// How the values of every table's columns are understood, by the types that the other database gets.
fn known(contents: &Contents, schema: &Schema) -> Result<Columns> {
    let mut all = BTreeMap::new();
    for table in &contents.meta.tables {
        let mut columns = Vec::new();
        for name in &table.columns {
            let column = schema.table(&table.name).and_then(|known| known.column(name));
            let family = column.and_then(|column| Family::of(&column.data_type));
            let declared = family.ok_or_else(|| BackupError::Refused {
                what: format!(
                    "`{}.{name}` is of a type that only its own kind of database has",
                    table.name
                ),
                help: "restore it into a database of its own kind; nothing was written".into(),
            })?;
            let is_wide = declared == Family::Integer(32) && contents.meta.database == Dialect::Sqlite;
            columns.push(Known {
                name: name.clone(),
                declared,
                family: if is_wide { Family::Integer(64) } else { declared },
            });
        }
        all.insert(table.name.clone(), columns);
    }
    Ok(Arc::new(all))
}

/// Reads a row's values; none where it has not as many as there are columns.
fn read<F>(row: &[u8], columns: &[Known], from: Dialect, mut each: F) -> Option<()>
where
    F: FnMut(&Known, Result<Value, String>),
{
    if from == Dialect::Sqlite {
        let values = values(row)?;
        if values.len() != columns.len() {
            return None;
        }
        for (column, value) in columns.iter().zip(&values) {
            each(column, Value::of_storage(value, column.family));
        }
        return Some(());
    }
    let mut fields = fields(row);
    for column in columns {
        each(column, Value::of_field(fields.next()?.as_deref(), column.family));
    }
    fields.next().is_none().then_some(())
}

/// What a value is after it went to the other database and was read there.
fn arrives(value: Value, family: Family, into: Dialect) -> Result<Value, String> {
    let back = if into == Dialect::Sqlite {
        Value::of_storage(&value.storage()?, family)?
    } else {
        let field = value.field(family)?;
        Value::of_field(field.as_deref().map(str::as_bytes), family)?
    };
    let (mut before, mut after) = (Vec::new(), Vec::new());
    value.mean(&mut before);
    back.mean(&mut after);
    if before == after {
        Ok(value)
    } else {
        Err("it would not come back as it is".into())
    }
}
