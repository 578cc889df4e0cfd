//! Hazards in what migrations send: locks, rewrites, lost data, unbounded data statements.
//!
//! It works on the statements of a step, however they came to be: generated, written by hand, raw SQL. A rule is a file
//! in `rules/`; its page in the book (`docs/lint/`) is written from it.
//!
//! ```
//! use seawright::{lint::{lint, Options, Script}, schema::Dialect};
//! let step = Script::new("m1_logs", ["CREATE INDEX idx_logs_job_id ON logs (job_id)"]);
//! let found = lint(&[step], &Options::of(Dialect::Postgres)).findings;
//! assert_eq!(found[0].code, "require-concurrent-index-creation");
//! assert_eq!(found[0].lock.unwrap().to_string(), "SHARE");
//! ```

mod allow;
mod at;
mod block;
mod finding;
mod index;
mod locks;
mod names;
mod rule;
mod rules;
mod said;
mod script;
mod source;
mod text;
mod types;
mod words;
mod world;

pub use finding::{Effect, Finding, Linted, Lock, Severity, Silenced};
pub use index::rules_table;
pub use locks::{Held, locks};
pub use rule::Rule;
pub use script::{Allowance, Options, Script};
pub use text::{annotations, lines, report};

use crate::schema::Dialect;
use at::Step;
use world::World;

/// Every rule, by its code.
pub fn rules() -> &'static [Rule] {
    rules::ALL
}

/// Looks at the steps of a history, the oldest first, and says what is dangerous in those that are to be linted. The
/// others are read for what they tell of the tables.
///
/// Only a table that the same step makes is one that nobody uses: what an earlier step made is in use somewhere, whether or
/// not the database at hand has that step yet. So the same steps get the same findings, with a database and without one.
pub fn lint(history: &[Script], options: &Options) -> Linted {
    let mut world = World::default();
    let mut linted = Linted::new(options.dialect);
    for script in history {
        world.settle();
        let step = Step::read(script, options.dialect);
        let mut findings = Vec::new();
        step.walk(&mut world, |at| {
            if script.is_linted {
                for rule in rules::ALL.iter().filter(|rule| rule.concerns(*options)) {
                    findings.extend(at.ask(rule));
                }
            }
        });
        if script.is_linted {
            linted.steps += 1;
            if let Some(why) = &script.broken_off {
                findings.push(rules::unrecorded(script, why));
            }
            allow::settle(script, findings, *options, &mut linted);
        }
    }
    linted
}

/// Whether PostgreSQL's rules are the ones to ask: MySQL's locks are none that this room knows.
fn is_postgres(dialect: Dialect) -> bool {
    dialect == Dialect::Postgres
}
