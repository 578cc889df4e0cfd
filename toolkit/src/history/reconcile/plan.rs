//! What a reconciliation is made of: pure functions from schemas and answers.

use std::collections::BTreeSet;

use sea_orm::DbBackend;

use super::{Reconcile, Survey, Wishes, past, point, rules};
use crate::{
    diff::{Change, ConstraintKind, Conversion, Decisions, OnLoss, Plan, Question, Questioner, diff, likeness},
    history::{Error, Result},
    schema::{Column, Expression, ForeignKey, Literal, ReferentialAction, Schema, Table},
};

/// Below this likeness a table that is there is not asked about as the former self of one that is missing: it stays as
/// it is, so that nothing hangs on the answer.
const UNLIKE: usize = 300;

/// Asks only where an answer could matter.
struct Sparing<'q> {
    asked: &'q mut dyn Questioner,
    decisions: Decisions,
    past: Vec<(String, String, String)>,
}

impl Questioner for Sparing<'_> {
    fn table(&mut self, appeared: &Table, vanished: &[&Table]) -> Option<Option<String>> {
        let given = Questioner::table(&mut self.decisions, appeared, vanished);
        if given.is_none() && vanished.iter().all(|old| likeness(old, appeared) < UNLIKE) {
            return Some(None);
        }
        given.or_else(|| self.asked.table(appeared, vanished))
    }

    fn column(&mut self, table: &str, appeared: &Column, vanished: &[&Column]) -> Option<Option<String>> {
        let given = self.decisions.column(table, appeared, vanished);
        given
            .or_else(|| point::by_the_past(&self.past, table, appeared, vanished))
            .or_else(|| self.asked.column(table, appeared, vanished))
    }

    fn fill(&mut self, table: &str, column: &Column) -> Option<Expression> {
        self.decisions
            .fill(table, column)
            .or_else(|| self.asked.fill(table, column))
    }

    fn zone(&mut self, table: &str, from: &Column, to: &Column) -> Option<String> {
        let given = self.decisions.zone(table, from, to);
        given.or_else(|| self.asked.zone(table, from, to))
    }

    /// A row whose value does not fit is kept whole, unless something else was decided.
    fn loss(&mut self, table: &str, from: &Column, to: &Column) -> Option<OnLoss> {
        Some(self.decisions.loss_of(table, from, to).unwrap_or(OnLoss::Quarantine))
    }
}

/// The answers that the first diff got; the second asks nothing that was not answered.
struct Answered<'p>(&'p Plan);

impl Questioner for Answered<'_> {
    fn table(&mut self, _: &Table, _: &[&Table]) -> Option<Option<String>> {
        Some(None)
    }

    fn column(&mut self, _: &str, _: &Column, _: &[&Column]) -> Option<Option<String>> {
        Some(None)
    }

    fn fill(&mut self, table: &str, column: &Column) -> Option<Expression> {
        let given = self.0.changes.iter().find_map(|change| match change {
            Change::AddColumn {
                table: of,
                column: added,
                fill: Some(fill),
            } if of == table && added.name == column.name => Some(fill.clone()),
            _ => None,
        });
        Some(given.unwrap_or(Expression::Literal(Literal::Null)))
    }

    fn zone(&mut self, table: &str, _: &Column, to: &Column) -> Option<String> {
        self.conversion(table, to)
            .and_then(|conversion| conversion.zone.clone())
    }

    fn loss(&mut self, table: &str, _: &Column, to: &Column) -> Option<OnLoss> {
        let decided = self.conversion(table, to).map(|conversion| conversion.on_loss.clone());
        Some(decided.unwrap_or(OnLoss::Quarantine))
    }
}

impl Answered<'_> {
    /// What was decided about the values of a column.
    fn conversion(&self, table: &str, column: &Column) -> Option<&Conversion> {
        self.0.changes.iter().find_map(|change| match change {
            Change::AlterColumn {
                table: of,
                to,
                conversion,
                ..
            } if of == table && to.name == column.name => Some(conversion),
            _ => None,
        })
    }
}

