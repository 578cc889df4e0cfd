//! `events` → `jobs`: every event has an entry, its next run or a word on why there is none.

use std::collections::HashMap;

use async_trait::async_trait;
use entity::{
    events::{
        env_vars, event_servers,
        events::{self, Column as Event},
    },
    jobs::{
        JobStatus,
        jobs::{self, Column as Job},
    },
};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Select,
    sea_query::{Expr, ExprTrait as _, Query, SelectStatement},
};
use seawright::data::{Batch, DataError, DataMigration, Invariant};

use super::{OF_EVENTS, entry::EventEntry, job_of_event};

/// The name of the step that makes the events' entries.
pub const EVENT_JOBS: &str = "m20261124_130200_event_jobs";

/// Gives every event its [entry](EventEntry): a queued job at its next run where its schedule runs it, a cancelled one
/// that says why for all others. What a person should look at is noted.
///
/// The jobs of its logs are history and no entry; a job that the application has queued meanwhile is none either.
#[derive(Clone, Copy, Debug)]
pub struct EventsToJobs;

#[async_trait]
impl DataMigration for EventsToJobs {
    type Source = events::Entity;

    fn pending(&self) -> Select<events::Entity> {
        events::Entity::find().filter(without_entry())
    }

    async fn migrate(&self, batch: &mut Batch<'_, events::Entity>) -> Result<(), DataError> {
        let of_batch = Query::select()
            .column(Event::Id)
            .from(events::Entity)
            .cond_where(batch.range())
            .take();
        let variables = env_vars::Entity::find()
            .filter(env_vars::Column::EventId.in_subquery(of_batch.clone()))
            .order_by_asc(env_vars::Column::Id)
            .all(batch.transaction())
            .await?;
        let variables = grouped(variables.into_iter().map(|variable| (variable.event_id, variable)));
        let servers: Vec<(i32, i32)> = event_servers::Entity::find()
            .select_only()
            .columns([event_servers::Column::EventId, event_servers::Column::ServerId])
            .filter(event_servers::Column::EventId.in_subquery(of_batch))
            .order_by_asc(event_servers::Column::Id)
            .into_tuple()
            .all(batch.transaction())
            .await?;
        let servers = grouped(servers);
        let (mut made, mut remarks) = (Vec::with_capacity(batch.rows().len()), Vec::new());
        for (row, event) in batch.rows().iter().enumerate() {
            let variables = variables.get(&event.id).map_or(&[][..], Vec::as_slice);
            let servers = servers.get(&event.id).map_or(&[][..], Vec::as_slice);
            let EventEntry { job, remark } = EventEntry::new(event, variables, servers, batch.now());
            made.push(job.into_active_model().reset_all());
            remarks.extend(remark.map(|remark| (row, remark)));
        }
        batch.insert(made).await?;
        for (row, remark) in remarks {
            batch.note(row, remark);
        }
        Ok(())
    }

    /// That an event has no entry, the runner asks by [`pending`](Self::pending).
    fn invariants(&self) -> Vec<Invariant> {
        vec![
            Invariant::none("an event whose entry belongs to another", estranged()),
            Invariant::none("an entry that was due before it was made", overdue()),
        ]
    }
}

fn grouped<T>(pairs: impl IntoIterator<Item = (i32, T)>) -> HashMap<i32, Vec<T>> {
    let mut groups: HashMap<i32, Vec<T>> = HashMap::new();
    for (event, value) in pairs {
        groups.entry(event).or_default().push(value);
    }
    groups
}

/// Whether an event has no entry. It is asked after as a single value: as a join, it would be for the planner to say
/// whether all jobs are read, for each batch anew.
fn without_entry() -> Expr {
    let entry = Query::select()
        .expr(Expr::cust("1"))
        .from(jobs::Entity)
        .and_where(Job::Id.into_expr().eq(job_of_event()))
        .take();
    Expr::SubQuery(None, Box::new(entry.into())).is_null()
}

fn estranged() -> SelectStatement {
    Query::select()
        .expr(Event::Id.into_expr())
        .from(events::Entity)
        .inner_join(jobs::Entity, Job::Id.into_expr().eq(job_of_event()))
        .and_where(Job::EventId.into_expr().ne(Event::Id.into_expr()))
        .take()
}

fn overdue() -> SelectStatement {
    Query::select()
        .column(Job::Id)
        .from(jobs::Entity)
        .and_where(Job::Id.like(format!("{OF_EVENTS}%")))
        .and_where(Job::Status.eq(JobStatus::Queued))
        .and_where(Job::ScheduledFor.into_expr().lte(Job::CreatedAt.into_expr()))
        .take()
}
