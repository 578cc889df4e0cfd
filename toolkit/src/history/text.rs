//! What a person reads of a run.

use std::fmt::{self, Write as _};

#[cfg(feature = "cli")]
use super::ledger::Remembered;
use super::{Adoption, Count, HalfBack, Report, Status, StepKind, ledger::StepState};
use crate::data::{Checked, Summary};

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

pub(super) fn number(number: Option<i64>) -> String {
    number.map_or_else(|| "–".to_owned(), |number| number.to_string())
}

/// The rows of each table before and after.
pub(super) fn counts_text(counts: &[Count]) -> String {
    let mut rows = vec![vec!["table".to_owned(), "before".to_owned(), "after".to_owned()]];
    rows.extend(
        counts
            .iter()
            .map(|count| vec![count.table.clone(), number(count.before), number(count.after)]),
    );
    table(&rows, &[1, 2])
}

/// A query's beginning, for people; JSON and the ledger (`seawright_data_checks`) have it whole.
fn beginning(query: &str) -> String {
    const LONGEST: usize = 240;
    if query.chars().count() <= LONGEST {
        return query.to_owned();
    }
    query.chars().take(LONGEST - 1).chain(['…']).collect()
}

/// What had to hold: each claim, what was found, and the query that was asked.
pub(crate) fn checks_text(checks: &[Checked]) -> String {
    let mut text = String::new();
    let mut step = "";
    for check in checks {
        if step != check.step {
            step = &check.step;
            let _ = writeln!(text, "\nWhat had to hold after {step}:");
        }
        let state = if check.holds() { "  ok  " } else { "FAILED" };
        let rows = crate::data::rows_text(u64::try_from(check.found).unwrap_or(0));
        let _ = writeln!(text, "  {state} {}: {rows}", check.what);
        let _ = writeln!(text, "         {}", beginning(&check.query));
    }
    text
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
    let went = |summary: &&Summary| summary.migrated + summary.archived > 0;
    if report.moved.iter().any(|summary| went(&summary)) {
        text += "\nWhat became of the rows of tables that went:\n";
        let mut rows = vec![
            ["table", "migrated", "archived", "quarantined"]
                .map(str::to_owned)
                .to_vec(),
        ];
        for summary in report.moved.iter().filter(went) {
            rows.push(vec![
                summary.source.clone(),
                summary.migrated.to_string(),
                summary.archived.to_string(),
                summary.quarantined.to_string(),
            ]);
        }
        text += &table(&rows, &[1, 2, 3]);
    }
    text += &checks_text(&report.checks);
    let of = |step: &str, count: fn(&Summary) -> u64| {
        report
            .moved
            .iter()
            .find(|summary| summary.step == step)
            .map_or(0, count)
    };
    let listed = |text: &mut String, head: &str, rows: Vec<(&String, String)>, count: fn(&Summary) -> u64| {
        if rows.is_empty() {
            return;
        }
        *text += head;
        let mut before: Option<&String> = None;
        for (step, row) in &rows {
            if before != Some(step) {
                // Of a step that has more than these, how many more there are.
                let shown = rows.iter().filter(|(other, _)| other == step).count() as u64;
                let _ = match of(step, count).saturating_sub(shown) {
                    0 => writeln!(text, "  {step}"),
                    more => writeln!(text, "  {step}, the first {shown}; and {more} more"),
                };
            }
            before = Some(step);
            let _ = writeln!(text, "    {row}");
        }
    };
    listed(
        &mut text,
        "\nMigrated, and to be looked at by a person:\n",
        report
            .notes
            .iter()
            .map(|row| (&row.step, format!("{} {}: {}", row.table, row.key, row.note)))
            .collect(),
        |summary| summary.noted,
    );
    listed(
        &mut text,
        "\nIn quarantine, kept whole in seawright_data_rows:\n",
        report
            .quarantine
            .iter()
            .map(|row| (&row.step, format!("{} {}: {}", row.table, row.key, row.reason)))
            .collect(),
        |summary| summary.quarantined,
    );
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
            "all {tables} tables are as expected, in every column, key and index ({} objects).",
            self.objects
        )?;
        f.write_str(&super::foreign::text(&self.foreign))?;
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

/// What a database remembers of the steps.
#[cfg(feature = "cli")]
pub(crate) fn history_text(steps: &[Remembered]) -> String {
    if steps.is_empty() {
        return "This database remembers nothing of a history.\n".to_owned();
    }
    let head = [
        "step",
        "state",
        "began (UTC)",
        "took",
        "statements",
        "host",
        "by",
        "checksum",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for step in steps {
        let state = match (step.state, step.direction.as_str()) {
            (StepState::Running, direction) => format!("begun on the way {direction}"),
            (StepState::Failed, direction) => format!("failed on the way {direction}"),
            (StepState::Done, _) => "done".to_owned(),
        };
        // The beginning of a checksum tells two apart; JSON has all of it.
        let checksum = step.meaning.as_deref().and_then(|text| text.rsplit(':').next());
        rows.push(vec![
            step.step.clone(),
            state,
            step.started_at.map_or_else(
                || "recorded, not run".to_owned(),
                |at| at.format("%Y-%m-%d %H:%M:%S").to_string(),
            ),
            step.milliseconds
                .map_or_else(|| "–".to_owned(), |took| format!("{took} ms")),
            step.statement.map_or_else(|| "–".to_owned(), |sent| sent.to_string()),
            step.host.clone(),
            step.tool.clone(),
            checksum.map_or_else(|| "–".to_owned(), |text| text.chars().take(12).collect()),
        ]);
    }
    table(&rows, &[3, 4])
}

/// What a database has of the history.
pub(crate) fn status_text(status: &Status) -> String {
    let mut rows = Vec::new();
    for step in &status.steps {
        let kind = if step.kind == StepKind::Data { "data" } else { "schema" };
        let state = match (step.applied_at, step.state) {
            _ if step.half_back.is_some() => {
                let at = step.half_back.as_ref().map(HalfBack::at);
                format!("half taken back, {}", at.unwrap_or_default())
            }
            (None, Some(StepState::Failed)) => match step.statement.filter(|number| *number > 0) {
                Some(number) => format!("pending, failed at its statement {number}"),
                None => "pending, failed".to_owned(),
            },
            (None, Some(StepState::Running)) => "pending, begun".to_owned(),
            (None, _) => "pending".to_owned(),
            (Some(at), _) => sea_orm::prelude::ChronoDateTimeUtc::from_timestamp(at, 0).map_or_else(
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
    if !status.problems.is_empty() {
        text += "\nNothing runs until this is settled:\n";
        for problem in &status.problems {
            let _ = writeln!(text, "  {problem}");
        }
    }
    if !status.remarks.is_empty() {
        text += "\nTo know:\n";
        for remark in &status.remarks {
            let _ = writeln!(text, "  {remark}");
        }
    }
    text
}
