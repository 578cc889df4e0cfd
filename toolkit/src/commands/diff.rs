//! `seawright diff`: what turns one schema into another.

use std::process::ExitCode;

use sea_orm::{DatabaseConnection, DbBackend};
use serde::Serialize;

use super::{
    Context,
    args::{DiffArgs, Emit},
    generate::{planned, with_hints},
    prompt::Prompt,
    source::{alike, read, without_rows},
};
use crate::{
    diff::{Change, Decisions},
    emit::{ScriptError, Source, parts, rust, script, script_on},
    history::{Error, LockFile, Result, lasting},
    schema::{DataType, Dialect, Expression, IndexKey, Schema},
};

#[derive(Serialize)]
struct Shown<'p> {
    from: &'p str,
    to: &'p str,
    changes: &'p [Change],
    /// What one side has and entities cannot declare: it stays as it is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left_alone: Vec<String>,
}

pub(super) async fn run(context: &Context, args: DiffArgs) -> Result<ExitCode> {
    let from = read(context, &args.from).await?;
    let to = read(context, &args.to).await?;
    if args.from == "lock" {
        let dir = context.migration_dir()?;
        LockFile::read(&dir)?.check_sources(&dir)?;
    }
    let database = [&args.from, &args.to]
        .into_iter()
        .find(|source| source.contains("://") || source.starts_with("sqlite:"));
    let (from, to) = alike(context, from, to, database.map(String::as_str)).await?;
    let dialect = args
        .dialect
        .map_or_else(|| spoken(context, database.map(String::as_str)), Dialect::from);
    let mut decisions = args.decisions.decisions()?;
    decisions.check(&from, &to)?;
    let to = if dialect == Dialect::Sqlite {
        spelled_alike(&from, to)
    } else {
        to
    };
    if dialect == Dialect::Sqlite {
        numbered(&mut decisions, &from, &to);
    }
    let decisions = if args.to == "entities" {
        with_hints(context, decisions, &from, &to)?
    } else {
        decisions
    };
    let mut prompt = Prompt::new(decisions, context.output().is_json());
    let plan = planned(&from, &to, &mut prompt, args.in_use)?;
    if args.emit != Emit::Summary && dialect == Dialect::Postgres {
        super::types::check(context, &plan).await?;
    }
    let left_alone = left_alone(&from, &to);
    let text = match args.emit {
        Emit::Summary => plan.to_string() + &listed(&left_alone),
        Emit::Sql => match live_sqlite(context, &args.from, dialect).await? {
            Some(db) => script_on(&without_rows(&db).await?, &lasting(&plan))
                .await
                .map_err(|error| match error {
                    ScriptError::Emit(error) => Error::from(error),
                    ScriptError::Database(error) => Error::from(error),
                })?,
            None => script(&lasting(&plan), dialect)?,
        },
        Emit::Rust => {
            let mut text = String::new();
            for part in parts(&lasting(&plan)) {
                let source = Source {
                    name: "m20000101_000000_diff",
                    form: part.form,
                };
                text += &super::generate::formatted(&rust(&part.plan, &source)?, None);
            }
            text
        }
        Emit::Json => {
            serde_json::to_string_pretty(&plan.changes).map_err(|error| Error::Usage(error.to_string()))? + "\n"
        }
    };
    context.output().result(
        text,
        &Shown {
            from: &args.from,
            to: &args.to,
            changes: &plan.changes,
            left_alone,
        },
    )?;
    Ok(if args.exit_code && !plan.is_empty() {
        ExitCode::from(3)
    } else {
        ExitCode::SUCCESS
    })
}

/// Whose SQL is printed: that of the database that is compared, or of `-u`.
fn spoken(context: &Context, database: Option<&str>) -> Dialect {
    match database.and_then(|url| url.split([':', '+']).next()) {
        Some("sqlite") => Dialect::Sqlite,
        Some("postgres" | "postgresql") => Dialect::Postgres,
        Some("mysql" | "mariadb") => Dialect::Mysql,
        _ => context.dialect(),
    }
}

