//! The pages of the book that are written from the rules.

use std::fmt::Write as _;

use super::{Rule, rules::ALL, text::wrapped};
use crate::schema::Dialect;

fn databases(rule: &Rule) -> &'static str {
    match rule.on {
        [Dialect::Postgres] => "PostgreSQL",
        [Dialect::Sqlite] => "SQLite",
        [Dialect::Postgres, Dialect::Sqlite] => "PostgreSQL, SQLite",
        _ => "every database",
    }
}

impl Rule {
    /// Its page.
    pub fn page(&self) -> String {
        let mut page = format!("# {}\n\n{}.\n\n", self.code, self.title);
        let strict = if self.is_strict { ", only with `--strict`" } else { "" };
        let _ = writeln!(page, "| severity | databases | elsewhere |\n|---|---|---|");
        let peers = if self.peers.is_empty() {
            "nobody has it".to_owned()
        } else {
            self.peers.join("; ")
        };
        let _ = writeln!(page, "| {}{strict} | {} | {peers} |\n", self.severity, databases(self));
        for line in wrapped(self.why, 118) {
            let _ = writeln!(page, "{line}");
        }
        for (head, examples) in [("Found", self.bad), ("Not found", self.good)] {
            if examples.is_empty() {
                continue;
            }
            let _ = writeln!(page, "\n## {head}");
            for example in examples {
                let _ = writeln!(page, "\n```sql\n{example}\n```");
            }
        }
        let _ = writeln!(
            page,
            "\n## If it is no danger here\n\nSay so and why, before the call in the step's `fn up`, or above for the whole step:\n\n\
             ```rust\n// seawright: allow({}): the reason\n```",
            self.code
        );
        page
    }
}

/// The table of all rules, for the book's index.
pub fn rules_table() -> String {
    let mut table = "| rule | finds | severity | databases |\n|---|---|---|---|\n".to_owned();
    for rule in ALL {
        let strict = if rule.is_strict { ", strict" } else { "" };
        let _ = writeln!(
            table,
            "| [{0}]({0}.md) | {1} | {2}{strict} | {3} |",
            rule.code,
            rule.title,
            rule.severity,
            databases(rule)
        );
    }
    table
}
