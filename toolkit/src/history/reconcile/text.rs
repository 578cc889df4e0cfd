//! What a person reads of a reconciliation.

use std::fmt::{self, Write as _};

use super::{Left, Reconciliation, Repaired, Statement};
use crate::{data::rows_text, history::text::counts_text};

/// How many rows in quarantine are listed; JSON and the ledger have all.
const SHOWN: usize = 20;

impl fmt::Display for Reconciliation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.dry_run {
            writeln!(
                f,
                "This would bring the database to the history's point after `{}`:",
                self.after
            )?;
        } else {
            writeln!(f, "The database is at the history's point after `{}` now:", self.after)?;
            writeln!(
                f,
                "compared in every table, column, key and index before the transaction ended."
            )?;
        }
        if self.changes.is_empty() {
            f.write_str("\nNothing of the schema changes.\n")?;
        } else {
            writeln!(f, "\nChanges of the schema ({}):", self.changes.len())?;
            self.changes.iter().try_for_each(|change| writeln!(f, "  {change}"))?;
        }
        if !self.repaired.is_empty() {
            f.write_str("\nValues repaired, with a remark on each row in seawright_data_notes where one is lost:\n")?;
            f.write_str(&repaired(&self.repaired))?;
        }
        if !self.quarantine.is_empty() {
            writeln!(
                f,
                "\nIn quarantine, kept whole in seawright_data_rows ({}):",
                rows_text(self.quarantine.len() as u64)
            )?;
            f.write_str(&left(&self.quarantine))?;
        }
        if !self.moved_aside.is_empty() {
            f.write_str("\nLeave the schema, rows and values kept in seawright_data_rows:\n")?;
            f.write_str(&repaired(&self.moved_aside))?;
        }
        if !self.kept.is_empty() {
            f.write_str("\nStay, though the history does not know them:\n")?;
            self.kept.iter().try_for_each(|what| writeln!(f, "  {what}"))?;
        }
        if self.dry_run {
            f.write_str("\nThe statements, in one transaction:\n")?;
            f.write_str(&script(&self.statements))?;
        } else {
            writeln!(
                f,
                "\n{} statements were sent; seawright_reconcile_statements has them.",
                self.statements.len()
            )?;
        }
        f.write_str("\nRows before and after:\n")?;
        f.write_str(&counts_text(&self.counts))?;
        writeln!(
            f,
            "\n{}:",
            if self.dry_run {
                "Would be recorded as applied"
            } else {
                "Recorded as applied"
            }
        )?;
        self.recorded.iter().try_for_each(|step| writeln!(f, "  {step}"))?;
        f.write_str(if self.dry_run {
            "\nNothing was written.\n"
        } else {
            "\n`seawright up` goes on from here.\n"
        })
    }
}

fn repaired(all: &[Repaired]) -> String {
    all.iter().fold(String::new(), |mut text, one| {
        let _ = writeln!(text, "  {}: {}", one.what, rows_text(one.rows));
        text
    })
}

fn left(all: &[Left]) -> String {
    let mut text = String::new();
    for row in all.iter().take(SHOWN) {
        let _ = writeln!(text, "  {} {}: {}", row.table, row.key, row.reason);
    }
    if all.len() > SHOWN {
        let _ = writeln!(text, "  and {} more: --format json has all", all.len() - SHOWN);
    }
    text
}

fn script(statements: &[Statement]) -> String {
    let mut text = String::new();
    let mut before = "";
    for statement in statements {
        if before != statement.why {
            let rows = statement
                .rows
                .map_or_else(String::new, |rows| format!(" ({})", rows_text(rows)));
            let _ = writeln!(text, "  -- {}{rows}", statement.why);
        }
        before = &statement.why;
        let _ = writeln!(text, "  {};", statement.sql.replace('\n', "\n  "));
    }
    text
}
