//! What was applied, held against what the history has.

use std::fmt;

use serde::Serialize;

use super::{
    back::HalfBack,
    branches::{Clash, clash},
    digest::{differ, meaning, normalised},
    ledger::{self, StepState},
    runner::{Known, StepStatus},
    squashed,
    tracking::Record,
};
use crate::ddl::online::as_sent_now;

/// Something that has to be settled before anything runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "problem", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Problem {
    /// The database has steps that are newer than all of this program's.
    Newer {
        /// The steps.
        steps: Vec<String>,
        /// The newest that this program has.
        last: String,
    },
    /// A step was applied that the history does not have.
    Missing {
        /// The step.
        step: String,
    },
    /// A step was applied under another name: just the same is in the history and pending.
    Renamed {
        /// The name in the database.
        step: String,
        /// The name in the history.
        now: String,
    },
    /// A step does something else than when it was applied.
    Edited {
        /// The step.
        step: String,
        /// What it did and does not do any more.
        gone: Vec<String>,
        /// What it does now and did not do.
        new: Vec<String>,
    },
    /// A pending step stands before applied ones and is at odds with one of them.
    OutOfOrder {
        /// The pending step.
        step: String,
        /// The applied one.
        applied: String,
        /// Over what.
        over: Vec<Clash>,
    },
    /// A squashed step stands for several, and only some of them were applied.
    Halfway {
        /// The squashed step.
        step: String,
        /// Those of them that were applied.
        applied: Vec<String>,
        /// Those that were not.
        missing: Vec<String>,
    },
}

impl Problem {
    /// Whether the database has what the history does not.
    pub(super) fn is_foreign(&self) -> bool {
        matches!(self, Self::Newer { .. } | Self::Missing { .. })
    }
}

/// Something that is worth knowing and stops nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "remark", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Remark {
    /// A step's file was changed and it still does the same: a comment, say.
    Rewritten {
        /// The step.
        step: String,
    },
    /// A step was begun and neither ended nor failed: its run was killed, or is under way.
    Interrupted {
        /// The step.
        step: String,
        /// `up` or `down`.
        direction: String,
        /// Where.
        host: String,
    },
    /// Taking back a step has stopped half-way.
    HalfBack {
        /// The step.
        step: String,
        /// Where.
        #[serde(flatten)]
        half: HalfBack,
    },
    /// A pending step stands before applied ones, and gets along with all of them.
    FromBranch {
        /// The step.
        step: String,
        /// The applied ones behind it.
        applied: Vec<String>,
    },
    /// A squashed step counts as applied, because all that it stands for were.
    Squashed {
        /// The squashed step.
        step: String,
        /// What it stands for.
        replaces: Vec<String>,
    },
}

impl Remark {
    /// That a step is half taken back, where it is.
    pub(super) fn half_back(step: &StepStatus) -> Option<Self> {
        step.half_back.as_ref().map(|half| Self::HalfBack {
            step: step.name.clone(),
            half: half.clone(),
        })
    }
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) problems: Vec<Problem>,
    pub(super) remarks: Vec<Remark>,
}

/// Holds what a database has against the history's steps.
pub(super) fn findings(steps: &[Known], applied: &[Record], ledger: &[ledger::Model]) -> Findings {
    let mut found = Findings::default();
    let is_applied = |name: &str| applied.iter().any(|record| record.name == name);
    let kept = |name: &str| ledger.iter().find(|kept| kept.step == name);
    let replaced = squashed::replaced(steps);
    let absent: Vec<&Record> = applied
        .iter()
        .filter(|record| !steps.iter().any(|step| step.name() == record.name))
        .filter(|record| !replaced.contains(record.name.as_str()))
        .collect();
    let mut renamed: Vec<&str> = Vec::new();
    let mut missing: Vec<&str> = Vec::new();
    for record in absent {
        let meaning = kept(&record.name).and_then(|kept| kept.meaning.as_deref());
        let same = steps
            .iter()
            .find(|step| !is_applied(step.name()) && meaning.is_some() && step.digests.meaning.as_deref() == meaning);
        if let Some(step) = same {
            renamed.push(step.name());
            found.problems.push(Problem::Renamed {
                step: record.name.clone(),
                now: step.name().to_owned(),
            });
        } else {
            missing.push(&record.name);
        }
    }
    let last = steps.iter().map(Known::name).max().unwrap_or_default();
    if !missing.is_empty() && missing.iter().all(|name| *name > last) {
        found.problems.push(Problem::Newer {
            steps: missing.iter().map(|name| (*name).to_owned()).collect(),
            last: last.to_owned(),
        });
    } else {
        found.problems.extend(missing.iter().map(|name| Problem::Missing {
            step: (*name).to_owned(),
        }));
    }
    for (at, step) in steps.iter().enumerate() {
        let kept = kept(step.name());
        // One that the database does not have and that was to be taken back is half taken back, which says more.
        let is_half = |kept: &ledger::Model| kept.direction == "down" && !is_applied(step.name());
        if let Some(kept) = kept.filter(|kept| kept.state == StepState::Running && !is_half(kept)) {
            found.remarks.push(Remark::Interrupted {
                step: step.name().to_owned(),
                direction: kept.direction.clone(),
                host: kept.host.clone(),
            });
        }
        if is_applied(step.name()) {
            if let Some(kept) = kept {
                changed(step, kept, &mut found);
            }
            continue;
        }
        if renamed.contains(&step.name()) {
            continue;
        }
        if let Some(halfway) = squashed::halfway(step, is_applied) {
            found.problems.push(halfway);
            continue;
        }
        let behind: Vec<&Known> = steps[at + 1..]
            .iter()
            .filter(|other| is_applied(other.name()))
            .collect();
        let clashes: Vec<Problem> = behind
            .iter()
            .filter_map(|other| {
                let over = clash(step.name(), other.name(), &step.footprint, &other.footprint);
                (!over.is_empty()).then(|| Problem::OutOfOrder {
                    step: step.name().to_owned(),
                    applied: other.name().to_owned(),
                    over,
                })
            })
            .collect();
        if clashes.is_empty() && !behind.is_empty() {
            found.remarks.push(Remark::FromBranch {
                step: step.name().to_owned(),
                applied: behind.iter().map(|other| other.name().to_owned()).collect(),
            });
        }
        found.problems.extend(clashes);
    }
    found
}

