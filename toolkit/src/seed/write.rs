//! Writing rows, many at a time.

use std::collections::HashMap;

use sea_orm::{
    ConnectionTrait, DbBackend, Statement, Value,
    sea_query::{Alias, Expr, Query},
};

use super::{SeedError, error::Doing as _, row::Values};
use crate::{
    data::{Shape, array_literal, max_parameters, text_of},
    ddl::{quote, quote_text},
    schema::{DataType, Table},
};

/// How many rows go in one statement where the number of parameters sets no limit.
const ROWS: usize = 5_000;

/// Where rows go.
pub(super) struct Writer<'db, C> {
    db: &'db C,
    shapes: HashMap<String, Shape>,
}

impl<'db, C: ConnectionTrait> Writer<'db, C> {
    pub(super) fn new(db: &'db C) -> Self {
        Self {
            db,
            shapes: HashMap::new(),
        }
    }

    pub(super) fn db(&self) -> &'db C {
        self.db
    }

    /// Inserts rows of one table.
    ///
    /// On PostgreSQL every column goes as one array: the statement is the same however many rows there are, and is planned
    /// once. Elsewhere it is `VALUES` with as many rows as the parameters allow.
    pub(super) async fn insert(&mut self, table: &Table, rows: &[&Values]) -> Result<(), SeedError> {
        let doing = || format!("inserting rows of {}", table.name);
        let given = |row: &Values| -> Vec<usize> {
            (0..table.columns.len())
                .filter(|at| row[*at].is_some() && table.columns[*at].generated.is_none())
                .collect()
        };
        let is_postgres = self.db.get_database_backend() == DbBackend::Postgres;
        let has_arrays = table
            .columns
            .iter()
            .any(|column| matches!(column.data_type, DataType::Array(_)));
        let mut rest = rows;
        while let Some(first) = rest.first() {
            let columns = given(first);
            let alike = rest.iter().position(|row| given(row) != columns).unwrap_or(rest.len());
            let (now, later) = rest.split_at(alike);
            rest = later;
            let most = if is_postgres && !has_arrays {
                ROWS
            } else {
                (max_parameters(self.db.get_database_backend()) / columns.len().max(1)).clamp(1, ROWS)
            };
            for some in now.chunks(most) {
                let statement = if columns.is_empty() {
                    self.empty(table)
                } else if is_postgres && !has_arrays {
                    self.arrays(table, &columns, some).await?
                } else {
                    self.values(table, &columns, some)?
                };
                let times = if columns.is_empty() { some.len() } else { 1 };
                for _ in 0..times {
                    self.db.execute_raw(statement.clone()).await.doing(doing)?;
                }
            }
        }
        Ok(())
    }

    fn empty(&self, table: &Table) -> Statement {
        let backend = self.db.get_database_backend();
        let mut insert = Query::insert();
        insert.into_table(Alias::new(&table.name)).or_default_values();
        backend.build(&insert)
    }

    async fn arrays(&mut self, table: &Table, columns: &[usize], rows: &[&Values]) -> Result<Statement, SeedError> {
        if !self.shapes.contains_key(&table.name) {
            let doing = || format!("reading the columns of {}", table.name);
            let shape = Shape::read(self.db, &table.name).await.doing(doing)?;
            self.shapes.insert(table.name.clone(), shape);
        }
        let shape = &self.shapes[&table.name];
        let (mut names, mut arrays, mut values) = (Vec::new(), Vec::new(), Vec::new());
        for (number, at) in columns.iter().enumerate() {
            let name = &table.columns[*at].name;
            let data_type = shape.type_of(name).ok_or_else(|| {
                SeedError::column(&table.name, name, "the database has no such column: migrate it first")
            })?;
            names.push(quote(name));
            arrays.push(format!("CAST(CAST(${} AS text) AS {data_type}[])", number + 1));
            let column = rows.iter().map(|row| row[*at].as_ref().and_then(text_of));
            values.push(Value::from(array_literal(column)));
        }
        let sql = format!(
            "INSERT INTO {} ({}) SELECT * FROM unnest({})",
            quote(&table.name),
            names.join(", "),
            arrays.join(", ")
        );
        Ok(Statement::from_sql_and_values(DbBackend::Postgres, sql, values))
    }

    fn values(&self, table: &Table, columns: &[usize], rows: &[&Values]) -> Result<Statement, SeedError> {
        let backend = self.db.get_database_backend();
        let mut insert = Query::insert();
        insert
            .into_table(Alias::new(&table.name))
            .columns(columns.iter().map(|at| Alias::new(&table.columns[*at].name)));
        for row in rows {
            let values = columns.iter().filter_map(|at| row[*at].clone()).map(Expr::value);
            insert.values(values).map_err(|error| {
                SeedError::column(&table.name, "*", format!("a row has another number of values: {error}"))
            })?;
        }
        Ok(backend.build(&insert))
    }

    /// Whether a table has rows.
    pub(super) async fn has_rows(&self, table: &Table) -> Result<bool, SeedError> {
        let mut query = Query::select();
        query.expr(Expr::cust("1")).from(Alias::new(&table.name)).limit(1);
        let row = self.db.query_one(&query).await;
        Ok(row.doing(|| format!("looking into {}", table.name))?.is_some())
    }

    async fn number(&self, table: &Table, sql: String) -> Result<Option<i64>, SeedError> {
        let doing = || format!("numbering rows of {}", table.name);
        let statement = Statement::from_string(self.db.get_database_backend(), sql);
        let row = self.db.query_one_raw(statement).await.doing(doing)?;
        let number = row.map(|row| row.try_get_by_index::<Option<i64>>(0)).transpose();
        Ok(number.doing(doing)?.flatten())
    }

    fn highest(&self, table: &Table, column: &str) -> String {
        let cast = if self.db.get_database_backend() == DbBackend::MySql {
            "signed"
        } else {
            "bigint"
        };
        format!(
            "SELECT CAST(max({}) AS {cast}) FROM {}",
            quote_for(self.db, column),
            quote_for(self.db, &table.name)
        )
    }

    fn sequence(table: &Table, column: &str) -> String {
        format!(
            "pg_get_serial_sequence({}, {})",
            quote_text(&quote(&table.name)),
            quote_text(column)
        )
    }

    /// Numbers for so many rows that the database numbers by itself, which nobody else gets.
    pub(super) async fn reserve(&self, table: &Table, column: &str, count: usize) -> Result<Vec<i64>, SeedError> {
        let doing = || format!("numbering rows of {}", table.name);
        let count_i64 = i64::try_from(count).unwrap_or(i64::MAX);
        let highest = self.number(table, self.highest(table, column)).await?.unwrap_or(0);
        if self.db.get_database_backend() == DbBackend::Postgres {
            let sequence = Self::sequence(table, column);
            for _ in 0..2 {
                let sql = format!("SELECT nextval({sequence}) AS number FROM generate_series(1, {count_i64})");
                let statement = Statement::from_string(DbBackend::Postgres, sql);
                let rows = self.db.query_all_raw(statement).await.doing(doing)?;
                let numbers = rows.iter().map(|row| row.try_get_by_index::<Option<i64>>(0));
                let numbers: Option<Vec<i64>> = numbers.collect::<Result<_, _>>().doing(doing)?;
                match numbers {
                    Some(numbers) if numbers.iter().all(|number| *number > highest) => return Ok(numbers),
                    // Somebody gave rows their numbers and forgot the sequence.
                    Some(_) => {
                        self.number(table, format!("SELECT setval({sequence}, {highest})"))
                            .await?;
                    }
                    None => break,
                }
            }
        }
        let mut last = highest;
        if self.db.get_database_backend() == DbBackend::Sqlite {
            // The counter of AUTOINCREMENT may stand beyond the highest number; the table is there as soon as one has it.
            let counters =
                "SELECT CAST(count(*) AS bigint) FROM sqlite_schema WHERE name = 'sqlite_sequence'".to_owned();
            if self.number(table, counters).await? == Some(1) {
                let counter = format!(
                    "SELECT CAST(max(seq) AS bigint) FROM sqlite_sequence WHERE name = {}",
                    quote_text(&table.name)
                );
                last = last.max(self.number(table, counter).await?.unwrap_or(0));
            }
        }
        Ok((1..=count_i64).map(|number| last + number).collect())
    }

    /// Has the database number on behind rows that were given their numbers.
    pub(super) async fn follow(&self, table: &Table, column: &str) -> Result<(), SeedError> {
        if self.db.get_database_backend() != DbBackend::Postgres {
            return Ok(());
        }
        let doing = || format!("numbering rows of {}", table.name);
        crate::data::advance_sequence(self.db, &table.name, column, None)
            .await
            .doing(doing)
    }
}

fn quote_for<C: ConnectionTrait>(db: &C, name: &str) -> String {
    if db.get_database_backend() == DbBackend::MySql {
        format!("`{}`", name.replace('`', "``"))
    } else {
        quote(name)
    }
}
