//! The literate cases of `tests/cases`: what the differ plans, what is sent for it, and that it really does that.
//!
//! `UPDATE_CASES=1` writes what comes out into the files, the emitted migrations too.

use std::{collections::BTreeMap, fs, path::PathBuf};

use sea_orm::{
    ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DbBackend, Statement, TransactionTrait as _,
};
use seawright::{
    cli::render,
    diff::{Change, Plan},
    emit::{EmitError, Form, Part, apart, statements, values_first},
    introspect::introspect,
    schema::{Dialect, Schema},
};
use tests::{TestDb, block_on, skips_postgres};

use super::{
    case::{Case, read, updates, write},
    emitted,
    recorder::recorded,
};

const DATABASES: [(&str, Dialect, DbBackend); 2] = [
    ("postgres", Dialect::Postgres, DbBackend::Postgres),
    ("sqlite", Dialect::Sqlite, DbBackend::Sqlite),
];

macro_rules! files {
    ($($file:ident),* $(,)?) => {
        const FILES: &[&str] = &[$(stringify!($file)),*];
        $(mod $file {
            use super::*;

            #[test]
            fn is_planned_and_written() {
                compare_texts(stringify!($file));
            }

            #[test]
            fn works_on_postgres() {
                if !skips_postgres() {
                    block_on(run_on_postgres(stringify!($file)));
                }
            }

            #[test]
            fn works_on_sqlite() {
                block_on(run_all(stringify!($file), &Ground::Sqlite));
            }
        })*
    };
}

files!(
    checks,
    columns,
    enums,
    foreign_keys,
    generated,
    indexes,
    keys,
    losses,
    names,
    questions,
    tables
);

#[test]
fn every_file_of_cases_is_run() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("cases");
    let mut there: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    there.sort();
    assert_eq!(there, FILES);
}

fn lines(items: impl IntoIterator<Item = impl ToString>) -> String {
    items.into_iter().map(|item| item.to_string() + "\n").collect()
}

/// The migrations that a plan becomes, but for what destroys, which is among the others.
pub(crate) fn made_of(plan: &Plan) -> Vec<Part> {
    let (values, rest) = values_first(plan);
    let (whole, online) = apart(&rest);
    [(values, Form::Whole), (whole, Form::Whole), (online, Form::Online)]
        .into_iter()
        .filter(|(plan, _)| !plan.is_empty())
        .map(|(plan, form)| Part { plan, form })
        .collect()
}

/// The same on the way back.
pub(crate) fn back(plan: &Plan) -> Vec<Part> {
    let parts = made_of(plan).into_iter().rev();
    parts
        .map(|part| Part {
            plan: part.plan.inverse(),
            ..part
        })
        .collect()
}

fn all_of(parts: Vec<Part>, dialect: Dialect) -> Result<Vec<String>, EmitError> {
    let mut all = Vec::new();
    for part in parts {
        all.extend(statements(&part.plan, dialect, part.form)?);
    }
    Ok(all)
}

fn sent(plan: &Plan, dialect: Dialect) -> Result<Vec<String>, EmitError> {
    all_of(made_of(plan), dialect)
}

fn taken_back(plan: &Plan, dialect: Dialect) -> Result<Vec<String>, EmitError> {
    all_of(back(plan), dialect)
}

/// What comes out of a case, block by block.
fn outcome(case: &Case) -> Vec<(&'static str, String)> {
    let plan = match case.plan() {
        Ok(plan) => plan,
        Err(undecided) => return vec![("questions", lines([undecided]))],
    };
    let mut blocks = vec![("plan", lines(&plan.changes))];
    let mut refused = Vec::new();
    for (name, dialect, _) in DATABASES.into_iter().filter(|(name, ..)| case.concerns(name)) {
        match sent(&plan, dialect) {
            Ok(statements) => blocks.push((name, statements.iter().map(|sql| format!("{sql};\n")).collect())),
            Err(error) => refused.push(format!("{name}: {error}")),
        }
        if let Err(error) = taken_back(&plan, dialect) {
            refused.push(format!("{name}, back: {error}"));
        }
    }
    blocks.push(("refused", lines(refused)));
    blocks
}

