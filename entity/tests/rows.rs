//! Rows as the legacy database holds them, read and written through the entities.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use entity::{
    events::{conditional_actions, events, logs, servers},
    identity::{roles, users},
    jobs::jobs,
    prelude::*,
    tools::tool_credentials,
    workflows::workflows,
};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectOptions, ConnectionTrait as _, Database,
    DatabaseConnection, EntityTrait, IntoActiveModel as _, QueryFilter as _, Schema, TryInsertResult,
};
use serde_json::json;

/// A database in memory with the tables of the entities.
async fn database() -> DatabaseConnection {
    let mut options = ConnectOptions::new("sqlite::memory:");
    // Every connection would have a database of its own.
    options.max_connections(1).sqlx_logging(false);
    let db = Database::connect(options).await.unwrap();
    create(&db, roles::Entity).await;
    create(&db, users::Entity).await;
    create(&db, servers::Entity).await;
    create(&db, tool_credentials::Entity).await;
    create(&db, events::Entity).await;
    create(&db, workflows::Entity).await;
    create(&db, jobs::Entity).await;
    create(&db, logs::Entity).await;
    create(&db, conditional_actions::Entity).await;
    db.execute_unprepared("INSERT INTO users (id) VALUES ('u1')")
        .await
        .unwrap();
    db
}

async fn create<E: EntityTrait>(db: &DatabaseConnection, entity: E) {
    let schema = Schema::new(db.get_database_backend());
    db.execute(&schema.create_table_from_entity(entity)).await.unwrap();
}

async fn text(db: &DatabaseConnection, sql: &str) -> String {
    let row = db
        .query_one_raw(sea_orm::Statement::from_string(db.get_database_backend(), sql))
        .await
        .unwrap();
    row.unwrap().try_get_by_index(0).unwrap()
}

