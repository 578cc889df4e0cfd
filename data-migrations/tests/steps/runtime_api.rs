//! `events` → the runtime API: the rows. What becomes of the scripts is tested with the scripts.

use data_migrations::{RUNTIME_API, runtime_api as step};
use entity::{
    events::{Tags, events},
    values::{Document, Stored},
};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ConnectionTrait as _, EntityTrait as _, IdenStatic as _, Iterable as _,
    Statement, prelude::Json,
};
use seawright::data::{
    Outcome,
    ledger::{images, notes},
};
use serde_json::json;

use crate::support::{Db, insert, time};

const BASH: &str = "#!/bin/bash\nsource ./cronium.sh\ncronium_setVariable seen \"$(cronium_getVariable seen)\"\n";
const PYTHON: &str = "from cronium import setCondition\nsetCondition(True)\n";
const NODE: &str = "require('./cronium.js');\ncronium.output(cronium.input());\n";

fn event(id: i32, kind: &str, content: Option<&str>, tags: Json) -> events::ActiveModel {
    events::ActiveModel {
        id: Set(id),
        user_id: Set("ada".to_owned()),
        name: Set(format!("Event {id}")),
        r#type: Set(Stored::from_text(kind)),
        content: Set(content.map(str::to_owned)),
        tags: Set(Document::Other(tags)),
        created_at: Set(time("2025-07-01T10:00:00.123456")),
        updated_at: Set(time("2025-07-02T11:00:00")),
        ..Default::default()
    }
}

/// Script events, and others that only look so.
async fn fill(db: &Db) {
    let list = json!(["nightly", "Öl"]);
    insert(
        db,
        [
            event(11, "BASH", Some(BASH), json!([])),
            event(12, "PYTHON", Some(PYTHON), list.clone()),
            event(13, "NODEJS", Some(NODE), json!(list.to_string())),
            event(14, "HTTP_REQUEST", Some(BASH), list.clone()),
            event(15, "TOOL_ACTION", None, json!({"a": 1})),
            event(16, "PERL", Some(BASH), json!([])),
            event(17, "BASH", Some("echo 'nothing of it'\r\n"), json!("[]")),
            event(18, "PYTHON", Some(""), list),
        ],
    )
    .await;
}

async fn one(db: &Db, id: i32) -> events::Model {
    events::Entity::find_by_id(id).one(&db.0).await.unwrap().unwrap()
}

async fn tags(db: &Db, id: i32) -> Vec<String> {
    one(db, id).await.tags.into_known().unwrap().0
}

/// All events as the database has them.
async fn cells(db: &Db) -> Vec<Vec<Option<String>>> {
    let columns: Vec<String> = events::Column::iter()
        .map(|column| format!("CAST(\"{}\" AS text)", column.as_str()))
        .collect();
    let sql = format!("SELECT {} FROM events ORDER BY id", columns.join(", "));
    let rows =
        db.0.query_all_raw(Statement::from_string(db.0.get_database_backend(), sql))
            .await
            .unwrap();
    rows.iter()
        .map(|row| (0..columns.len()).map(|at| row.try_get_by_index(at).unwrap()).collect())
        .collect()
}

async fn said(db: &Db, id: i32) -> Vec<String> {
    let mut notes = db.all::<notes::Entity>().await;
    notes.retain(|note| note.row_key == id.to_string());
    notes.into_iter().map(|note| note.note).collect()
}