fn compare_texts(file: &str) {
    let (head, mut cases) = read(file);
    let mut wrong = Vec::new();
    for case in &mut cases {
        for (name, content) in outcome(case) {
            if case.block(name) != content {
                wrong.push(format!("{} ({name}):\n{content}", case.title));
            }
            case.set(name, content);
        }
    }
    if updates() {
        write(file, &head, &cases);
    } else {
        assert!(
            wrong.is_empty(),
            "what came out, to be written with UPDATE_CASES=1:\n{}",
            wrong.join("\n")
        );
    }
}

/// A case's migrations with their names.
fn migrations_of(file: &str, case: &Case) -> Vec<(String, Part)> {
    let Some(plan) = case.plan().ok().filter(|plan| sent(plan, Dialect::Postgres).is_ok()) else {
        return Vec::new();
    };
    let name = format!("{file}_{}", case.slug());
    let has_values = !values_first(&plan).0.is_empty() && made_of(&plan).len() > 1;
    let named = |(at, part): (usize, Part)| match part.form {
        Form::Online => (format!("{name}_online"), part),
        _ if at == 0 && has_values => (format!("{name}_values"), part),
        _ => (name.clone(), part),
    };
    made_of(&plan).into_iter().enumerate().map(named).collect()
}

/// The Rust of every case stands in `emitted/` and is compiled into these tests.
#[test]
fn the_emitted_migrations_are_up_to_date() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/engine/emitted");
    let mut rendered: BTreeMap<String, String> = BTreeMap::new();
    for file in FILES {
        for case in read(file).1 {
            for (name, part) in migrations_of(file, &case) {
                let text = render(&part.plan, &name, part.form, &folder).unwrap();
                assert!(
                    rendered.insert(name, text).is_none(),
                    "two cases are called {}",
                    case.title
                );
            }
        }
    }
    let mut list = "//! The migrations of the cases, written by `UPDATE_CASES=1`.\n#![expect(\n    unreachable_pub,\n    clippy::unnecessary_literal_bound,\n    reason = \"written as for a crate\"\n)]\n\n".to_owned();
    let mut names = String::new();
    for name in rendered.keys() {
        list += &format!("mod {name};\n");
        names += &format!("        Box::new({name}::Migration),\n");
    }
    list += &format!(
        "\nuse sea_orm_migration::MigrationTrait;\n\n/// All of them.\npub(crate) fn all() -> Vec<Box<dyn MigrationTrait>> {{\n    vec![\n{names}    ]\n}}\n"
    );
    rendered.insert("mod".into(), list);
    if updates() {
        fs::remove_dir_all(&folder).unwrap();
        fs::create_dir(&folder).unwrap();
        for (name, text) in &rendered {
            fs::write(folder.join(name).with_extension("rs"), text).unwrap();
        }
        return;
    }
    for (name, text) in &rendered {
        let there = fs::read_to_string(folder.join(name).with_extension("rs")).unwrap_or_default();
        assert!(
            there == *text,
            "emitted/{name}.rs is to be written anew with UPDATE_CASES=1"
        );
    }
    assert_eq!(
        fs::read_dir(&folder).unwrap().count(),
        rendered.len(),
        "a file too many in emitted/"
    );
}

#[test]
fn the_emitted_migrations_send_what_their_plans_say() {
    block_on(async {
        let migrations = emitted::all();
        for file in FILES {
            for case in read(file).1 {
                for (name, Part { plan, form }) in migrations_of(file, &case) {
                    let migration = migrations.iter().find(|migration| migration.name() == name);
                    let migration = migration.unwrap_or_else(|| panic!("no {name}: UPDATE_CASES=1 writes it"));
                    for (_, dialect, backend) in DATABASES.into_iter().filter(|(name, ..)| case.concerns(name)) {
                        for (plan, is_up) in [(plan.clone(), true), (plan.inverse(), false)] {
                            match statements(&plan, dialect, form) {
                                Ok(expected) => {
                                    let sent = recorded(migration.as_ref(), backend, is_up).await.unwrap();
                                    assert_eq!(sent, expected, "{name} on {backend:?}");
                                }
                                // `generate` refuses to write it for such a database.
                                Err(_) => {}
                            }
                        }
                    }
                }
            }
        }
    });
}

