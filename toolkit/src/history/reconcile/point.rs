//! To which point of the history a database is nearest.

use super::{Survey, Wishes, past::renamed_columns};
use crate::{
    diff::{Change, Decisions, Questioner, diff, likeness},
    history::{Error, Result, compare::MEASURED},
    schema::{Column, Expression, Literal, Schema, Table},
};

/// From this likeness on, a table that is there and one that is missing are taken for the same when distances are
/// measured; what is done is asked in any case.
pub(super) const SAME: usize = 700;

/// Answers from the decisions, and by likeness where nothing was decided. It only serves to measure.
struct Guess<'d> {
    decisions: Decisions,
    past: &'d [(String, String, String)],
}

impl Questioner for Guess<'_> {
    fn table(&mut self, appeared: &Table, vanished: &[&Table]) -> Option<Option<String>> {
        let alike = || {
            vanished
                .first()
                .filter(|old| likeness(old, appeared) > SAME)
                .map(|old| old.name.clone())
        };
        Some(Questioner::table(&mut self.decisions, appeared, vanished).unwrap_or_else(alike))
    }

    fn column(&mut self, table: &str, appeared: &Column, vanished: &[&Column]) -> Option<Option<String>> {
        let answer = self.decisions.column(table, appeared, vanished);
        let answer = answer.or_else(|| by_the_past(self.past, table, appeared, vanished));
        Some(answer.unwrap_or(None))
    }

    fn fill(&mut self, _: &str, _: &Column) -> Option<Expression> {
        Some(Expression::Literal(Literal::Null))
    }

    fn zone(&mut self, _: &str, _: &Column, _: &Column) -> Option<String> {
        Some(MEASURED.to_owned())
    }
}

/// What the history's own renames say of a column that appears: the one that it was, or that it is new because all that
/// vanish live on under other names; none where they say nothing.
#[expect(clippy::option_option, reason = "the answer of a Questioner")]
pub(super) fn by_the_past(
    past: &[(String, String, String)],
    table: &str,
    appeared: &Column,
    vanished: &[&Column],
) -> Option<Option<String>> {
    let own = |old: &str| past.iter().find(|(of, was, _)| of == table && was == old);
    let is_vanished = |old: &str| vanished.iter().any(|column| column.name == old);
    if let Some((_, old, _)) = past
        .iter()
        .find(|(of, old, new)| of == table && *new == appeared.name && is_vanished(old))
    {
        return Some(Some(old.clone()));
    }
    vanished
        .iter()
        .all(|column| own(&column.name).is_some())
        .then_some(None)
}

/// How many columns a point has no place for, and how many changes lead to it.
fn distance(found: &Schema, points: &[(String, Schema)], decisions: &Decisions) -> (usize, usize) {
    let Some((_, point)) = points.last() else {
        return (usize::MAX, usize::MAX);
    };
    let mut guess = Guess {
        decisions: decisions.clone(),
        past: &renamed_columns(points),
    };
    let Ok(plan) = diff(found, point, &mut guess) else {
        return (usize::MAX, usize::MAX);
    };
    let homeless = plan.changes.iter().map(|change| match change {
        Change::DropTable { table } => table.columns.len(),
        Change::DropColumn { .. } => 1,
        _ => 0,
    });
    (homeless.sum(), plan.changes.len())
}

/// The point that was asked for, or the one with a place for most of what is there and the shortest way to it; of two
/// that are alike the earlier, so that the steps between them still run.
pub(super) fn choose(survey: &Survey, wishes: &Wishes) -> Result<usize> {
    if let Some(wanted) = &wishes.to {
        if let Some(at) = survey.points.iter().position(|(step, _)| step == wanted) {
            return Ok(at);
        }
        if !survey.steps.contains(wanted) {
            return Err(Error::NoStep(wanted.clone()));
        }
        let steps: Vec<String> = survey.points.iter().map(|(step, _)| format!("`{step}`")).collect();
        return Err(Error::Usage(format!(
            "`{wanted}` moves data and makes no schema of its own; a database can be brought to {}",
            steps.join(", ")
        )));
    }
    (0..survey.points.len())
        .min_by_key(|at| distance(&survey.found, &survey.points[..=*at], &wishes.decisions))
        .ok_or_else(|| Error::Usage("this history has no schema step: there is no point to bring a database to".into()))
}
