//! plan → a script for SQLite that a plain client can run, whether or not it goes on after an error.
//!
//! A client such as `sqlite3 db < script` sends what follows a failed statement too. So nothing is believed: what a
//! rebuild needs is proven by rows of a table of its own, and the last statement before COMMIT rolls everything back
//! unless every proof is there. It stands there three times, as the beginning of the transaction does (a SAVEPOINT opens one
//! where BEGIN has failed), and the table of proofs is made again where it is missing: no two failures take the net
//! away, whatever the rows are like.

use std::fmt::Write as _;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr};
use sea_orm_migration::SchemaManager;

use super::{
    EmitError,
    online::Form,
    sql::Printer,
    step::{Step, steps},
};
use crate::{
    ddl::{Build, Rebuilt, quote, quote_text},
    diff::{Change, Plan},
    schema::Dialect,
};

/// Why a script could not be written for a database.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// The database cannot have what the plan asks.
    #[error("{0}")]
    Emit(#[from] EmitError),
    /// A table of that database is not what the plan starts from, or something in it stands against the change.
    #[error("{0}")]
    Database(#[from] DbErr),
}

/// The table of the proofs.
const PROOFS: &str = "temp.\"seawright_proof\"";

/// How often the last word of a part is said, and a transaction begun: two failures take no net away.
const GATES: usize = 3;

const ADDS: &str = "What adds";
const DESTROYS: &str = "What destroys: move the data first";

/// Above the numbers of proofs: those of the parts.
const PARTS: usize = 100_000;

/// What is done, one after the other.
enum Piece {
    Statements(Vec<String>),
    Rebuild(Box<Build>, Known),
}

/// What the script knows of a table that it builds anew.
enum Known {
    /// The statement that made it: it was read.
    Made(String),
    /// What the schema says of it: a condition.
    Described(String),
}

struct Written<'p> {
    title: &'static str,
    plan: &'p Plan,
    pieces: Vec<Piece>,
}

/// A script for a database that was not looked at: it refuses a table that has more than the schema knows.
pub(super) fn script(plan: &Plan) -> Result<String, EmitError> {
    let mut written = Vec::new();
    let (adds, destroys) = plan.split();
    for (title, plan) in [(ADDS, &adds), (DESTROYS, &destroys)] {
        let printer = Printer::of(plan, Dialect::Sqlite, Form::Whole)?;
        let mut pieces = Vec::new();
        for step in steps(plan, false) {
            pieces.push(
                match printer
                    .altered_table(&step)
                    .map(|alter| alter.on_sqlite())
                    .transpose()?
                {
                    Some(Rebuilt::Anew(build)) => {
                        let known =
                            Known::Described(described(&build, &step, &made_before(&printer, plan, &build.table)));
                        Piece::Rebuild(build, known)
                    }
                    _ => Piece::Statements(printer.step(&step)?),
                },
            );
        }
        written.push(Written { title, plan, pieces });
    }
    Ok(text(&written))
}

/// A script for a database with the schema of `shadow`, a copy without rows in which the plan is carried out: what is
/// there and in no schema (triggers, what was added by hand) is kept.
///
/// # Errors
/// As [`super::script`], and that a table is not what the plan starts from.
pub async fn script_on(shadow: &DatabaseConnection, plan: &Plan) -> Result<String, ScriptError> {
    shadow.execute_unprepared("PRAGMA foreign_keys = OFF").await?;
    let mut written = Vec::new();
    let (adds, destroys) = plan.split();
    for (title, plan) in [(ADDS, &adds), (DESTROYS, &destroys)] {
        let printer = Printer::of(plan, Dialect::Sqlite, Form::Whole)?;
        let mut pieces = Vec::new();
        for step in steps(plan, false) {
            if let Some(alter) = printer.altered_table(&step)
                && let Rebuilt::Anew(build) = alter.on_that_sqlite(shadow).await?
            {
                alter.execute(&SchemaManager::new(shadow)).await?;
                let known = Known::Made(build.made.clone());
                pieces.push(Piece::Rebuild(build, known));
                continue;
            }
            let statements = printer.step(&step)?;
            for sql in &statements {
                shadow.execute_unprepared(sql).await?;
            }
            pieces.push(Piece::Statements(statements));
        }
        written.push(Written { title, plan, pieces });
    }
    Ok(text(&written))
}

