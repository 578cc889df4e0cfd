//! The templates of the system.

use data_migrations::default_templates as step;
use entity::tools::{
    ToolType,
    tool_action_templates::{ActiveModel, Entity, Model},
};
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::{NotSet, Set},
    IntoActiveModel as _, ModelTrait as _,
};
use serde_json::json;

use crate::support::{Db, time};

async fn add(db: &Db, name: &str, tool: ToolType, action: &str, owner: Option<&str>) -> Model {
    let row = ActiveModel {
        id: NotSet,
        user_id: Set(owner.map(str::to_owned)),
        name: Set(name.to_owned()),
        tool_type: Set(tool.into()),
        action_id: Set(action.to_owned()),
        parameters: Set(entity::values::Document::default()),
        is_system_template: Set(owner.is_none()),
        created_at: Set(time("2025-07-02T13:55:06.897118")),
        updated_at: Set(time("2025-07-02T13:55:06.897118")),
        ..Default::default()
    };
    row.insert(&db.0).await.unwrap()
}

on_every_database! {
    async fn nine_templates_are_made_once(db: Db) {
        db.up(&step()).await.unwrap();
        let made = db.all::<Entity>().await;
        assert_eq!(made.len(), 9);
        for template in &made {
            assert_eq!((template.user_id.as_deref(), template.is_system_template), (None, true));
            assert_eq!(template.created_at, template.updated_at);
            let action = match template.tool_type.known().unwrap() {
                ToolType::Discord => "discord-send-message",
                ToolType::Slack => "slack-send-message",
                ToolType::Email => "send-email",
                other => panic!("{other:?}"),
            };
            assert_eq!(template.action_id, action);
        }
        let alert = made.iter().find(|template| {
            template.name == "Event Failure Alert" && template.tool_type == ToolType::Slack
        });
        assert_eq!(alert.unwrap().parameters.to_json()["channel"], json!("#alerts"));
        db.up(&step()).await.unwrap();
        assert_eq!(db.all::<Entity>().await, made);
    }

    async fn what_is_there_is_not_made_again_and_gets_an_action_that_exists(db: Db) {
        // As Cronium's own list has them, a user's of the same name, and an action that is right for its tool.
        let wrong = add(&db, "Daily Summary", ToolType::Discord, "send-message", None).await;
        let own = add(&db, "Deployment Notification", ToolType::Slack, "send-message", Some("ada")).await;
        let right = add(&db, "Event Success Report", ToolType::Email, "send-email", None).await;
        let other = add(&db, "Pager", ToolType::Webhook, "send-message", Some("ada")).await;
        let before = db.all::<Entity>().await;
        db.up(&step()).await.unwrap();
        let after = db.all::<Entity>().await;
        assert_eq!(after.len(), 4 + 7);
        let now = |of: &Model| after.iter().find(|row| row.id == of.id).unwrap().clone();
        assert_eq!(now(&wrong), Model { action_id: "discord-send-message".to_owned(), ..wrong.clone() });
        assert_eq!(now(&own), Model { action_id: "slack-send-message".to_owned(), ..own.clone() });
        assert_eq!((now(&right), now(&other)), (right, other));
        db.down(&step()).await;
        assert_eq!(db.all::<Entity>().await, before);
    }

    async fn one_that_was_deleted_comes_back_when_it_is_run_again(db: Db) {
        db.up(&step()).await.unwrap();
        let mut made = db.all::<Entity>().await;
        made.remove(0).delete(&db.0).await.unwrap();
        let mut renamed = made[0].clone().into_active_model();
        renamed.description = Set(Some("ours".to_owned()));
        renamed.update(&db.0).await.unwrap();
        db.up(&step()).await.unwrap();
        let after = db.all::<Entity>().await;
        assert_eq!(after.len(), 9);
        assert_eq!(after[0].description.as_deref(), Some("ours"));
    }
}
