//! What a person reads of a verification.

use std::fmt;

use super::{Answer, Outcome, Row, Verification};
use crate::data::rows_text;

/// A query's beginning, for people; JSON has it whole.
const LONGEST: usize = 400;

impl fmt::Display for Verification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut subjects: Vec<&str> = Vec::new();
        for answer in &self.claims {
            if !subjects.contains(&answer.subject()) {
                subjects.push(answer.subject());
            }
        }
        for subject in subjects {
            let claims: Vec<&Answer> = self
                .claims
                .iter()
                .filter(|answer| answer.subject() == subject)
                .collect();
            let held: Vec<&&Answer> = claims
                .iter()
                .filter(|answer| answer.outcome == Outcome::Holds)
                .collect();
            writeln!(f, "{subject}: {} of {} hold", held.len(), claims.len())?;
            // What is the same for every table, key or column is many lines that say one thing.
            let is_folded = !self.whole && held.len() > FOLDED;
            if is_folded {
                writeln!(f, "    ok    {}", folded(&held))?;
            }
            for answer in &claims {
                match answer.outcome {
                    Outcome::Holds if is_folded => {}
                    Outcome::Holds => {
                        writeln!(f, "    ok    {}: {}", answer.claim, evidence(answer))?;
                        if self.whole {
                            for step in &answer.found.steps {
                                writeln!(f, "            {step}")?;
                            }
                        }
                    }
                    Outcome::Fails => writeln!(f, "    FAIL  {}: {}", answer.claim, evidence(answer))?,
                    Outcome::Undecided => writeln!(f, "    ?     {}: undecided", answer.claim)?,
                }
            }
        }
        for answer in self.claims.iter().filter(|answer| answer.outcome != Outcome::Holds) {
            failure(f, answer)?;
        }
        writeln!(f)?;
        if self.holds() {
            return writeln!(f, "All {} claims hold.", self.claims.len());
        }
        writeln!(
            f,
            "{} of {} claims hold; {} do not, and {} could not be decided.",
            self.holds,
            self.claims.len(),
            self.fails,
            self.undecided
        )
    }
}

/// From how many claims on those of a subject that hold are one line.
const FOLDED: usize = 12;

fn folded(held: &[&&Answer]) -> String {
    let looked_at: u64 = held.iter().map(|answer| answer.found.looked_at).sum();
    format!("{} claims, {looked_at} looked at (-v names each)", held.len())
}

/// What was found, in numbers.
fn evidence(answer: &Answer) -> String {
    let found = &answer.found;
    let mut text = match (found.total, found.looked_at) {
        (0, _) if !found.steps.is_empty() => format!("{} steps", found.steps.len()),
        (_, done) if !found.steps.is_empty() => format!("it stopped after {done} steps"),
        (0, 0) => "there is none".to_owned(),
        (0, all) => format!("none of {all} refutes it"),
        (some, all) => format!("{some} of {all} do not"),
    };
    if found.in_quarantine > 0 {
        text += &format!(", {} in quarantine", found.in_quarantine);
    }
    if let Some(note) = &found.note {
        text += &format!(" ({note})");
    }
    text
}

fn failure(f: &mut fmt::Formatter<'_>, answer: &Answer) -> fmt::Result {
    writeln!(f, "\n{}", answer.name)?;
    if let Some(error) = &answer.error {
        return writeln!(f, "    it is not known whether {}: {error}", answer.claim);
    }
    let found = &answer.found;
    writeln!(f, "    it does not hold that {}", answer.claim)?;
    for (number, step) in (1..).zip(&found.steps) {
        writeln!(f, "      step {number}, done: {step}")?;
    }
    for row in &found.rows {
        writeln!(f, "      {}", line(row))?;
    }
    let shown = found.rows.len() as u64;
    if found.total > shown {
        writeln!(f, "      and {} more", rows_text(found.total - shown))?;
    }
    if !found.query.is_empty() {
        let mut query: String = found.query.chars().take(LONGEST).collect();
        if query.len() < found.query.len() {
            query += " … (whole with --format json)";
        }
        writeln!(f, "    all of them: {query}")?;
    }
    if let Some(help) = &answer.help {
        writeln!(f, "    what to do: {help}")?;
    }
    Ok(())
}

fn line(row: &Row) -> String {
    let mut text = format!("{} {}", row.table, row.key).trim().to_owned();
    let columns: Vec<String> = row
        .columns
        .iter()
        .map(|(name, value)| format!("{name} = {value}"))
        .collect();
    if !columns.is_empty() {
        text += &format!(": {}", columns.join(", "));
    }
    if let Some(reason) = &row.reason {
        text += &format!(": {reason}");
    }
    text
}

impl Answer {
    fn subject(&self) -> &str {
        self.name.split(':').next().unwrap_or(&self.name)
    }
}
