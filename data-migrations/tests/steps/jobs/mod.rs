//! The jobs of logs and events.

mod event_jobs;
mod logs_to_jobs;

use entity::{
    events::{
        LogStatus, env_vars, event_servers,
        logs::{self, Entity as Logs},
    },
    jobs::jobs::{self, Entity as Jobs},
    values::Stored,
    workflows::workflows,
};
use sea_orm::{ActiveValue::Set, EntityTrait, prelude::DateTime};
use seawright::data::{DataStep, RunOptions};

use crate::support::{Db, time};

/// What the tests take for now.
const NOW: &str = "2025-07-14T12:00:00";

/// The tables, and a workflow of Ada's.
async fn prepare(db: &Db) {
    db.create(workflows::Entity).await;
    db.create(Jobs).await;
    db.create(Logs).await;
    db.create(env_vars::Entity).await;
    db.create(event_servers::Entity).await;
    db.run("INSERT INTO workflows (id, user_id, name) VALUES (5, 'ada', 'Nightly')")
        .await;
}

/// Runs a step as if it were [`NOW`].
async fn up(db: &Db, step: &DataStep) -> Result<(), String> {
    up_at(db, step, NOW).await
}

async fn up_at(db: &Db, step: &DataStep, now: &str) -> Result<(), String> {
    let options = RunOptions {
        as_of: Some(time(now)),
        ..RunOptions::default()
    };
    options.scope(db.up(step)).await
}

/// A run of Ada's first event that took two and a half seconds.
fn log(id: i32, status: LogStatus) -> logs::ActiveModel {
    logs::ActiveModel {
        id: Set(id),
        event_id: Set(1),
        workflow_id: Set(None),
        job_id: Set(None),
        status: Set(status.into()),
        output: Set(Some("done\n".to_owned())),
        start_time: Set(time("2025-07-12T03:00:00.000123")),
        end_time: Set(Some(time("2025-07-12T03:00:02.500123"))),
        duration: Set(Some(2500)),
        successful: Set(Some(status == LogStatus::Success)),
        event_name: Set(Some("Backup".to_owned())),
        event_type: Set(Some(Stored::from_text("BASH"))),
        retries: Set(Some(0)),
        error: Set(None),
        user_id: Set(Some("bob".to_owned())),
    }
}

/// A run that has no end.
fn open_log(id: i32, status: LogStatus, start: &str) -> logs::ActiveModel {
    logs::ActiveModel {
        start_time: Set(time(start)),
        end_time: Set(None),
        duration: Set(None),
        successful: Set(None),
        ..log(id, status)
    }
}

/// A job as the application makes them.
fn job(id: &str, event: i32) -> jobs::ActiveModel {
    let made: DateTime = time("2025-07-13T10:00:00");
    jobs::ActiveModel {
        id: Set(<entity::jobs::JobId as sea_orm::sea_query::ValueType>::try_from(id.into()).unwrap()),
        event_id: Set(event),
        user_id: Set("ada".to_owned()),
        r#type: Set(entity::jobs::JobType::Script),
        payload: Set(entity::values::Document::default()),
        scheduled_for: Set(made),
        created_at: Set(made),
        updated_at: Set(made),
        ..Default::default()
    }
}

/// The rows of logs and jobs, as the database has them.
async fn rows(db: &Db) -> (Vec<Vec<Option<String>>>, Vec<Vec<Option<String>>>) {
    (cells::<Logs>(db).await, cells::<Jobs>(db).await)
}

async fn cells<E: EntityTrait>(db: &Db) -> Vec<Vec<Option<String>>> {
    use sea_orm::{ConnectionTrait as _, IdenStatic as _, Iterable as _, Statement};
    let columns: Vec<String> = E::Column::iter()
        .map(|column| format!("CAST(\"{}\" AS text)", column.as_str()))
        .collect();
    let sql = format!(
        "SELECT {} FROM {} ORDER BY id",
        columns.join(", "),
        E::default().table_name()
    );
    let statement = Statement::from_string(db.0.get_database_backend(), sql);
    let rows = db.0.query_all_raw(statement).await.unwrap();
    rows.iter()
        .map(|row| (0..columns.len()).map(|at| row.try_get_by_index(at).unwrap()).collect())
        .collect()
}
