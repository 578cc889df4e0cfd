//! What a factory knows, and how rows come to be: values, parents, unique keys.

use std::{collections::HashMap, fmt, sync::Arc};

use sea_orm::{
    ActiveEnum, EntityTrait, IdenStatic, Iterable, Value,
    prelude::{ChronoDate, DateTime},
};

use super::{
    Many, One, Random, SeedError,
    keys::{Key, keys},
    random::hash,
    row::{Row, Typed},
    value::{Hint, Place, default, hints, is_free, made},
};
use crate::{
    declare::{DeclareError, Entities},
    schema::{EnumType, Schema, Table},
};

/// Makes rows for tests: whatever is not said is made up, and fits.
///
/// A row's required references are filled by making the rows that they need. Columns with a default have it, columns that
/// may be NULL are, everything else has a value of its type that no unique key has already. The same seed makes the same
/// rows in a database of the same contents, on every machine; the time is given ([`Factory::at`]), never that of a clock.
///
/// ```ignore
/// let mut make = Factory::new(entity::schema(), 7);
/// let event = make.one::<events::Entity>().set(events::Column::Name, "Backup").insert(&db).await?;
/// let jobs = make.many::<jobs::Entity>(1000).with(|_, job| job.priority = Set(2)).of(&event).insert(&db).await?;
/// ```
pub struct Factory {
    schema: Result<Arc<Schema>, DeclareError>,
    pub(super) seed: u64,
    at: DateTime,
    pub(super) reuses: bool,
    /// How many rows of a table were made so far.
    pub(super) numbers: HashMap<String, u64>,
    known: HashMap<String, Arc<Known>>,
    definitions: HashMap<String, Vec<Definition>>,
    finishes: HashMap<String, Vec<Definition>>,
    values: HashMap<(String, String), Vec<Value>>,
}

type Definition = Arc<dyn Fn(&mut Draw, &Table, &mut Row) -> Result<(), SeedError> + Send + Sync>;

/// What a definition knows of the row that it completes.
#[derive(Clone, Debug)]
pub struct Draw {
    /// The number of the row in its table, from 0: the factory's own count.
    pub number: u64,
    /// Random numbers of the row's own.
    pub random: Random,
    /// The row's moment: the factory's, and a second later for each row.
    pub at: DateTime,
    seed: u64,
}

impl Draw {
    /// A text that no other row of any seed has: the word, and some letters and digits behind it.
    pub fn unique(&self, word: &str) -> String {
        let mut random = Random::of(self.seed, "unique");
        format!("{word}-{}{}", random.letters(6).to_lowercase(), self.number + 1)
    }
}

/// What is known of a table.
pub(super) struct Known {
    pub(super) table: Table,
    pub(super) hints: Vec<Hint>,
    names: Vec<u64>,
    pub(super) keys: Vec<Key>,
    /// Whether a column must differ from row to row.
    unique: Vec<bool>,
    pub(super) enums: Vec<EnumType>,
    definitions: Vec<Definition>,
    pub(super) finishes: Vec<Definition>,
}

impl fmt::Debug for Factory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Factory")
            .field("seed", &self.seed)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

const START: DateTime = match ChronoDate::from_ymd_opt(2025, 1, 1) {
    Some(day) => match day.and_hms_opt(0, 0, 0) {
        Some(start) => start,
        None => DateTime::MIN,
    },
    None => DateTime::MIN,
};

