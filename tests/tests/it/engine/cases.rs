//! The literate cases of `tests/cases`: what the differ plans, what is sent for it, and that it really does that.
//!
//! `UPDATE_CASES=1` writes what comes out into the files, the emitted migrations too.

use std::{collections::BTreeMap, fs, path::PathBuf};

use sea_orm::DbBackend;
use seawright::{
    cli::render,
    diff::Plan,
    emit::{EmitError, Form, Part, apart, statements, values_first},
    schema::{Dialect, Schema},
};
use tests::{TestDb, block_on, skips_postgres};

pub(crate) use super::ground::Ground;
use super::{
    case::{Case, read, updates, write},
    emitted, ledger, play,
    recorder::recorded,
};

const DATABASES: [(&str, Dialect, DbBackend); 2] = [
    ("postgres", Dialect::Postgres, DbBackend::Postgres),
    ("sqlite", Dialect::Sqlite, DbBackend::Sqlite),
];

macro_rules! files {
    ($($file:ident),* $(,)?) => {
        pub(crate) const FILES: &[&str] = &[$(stringify!($file)),*];
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
                block_on(run_all(stringify!($file), &Ground::Sqlite, &Ground::Sqlite));
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
    tables,
    values
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

pub(crate) fn sent(plan: &Plan, dialect: Dialect) -> Result<Vec<String>, EmitError> {
    all_of(made_of(plan), dialect)
}

pub(crate) fn taken_back(plan: &Plan, dialect: Dialect) -> Result<Vec<String>, EmitError> {
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
                            // `generate` refuses to write it for a database that cannot have it.
                            if let Ok(expected) = statements(&plan, dialect, form) {
                                let sent = recorded(migration.as_ref(), backend, is_up).await.unwrap();
                                assert_eq!(sent, expected, "{name} on {backend:?}");
                            }
                        }
                    }
                }
            }
        }
    });
}

/// The plan that makes a schema in an empty database.
pub(crate) fn from_nothing(schema: &Schema) -> Plan {
    seawright::diff::diff(&Schema::default(), schema, &mut seawright::diff::Decisions::default()).unwrap()
}

/// The places where a file's cases are run: one for what is changed, one for what it is to become.
async fn run_on_postgres(file: &str) {
    let db = TestDb::postgres().await;
    let (here, there) = (Ground::postgres(&db).await, Ground::beside(&db).await);
    run_all(file, &here, &there).await;
}

async fn run_all(file: &str, ground: &Ground, beside: &Ground) {
    let database = ground.dialect().name();
    let mut wrong = Vec::new();
    for case in read(file).1.iter().filter(|case| case.concerns(database)) {
        let failed = match case.plan() {
            Ok(plan) => play::case(&plan, case, &migrations_of(file, case), ground, beside).await,
            Err(_) => Vec::new(), // The questions are in the case's text.
        };
        wrong.extend(ledger::judged(&case.title, database, &failed));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
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