on_every_database! {
    async fn script_events_are_rewritten_and_tagged_and_others_stay(db: Db) {
        fill(&db).await;
        let before = db.all::<events::Entity>().await;
        db.up(&step()).await.unwrap();
        let mut after = db.all::<events::Entity>().await;
        let expected = [
            (1, None, vec!["runtime:api"]),
            (11, Some("#!/bin/bash\ncronium_set_variable seen \"$(cronium_get_variable seen)\"\n"), vec!["runtime:api"]),
            (12, Some("from cronium import set_condition\nset_condition(True)\n"), vec!["nightly", "Öl", "runtime:api"]),
            (
                13,
                Some("const cronium = require('cronium');\n\n(async () => {\nawait cronium.output(await cronium.input());\n})();\n"),
                vec!["nightly", "Öl", "runtime:api"],
            ),
            (17, Some("echo 'nothing of it'\r\n"), vec!["runtime:api"]),
            (18, Some(""), vec!["nightly", "Öl", "runtime:api"]),
        ];
        for (id, content, tags) in expected {
            let event = after.iter_mut().find(|event| event.id == id).unwrap();
            assert_eq!(event.content.as_deref(), content, "{id}");
            assert_eq!(event.tags, Document::Known(tags.into_iter().collect::<Tags>()), "{id}");
        }
        // In everything else, and in all that are no script events, nothing has changed.
        for (before, after) in before.into_iter().zip(&mut after) {
            if before.r#type.known().is_some_and(|kind| entity::events::EventType::SCRIPTS.contains(kind)) {
                after.content.clone_from(&before.content);
                after.tags = before.tags.clone();
            }
            assert_eq!(*after, before);
        }
        assert!(db.all::<notes::Entity>().await.is_empty());
    }

    async fn a_second_run_changes_nothing(db: Db) {
        fill(&db).await;
        db.up(&step()).await.unwrap();
        let (rows, written) = (cells(&db).await, db.all::<images::Entity>().await);
        db.up(&step()).await.unwrap();
        assert_eq!(cells(&db).await, rows);
        assert_eq!(db.all::<images::Entity>().await, written);
    }

    async fn an_event_that_has_the_tag_is_done_whatever_its_form(db: Db) {
        insert(&db, [
            event(11, "BASH", Some(BASH), json!(["a", "runtime:api"])),
            event(12, "BASH", Some(BASH), json!("[\"runtime:api\", \"b\"]")),
        ]).await;
        db.up(&step()).await.unwrap();
        let rows = cells(&db).await;
        for id in [11, 12] {
            assert_eq!(one(&db, id).await.content.as_deref(), Some(BASH));
        }
        // The text of a list stays one.
        assert!(rows.iter().flatten().flatten().any(|cell| cell == r#""[\"runtime:api\", \"b\"]""#));
    }

    async fn tags_that_only_look_like_it_are_others(db: Db) {
        let alike = ["runtime:legacy", "not-runtime:api", "runtime:api2", "RUNTIME:API", "x\"runtime:api\"y", "\"runtime:api\"", "runtime_api", ""];
        for (id, tag) in (20..).zip(alike) {
            let list = json!([tag]);
            insert(&db, [
                event(id, "BASH", None, list.clone()),
                event(id + 20, "BASH", None, json!(list.to_string())),
            ]).await;
        }
        db.up(&step()).await.unwrap();
        for (id, tag) in (20..).zip(alike) {
            assert_eq!(tags(&db, id).await, [tag, "runtime:api"]);
            assert_eq!(tags(&db, id + 20).await, [tag, "runtime:api"]);
        }
    }

    async fn a_tag_that_was_there_twice_is_there_once(db: Db) {
        insert(&db, [
            event(11, "BASH", Some(BASH), json!(["runtime:api", "a", "runtime:api"])),
            event(12, "BASH", None, json!("[\"a\",\"runtime:api\",\"runtime:api\"]")),
        ]).await;
        db.up(&step()).await.unwrap();
        assert_eq!(tags(&db, 11).await, ["runtime:api", "a"]);
        assert_eq!(tags(&db, 12).await, ["a", "runtime:api"]);
    }

    async fn a_script_that_speaks_the_api_is_only_tagged(db: Db) {
        let new = "import cronium\ncronium.set_variable('a', 1)\n";
        insert(&db, [event(11, "PYTHON", Some(new), json!([]))]).await;
        db.up(&step()).await.unwrap();
        assert_eq!(one(&db, 11).await.content.as_deref(), Some(new));
        assert_eq!(tags(&db, 11).await, ["runtime:api"]);
    }

    async fn what_a_person_has_to_look_at_is_tagged_and_told(db: Db) {
        let broken = "cronium.setVariable('a', \n";
        insert(&db, [
            event(11, "BASH", Some("source ./cronium.sh\nif cronium_getCondition; then\n  cat input.json\nfi\n"), json!(["a"])),
            event(12, "NODEJS", Some(broken), json!(["needs:review"])),
            event(13, "BASH", Some(BASH), json!([])),
        ]).await;
        db.up(&step()).await.unwrap();
        assert_eq!(one(&db, 11).await.content.as_deref(), Some("if cronium_getCondition; then\n  cat input.json\nfi\n"));
        assert_eq!(tags(&db, 11).await, ["a", "runtime:api", "needs:review"]);
        assert_eq!(said(&db, 11).await, [
            "line 2: `cronium_getCondition` has no counterpart in the runtime API; line 3: uses `input.json`, a file of the old executor that is gone",
        ]);
        assert_eq!(one(&db, 12).await.content.as_deref(), Some(broken));
        assert_eq!(tags(&db, 12).await, ["needs:review", "runtime:api"]);
        assert_eq!(said(&db, 12).await, ["its syntax could not be read, so the script was left as it is"]);
        assert_eq!(tags(&db, 13).await, ["runtime:api"]);
        assert!(said(&db, 13).await.is_empty());
        // They are done: what is left to do is a person's.
        let rows = cells(&db).await;
        db.up(&step()).await.unwrap();
        assert_eq!(cells(&db).await, rows);
    }

    async fn tags_of_another_shape_wait_in_quarantine(db: Db) {
        let shapes = [json!({"nightly": true}), json!(7), json!("nightly"), json!(["a", 1]), json!(null), json!("")];
        for (id, shape) in (20..).zip(&shapes) {
            insert(&db, [event(id, "BASH", Some(BASH), shape.clone())]).await;
        }
        insert(&db, [event(11, "BASH", Some(BASH), json!([]))]).await;
        let before = cells(&db).await;
        db.up(&step()).await.unwrap();
        let after = cells(&db).await;
        for (id, _) in (20..).zip(&shapes) {
            let entry = db.entry(id).await;
            assert_eq!((entry.step.as_str(), entry.outcome), (RUNTIME_API, Outcome::Quarantined));
            assert!(entry.reason.unwrap().contains("no list of texts"));
            let id = Some(id.to_string());
            let row = |rows: &[Vec<Option<String>>]| rows.iter().find(|row| row.contains(&id)).cloned();
            assert_eq!(row(&after), row(&before));
        }
        assert_eq!(tags(&db, 11).await, ["runtime:api"]);
        // Put right, the event is done like any other.
        let mut repaired = event(20, "BASH", Some(BASH), json!(["nightly"]));
        repaired.id = sea_orm::ActiveValue::Unchanged(20);
        repaired.update(&db.0).await.unwrap();
        db.up(&step()).await.unwrap();
        assert_eq!(tags(&db, 20).await, ["nightly", "runtime:api"]);
    }

    async fn down_puts_scripts_and_tags_back_as_they_were(db: Db) {
        fill(&db).await;
        insert(&db, [event(19, "NODEJS", Some("cronium.getCondition()"), json!("[\"a\"]"))]).await;
        let before = cells(&db).await;
        db.up(&step()).await.unwrap();
        assert_ne!(cells(&db).await, before);
        db.down(&step()).await;
        assert_eq!(cells(&db).await, before);
        assert!(db.all::<notes::Entity>().await.is_empty());
        db.up(&step()).await.unwrap();
        assert_eq!(tags(&db, 19).await, ["a", "runtime:api", "needs:review"]);
    }

    async fn a_new_event_without_the_tag_is_done_by_the_next_run(db: Db) {
        db.up(&step()).await.unwrap();
        fill(&db).await;
        db.up(&step()).await.unwrap();
        assert_eq!(tags(&db, 13).await, ["nightly", "Öl", "runtime:api"]);
    }

    async fn many_events_are_done_in_many_batches(db: Db) {
        let kinds = [("BASH", BASH), ("PYTHON", PYTHON), ("NODEJS", NODE), ("HTTP_REQUEST", BASH)];
        insert(&db, (0..2400).map(|at| {
            let (kind, script) = kinds[at % 4];
            event(100 + i32::try_from(at).unwrap(), kind, Some(script), json!([]))
        })).await;
        db.up(&step()).await.unwrap();
        let tagged = db.all::<events::Entity>().await;
        let tagged = tagged.iter().filter(|event| event.tags.known().unwrap().contains("runtime:api"));
        assert_eq!(tagged.count(), 1800 + 3);
    }
}