impl Factory {
    /// A factory for the tables of a schema. Mistakes in the entities are told by the first row that is made.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "`Factory::new(entity::schema(), 7)` is how it is used"
    )]
    pub fn new(entities: Entities, seed: u64) -> Self {
        Self {
            schema: entities.schema().map(Arc::new),
            seed,
            at: START,
            reuses: false,
            numbers: HashMap::new(),
            known: HashMap::new(),
            definitions: HashMap::new(),
            finishes: HashMap::new(),
            values: HashMap::new(),
        }
    }

    /// With rows of that moment and later: a second for each row. 2025-01-01 without it.
    #[must_use]
    pub fn at(self, at: DateTime) -> Self {
        Self { at, ..self }
    }

    /// With references to rows that are there already, where there are any, instead of rows made for it.
    #[must_use]
    pub fn reusing(self) -> Self {
        Self { reuses: true, ..self }
    }

    /// Says how an entity's rows look: the definition finds a row whose columns have what the factory makes up, and changes
    /// them. What a caller says of a row comes after, so it wins. Several definitions are applied in their order.
    #[must_use]
    pub fn define<E>(mut self, define: impl Fn(&mut Draw, &mut E::ActiveModel) + Send + Sync + 'static) -> Self
    where
        E: EntityTrait<Column: IdenStatic>,
    {
        let (name, definition) = self.typed::<E>(move |draw, row| {
            define(draw, row);
            Ok(())
        });
        self.definitions.entry(name).or_default().push(definition);
        self
    }

    /// Says what becomes of an entity's rows in the end, when all references and numbers are filled in: for what depends on
    /// them, such as a secret that is sealed for its owner. It finds what callers have said, too.
    ///
    /// Where it fails, no row is made, and the call ends with [`SeedError::Finish`] and what it says.
    #[must_use]
    pub fn finish<E>(
        mut self,
        finish: impl Fn(&mut Draw, &mut E::ActiveModel) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self
    where
        E: EntityTrait<Column: IdenStatic>,
    {
        let (name, definition) = self.typed::<E>(finish);
        self.finishes.entry(name).or_default().push(definition);
        self
    }

    fn typed<E>(
        &mut self,
        define: impl Fn(&mut Draw, &mut E::ActiveModel) -> Result<(), String> + Send + Sync + 'static,
    ) -> (String, Definition)
    where
        E: EntityTrait<Column: IdenStatic>,
    {
        let name = E::default().table_name().to_owned();
        let table = self.schema.as_ref().ok().and_then(|schema| schema.table(&name));
        let typed = table.map(Typed::<E>::new);
        self.known.remove(&name);
        let definition: Definition = Arc::new(move |draw, table, row| {
            let Some(typed) = &typed else { return Ok(()) };
            let mut model = typed.read(table, &row.values)?;
            define(draw, &mut model).map_err(|what| SeedError::Finish {
                table: table.name.clone(),
                what,
            })?;
            typed.write(&model, row);
            Ok(())
        });
        (name, definition)
    }

    /// Says that a column holds an enumeration's values, which no schema tells where it is stored as text or number.
    #[must_use]
    pub fn values<E, A>(mut self, column: E::Column) -> Self
    where
        E: EntityTrait<Column: IdenStatic>,
        A: ActiveEnum<ValueVec: Sized> + Iterable,
        A::Value: Into<Value>,
    {
        let table = E::default().table_name().to_owned();
        let values = A::iter().map(|value| value.to_value().into()).collect();
        self.known.remove(&table);
        self.values.insert((table, column.as_str().to_owned()), values);
        self
    }

    /// Makes a row of an entity.
    pub fn one<E: EntityTrait<Column: IdenStatic>>(&mut self) -> One<'_, E> {
        One::new(self)
    }

    /// Makes so many rows of an entity.
    pub fn many<E: EntityTrait<Column: IdenStatic>>(&mut self, count: usize) -> Many<'_, E> {
        Many::new(self, count)
    }

    pub(super) fn schema(&self) -> Result<Arc<Schema>, SeedError> {
        self.schema.clone().map_err(SeedError::Declare)
    }

    pub(super) fn known(&mut self, name: &str) -> Result<Arc<Known>, SeedError> {
        if let Some(known) = self.known.get(name) {
            return Ok(Arc::clone(known));
        }
        let schema = self.schema()?;
        let table = schema
            .table(name)
            .ok_or_else(|| SeedError::NoTable(name.to_owned()))?
            .clone();
        let mut hints = hints(&table);
        for (column, hint) in table.columns.iter().zip(&mut hints) {
            if let Some(values) = self.values.get(&(name.to_owned(), column.name.clone())) {
                hint.one_of = Some(values.clone());
            }
        }
        let keys = keys(&table);
        let unique = (0..table.columns.len())
            .map(|at| {
                keys.iter().any(|key| key.columns.contains(&at))
                    && is_free(&table.columns[at].data_type)
                    && hints[at].one_of.is_none()
            })
            .collect();
        let known = Arc::new(Known {
            names: table
                .columns
                .iter()
                .map(|column| hash(&format!("{name}.{}", column.name)))
                .collect(),
            unique,
            hints,
            keys,
            enums: schema.enums.clone(),
            definitions: self.definitions.get(name).cloned().unwrap_or_default(),
            finishes: self.finishes.get(name).cloned().unwrap_or_default(),
            table,
        });
        self.known.insert(name.to_owned(), Arc::clone(&known));
        Ok(known)
    }

    fn moment(&self, number: u64) -> DateTime {
        let seconds = i64::try_from(number).unwrap_or(0);
        chrono::TimeDelta::try_seconds(seconds)
            .and_then(|since| self.at.checked_add_signed(since))
            .unwrap_or(self.at)
    }

    /// The next row of a table, as the schema and the definitions have it; without references and numbers.
    pub(super) fn next_row(&mut self, known: &Known) -> Result<Row, SeedError> {
        let table = &known.table;
        let count = self.numbers.entry(table.name.clone()).or_default();
        let number = *count;
        *count += 1;
        let mut row = Row {
            values: vec![None; table.columns.len()],
            made_up: vec![true; table.columns.len()],
            number,
            attempt: 0,
        };
        for at in 0..table.columns.len() {
            row.values[at] = self.value(known, &row, at)?;
        }
        if !known.definitions.is_empty() {
            self.define_row(known, &mut row)?;
            // What a definition says may be said anew, where it turns out to be taken.
            row.made_up.fill(true);
        }
        Ok(row)
    }

    fn define_row(&self, known: &Known, row: &mut Row) -> Result<(), SeedError> {
        self.apply(&known.definitions, known, row)
    }

    pub(super) fn finish_row(&self, known: &Known, row: &mut Row) -> Result<(), SeedError> {
        let made_up = row.made_up.clone();
        self.apply(&known.finishes, known, row)?;
        row.made_up = made_up;
        Ok(())
    }

    fn apply(&self, definitions: &[Definition], known: &Known, row: &mut Row) -> Result<(), SeedError> {
        let mut draw = Draw {
            number: row.number,
            random: Random::nth(self.seed ^ row.attempt, hash(&known.table.name), row.number),
            at: self.moment(row.number),
            seed: self.seed.wrapping_add(row.attempt),
        };
        for definition in definitions {
            definition(&mut draw, &known.table, row)?;
        }
        Ok(())
    }

    /// The value of a column of which nobody has said anything; none for what is filled in later or left to the database.
    fn value(&self, known: &Known, row: &Row, at: usize) -> Result<Option<Value>, SeedError> {
        let (table, column) = (&known.table, &known.table.columns[at]);
        if column.auto_increment.is_on() || column.generated.is_some() || known.is_reference(at) {
            return Ok(None);
        }
        let moment = self.moment(row.number);
        // A default would be the same in every row.
        if !known.unique[at] && column.default.is_some() {
            return Ok(default(column, moment));
        }
        if column.nullable {
            return Ok(None);
        }
        let place = Place {
            seed: self.seed,
            name: known.names[at],
            row: row.number,
            attempt: row.attempt,
            at: moment,
        };
        let value = made(column, &known.hints[at], &known.enums, place, known.unique[at]);
        value.map(Some).ok_or_else(|| {
            let what = format!(
                "nothing is known of values of the type {}: give one with `Factory::define` or `set`",
                column.data_type
            );
            SeedError::column(&table.name, &column.name, what)
        })
    }

    /// Has a row try another value of a column, because the one that it has is taken.
    pub(super) fn another(&self, known: &Known, row: &mut Row, at: usize) -> Result<(), SeedError> {
        row.attempt += 1;
        if !known.definitions.is_empty() {
            let mut fresh = row.clone();
            self.define_row(known, &mut fresh)?;
            if fresh.values[at] != row.values[at] {
                row.values[at].clone_from(&fresh.values[at]);
                return Ok(());
            }
        }
        if let Some(value) = self.value(known, row, at)? {
            row.values[at] = Some(value);
        }
        Ok(())
    }
}

