//! `sessions`: archived.

use data_migrations::{SESSIONS, sessions as step};
use entity::legacy::sessions;
use sea_orm::{ActiveValue::Set, prelude::Json};
use seawright::data::Outcome;

use crate::support::{Db, ODD_TEXTS, insert, time};

fn session(sid: &str, sess: Json) -> sessions::ActiveModel {
    sessions::ActiveModel {
        sid: Set(sid.to_owned()),
        sess: Set(sess),
        expire: Set(time("2025-07-20T00:00:00")),
    }
}

async fn fill(db: &Db) {
    let documents = [
        serde_json::json!({"cookie": {"path": "/", "maxAge": null}, "user": "ada", "n": [1, 2.5, -1e-3, 9_007_199_254_740_993_i64, true]}),
        serde_json::json!({}),
        serde_json::json!([]),
        serde_json::json!("a text"),
        serde_json::json!(7),
        Json::Null,
    ];
    let odd = ODD_TEXTS
        .iter()
        .zip(0..)
        .map(|(text, at)| session(&format!("{at}{text}"), serde_json::json!({ *text: text })));
    let documents = (100..)
        .zip(documents)
        .map(|(at, document)| session(&at.to_string(), document));
    insert(db, documents.chain(odd)).await;
}

on_every_database! {
    async fn every_session_is_kept_whole_with_the_reason(db: Db) {
        fill(&db).await;
        db.up(&step()).await.unwrap();
        let ledger = db.ledger().await;
        assert_eq!(ledger.len(), 14);
        for entry in ledger {
            assert_eq!((entry.step.as_str(), entry.outcome, entry.target_key), (SESSIONS, Outcome::Archived, None));
            assert!(entry.reason.unwrap().contains("no successor"));
        }
        db.require_moved("sessions").await.unwrap();
    }

    async fn the_sessions_come_back_as_they_were(db: Db) {
        fill(&db).await;
        let rows = db.all::<sessions::Entity>().await;
        db.up(&step()).await.unwrap();
        db.drop_and_restore(sessions::Entity).await;
        assert_eq!(db.all::<sessions::Entity>().await, rows);
        db.require_moved("sessions").await.unwrap();
    }

    async fn a_session_that_came_later_is_archived_by_the_next_run(db: Db) {
        fill(&db).await;
        db.up(&step()).await.unwrap();
        insert(&db, [session("late", Json::Null)]).await;
        assert!(db.require_moved("sessions").await.unwrap_err().contains("1 row of `sessions`"));
        db.up(&step()).await.unwrap();
        assert_eq!(db.entry("late").await.outcome, Outcome::Archived);
        db.require_moved("sessions").await.unwrap();
    }

    async fn down_forgets(db: Db) {
        fill(&db).await;
        db.up(&step()).await.unwrap();
        db.down(&step()).await;
        assert!(db.ledger().await.is_empty());
        assert!(db.require_moved("sessions").await.is_err());
    }
}