impl Survey {
    /// Says how the database gets to the point of the history that is nearest, or that was asked for.
    ///
    /// # Errors
    /// [`Error::Unreconciled`] with the questions that nobody answered and what likeness suggests;
    /// [`Error::Consent`] where something that stays would stand in the way of a later step; [`Error::ByHand`] where
    /// the two differ in something that no statement can change.
    pub fn plan(&self, wishes: &Wishes, questioner: &mut dyn Questioner) -> Result<Reconcile> {
        let at = point::choose(self, wishes)?;
        let (after, target) = &self.points[at];
        let mut decisions = wishes.decisions.clone();
        decisions.check(&self.found, target)?;
        let mut sparing = Sparing {
            asked: questioner,
            decisions: decisions.clone(),
            past: past::renamed_columns(&self.points[..=at]),
        };
        let asked = diff(&self.found, target, &mut sparing).map_err(|undecided| Error::Unreconciled {
            after: after.clone(),
            guesses: undecided.0.iter().filter_map(guess).collect(),
            undecided,
        })?;
        let renames: Vec<Change> = asked
            .changes
            .iter()
            .filter(|change| is_rename(change))
            .cloned()
            .collect();
        let loosened = loosened(&Plan::new(self.found.clone(), renames.clone()).after, target);
        let renames = Plan::new(self.found.clone(), [renames, loosened].concat());
        let mut goal = target.clone();
        let mut extras = Extras::of(&asked);
        let mut kept = Vec::new();
        if !wishes.allow_destructive {
            self.refuse_what_stands_in_the_way(at, &extras)?;
            kept = extras.stay(&renames.after, &mut goal);
            extras = Extras::default();
        }
        // What the history does not know and no row hangs on goes or stays with what it belongs to.
        let rest = diff(&renames.after, &goal.clone().normalised(), &mut Answered(&asked)).map_err(|undecided| {
            Error::Unreconciled {
                after: after.clone(),
                guesses: Vec::new(),
                undecided,
            }
        })?;
        let rest = refuse_unmanaged(after, rest)?;
        let rest = if self.backend == DbBackend::Sqlite {
            made_anew(&rest, &goal)
        } else {
            rest
        };
        let last = self.steps.iter().position(|step| step == after).unwrap_or(0);
        let mut reconcile = Reconcile {
            after: after.clone(),
            goal: goal.normalised(),
            kept,
            leaving_tables: extras.tables,
            leaving_columns: extras.columns,
            rules: Vec::new(),
            references: Vec::new(),
            fills: Vec::new(),
            recorded: self.steps[..=last].to_vec(),
            found: self.found.clone(),
            backend: self.backend,
            renames,
            rest,
        };
        rules::find(&mut reconcile, &decisions);
        Ok(reconcile)
    }

    /// What stays must not have the name of what a later step makes: that step would fail, or take it for its own.
    fn refuse_what_stands_in_the_way(&self, at: usize, extras: &Extras) -> Result<()> {
        for (step, later) in &self.points[at + 1..] {
            let table = extras.tables.iter().find(|name| later.table(name).is_some());
            let column = extras.columns.iter().find_map(|(table, columns)| {
                let later = later.table(table)?;
                let column = columns.iter().find(|column| later.column(column).is_some())?;
                Some(format!("{table}.{column}"))
            });
            let what = match (table, column) {
                (Some(table), _) => format!("the table `{table}`"),
                (None, Some(column)) => format!("the column `{column}`"),
                (None, None) => continue,
            };
            return Err(Error::Consent {
                what: format!(
                    "{what} is not known to the history after `{}`, and the later step `{step}` makes one of that name",
                    self.points[at].0
                ),
                help: format!(
                    "say what it was with --rename, join the history at another point with --to, or let it go with \
                     --allow-destructive: its rows are kept whole in seawright_data_rows then (--dry-run shows them). \
                     Nothing was written; {what} is as it was"
                ),
            });
        }
        Ok(())
    }
}

/// Columns that have to take a NULL before anything else: of foreign keys that are cut where they refer to nothing.
fn loosened(now: &Schema, target: &Schema) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    for table in &target.tables {
        let Some(own) = now.table(&table.name) else {
            continue;
        };
        let cut = table
            .foreign_keys
            .iter()
            .filter(|key| key.on_delete == ReferentialAction::SetNull);
        for name in cut.flat_map(|key| &key.columns) {
            let known = changes
                .iter()
                .any(|change| matches!(change, Change::AlterColumn { table: of, to, .. } if *of == table.name && to.name == *name));
            if let (Some(from), Some(to)) = (own.column(name), table.column(name))
                && !from.nullable
                && to.nullable
                && !known
            {
                changes.push(Change::AlterColumn {
                    table: table.name.clone(),
                    from: from.clone(),
                    to: Column {
                        nullable: true,
                        ..from.clone()
                    },
                    conversion: Conversion::default(),
                });
            }
        }
    }
    changes
}

fn is_rename(change: &Change) -> bool {
    matches!(change, Change::RenameTable { .. } | Change::RenameColumn { .. })
}

/// What likeness suggests; never acted upon.
fn guess(question: &Question) -> Option<String> {
    let Question::Table { appeared, vanished } = question else {
        return None;
    };
    let old = vanished.first().filter(|old| likeness(old, appeared) > point::SAME)?;
    Some(format!(
        "the table `{0}` has the columns of `{1}`, which is missing: `{1}` seems to have been renamed to `{0}`",
        old.name, appeared.name
    ))
}

/// Tables and columns that the point has no place for, by their new names.
#[derive(Default)]
struct Extras {
    tables: Vec<String>,
    columns: Vec<(String, Vec<String>)>,
    enums: Vec<String>,
}