/// The database that the script is for, where it is at hand: what is in no schema is read from it.
async fn live_sqlite(context: &Context, from: &str, dialect: Dialect) -> Result<Option<DatabaseConnection>> {
    if dialect != Dialect::Sqlite {
        return Ok(None);
    }
    let db = match from {
        "live" => context.connect().await?,
        url if url.starts_with("sqlite:") => context.connect_to(url).await?,
        _ => return Ok(None),
    };
    Ok((db.get_database_backend() == DbBackend::Sqlite).then_some(db))
}

/// On SQLite a new whole-number key is the number that every row has anyway: nobody is asked for one value for all rows.
fn numbered(decisions: &mut Decisions, from: &Schema, to: &Schema) {
    for table in &to.tables {
        let Some(before) = from.table(&table.name) else {
            continue;
        };
        let [key] = table.key_columns() else { continue };
        let is_new =
            before.column(key).is_none() && before.columns.iter().all(|column| table.column(&column.name).is_some());
        let Some(column) = table.column(key).filter(|_| is_new) else {
            continue;
        };
        let is_number = column.data_type == DataType::Integer && column.default.is_none() && column.generated.is_none();
        let is_answered = decisions
            .fills
            .iter()
            .any(|(of, name, _)| *of == table.name && name == key);
        if is_number && !column.nullable && !column.auto_increment.is_on() && !is_answered {
            let number = Expression::Sql("rowid".to_owned());
            decisions.fills.push((table.name.clone(), key.clone(), number));
        }
    }
}

/// To SQLite a name is the same in any case: what differs only in it is no difference, and cannot be renamed either.
fn spelled_alike(from: &Schema, mut to: Schema) -> Schema {
    let tables: Vec<String> = to.tables.iter().map(|table| table.name.clone()).collect();
    let spelled = |name: &str| -> String {
        let here = from.tables.iter().find(|table| table.name.eq_ignore_ascii_case(name));
        here.map_or_else(|| name.to_owned(), |table| table.name.clone())
    };
    for table in &mut to.tables {
        let Some(before) = from
            .tables
            .iter()
            .find(|before| before.name.eq_ignore_ascii_case(&table.name))
        else {
            continue;
        };
        table.name.clone_from(&before.name);
        let column = |name: &mut String| {
            if let Some(before) = before
                .columns
                .iter()
                .find(|column| column.name.eq_ignore_ascii_case(name))
            {
                name.clone_from(&before.name);
            }
        };
        table.columns.iter_mut().for_each(|own| column(&mut own.name));
        table
            .primary_key
            .iter_mut()
            .flat_map(|key| &mut key.columns)
            .for_each(column);
        table
            .uniques
            .iter_mut()
            .flat_map(|key| &mut key.columns)
            .for_each(column);
        table
            .foreign_keys
            .iter_mut()
            .flat_map(|key| &mut key.columns)
            .for_each(column);
        for index in &mut table.indexes {
            if let Some(before) = before
                .indexes
                .iter()
                .find(|before| before.name.eq_ignore_ascii_case(&index.name))
            {
                index.name.clone_from(&before.name);
            }
            for part in &mut index.parts {
                if let IndexKey::Column(name) = &mut part.key {
                    column(name);
                }
            }
        }
    }
    for key in to.tables.iter_mut().flat_map(|table| &mut table.foreign_keys) {
        if tables.contains(&key.ref_table) {
            key.ref_table = spelled(&key.ref_table);
        }
        let Some(before) = from.table(&key.ref_table) else {
            continue;
        };
        for name in &mut key.ref_columns {
            if let Some(before) = before
                .columns
                .iter()
                .find(|column| column.name.eq_ignore_ascii_case(name))
            {
                name.clone_from(&before.name);
            }
        }
    }
    to.normalised()
}

/// What a database has and the declared side beside it cannot say.
fn left_alone(from: &Schema, to: &Schema) -> Vec<String> {
    let database = match (from.is_declared, to.is_declared) {
        (false, true) => from,
        (true, false) => to,
        _ => return Vec::new(),
    };
    database.unmanaged().map(|(table, one)| one.on(table)).collect()
}

fn listed(names: &[String]) -> String {
    if names.is_empty() {
        return String::new();
    }
    let lines: String = names.iter().map(|name| format!("  {name}\n")).collect();
    format!("\nNot managed, left alone:\n{lines}")
}