/// Where databases can be had.
pub(crate) enum Ground {
    /// Schemas of one database, over one connection.
    Postgres(DatabaseConnection),
    /// Databases in memory.
    Sqlite,
}

impl Ground {
    pub(crate) async fn postgres(db: &TestDb) -> Self {
        let mut options = ConnectOptions::new(db.url());
        options.max_connections(1).sqlx_logging(false);
        Self::Postgres(Database::connect(options).await.unwrap())
    }

    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Self::Postgres(_) => Dialect::Postgres,
            Self::Sqlite => Dialect::Sqlite,
        }
    }

    /// An empty database; on PostgreSQL an empty schema, which is the current one until the next call.
    pub(crate) async fn empty(&self) -> DatabaseConnection {
        match self {
            Self::Postgres(connection) => {
                let sql = "DROP SCHEMA IF EXISTS here CASCADE; CREATE SCHEMA here; SET search_path TO here";
                connection.execute_unprepared(sql).await.unwrap();
                connection.clone()
            }
            Self::Sqlite => {
                let mut options = ConnectOptions::new("sqlite::memory:");
                options.max_connections(1).sqlx_logging(false);
                Database::connect(options).await.unwrap()
            }
        }
    }

    /// Runs a plan's migrations.
    pub(crate) async fn play(&self, db: &DatabaseConnection, plan: &Plan) -> Result<(), String> {
        self.play_all(db, &made_of(plan)).await
    }

    /// Takes a plan's migrations back.
    pub(crate) async fn play_back(&self, db: &DatabaseConnection, plan: &Plan) -> Result<(), String> {
        self.play_all(db, &back(plan)).await
    }

    async fn play_all(&self, db: &DatabaseConnection, parts: &[Part]) -> Result<(), String> {
        for part in parts {
            self.play_part(db, part).await?;
        }
        Ok(())
    }

    /// As the runner does: in a transaction but for what is online on PostgreSQL, on SQLite with foreign keys off, and
    /// checked afterwards.
    async fn play_part(&self, db: &DatabaseConnection, part: &Part) -> Result<(), String> {
        let statements = statements(&part.plan, self.dialect(), part.form).map_err(|error| error.to_string())?;
        if part.form == Form::Online && self.dialect() == Dialect::Postgres {
            for sql in statements {
                db.execute_unprepared(&sql)
                    .await
                    .map_err(|error| format!("{sql}\n  {error}"))?;
            }
            return Ok(());
        }
        let is_sqlite = matches!(self, Self::Sqlite);
        if is_sqlite {
            db.execute_unprepared("PRAGMA foreign_keys = OFF").await.unwrap();
        }
        let transaction = db.begin().await.unwrap();
        for sql in statements {
            transaction
                .execute_unprepared(&sql)
                .await
                .map_err(|error| format!("{sql}\n  {error}"))?;
        }
        transaction.commit().await.unwrap();
        if is_sqlite {
            let check = Statement::from_string(DbBackend::Sqlite, "PRAGMA foreign_key_check");
            if !db.query_all_raw(check).await.unwrap().is_empty() {
                return Err("rows refer to rows that are not there".to_owned());
            }
            db.execute_unprepared("PRAGMA foreign_keys = ON").await.unwrap();
        }
        Ok(())
    }

    /// What a database made from nothing looks like.
    pub(crate) async fn built(&self, schema: &Schema) -> Result<Schema, String> {
        let db = self.empty().await;
        self.play(&db, &from_nothing(schema)).await?;
        Ok(self.read(&db).await)
    }

    /// The schema as far as it is to be the same however it came about.
    pub(crate) async fn read(&self, db: &DatabaseConnection) -> Schema {
        let mut schema = introspect(db).await.unwrap();
        for table in &mut schema.tables {
            table.columns.sort_by(|a, b| a.name.cmp(&b.name));
            if matches!(self, Self::Sqlite) {
                // sea-query writes no name for a foreign key on SQLite.
                table.foreign_keys.iter_mut().for_each(|key| key.name.clear());
            }
        }
        schema.normalised()
    }
}

