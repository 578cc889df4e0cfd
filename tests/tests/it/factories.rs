//! Rows of Cronium's entities for tests, as another crate makes them: a line or two.

use std::{collections::BTreeSet, sync::Arc};

use entity::{
    factories::{factory, sealed},
    prelude::*,
    vault::{Place, Vault, VaultKey},
};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, EntityTrait, PaginatorTrait as _};
use seawright::{
    diff::{Decisions, diff},
    emit::{Form, statements},
    schema::{Dialect, Schema},
    seed::SeedError,
};
use tests::{TestDb, on_every_database};

/// Cronium's tables, with all their keys.
async fn tables(db: &TestDb) -> DatabaseConnection {
    let connection = db.connect().await;
    let dialect = match connection.get_database_backend() {
        DbBackend::Postgres => Dialect::Postgres,
        _ => Dialect::Sqlite,
    };
    let schema = entity::schema().schema().unwrap();
    let plan = diff(&Schema::default(), &schema, &mut Decisions::default()).unwrap();
    for sql in statements(&plan, dialect, Form::Whole).unwrap() {
        connection.execute_unprepared(&sql).await.unwrap();
    }
    connection
}

fn key() -> VaultKey {
    VaultKey::parse("test:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f").unwrap()
}

/// Makes three rows of each of these, and says of which tables there are rows afterwards.
macro_rules! three_of_each {
    ($db:expr, $($table:ident),+ $(,)?) => {{
        let mut filled = BTreeSet::new();
        $(
            let rows = factory(7).many::<$table::Entity>(3).apart().insert($db).await;
            let rows = rows.unwrap_or_else(|error| panic!("{}: {error}", stringify!($table)));
            assert_eq!(rows.len(), 3);
            // Read again, as the entity reads it.
            assert!($table::Entity::find().count($db).await.unwrap() >= 3);
            filled.insert(stringify!($table));
            empty($db).await;
        )+
        filled
    }};
}

/// Each of the next is made in a database without rows.
async fn empty(db: &DatabaseConnection) {
    let schema = entity::schema().schema().unwrap();
    let mut left: Vec<&str> = schema.tables.iter().map(|table| table.name.as_str()).collect();
    // Whatever others refer to goes after them.
    while !left.is_empty() {
        let before = left.len();
        let mut kept = Vec::new();
        for table in left {
            if db.execute_unprepared(&format!("DELETE FROM {table}")).await.is_err() {
                kept.push(table);
            }
        }
        left = kept;
        assert!(left.len() < before, "{left:?}");
    }
}

on_every_database! {
    async fn a_row_of_every_table_needs_one_line(db: TestDb) {
        let db = &tables(&db).await;
        let filled = three_of_each!(
            db, api_tokens, conditional_actions, env_vars, event_servers, events, jobs, logs, oauth_states, oauth_tokens,
            password_reset_tokens, quota_usage, rate_limit_buckets, roles, servers, system_settings, tool_action_logs,
            tool_action_templates, tool_audit_logs, tool_credentials, tool_rate_limits, tool_usage_metrics, user_quotas,
            user_settings, user_tool_quotas, user_variables, users, webhook_deliveries, webhook_events, webhook_logs,
            webhooks, workflow_connections, workflow_execution_events, workflow_executions, workflow_logs, workflow_nodes,
            workflows,
        );
        let schema = entity::schema().schema().unwrap();
        let all: BTreeSet<&str> = schema.tables.iter().map(|table| table.name.as_str()).collect();
        assert_eq!(filled, all);
    }

    async fn what_is_said_of_one_row_holds_for_those_around_it(db: TestDb) {
        let db = &tables(&db).await;
        let mut make = factory(7);
        let event = make.one::<events::Entity>().set(events::Column::Name, "Backup").insert(db).await.unwrap();
        let runs = make.many::<logs::Entity>(20).of(&event).insert(db).await.unwrap();
        assert!(runs.iter().all(|run| run.event_id == event.id));
        assert_eq!(events::Entity::find().count(db).await.unwrap(), 1);
        let job = make.one::<jobs::Entity>().of(&event).insert(db).await.unwrap();
        assert_eq!((job.event_id, &job.user_id), (event.id, &event.user_id));
    }

    async fn secrets_are_sealed_for_their_owners(db: TestDb) {
        let db = &tables(&db).await;
        let vault = Arc::new(Vault::new(key()));
        let mut make = sealed(factory(7), &vault);
        let token = make.one::<oauth_tokens::Entity>().insert(db).await.unwrap();
        let webhook = make.one::<webhooks::Entity>().insert(db).await.unwrap();
        let clear = factory(7).one::<webhooks::Entity>().insert(db).await.unwrap();
        for (place, owner, stored) in [
            (Place::OauthAccessToken, &token.user_id, &token.access_token),
            (Place::OauthRefreshToken, &token.user_id, token.refresh_token.as_ref().unwrap()),
            (Place::WebhookSecret, &webhook.user_id, &webhook.secret),
        ] {
            assert!(vault.open(&place.of(owner), stored.as_stored()).is_ok(), "{place:?}");
            assert!(vault.open(&place.of("somebody"), stored.as_stored()).is_err(), "{place:?}");
        }
        assert_eq!(clear.secret.as_stored().len(), 64);
    }

    async fn what_cannot_be_sealed_is_not_made(db: TestDb) {
        let db = &tables(&db).await;
        let mut make = sealed(factory(7), &Arc::new(Vault::default()));
        let refused = make.many::<webhooks::Entity>(3).insert(db).await.unwrap_err();
        assert!(matches!(&refused, SeedError::Finish { table, what } if table == "webhooks" && what.contains("can't be sealed")), "{refused}");
        for rows in [
            webhooks::Entity::find().count(db).await.unwrap(),
            users::Entity::find().count(db).await.unwrap(),
        ] {
            assert_eq!(rows, 0);
        }
        // Rows without secrets need no key.
        make.one::<events::Entity>().insert(db).await.unwrap();
    }
}