impl Known {
    /// Whether a column refers to another row.
    pub(super) fn is_reference(&self, at: usize) -> bool {
        let name = &self.table.columns[at].name;
        self.table.foreign_keys.iter().any(|key| key.columns.contains(name))
    }

    pub(super) fn places(&self, columns: &[String]) -> Vec<usize> {
        let place = |name: &String| self.table.columns.iter().position(|column| column.name == *name);
        columns.iter().filter_map(place).collect()
    }

    /// The column that the database numbers by itself.
    pub(super) fn numbered(&self) -> Option<usize> {
        self.table
            .columns
            .iter()
            .position(|column| column.auto_increment.is_on())
    }

    /// Whether rows of one call can't be alike in a key, because a column of it is made from the row's number.
    pub(super) fn differs(&self, key: &Key, row: &Row) -> bool {
        key.columns.iter().any(|at| {
            self.unique[*at]
                && row.made_up[*at]
                && self.definitions.is_empty()
                && super::value::is_wide(&self.table.columns[*at].data_type)
        })
    }

    /// Whether a key has a column with any number of values, other than a reference.
    pub(super) fn has_room(&self, key: &Key, row: &Row) -> bool {
        key.columns
            .iter()
            .any(|at| self.unique[*at] && row.has(*at) && !self.is_reference(*at))
    }
}