impl Extras {
    fn of(plan: &Plan) -> Self {
        let mut extras = Self::default();
        for change in &plan.changes {
            match change {
                Change::DropTable { table } => extras.tables.push(table.name.clone()),
                Change::DropEnum { enumeration } => extras.enums.push(enumeration.name.clone()),
                Change::DropColumn { table, column } => match extras.columns.iter_mut().find(|(of, _)| of == table) {
                    Some((_, columns)) => columns.push(column.name.clone()),
                    None => extras.columns.push((table.clone(), vec![column.name.clone()])),
                },
                _ => {}
            }
        }
        extras.tables.sort();
        extras
    }

    /// Takes them into what the schema is to be, with the keys and indexes that lie on them.
    fn stay(&self, now: &Schema, goal: &mut Schema) -> Vec<String> {
        let mut kept = Vec::new();
        for name in &self.tables {
            if let Some(table) = now.table(name) {
                goal.insert(table.clone());
                kept.push(format!("the table `{name}`"));
            }
        }
        for name in &self.enums {
            goal.enums
                .extend(now.enums.iter().filter(|own| own.name == *name).cloned());
            kept.push(format!("the enumeration type `{name}`"));
        }
        for (name, columns) in &self.columns {
            let (Some(own), Some(table)) = (now.table(name), goal.table_mut(name)) else {
                continue;
            };
            let columns: BTreeSet<&String> = columns.iter().collect();
            let lies_on = |names: &[String]| names.iter().any(|name| columns.contains(name));
            for column in own.columns.iter().filter(|column| columns.contains(&column.name)) {
                kept.push(format!("the column `{name}.{}`", column.name));
                table.columns.push(column.clone());
            }
            table
                .uniques
                .extend(own.uniques.iter().filter(|unique| lies_on(&unique.columns)).cloned());
            table.indexes.extend(
                own.indexes
                    .iter()
                    .filter(|index| columns.iter().any(|column| index.uses(column)))
                    .cloned(),
            );
            let keys: Vec<ForeignKey> = own
                .foreign_keys
                .iter()
                .filter(|key| lies_on(&key.columns))
                .cloned()
                .collect();
            table.foreign_keys.extend(keys);
        }
        kept
    }
}

/// SQLite keeps a constraint's name, or that it has none, in the table's text only: there a rename is a table built anew.
fn made_anew(plan: &Plan, goal: &Schema) -> Plan {
    let mut changes = Vec::new();
    for change in &plan.changes {
        let Change::RenameConstraint {
            table,
            kind: ConstraintKind::ForeignKey,
            from,
            to,
        } = change
        else {
            changes.push(change.clone());
            continue;
        };
        let own = plan
            .before
            .table(table)
            .and_then(|own| own.foreign_keys.iter().find(|key| key.name == *from));
        let new = goal.table(table).and_then(|own| {
            own.foreign_keys.iter().find(|key| {
                key.name == *to && own_columns(plan, table, from).is_some_and(|columns| columns == key.columns)
            })
        });
        if let (Some(old), Some(new)) = (own, new) {
            changes.push(Change::DropForeignKey {
                table: table.clone(),
                key: old.clone(),
            });
            changes.push(Change::AddForeignKey {
                table: table.clone(),
                key: new.clone(),
            });
        }
    }
    Plan::new(plan.before.clone(), changes)
}

fn own_columns<'p>(plan: &'p Plan, table: &str, name: &str) -> Option<&'p [String]> {
    let keys = &plan.before.table(table)?.foreign_keys;
    keys.iter()
        .find(|key| key.name == name)
        .map(|key| key.columns.as_slice())
}

/// What the IR has no field for can be compared and not be made. What stands beside the tables and the history does not know
/// stays as it is.
fn refuse_unmanaged(after: &str, plan: Plan) -> Result<Plan> {
    let mut obstacles = Vec::new();
    let mut changes = plan.changes;
    changes.retain(|change| {
        let Change::Unmanaged { table, from, to } = change else {
            return true;
        };
        let on = |one: &crate::schema::Unmanaged| one.on(table.as_deref());
        match (from, to) {
            (Some(from), None) if from.kind.is_beside() => {}
            (Some(from), None) => obstacles.push(format!("the database has the {}: {from}", on(from))),
            (None, Some(to)) => obstacles.push(format!("the database lacks the {}: {to}", on(to))),
            (Some(from), Some(to)) => obstacles.push(format!("the {} is {from}, and is to be {to}", on(to))),
            (None, None) => {}
        }
        false
    });
    let plan = Plan::new(plan.before, changes);
    for change in &plan.changes {
        if let Change::CreateTable { table } = change {
            let lacking = table.unmanaged.iter();
            obstacles.extend(lacking.map(|one| format!("the database lacks the {}: {one}", one.on(Some(&table.name)))));
        }
    }
    if obstacles.is_empty() {
        return Ok(plan);
    }
    Err(Error::ByHand {
        after: after.to_owned(),
        obstacles,
    })
}