/// The plan that makes a schema in an empty database.
pub(crate) fn from_nothing(schema: &Schema) -> Plan {
    seawright::diff::diff(&Schema::default(), schema, &mut seawright::diff::Decisions::default()).unwrap()
}

async fn run_on_postgres(file: &str) {
    let db = TestDb::postgres().await;
    let ground = Ground::postgres(&db).await;
    run_all(file, &ground).await;
}

async fn run_all(file: &str, ground: &Ground) {
    let mut wrong = Vec::new();
    for case in read(file)
        .1
        .iter()
        .filter(|case| case.concerns(ground.dialect().name()))
    {
        if let Err(why) = run_case(case, ground).await {
            wrong.push(format!("{}: {why}", case.title));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// Plays a case forth and back on a real database and compares it with databases built directly.
async fn run_case(case: &Case, ground: &Ground) -> Result<(), String> {
    let Ok(plan) = case.plan() else { return Ok(()) };
    if sent(&plan, ground.dialect()).is_err() {
        return Ok(()); // The refusal is in the case's text.
    }
    let before = ground
        .built(&case.before())
        .await
        .map_err(|why| format!("before: {why}"))?;
    let after = ground
        .built(&case.after())
        .await
        .map_err(|why| format!("after: {why}"))?;
    let db = ground.empty().await;
    ground.play(&db, &from_nothing(&case.before())).await?;
    if !case.block("rows").is_empty() {
        db.execute_unprepared(case.block("rows"))
            .await
            .map_err(|error| format!("rows: {error}"))?;
    }
    let counted = counts(&db, &plan, false).await;
    ground.play(&db, &plan).await.map_err(|why| format!("up: {why}"))?;
    same(&after, &ground.read(&db).await).map_err(|why| format!("up: {why}"))?;
    if counted != counts(&db, &plan, true).await {
        return Err("up: rows were lost".to_owned());
    }
    if taken_back(&plan, ground.dialect()).is_err() {
        return Ok(());
    }
    ground
        .play_back(&db, &plan)
        .await
        .map_err(|why| format!("down: {why}"))?;
    same(&before, &ground.read(&db).await).map_err(|why| format!("down: {why}"))?;
    if counted != counts(&db, &plan, false).await {
        return Err("down: rows were lost".to_owned());
    }
    Ok(())
}

/// The rows of the tables that stay, by their old names.
async fn counts(db: &DatabaseConnection, plan: &Plan, by_new_names: bool) -> BTreeMap<String, i64> {
    let mut counts = BTreeMap::new();
    for table in &plan.before.tables {
        let new_name = plan.changes.iter().find_map(|change| match change {
            Change::RenameTable { from, to } if *from == table.name => Some(to),
            _ => None,
        });
        let new_name = new_name.unwrap_or(&table.name);
        if plan.after.table(new_name).is_none() {
            continue;
        }
        let name = if by_new_names { new_name } else { &table.name };
        let sql = format!("SELECT count(*) AS count FROM \"{name}\"");
        let row = db
            .query_one_raw(Statement::from_string(db.get_database_backend(), sql))
            .await
            .unwrap()
            .unwrap();
        counts.insert(table.name.clone(), row.try_get("", "count").unwrap());
    }
    counts
}

/// The first lines in which two schemas differ.
pub(crate) fn same(expected: &Schema, found: &Schema) -> Result<(), String> {
    if expected == found {
        return Ok(());
    }
    let (expected, found) = (expected.to_json().unwrap(), found.to_json().unwrap());
    let only = |a: &str, b: &str| {
        let lines: Vec<&str> = a
            .lines()
            .filter(|line| !b.lines().any(|other| other == *line))
            .take(12)
            .collect();
        lines.join("\n")
    };
    Err(format!(
        "expected\n{}\nfound\n{}\nwhole\n{found}",
        only(&expected, &found),
        only(&found, &expected)
    ))
}
