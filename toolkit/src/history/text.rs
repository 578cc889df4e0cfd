//! What a person reads of a run.

use std::fmt::{self, Write as _};

use super::{Adoption, Count, Report, Status, StepKind};

/// A table of text: the first row is its head; the columns named are set to the right.
pub(crate) fn table(rows: &[Vec<String>], right: &[usize]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> = row
            .iter()
            .enumerate()
            .map(|(column, cell)| {
                let pad = " ".repeat(widths[column].saturating_sub(cell.chars().count()));
                if right.contains(&column) {
                    pad + cell
                } else {
                    format!("{cell}{pad}")
                }
            })
            .collect();
        let _ = writeln!(text, "  {}", cells.join("  ").trim_end());
    }
    text
}

fn number(number: Option<i64>) -> String {
    number.map_or_else(|| "–".to_owned(), |number| number.to_string())
}

/// The rows of each table before and after.
fn counts_text(counts: &[Count]) -> String {
    let mut rows = vec![vec!["table".to_owned(), "before".to_owned(), "after".to_owned()]];
    rows.extend(
        counts
            .iter()
            .map(|count| vec![count.table.clone(), number(count.before), number(count.after)]),
    );
    table(&rows, &[1, 2])
}

/// What a run did.
pub(crate) fn report_text(report: &Report, what: &str) -> String {
    if report.steps.is_empty() {
        return "Nothing to do.\n".to_owned();
    }
    let steps = report.steps.len();
    let mut text = format!("{steps} {} {what}:\n", if steps == 1 { "step" } else { "steps" });
    let mut rows = Vec::new();
    for step in &report.steps {
        let kind = if step.kind == StepKind::Data { "data" } else { "schema" };
        rows.push(vec![
            step.name.clone(),
            kind.to_owned(),
            format!("{} ms", step.milliseconds),
        ]);
    }
    text += &table(&rows, &[2]);
    text += "\nRows before and after:\n";
    text += &counts_text(&report.counts);
    if report
        .moved
        .iter()
        .any(|summary| summary.migrated + summary.archived + summary.quarantined > 0)
    {
        text += "\nWhat became of the rows of tables that went:\n";
        let mut rows = vec![
            ["table", "migrated", "archived", "quarantined"]
                .map(str::to_owned)
                .to_vec(),
        ];
        for summary in &report.moved {
            rows.push(vec![
                summary.source.clone(),
                summary.migrated.to_string(),
                summary.archived.to_string(),
                summary.quarantined.to_string(),
            ]);
        }
        text += &table(&rows, &[1, 2, 3]);
    }
    if !report.quarantine.is_empty() {
        text += "\nIn quarantine, kept whole in seawright_data_rows:\n";
        for row in &report.quarantine {
            let _ = writeln!(text, "  {} {}: {}", row.table, row.key, row.reason);
        }
    }
    text
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&report_text(self, "applied"))
    }
}

impl fmt::Display for Adoption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tables = self.counts.len();
        writeln!(f, "This database is at the history's point after `{}`:", self.after)?;
        writeln!(
            f,
            "all {tables} tables are as expected, in every column, key and index."
        )?;
        writeln!(
            f,
            "{}:",
            if self.dry_run {
                "Would be recorded as applied"
            } else {
                "Recorded as applied"
            }
        )?;
        for step in &self.recorded {
            writeln!(f, "  {step}")?;
        }
        f.write_str("\nRows:\n")?;
        let rows: Vec<Vec<String>> = self
            .counts
            .iter()
            .map(|count| vec![count.table.clone(), number(count.before)])
            .collect();
        f.write_str(&table(&rows, &[1]))
    }
}

/// What a database has of the history.
pub(crate) fn status_text(status: &Status) -> String {
    let mut rows = Vec::new();
    for step in &status.steps {
        let kind = if step.kind == StepKind::Data { "data" } else { "schema" };
        let state = match step.applied_at {
            None => "pending".to_owned(),
            Some(at) => sea_orm::prelude::ChronoDateTimeUtc::from_timestamp(at, 0).map_or_else(
                || "applied".to_owned(),
                |at| format!("applied {}", at.format("%Y-%m-%d %H:%M:%S UTC")),
            ),
        };
        rows.push(vec![step.name.clone(), kind.to_owned(), state]);
    }
    let mut text = table(&rows, &[]);
    if !status.unknown_tables.is_empty() {
        let _ = writeln!(
            text,
            "\nThis database holds {} tables and no history; `seawright adopt` takes it over.",
            status.unknown_tables.len()
        );
    }
    text
}
