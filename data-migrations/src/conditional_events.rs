//! `conditional_events` → `conditional_actions`: the same rows under another name.

use async_trait::async_trait;
use entity::{
    events::conditional_actions::{self, Column as Action},
    legacy::conditional_events::{self, Column as Event},
};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, Select,
    sea_query::{Condition, Expr, ExprTrait as _, Query, SelectStatement},
};
use seawright::data::{
    Batch, Changes, DataError, DataMigration, Invariant, Outcome, Undo, advance_sequence, ledger::moved,
};

/// The name of the step that copies the conditional events.
pub const CONDITIONAL_EVENTS: &str = "m20261122_134826_conditional_events";

/// Which column becomes which: all of both tables.
const COLUMNS: [(Event, Action); 14] = [
    (Event::Id, Action::Id),
    (Event::Type, Action::Type),
    (Event::Value, Action::Value),
    (Event::SuccessEventId, Action::SuccessEventId),
    (Event::FailEventId, Action::FailEventId),
    (Event::AlwaysEventId, Action::AlwaysEventId),
    (Event::ConditionEventId, Action::ConditionEventId),
    (Event::TargetEventId, Action::TargetEventId),
    (Event::ToolId, Action::ToolId),
    (Event::Message, Action::Message),
    (Event::EmailAddresses, Action::EmailAddresses),
    (Event::EmailSubject, Action::EmailSubject),
    (Event::CreatedAt, Action::CreatedAt),
    (Event::UpdatedAt, Action::UpdatedAt),
];

/// Copies every conditional event to `conditional_actions`, under the same id and in all columns.
///
/// A row whose id the new application has given to an action of its own goes into quarantine; the action stays.
#[derive(Clone, Copy, Debug)]
pub struct ConditionalEventsToActions;

#[async_trait]
impl DataMigration for ConditionalEventsToActions {
    type Source = conditional_events::Entity;

    fn pending(&self) -> Select<conditional_events::Entity> {
        conditional_events::Entity::find()
    }

    fn moves_out(&self) -> bool {
        true
    }

    async fn migrate(&self, batch: &mut Batch<'_, Self::Source>) -> Result<(), DataError> {
        batch.delete_previous::<conditional_actions::Entity>().await?;
        let ids: Vec<i32> = batch.rows().iter().map(|event| event.id).collect();
        // The database copies by itself, so that no value goes through a Rust type on its way: SQLite would get its
        // times back in another spelling.
        let mut copy = Query::insert();
        copy.into_table(conditional_actions::Entity)
            .columns(COLUMNS.map(|(_, action)| action))
            .select_from(
                Query::select()
                    .columns(COLUMNS.map(|(event, _)| event))
                    .from(conditional_events::Entity)
                    .and_where(Event::Id.is_in(ids.iter().copied()))
                    .take(),
            )
            .map_err(|error| DataError::Failed(error.to_string()))?;
        let copied = batch.transaction().execute(&copy).await?.rows_affected();
        if copied != ids.len() as u64 {
            return Err(DataError::Failed(format!(
                "{copied} of {} conditional events were copied, because others were deleted meanwhile; run it again",
                ids.len()
            )));
        }
        for (row, id) in ids.into_iter().enumerate() {
            batch.migrated(row, id);
        }
        Ok(())
    }

    /// An id that an event ever had must not come back as another action: the new table counts on from the old one.
    async fn finish(&self, changes: &Changes<'_>) -> Result<(), DataError> {
        let old = ("conditional_events", "id");
        Ok(advance_sequence(changes.transaction(), "conditional_actions", "id", Some(old)).await?)
    }

    /// That the sequence is not behind has no query that all databases know; [`finish`](Self::finish) sees to it.
    fn invariants(&self) -> Vec<Invariant> {
        vec![Invariant::none(
            "a conditional event, not in quarantine, without an equal conditional action",
            uncopied(),
        )]
    }

    async fn undo(&self, undo: &Undo<'_>) -> Result<(), DataError> {
        undo.delete_targets::<conditional_actions::Entity>().await.map(drop)
    }
}

/// The events without an equal action that are not in quarantine either.
fn uncopied() -> SelectStatement {
    // The id is never absent, and said so plainly it is what the database looks the action up by.
    let [(event_id, action_id), others @ ..] = COLUMNS;
    let equal_action = others
        .into_iter()
        .fold(Query::select(), |mut select, (event, action)| {
            select.cond_where(same(event, action));
            select
        })
        .expr(Expr::val(1))
        .from(conditional_actions::Entity)
        .and_where(event_id.into_expr().eq(action_id.into_expr()))
        .take();
    let in_quarantine = Query::select()
        .expr(Expr::val(1))
        .from(moved::Entity)
        .and_where(moved::Column::SourceTable.eq("conditional_events"))
        .and_where(moved::Column::Outcome.eq(Outcome::Quarantined))
        .and_where(Expr::col((moved::Entity, moved::Column::RowKey)).eq(Event::Id.into_expr().cast_as("text")))
        .take();
    Query::select()
        .column((conditional_events::Entity, Event::Id))
        .from(conditional_events::Entity)
        .and_where(Expr::exists(equal_action).not())
        .and_where(Expr::exists(in_quarantine).not())
        .take()
}

/// Both have the same value, or both have none: `IS NOT DISTINCT FROM` has a spelling of its own on every database.
fn same(event: Event, action: Action) -> Condition {
    let both_absent = event.is_null().and(action.is_null());
    Condition::any()
        .add(event.into_expr().eq(action.into_expr()))
        .add(both_absent)
}

#[cfg(test)]
mod tests {
    use sea_orm::{IdenStatic as _, Iterable as _};

    use super::*;

    #[test]
    fn every_column_becomes_the_one_of_its_name() {
        let events: Vec<&str> = Event::iter().map(|column| column.as_str()).collect();
        let actions: Vec<&str> = Action::iter().map(|column| column.as_str()).collect();
        assert_eq!(COLUMNS.map(|(event, _)| event.as_str()).as_slice(), events);
        assert_eq!(COLUMNS.map(|(_, action)| action.as_str()).as_slice(), actions);
        assert_eq!(events, actions);
    }
}