/// Whether an applied step is another one now, or only looks different.
fn changed(step: &Known, kept: &ledger::Model, found: &mut Findings) {
    if differ(kept.meaning.as_deref(), step.digests.meaning.as_deref()) {
        let was: Vec<String> = kept
            .statements
            .as_deref()
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default();
        let is = meaning(&step.recording);
        // A newer version of this program may say the same in other words.
        if was
            .iter()
            .map(|line| normalised(&as_sent_now(line)))
            .eq(is.iter().cloned())
        {
            return;
        }
        found.problems.push(Problem::Edited {
            step: step.name().to_owned(),
            gone: without(&was, &is),
            new: without(&is, &was),
        });
    } else if differ(kept.bytes.as_deref(), step.digests.bytes.as_deref()) {
        found.remarks.push(Remark::Rewritten {
            step: step.name().to_owned(),
        });
    }
}

/// The lines of one list that the other has not.
fn without(lines: &[String], others: &[String]) -> Vec<String> {
    lines.iter().filter(|line| !others.contains(line)).cloned().collect()
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Newer { steps, last } => write!(
                f,
                "this program is older than the database: it {}, and the database has {} more, up to `{}`; use the newer program",
                if last.is_empty() {
                    "has no steps at all".to_owned()
                } else {
                    format!("ends at `{last}`")
                },
                steps.len(),
                steps.last().map_or("", String::as_str)
            ),
            Self::Missing { step } => write!(
                f,
                "`{step}` was applied and this history does not have it: take it back from version control, or use the branch that has it"
            ),
            Self::Renamed { step, now } => write!(
                f,
                "`{step}` was applied and is called `{now}` now: give it its name back, or have the database know the new one with `seawright history repair`"
            ),
            Self::Edited { step, gone, new } => {
                write!(
                    f,
                    "`{step}` was changed after it was applied: take the change back and write a further migration, or say with `seawright history repair` that the database is right as it is"
                )?;
                for line in gone {
                    write!(f, "\n    - {}", beginning(line))?;
                }
                for line in new {
                    write!(f, "\n    + {}", beginning(line))?;
                }
                if gone.is_empty() && new.is_empty() {
                    f.write_str("\n    the same statements in another order")?;
                }
                Ok(())
            }
            Self::OutOfOrder { step, applied, over } => {
                write!(
                    f,
                    "`{step}` is pending and stands before `{applied}`, which was applied; they come from two branches, and both touch the same:"
                )?;
                for clash in over {
                    write!(f, "\n    {clash}")?;
                }
                write!(
                    f,
                    "\n    give `{step}` a name behind `{applied}` and mend it so that it follows it"
                )
            }
            Self::Halfway { step, applied, missing } => {
                let last = |names: &[String]| names.last().cloned().unwrap_or_default();
                write!(
                    f,
                    "`{step}` stands for {} older steps, of which this database has {}, up to `{}`: take the program from before the squash and apply the others with it (`up --to {}`), then come back with this one",
                    applied.len() + missing.len(),
                    applied.len(),
                    last(applied),
                    last(missing)
                )
            }
        }
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rewritten { step } => write!(
                f,
                "`{step}`: its file was changed since it was applied, and it still does the same"
            ),
            Self::Interrupted { step, direction, host } => write!(
                f,
                "`{step}`: begun on the way {direction} on {host}, and not ended: its run was killed, or is under way; the next one goes on"
            ),
            Self::HalfBack { step, half } => {
                let at = half.at();
                match &half.failure {
                    Some(failure) => write!(f, "`{step}` is half taken back: `down` failed {at} ({failure})")?,
                    None => write!(f, "`{step}` is half taken back: `down` did not come further than {at}")?,
                }
                f.write_str("; `down` goes on from there, `up` applies it again")
            }
            Self::FromBranch { step, applied } => write!(
                f,
                "`{step}` is pending and stands before {}; they touch nothing in common, so it is applied out of order",
                applied
                    .iter()
                    .map(|name| format!("`{name}`"))
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
            Self::Squashed { step, replaces } => write!(
                f,
                "`{step}` counts as applied: this database has the {} steps that it stands for, `{}` to `{}`; the next run records it in their place",
                replaces.len(),
                replaces.first().map_or("", String::as_str),
                replaces.last().map_or("", String::as_str)
            ),
        }
    }
}

fn beginning(line: &str) -> String {
    const LONGEST: usize = 160;
    if line.chars().count() <= LONGEST {
        return line.to_owned();
    }
    line.chars().take(LONGEST - 1).chain(['…']).collect()
}
