//! `templates` → `tool_action_templates`.

use data_migrations::{TEMPLATES, templates as step};
use entity::{
    legacy::templates::{self, ActiveModel},
    tools::{ToolType, tool_action_templates},
    values::Stored,
};
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, EntityTrait as _};
use seawright::data::Outcome;
use serde_json::json;

use crate::support::{Db, ODD_TEXTS, insert, template, time};

/// Ids of the templates that have no successor.
const UNMAPPED: [i32; 3] = [40, 41, 42];

async fn fill(db: &Db) {
    let systems = ActiveModel {
        user_id: Set(None),
        is_system_template: Set(true),
        subject: Set(Some("Success: {{cronium.event.name}}".to_owned())),
        ..template(1, "Event Success Notification", "EMAIL", "It ran")
    };
    let bobs = ActiveModel {
        user_id: Set(Some("bob".to_owned())),
        ..template(3, "Nightly", "SLACK", "nightly for bob")
    };
    let rows = [
        systems,
        template(2, "Nightly", "SLACK", "nightly for ada"),
        bobs,
        template(
            4,
            &"ü".repeat(255),
            "DISCORD",
            r#"{"embeds": [{"title": "{{cronium.event.name}}"}]}"#,
        ),
        template(
            5,
            "Blocks",
            "SLACK",
            r#"{"text": "a", "blocks": [{"type": "divider"}], "channel": "C1"}"#,
        ),
        template(UNMAPPED[0], "Pager", "WEBHOOK", "{}"),
        template(UNMAPPED[1], "Lower", "slack", "hello"),
        template(UNMAPPED[2], "Call", "HTTP", "it's \"there\""),
    ];
    let odd = (60..).zip(ODD_TEXTS).map(|(id, text)| ActiveModel {
        subject: Set(Some(text.to_owned())),
        ..template(id, text, "EMAIL", text)
    });
    insert(db, rows.into_iter().chain(odd)).await;
}

/// What a template became.
async fn successor(db: &Db, id: i32) -> tool_action_templates::Model {
    let key = db.entry(id).await.target_key.unwrap();
    tool_action_templates::Entity::find_by_id(key.parse::<i32>().unwrap())
        .one(&db.0)
        .await
        .unwrap()
        .unwrap()
}

async fn own(db: &Db) -> tool_action_templates::Model {
    let own = tool_action_templates::ActiveModel {
        name: Set("[Migrated] Nightly".to_owned()),
        tool_type: Set(ToolType::Slack.into()),
        action_id: Set("slack-send-message".to_owned()),
        parameters: Set(entity::values::Document::default()),
        ..Default::default()
    };
    own.insert(&db.0).await.unwrap()
}