#[tokio::test]
async fn the_defaults_are_the_columns_own() {
    let db = database().await;
    db.execute_unprepared("INSERT INTO events (user_id, name, type) VALUES ('u1', 'Backup', 'BASH')")
        .await
        .unwrap();
    let event = events::Entity::find().one(&db).await.unwrap().unwrap();
    assert_eq!(event.r#type, EventType::Bash);
    assert_eq!(event.status, EventStatus::Draft);
    assert_eq!(event.trigger_type, EventTriggerType::Manual);
    assert_eq!(
        (event.schedule_number, event.schedule_unit),
        (1, TimeUnit::Minutes.into())
    );
    assert_eq!(
        (event.timeout_value, event.timeout_unit),
        (30, TimeUnit::Seconds.into())
    );
    assert_eq!(event.tags, Document::Known(Tags::default()));
    assert_eq!(event.http_headers, None);
}

#[tokio::test]
async fn a_row_outside_the_rules_is_read_and_written_back() {
    let db = database().await;
    let tags = json!("[\"nightly\",\"db\"]").to_string();
    let headers = json!({"Accept": "*/*"}).to_string();
    let config = json!([1, 2]).to_string();
    db.execute_unprepared(&format!(
        "INSERT INTO events (user_id, name, type, status, tags, http_headers, tool_action_config)
         VALUES ('u1', 'Old', 'PERL', 'draft', '{tags}', '{headers}', '{config}')"
    ))
    .await
    .unwrap();

    let event = events::Entity::find().one(&db).await.unwrap().unwrap();
    assert_eq!(event.r#type, Stored::Unknown("PERL".into()));
    assert_eq!(event.status, Stored::Unknown("draft".into()));
    assert_eq!(event.tags, Document::Known(Tags::from_iter(["nightly", "db"])));
    assert_eq!(event.tool_action_config, Some(Document::Other(json!([1, 2]))));

    let saved = events::Entity::update(event.clone().into_active_model().reset_all())
        .exec(&db)
        .await
        .unwrap();
    assert_eq!(saved, event);
    let again = events::Entity::find().one(&db).await.unwrap().unwrap();
    assert_eq!(again, event);
    // The meaning is the same; the form is the proper one now.
    assert_eq!(text(&db, "SELECT type FROM events").await, "PERL");
    assert_eq!(text(&db, "SELECT tags FROM events").await, r#"["nightly","db"]"#);
    assert_eq!(
        text(&db, "SELECT http_headers FROM events").await,
        r#"[{"key":"Accept","value":"*/*"}]"#
    );
    assert_eq!(text(&db, "SELECT tool_action_config FROM events").await, "[1,2]");
}

#[tokio::test]
async fn an_enumerated_column_is_compared_with_its_enumeration() {
    let db = database().await;
    db.execute_unprepared(
        "INSERT INTO events (user_id, name, type) VALUES ('u1', 'a', 'BASH'), ('u1', 'b', 'PERL'), ('u1', 'c', 'PYTHON')",
    )
    .await
    .unwrap();
    let found = |condition| events::Entity::find().filter(condition).all(&db);
    assert_eq!(found(events::Column::Type.eq(EventType::Bash)).await.unwrap().len(), 1);
    assert_eq!(
        found(events::Column::Type.is_in(EventType::SCRIPTS))
            .await
            .unwrap()
            .len(),
        2
    );
    assert_eq!(
        found(events::Column::Type.eq(Stored::<EventType>::from_text("PERL")))
            .await
            .unwrap()
            .len(),
        1
    );
    assert_eq!(found(events::COLUMN.r#type.eq(EventType::Bash)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_log_is_linked_to_its_job() {
    let db = database().await;
    db.execute_unprepared("INSERT INTO events (id, user_id, name, type) VALUES (1, 'u1', 'Backup', 'BASH')")
        .await
        .unwrap();
    db.execute_unprepared("INSERT INTO logs (id, event_id, status) VALUES (7, 1, 'SUCCESS'), (8, 1, 'RUNNING')")
        .await
        .unwrap();

    let pending = logs::Entity::find()
        .filter(logs::Column::JobId.is_null())
        .filter(logs::Column::Status.is_in(LogStatus::FINISHED))
        .all(&db)
        .await
        .unwrap();
    assert_eq!(pending.len(), 1);
    for log in pending {
        let job = jobs::ActiveModel {
            id: Set(JobId::for_log(log.id)),
            event_id: Set(log.event_id),
            user_id: Set("u1".into()),
            r#type: Set(JobType::Script),
            status: Set(JobStatus::Completed),
            payload: Set(Document::Known(JobPayload {
                execution_log_id: Some(log.id),
                target: Some(JobTarget::container("cronium/bash:latest")),
                ..JobPayload::default()
            })),
            ..Default::default()
        };
        let inserted = jobs::Entity::insert_many([job])
            .on_conflict_do_nothing()
            .exec(&db)
            .await
            .unwrap();
        assert!(matches!(inserted, TryInsertResult::Inserted(_)));
        let link = logs::ActiveModel {
            id: Set(log.id),
            job_id: Set(Some(JobId::for_log(log.id))),
            ..Default::default()
        };
        logs::Entity::update(link).exec(&db).await.unwrap();
    }

    let (job, linked) = jobs::Entity::find_by_id(JobId::for_log(7))
        .find_also_related(events::Entity)
        .one(&db)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(linked.unwrap().name, "Backup");
    assert_eq!(job.priority, JobPriority::Normal);
    assert_eq!(job.metadata, Document::Known(JobMetadata::default()));
    assert_eq!(job.payload.known().unwrap().execution_log_id, Some(7));
    assert_eq!(
        text(&db, "SELECT payload FROM jobs").await,
        r#"{"executionLogId":7,"input":{},"target":{"containerImage":"cronium/bash:latest"}}"#
    );
    assert_eq!(
        text(&db, "SELECT job_id FROM logs WHERE id = 7").await,
        "job_log-00000007"
    );
}

#[tokio::test]
async fn a_relation_of_several_to_one_table_is_followed_by_its_name() {
    let db = database().await;
    db.execute_unprepared(
        "INSERT INTO events (id, user_id, name, type) VALUES (1, 'u1', 'first', 'BASH'), (2, 'u1', 'second', 'BASH')",
    )
    .await
    .unwrap();
    db.execute_unprepared(
        "INSERT INTO conditional_actions (type, success_event_id, target_event_id) VALUES ('SCRIPT', 1, 2)",
    )
    .await
    .unwrap();
    let action = conditional_actions::Entity::load()
        .with(conditional_actions::Relation::SuccessEvent)
        .with(conditional_actions::Relation::TargetEvent)
        .one(&db)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(action.r#type, ConditionalActionType::Script);
    assert_eq!(action.success_event.as_ref().unwrap().name, "first");
    assert_eq!(action.target_event.as_ref().unwrap().name, "second");
}