/// The statement that would make a table as it is before the plan, in capitals; nothing of one that bears another name then.
fn made_before(printer: &Printer<'_>, plan: &Plan, table: &str) -> String {
    let before = plan.before.table(table);
    before.map_or_else(String::new, |before| printer.create_sql(before).to_uppercase())
}

/// What must hold of a table that nobody looked at: it has nothing that the schema does not know, since the rebuild would
/// drop it.
fn described(build: &Build, step: &Step, made_before: &str) -> String {
    let table = quote_text(&build.table);
    let Step::Alter { changes, .. } = step else {
        return "1".to_owned();
    };
    let (mut added, mut dropped, mut freed) = (Vec::new(), Vec::new(), [0_usize; 3]);
    for change in changes {
        match change {
            Change::AddColumn { column, .. } => added.push(column.name.to_lowercase()),
            Change::DropColumn { column, .. } => dropped.push(column.name.clone()),
            Change::DropCheck { .. } => freed[0] += 1,
            Change::DropUnique { .. } => freed[1] += 1,
            Change::DropForeignKey { .. } => freed[2] += 1,
            _ => {}
        }
    }
    let kept = build.after.iter().filter(|name| !added.contains(&name.to_lowercase()));
    let before: Vec<String> = kept
        .chain(&dropped)
        .map(|name| quote_text(&name.to_lowercase()))
        .collect();
    let made = "upper(\"sql\")";
    let create = build.create.to_uppercase();
    let mut holds = vec![
        format!(
            "(SELECT count(*) = {0} AND sum(lower(name) IN ({1})) = {0} FROM pragma_table_xinfo({table}))",
            before.len(),
            before.join(", ")
        ),
        only(build),
    ];
    let words = [
        ("CHECK", freed[0]),
        ("UNIQUE", freed[1]),
        ("REFERENCES", freed[2]),
        ("COLLATE", 0),
        ("CONFLICT", 0),
        ("DEFERR", 0),
    ];
    let mut counted = vec![format!("rtrim(\"sql\", ' ' || char(9, 10, 13)) LIKE '%)'")];
    for (word, freed) in words {
        // What goes with a dropped column is in no change of its own.
        let most = (create.matches(word).count() + freed).max(made_before.matches(word).count());
        counted.push(format!(
            "length({made}) - length(replace({made}, '{word}', '')) <= {}",
            most * word.len()
        ));
    }
    holds.push(format!(
        "(SELECT {} FROM sqlite_schema WHERE type = 'table' AND name = {table} COLLATE NOCASE)",
        counted.join(" AND ")
    ));
    holds.join(" AND ")
}

/// That the table has no index and no trigger but those that come back.
fn only(build: &Build) -> String {
    let names = build.indexes.iter().chain(&build.triggers);
    let names: Vec<String> = names.map(|(name, _)| quote_text(&name.to_lowercase())).collect();
    format!(
        "NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE tbl_name = {} COLLATE NOCASE AND type IN ('index', 'trigger') \
         AND sql IS NOT NULL AND lower(name) NOT IN ({}))",
        quote_text(&build.table),
        names.join(", ")
    )
}

/// The proofs of a script: the words and the number of each.
#[derive(Default)]
struct Proofs {
    words: Vec<String>,
}

impl Proofs {
    fn insert(&mut self, words: String, holds: &str) -> String {
        self.words.push(words);
        format!("INSERT INTO {PROOFS} SELECT {}, {holds}", self.words.len())
    }

    /// Without the words: a net where it is not there.
    fn bare() -> String {
        format!(
            "CREATE TEMP TABLE IF NOT EXISTS \"seawright_proof\" ( \"n\" integer PRIMARY KEY, \"holds\" integer, \
             CONSTRAINT \"nothing was changed: see what failed above\" CHECK (\"n\" < {PARTS} OR \"holds\" IS 1) )"
        )
    }

    fn table(&self) -> String {
        let mut text = Self::bare();
        text.truncate(text.len() - " )".len());
        for (at, words) in self.words.iter().enumerate() {
            let _ = write!(
                text,
                ", CONSTRAINT {} CHECK (\"n\" <> {} OR \"holds\" IS 1)",
                quote(words),
                at + 1
            );
        }
        text + " )"
    }
}

