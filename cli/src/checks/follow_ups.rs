//! What follows an event: no action runs an event that is not there, or round and round.

use std::collections::HashSet;

use async_trait::async_trait;
use entity::events::{
    conditional_actions::{self, Column as Action},
    events::{self, Column as Event},
    follow_ups,
};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    QueryTrait as _, sea_query::ExprTrait as _,
};
use seawright::{
    history::Result,
    verify::{Ask, Asking, Check, Found, Row},
};

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::custom(
            "follow-ups:graph",
            "no action runs an event that is not there, that it follows, or in a cycle",
            Graph,
        )
        .help("name another event for it to run, or delete it"),
        Check::none(
            "follow-ups:parent",
            "every action follows an event",
            conditional_actions::Entity::find().filter(
                Action::SuccessEventId
                    .is_null()
                    .and(Action::FailEventId.is_null())
                    .and(Action::AlwaysEventId.is_null())
                    .and(Action::ConditionEventId.is_null()),
            ),
        )
        .showing([Action::Type])
        .help("name the event that it follows, or delete it: it never happens"),
    ]
}

/// The rules are the entities' own ([`follow_ups::faults`]).
struct Graph;

#[async_trait]
impl Ask for Graph {
    async fn ask(&self, asking: &Asking<'_>) -> Result<Found> {
        let actions = conditional_actions::Entity::find().order_by_asc(Action::Id);
        let mut found = Found::by(actions.build(asking.db().get_database_backend()).to_string());
        let actions = actions.all(asking.db()).await?;
        let events: HashSet<i32> = events::Entity::find()
            .select_only()
            .column(Event::Id)
            .into_tuple::<i32>()
            .all(asking.db())
            .await?
            .into_iter()
            .collect();
        found.looked_at = actions.len() as u64;
        let faults = follow_ups::faults(&actions, |event| events.contains(&event));
        let keys: Vec<String> = faults.keys().map(ToString::to_string).collect();
        let held = asking.in_quarantine("conditional_actions", &keys).await?;
        for (id, fault) in faults {
            if held.contains(&id.to_string()) {
                found.in_quarantine += 1;
            } else {
                found.add(Row::new("conditional_actions", id).because(fault.to_string()));
            }
        }
        Ok(found)
    }
}
