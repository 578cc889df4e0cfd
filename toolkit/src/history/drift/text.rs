//! What a person reads of a drift.

use std::fmt;

use super::{Drift, Finding, Side};
use crate::history::foreign;

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&foreign::text(&self.foreign))?;
        for remark in &self.half_back {
            writeln!(f, "{remark}.")?;
        }
        if self.is_none() {
            return writeln!(
                f,
                "No drift: the database is what the history leads to after `{}`, in {} objects.",
                self.after, self.report.as_expected
            );
        }
        writeln!(
            f,
            "The database differs from the history after `{}` in {} {}; {} objects are as the history says.",
            self.after,
            self.findings.len(),
            if self.findings.len() == 1 { "point" } else { "points" },
            self.report.as_expected
        )?;
        for (side, head) in [
            (Side::Renamed, "Seems to have been renamed"),
            (Side::Live, "In the live database, and not in the history"),
            (Side::History, "In the history, and not in the live database"),
            (Side::Both, "In both, and different"),
        ] {
            let of_it: Vec<&Finding> = self.findings.iter().filter(|finding| finding.side == side).collect();
            if of_it.is_empty() {
                continue;
            }
            writeln!(f, "\n{head}:")?;
            let (undo, accept) = match side {
                Side::Renamed => ("names it back", "accepts the new name"),
                Side::Live => ("removes it", "accepts it"),
                Side::History => ("brings it back", "accepts that it is gone"),
                Side::Both => ("makes it as it was", "accepts it as it is"),
            };
            for finding in of_it {
                writeln!(f, "\n  {}", finding.what)?;
                writeln!(f, "    this SQL {undo}:")?;
                for statement in &finding.sql {
                    writeln!(
                        f,
                        "      {statement}{}",
                        if statement.starts_with("--") { "" } else { ";" }
                    )?;
                }
                writeln!(f, "    this Rust {accept}:")?;
                for line in finding.rust.lines() {
                    writeln!(f, "      {line}")?;
                }
            }
        }
        Ok(())
    }
}
