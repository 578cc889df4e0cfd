//! What follows a run.

use entity::{
    events::after_run::{Reason, follow_up},
    jobs::{
        JobId,
        queue::{By, Claim, Completion, Failure, cancel, claim, complete, fail, report_condition, start},
    },
    prelude::*,
};
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set};
use serde_json::Value as Json;

use crate::support::{Db, TestWorld};

async fn action(db: &Db, change: impl FnOnce(&mut conditional_actions::ActiveModel)) -> i32 {
    let mut action = conditional_actions::ActiveModel {
        r#type: Set(ConditionalActionType::Script.into()),
        ..Default::default()
    };
    change(&mut action);
    action.insert(&db.0).await.unwrap().id
}

async fn running(db: &Db, world: &TestWorld, event: i32) -> JobId {
    let job = db.job(world, event).await;
    claim(&db.0, world, &Claim::by("o1")).await.unwrap();
    start(&db.0, world, &job, "o1").await.unwrap();
    job
}

on_every_database! {
    async fn the_outcome_comes_first_then_always_then_the_condition(db: Db) {
        let world = TestWorld::new();
        let mut events = Vec::new();
        for _ in 0..5 {
            events.push(db.event(|_| {}).await);
        }
        let parent = Some(events[0]);
        action(&db, |new| (new.condition_event_id, new.target_event_id) = (Set(parent), Set(Some(events[1])))).await;
        action(&db, |new| (new.always_event_id, new.target_event_id) = (Set(parent), Set(Some(events[2])))).await;
        action(&db, |new| (new.fail_event_id, new.target_event_id) = (Set(parent), Set(Some(events[3])))).await;
        action(&db, |new| (new.success_event_id, new.target_event_id) = (Set(parent), Set(Some(events[4])))).await;
        for (well, condition, expected) in [
            (true, Some(true), vec![4, 2, 1]), (true, Some(false), vec![4, 2]), (false, None, vec![3, 2]),
        ] {
            let job = running(&db, &world, events[0]).await;
            if let Some(condition) = condition {
                report_condition(&db.0, &world, &job, condition).await.unwrap();
            }
            // What is not over has no follow-up.
            assert!(follow_up(&db.0, &world, &job).await.unwrap().jobs.is_empty());
            if well {
                complete(&db.0, &world, &job, "o1", Completion::default()).await.unwrap();
            } else {
                fail(&db.0, &world, &job, "o1", Failure::because("no")).await.unwrap();
            }
            let followed = follow_up(&db.0, &world, &job).await.unwrap();
            let ran: Vec<i32> = followed.jobs.iter().map(|made| made.job.event_id).collect();
            assert_eq!(ran, expected.into_iter().map(|at| events[at]).collect::<Vec<i32>>());
            let metadata = followed.jobs[0].job.metadata.to_json();
            assert_eq!(metadata["previousJobId"], job.as_str());
            // Once.
            assert!(follow_up(&db.0, &world, &job).await.unwrap().jobs.is_empty());
            db.run("UPDATE jobs SET status = 'cancelled' WHERE status = 'queued'").await;
        }
        // On some servers only is a failure; what was cancelled has no follow-up.
        let job = running(&db, &world, events[0]).await;
        let partial = Completion { failed_servers: Some("4".to_owned()), ..Completion::default() };
        complete(&db.0, &world, &job, "o1", partial).await.unwrap();
        assert_eq!(follow_up(&db.0, &world, &job).await.unwrap().jobs[0].job.event_id, events[3]);
        db.run("UPDATE jobs SET status = 'cancelled' WHERE status = 'queued'").await;
        let job = running(&db, &world, events[0]).await;
        cancel(&db.0, &world, &job, By::System).await.unwrap();
        assert!(follow_up(&db.0, &world, &job).await.unwrap().jobs.is_empty());
    }

    async fn messages_are_handed_out_and_faults_told(db: Db) {
        let world = TestWorld::new();
        let (event, archived) = (db.event(|_| {}).await, db.event(|event| event.status = Set(EventStatus::Archived.into())).await);
        let parent = Some(event);
        let sends = action(&db, |new| {
            new.r#type = Set(ConditionalActionType::SendMessage.into());
            new.success_event_id = Set(parent);
            new.tool_id = Set(Some(3));
            new.message = Set(Some("It ran".to_owned()));
            new.email_addresses = Set(Some("ada@example.com".to_owned()));
        }).await;
        let no_tool = action(&db, |new| {
            new.r#type = Set(ConditionalActionType::SendMessage.into());
            new.always_event_id = Set(parent);
            new.message = Set(Some("It ran".to_owned()));
        }).await;
        let itself = action(&db, |new| (new.always_event_id, new.target_event_id) = (Set(parent), Set(parent))).await;
        let refused = action(&db, |new| (new.always_event_id, new.target_event_id) = (Set(parent), Set(Some(archived)))).await;
        let odd = action(&db, |new| {
            new.r#type = Set(Stored::from_text("FAX"));
            new.always_event_id = Set(parent);
        }).await;
        let job = running(&db, &world, event).await;
        complete(&db.0, &world, &job, "o1", Completion::default()).await.unwrap();
        let followed = follow_up(&db.0, &world, &job).await.unwrap();
        assert!(followed.jobs.is_empty());
        assert_eq!(followed.messages.len(), 1);
        let message = &followed.messages[0];
        assert_eq!((message.action_id, message.tool_id, message.message.action_id), (sends, 3, "send-email"));
        let parameters = Json::Object(message.message.parameters.clone());
        assert_eq!((&parameters["to"], &parameters["subject"]), (&"ada@example.com".into(), &"Event Success: Backup".into()));
        let reasons: Vec<(i32, String)> = followed.refused.iter().map(|one| (one.action_id, one.reason.to_string())).collect();
        assert_eq!(reasons.iter().map(|(action, _)| *action).collect::<Vec<_>>(), [no_tool, itself, refused, odd]);
        assert!(reasons[1].1.contains("over and over"), "{reasons:?}");
        assert!(matches!(followed.refused[2].reason, Reason::Queue(_)));
        assert!(reasons[3].1.contains("`FAX` is no type of action"), "{reasons:?}");
    }
}