on_every_database! {
    async fn every_template_is_migrated_or_in_quarantine(db: Db) {
        fill(&db).await;
        own(&db).await; // An equal name is no successor.
        db.up(&step()).await.unwrap();
        let all = db.all::<templates::Entity>().await;
        assert_eq!(all.len(), 16);
        assert_eq!(db.ledger().await.len(), 16);
        assert_eq!(db.count::<tool_action_templates::Entity>().await, 14);
        for template in all {
            let entry = db.entry(template.id).await;
            assert_eq!(entry.step, TEMPLATES);
            if UNMAPPED.contains(&template.id) {
                assert_eq!((entry.outcome, entry.target_key), (Outcome::Quarantined, None));
                continue;
            }
            assert_eq!((entry.outcome, entry.reason), (Outcome::Migrated, None));
            let made = successor(&db, template.id).await;
            assert_eq!(made.user_id, template.user_id);
            assert_eq!(made.is_system_template, template.is_system_template);
            assert_eq!((made.created_at, made.updated_at), (template.created_at, template.updated_at));
            assert_eq!(made.tool_type.into_text(), template.r#type.into_text());
            if template.id != 4 {
                assert_eq!(made.name, format!("[Migrated] {}", template.name));
            }
        }
        db.require_moved("templates").await.unwrap();
    }

    async fn the_parameters_are_those_of_the_action(db: Db) {
        fill(&db).await;
        db.up(&step()).await.unwrap();
        for (id, action, parameters) in [
            (1, "send-email", json!({
                "to": "{{cronium.getVariables.adminEmail}}",
                "subject": "Success: {{cronium.event.name}}",
                "body": "It ran",
            })),
            (2, "slack-send-message", json!({"text": "nightly for ada"})),
            (3, "slack-send-message", json!({"text": "nightly for bob"})),
            (4, "discord-send-message", json!({"embeds": r#"[{"title":"{{cronium.event.name}}"}]"#})),
            (5, "slack-send-message", json!({"text": "a", "channel": "C1", "blocks": r#"[{"type":"divider"}]"#})),
        ] {
            let made = successor(&db, id).await;
            assert_eq!(made.action_id, action);
            assert_eq!(made.parameters.to_json(), parameters);
        }
        for (id, text) in (60..).zip(ODD_TEXTS) {
            assert_eq!(successor(&db, id).await.parameters.to_json()["body"], text);
        }
    }

    async fn a_name_that_is_too_long_is_cut_and_kept_in_the_description(db: Db) {
        fill(&db).await;
        db.up(&step()).await.unwrap();
        let made = successor(&db, 4).await;
        assert_eq!(made.name.chars().count(), 255);
        assert!(made.name.ends_with("ü…"));
        assert!(made.description.unwrap().contains(&"ü".repeat(255)));
    }

    async fn the_quarantine_has_the_row_whole_and_the_reason(db: Db) {
        fill(&db).await;
        db.up(&step()).await.unwrap();
        for (id, kind) in UNMAPPED.into_iter().zip(["WEBHOOK", "slack", "HTTP"]) {
            let entry = db.entry(id).await;
            let reason = entry.reason.unwrap();
            assert!(reason.contains(kind) && reason.contains("mapping"), "{reason}");
            let row: serde_json::Value = serde_json::from_str(&entry.row_json).unwrap();
            let columns: Vec<&String> = row.as_object().unwrap().keys().collect();
            assert_eq!(columns.len(), 9, "{columns:?}");
            assert_eq!((&row["id"], &row["type"]), (&json!(id), &json!(kind)));
            assert!(row["subject"].is_null());
        }
    }

    async fn a_second_run_changes_nothing(db: Db) {
        fill(&db).await;
        db.up(&step()).await.unwrap();
        let (made, ledger) = (db.all::<tool_action_templates::Entity>().await, db.ledger().await);
        db.up(&step()).await.unwrap();
        assert_eq!(db.all::<tool_action_templates::Entity>().await, made);
        assert_eq!(db.ledger().await, ledger);
    }

    async fn a_changed_template_is_done_again_and_a_new_one_too(db: Db) {
        fill(&db).await;
        db.up(&step()).await.unwrap();
        db.run("UPDATE templates SET content = 'changed' WHERE id = 2").await;
        db.run("UPDATE templates SET type = 'SLACK' WHERE id = 41").await; // Someone has resolved it.
        db.run("UPDATE templates SET type = 'PAGER' WHERE id = 3").await; // And spoilt another.
        insert(&db, [template(99, "New", "DISCORD", "new")]).await;
        assert!(db.require_moved("templates").await.unwrap_err().contains("4 rows of `templates`"));
        db.up(&step()).await.unwrap();
        db.require_moved("templates").await.unwrap();
        assert_eq!(successor(&db, 2).await.parameters.to_json(), json!({"text": "changed"}));
        assert_eq!(successor(&db, 41).await.parameters.to_json(), json!({"text": "hello"}));
        assert_eq!(successor(&db, 99).await.name, "[Migrated] New");
        let spoilt = db.entry(3).await;
        assert_eq!((spoilt.outcome, spoilt.target_key), (Outcome::Quarantined, None));
        // 13 before, one that went into quarantine, one that came out of it, one that is new.
        assert_eq!(db.count::<tool_action_templates::Entity>().await, 14);
    }

    async fn a_violation_in_the_middle_puts_just_that_row_into_quarantine(db: Db) {
        fill(&db).await;
        db.run("CREATE UNIQUE INDEX one_of_a_name ON tool_action_templates (name)").await;
        db.up(&step()).await.unwrap();
        assert_eq!(successor(&db, 2).await.name, "[Migrated] Nightly");
        let entry = db.entry(3).await;
        assert_eq!((entry.outcome, entry.target_key), (Outcome::Quarantined, None));
        assert!(entry.reason.unwrap().to_lowercase().contains("unique"));
        assert_eq!(db.count::<tool_action_templates::Entity>().await, 12);
        assert_eq!(db.ledger().await.len(), 16);
        db.require_moved("templates").await.unwrap();
    }

    async fn the_templates_come_back_as_they_were(db: Db) {
        fill(&db).await;
        let rows = db.all::<templates::Entity>().await;
        db.up(&step()).await.unwrap();
        db.drop_and_restore(templates::Entity).await;
        assert_eq!(db.all::<templates::Entity>().await, rows);
        db.require_moved("templates").await.unwrap();
        let next = template(0, "next", "EMAIL", "").insert(&db.0).await.unwrap();
        assert_eq!(next.id, 68);
    }

    async fn down_takes_back_what_was_made_and_nothing_else(db: Db) {
        fill(&db).await;
        let own = own(&db).await;
        db.up(&step()).await.unwrap();
        db.down(&step()).await;
        assert_eq!(db.all::<tool_action_templates::Entity>().await, [own]);
        assert!(db.ledger().await.is_empty());
        db.up(&step()).await.unwrap();
        assert_eq!(db.count::<tool_action_templates::Entity>().await, 14);
    }

    async fn a_successor_that_went_missing_or_changed_hands_is_found(db: Db) {
        fill(&db).await;
        db.up(&step()).await.unwrap();
        let made = successor(&db, 2).await.id;
        for (change, what) in [
            (format!("UPDATE tool_action_templates SET user_id = 'bob' WHERE id = {made}"), "another owner"),
            (format!("UPDATE tool_action_templates SET user_id = NULL WHERE id = {made}"), "another owner"),
            (format!("UPDATE tool_action_templates SET user_id = 'ada', tool_type = 'EMAIL' WHERE id = {made}"), "another type"),
            (format!("DELETE FROM tool_action_templates WHERE id = {made}"), "without its successor"),
            ("UPDATE seawright_data_rows SET target_key = '1'".to_owned(), "two templates became"),
        ] {
            db.run(&change).await;
            let error = db.up(&step()).await.unwrap_err();
            assert!(error.contains(what), "{error}");
            assert!(db.require_moved("templates").await.is_err());
        }
    }

    async fn times_are_kept_to_the_microsecond(db: Db) {
        let exact = ActiveModel {
            created_at: Set(time("1999-12-31T23:59:59.999999")),
            updated_at: Set(time("2025-01-01T00:00:00")),
            r#type: Set(Stored::from_text("EMAIL")),
            ..template(1, "a", "", "")
        };
        insert(&db, [exact]).await;
        db.up(&step()).await.unwrap();
        let made = successor(&db, 1).await;
        assert_eq!(made.created_at, time("1999-12-31T23:59:59.999999"));
        assert_eq!(made.updated_at, time("2025-01-01T00:00:00"));
    }
}