fn text(written: &[Written<'_>]) -> String {
    let written: Vec<&Written<'_>> = written
        .iter()
        .filter(|part| {
            let says = |piece: &Piece| !matches!(piece, Piece::Statements(statements) if statements.is_empty());
            part.pieces.iter().any(says)
        })
        .collect();
    let mut rebuilds = written
        .iter()
        .flat_map(|part| &part.pieces)
        .filter(|piece| matches!(piece, Piece::Rebuild(..)));
    let is_proven = rebuilds.next().is_some() || written.len() > 1;
    let mut proofs = Proofs::default();
    // The last word of each part needs the number of all proofs before it.
    let bodies: Vec<(Vec<String>, usize)> = written
        .iter()
        .map(|part| {
            let body = body(part, &mut proofs, is_proven);
            (body, proofs.words.len())
        })
        .collect();
    let mut script = String::new();
    for (at, (part, (body, proven))) in written.iter().zip(bodies).enumerate() {
        let mut lines = vec!["PRAGMA foreign_keys = OFF".to_owned()];
        if is_proven {
            if at == 0 {
                lines.push(format!("DROP TABLE IF EXISTS {PROOFS}"));
                lines.push(proofs.table());
            } else {
                lines.push(Proofs::bare());
            }
        }
        lines.push("BEGIN".to_owned());
        if is_proven {
            lines.extend(std::iter::repeat_n("SAVEPOINT \"seawright\"".to_owned(), GATES - 1));
        }
        lines.extend(body);
        if is_proven {
            let holds = verdict(part, at, proven);
            for nth in 1..=GATES {
                lines.push(Proofs::bare());
                lines.push(format!(
                    "INSERT OR ROLLBACK INTO {PROOFS} SELECT {}, {holds}",
                    PARTS * (at + 1) + nth
                ));
            }
        }
        lines.push("COMMIT".to_owned());
        lines.push("PRAGMA foreign_key_check".to_owned());
        lines.push("PRAGMA foreign_keys = ON".to_owned());
        if is_proven && at + 1 == written.len() {
            lines.push(format!("DROP TABLE IF EXISTS {PROOFS}"));
        }
        let _ = writeln!(script, "-- {}.", part.title);
        for line in lines {
            let _ = writeln!(script, "{line};");
        }
    }
    script
}

fn body(written: &Written<'_>, proofs: &mut Proofs, is_proven: bool) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rebuilt = Vec::new();
    for piece in &written.pieces {
        match piece {
            Piece::Statements(statements) => lines.extend(statements.iter().cloned()),
            Piece::Rebuild(build, known) => {
                rebuild(build, known, proofs, &mut lines);
                rebuilt.push(&build.table);
            }
        }
    }
    if !is_proven {
        return lines;
    }
    rebuilt.dedup();
    for table in rebuilt {
        let holds = format!(
            "NOT EXISTS (SELECT 1 FROM pragma_foreign_key_check({}))",
            quote_text(table)
        );
        lines.push(proofs.insert(format!("a row of {table} refers to a row that is not there"), &holds));
    }
    lines
}

fn rebuild(build: &Build, known: &Known, proofs: &mut Proofs, lines: &mut Vec<String>) {
    let (table, new) = (&build.table, &build.new);
    let named = |name: &str| format!("type = 'table' AND name = {} COLLATE NOCASE", quote_text(name));
    let (words, as_known) = match known {
        Known::Made(sql) => (
            format!("{table} is not what it was when this script was written"),
            format!(
                "(SELECT \"sql\" FROM sqlite_schema WHERE {}) IS {} AND {}",
                named(table),
                quote_text(sql),
                only(build)
            ),
        ),
        Known::Described(holds) => (
            format!("{table} has more than this script knows: write it with diff --from and the URL of this database"),
            holds.clone(),
        ),
    };
    let free = format!("NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE {})", named(new));
    lines.push(proofs.insert(words, &format!("{as_known} AND {free}")));
    for proof in &build.proofs {
        let holds = format!("NOT EXISTS (SELECT 1 FROM {} WHERE {})", quote(table), proof.unfit);
        lines.push(proofs.insert(format!("{} in rows of {table}", proof.what), &holds));
    }
    lines.push(build.create.clone());
    lines.push(build.copy.clone());
    lines.extend(build.sequence.iter().cloned());
    let mut holds = format!(
        "(SELECT count(*) FROM {}) = (SELECT count(*) FROM {})",
        quote(table),
        quote(new)
    );
    if !build.sequence.is_empty() {
        let seq = |name: &str| {
            let name = quote_text(name);
            format!("(SELECT group_concat(seq) FROM sqlite_sequence WHERE name = {name})")
        };
        let _ = write!(holds, " AND {} IS {}", seq(new), seq(table));
    }
    lines.push(proofs.insert(format!("not every row of {table} could be copied"), &holds));
    lines.extend(build.swap.iter().cloned());
    let comes_back: Vec<&(String, String)> = build.indexes.iter().chain(&build.triggers).collect();
    lines.extend(comes_back.iter().map(|(_, sql)| sql.clone()));
    let mut holds = format!("NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE {})", named(new));
    if !comes_back.is_empty() {
        let names: Vec<String> = comes_back
            .iter()
            .map(|(name, _)| quote_text(&name.to_lowercase()))
            .collect();
        let _ = write!(
            holds,
            " AND (SELECT count(*) FROM sqlite_schema WHERE tbl_name = {} COLLATE NOCASE AND type IN ('index', 'trigger') AND lower(name) IN ({})) = {}",
            quote_text(table),
            names.join(", "),
            names.len()
        );
    }
    lines.push(proofs.insert(format!("{table} did not come back whole"), &holds));
}

/// Whether a part of the script did what it was to do, as a condition.
fn verdict(written: &Written<'_>, at: usize, proven: usize) -> String {
    let plan = written.plan;
    let mut holds = vec![
        "(SELECT foreign_keys FROM pragma_foreign_keys) = 0".to_owned(),
        format!("(SELECT count(*) FROM {PROOFS} WHERE \"n\" <= {proven} AND \"holds\" IS 1) = {proven}"),
    ];
    for before in 1..=at {
        let from = PARTS * before;
        holds.push(format!(
            "EXISTS (SELECT 1 FROM {PROOFS} WHERE \"n\" BETWEEN {from} AND {})",
            from + PARTS - 1
        ));
    }
    let touched = |table: &str| plan.changes.iter().any(|change| change.table() == Some(table));
    let made = |name: &str| {
        plan.changes.iter().any(|change| {
            matches!(change, Change::CreateTable { table } if table.name == name)
                || matches!(change, Change::RenameTable { to, .. } if to == name)
        })
    };
    for table in plan
        .after
        .tables
        .iter()
        .filter(|table| touched(&table.name) || made(&table.name))
    {
        let columns: Vec<String> = table
            .columns
            .iter()
            .map(|column| quote_text(&column.name.to_lowercase()))
            .collect();
        let name = quote_text(&table.name);
        holds.push(format!(
            "(SELECT count(*) FROM pragma_table_xinfo({name}) WHERE lower(name) IN ({})) = {}",
            columns.join(", "),
            columns.len()
        ));
        if !table.indexes.is_empty() {
            let indexes: Vec<String> = table
                .indexes
                .iter()
                .map(|index| quote_text(&index.name.to_lowercase()))
                .collect();
            holds.push(format!(
                "(SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND tbl_name = {name} COLLATE NOCASE AND lower(name) IN ({})) = {}",
                indexes.join(", "),
                indexes.len()
            ));
        }
    }
    for change in &plan.changes {
        match change {
            Change::DropTable { table } if plan.after.table(&table.name).is_none() => holds.push(format!(
                "NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = {} COLLATE NOCASE)",
                quote_text(&table.name)
            )),
            Change::DropColumn { table, column } => {
                let there = plan.after.table(table).and_then(|table| table.column(&column.name));
                if there.is_none() {
                    holds.push(format!(
                        "NOT EXISTS (SELECT 1 FROM pragma_table_xinfo({}) WHERE name = {} COLLATE NOCASE)",
                        quote_text(table),
                        quote_text(&column.name)
                    ));
                }
            }
            Change::DropIndex { index, .. } => {
                let mut indexes = plan.after.tables.iter().flat_map(|table| &table.indexes);
                if !indexes.any(|other| other.name.eq_ignore_ascii_case(&index.name)) {
                    holds.push(format!(
                        "NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'index' AND name = {} COLLATE NOCASE)",
                        quote_text(&index.name)
                    ));
                }
            }
            _ => {}
        }
    }
    holds.join(" AND ")
}
