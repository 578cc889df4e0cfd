//! What webhooks tell others: who hears of an event, what is sent, and what becomes of it.

use std::{collections::BTreeMap, time::Duration};

use chrono::TimeDelta;
use entity::{
    World as _,
    prelude::*,
    vault::{Place, Secret},
    webhooks::{Audience, CourierError, Hooks, NewEvent, PUT_OFF, Round, Swept, WebhookError, verify},
};
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, EntityTrait as _, TransactionTrait as _};
use serde_json::{Value as Json, json};

use crate::{
    support::{Db, time},
    webhooks_support::{SECRET, Stage, answer, deliveries, delivery, error, event, shows_no_secret, vault},
};

fn names(names: &[&str]) -> Document<Vec<String>> {
    Document::Known(names.iter().map(|name| (*name).to_owned()).collect())
}

fn custom(headers: &[(&str, &str)]) -> Document<BTreeMap<String, String>> {
    let headers = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Document::Known(headers.collect())
}

/// What is different about a webhook.
type Change = fn(&mut webhooks::ActiveModel);

fn unavailable() -> CourierError {
    CourierError::Unavailable("it did not answer in 30 seconds".to_owned())
}

const DELIVERED: Round = Round {
    delivered: 1,
    failed: 0,
    dead: 0,
    put_off: 0,
    late: 0,
};
const FAILED: Round = Round {
    delivered: 0,
    failed: 1,
    dead: 0,
    put_off: 0,
    late: 0,
};
const DEAD: Round = Round {
    delivered: 0,
    failed: 0,
    dead: 1,
    put_off: 0,
    late: 0,
};
const NOTHING: Round = Round {
    delivered: 0,
    failed: 0,
    dead: 0,
    put_off: 0,
    late: 0,
};

on_every_database! {
    async fn who_subscribes_by_name_or_to_all_gets_a_delivery_and_nobody_else(db: Db) {
        let stage = Stage::new();
        let named = stage.webhook(&db, |_| {}).await.id;
        let all = stage.webhook(&db, |row| row.events = Set(names(&["job", "*"]))).await.id;
        // As Cronium's driver wrote JSON at times: a text of JSON.
        let twice = stage.webhook(&db, |row| row.events = Set(Document::Other(json!("[\"job.failed\"]")))).await.id;
        stage.webhook(&db, |row| row.events = Set(names(&["job", "job.failed.late", ""]))).await;
        stage.webhook(&db, |row| row.events = Set(Document::Other(json!({"job.failed": true})))).await;
        stage.webhook(&db, |row| row.active = Set(false)).await;
        let bobs = stage.webhook(&db, |row| row.user_id = Set("bob".to_owned())).await.id;
        stage.failure(&db).await;
        let to = |rows: Vec<webhook_deliveries::Model>| rows.iter().map(|row| row.webhook_id).collect::<Vec<_>>();
        assert_eq!(to(deliveries(&db).await), [named, all, twice]);

        db.run("DELETE FROM webhook_deliveries").await;
        let data = json!({});
        let new = NewEvent { name: "job.failed", data: &data, metadata: None, audience: Audience::Everybody };
        let published = stage.hooks().publish(&db.0, &new).await.unwrap().unwrap();
        assert_eq!(published.deliveries, 4);
        assert_eq!(to(deliveries(&db).await), [named, all, twice, bobs]);
    }

    async fn what_nobody_hears_of_is_not_stored(db: Db) {
        let stage = Stage::new();
        stage.webhook(&db, |row| row.active = Set(false)).await;
        stage.webhook(&db, |row| row.user_id = Set("bob".to_owned())).await;
        assert_eq!(stage.publish(&db, "job.failed", &json!({})).await, None);
        assert_eq!(db.count::<webhook_events::Entity>().await, 0);
        let data = json!({});
        for name in ["", "job failed", "job.failed\r\nx-admin: yes", "jöb", &"x".repeat(256)] {
            let new = NewEvent { name, data: &data, metadata: None, audience: Audience::Everybody };
            assert!(matches!(error(stage.hooks().publish(&db.0, &new).await), WebhookError::EventName(_)));
        }
    }

    async fn an_event_is_told_if_what_it_is_about_was_committed(db: Db) {
        let stage = Stage::new();
        stage.webhook(&db, |_| {}).await;
        let data = json!({});
        let new = NewEvent { name: "job.failed", data: &data, metadata: None, audience: Audience::User("ada") };
        let tx = db.0.begin().await.unwrap();
        stage.hooks().publish(&tx, &new).await.unwrap().unwrap();
        tx.rollback().await.unwrap();
        assert_eq!((stage.deliver(&db).await, db.count::<webhook_events::Entity>().await), (NOTHING, 0));

        let tx = db.0.begin().await.unwrap();
        stage.hooks().publish(&tx, &new).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        assert_eq!(stage.deliver(&db).await, DELIVERED);
    }

    async fn the_very_bytes_that_are_kept_are_signed_and_sent(db: Db) {
        let stage = Stage::new();
        let webhook = stage.webhook(&db, |_| {}).await;
        // What `jsonb` would sort, round, or refuse.
        let data: Json = serde_json::from_str("{\"z\": 1, \"a\": \"<b>\\u0000é\", \"n\": 1.0}").unwrap();
        let metadata = json!({"source": "test"});
        let new = NewEvent {
            name: "job.failed", data: &data, metadata: Some(&metadata), audience: Audience::User("ada"),
        };
        let published = stage.hooks().publish(&db.0, &new).await.unwrap().unwrap();
        stage.pass(TimeDelta::milliseconds(1_500));
        assert_eq!(stage.deliver(&db).await, DELIVERED);

        let [parcel] = stage.carried().try_into().unwrap();
        let kept = event(&db, published.event).await;
        assert_eq!(Some(&parcel.body), kept.body.as_ref());
        assert_eq!(
            parcel.body,
            format!(
                "{{\"id\":\"{}\",\"event\":\"job.failed\",\"timestamp\":\"2025-07-14T10:00:00.000Z\",\
                 \"data\":{{\"z\":1,\"a\":\"<b>\\u0000é\",\"n\":1.0}},\"metadata\":{{\"source\":\"test\"}}}}",
                published.event
            )
        );
        assert_eq!(kept.payload.to_json()["data"]["a"], "<b>\u{FFFD}é");
        let row = delivery(&db).await;
        let signature = &parcel.headers["x-webhook-signature"];
        verify(&Secret::from(SECRET.to_owned()), parcel.body.as_bytes(), signature).unwrap();
        let expected = [
            ("content-type", "application/json"),
            ("x-delivery-id", &row.delivery_id),
            ("x-webhook-event", "job.failed"),
            ("x-webhook-id", &webhook.id.to_string()),
            ("x-webhook-signature", signature),
            ("x-webhook-timestamp", "2025-07-14T10:00:01.500Z"),
        ];
        let sent: Vec<(&str, &str)> = parcel.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(sent, expected);
        assert_eq!(row.headers.unwrap().known(), Some(&parcel.headers));
        assert_eq!((row.status, row.status_code, row.attempts), (DeliveryStatus::Success, Some(204), 1));
        assert_eq!((row.next_attempt_at, row.leased_until, row.error), (None, None, None));
        assert_eq!(row.attempted_at, Some(stage.clock.now()));
        assert!(row.delivery_id.len() == 21 && !row.delivery_id.contains(|letter: char| !letter.is_ascii_graphic()));
        assert_eq!(stage.deliver(&db).await, NOTHING);
    }

    async fn custom_headers_add_and_never_replace(db: Db) {
        let stage = Stage::new();
        let headers = custom(&[
            ("Authorization", "Bearer hunter2"), ("X-Webhook-Signature", "sha256=0"), ("content-TYPE", "text/plain"),
            ("X-Delivery-Id", "mine"), ("Host", "internal"), ("Transfer-Encoding", "chunked"), ("Content-Length", "0"),
        ]);
        stage.webhook(&db, |row| row.headers = Set(Some(headers))).await;
        stage.failure(&db).await;
        assert_eq!(stage.deliver(&db).await, DELIVERED);
        let [parcel] = stage.carried().try_into().unwrap();
        assert_eq!((parcel.headers.len(), parcel.headers["authorization"].as_str()), (7, "Bearer hunter2"));
        assert_eq!(parcel.headers["content-type"], "application/json");
        verify(&Secret::from(SECRET.to_owned()), parcel.body.as_bytes(), &parcel.headers["x-webhook-signature"]).unwrap();
        assert_eq!(parcel.headers["x-delivery-id"], delivery(&db).await.delivery_id);
        // A token that is taken away should not live on in old deliveries.
        assert_eq!(delivery(&db).await.headers.unwrap().to_json()["authorization"], "***");
        assert!(!format!("{parcel:?}").contains("hunter2"));
    }

    async fn what_can_never_be_sent_is_given_up_at_once_and_says_why(db: Db) {
        let stage = Stage::new();
        let changes: [(Change, &str); 8] = [
            (|row| row.url = Set("hunter2".to_owned()), "the webhook's URL is none: relative URL without a base; correct it"),
            (|row| row.url = Set("file:///etc/hunter2".to_owned()), "the webhook's URL is none of http or https: correct it"),
            (|row| row.headers = Set(Some(custom(&[("x-a", "hunter2\r\nx-admin: yes")]))),
                "the webhook's header `x-a` has a value of more than one line, or not of ASCII: correct it"),
            (|row| row.headers = Set(Some(custom(&[("x a\n", "hunter2")]))),
                "the webhook's header `x a\\n` has a name that no header has: correct it"),
            (|row| row.headers = Set(Some(Document::Other(json!(["hunter2"])))),
                "the webhook's headers are no names with texts: correct them"),
            (|row| row.secret = Set(Sealed::from_stored("")), "the webhook has no secret: give it one of 32 random bytes"),
            (|_| {}, "127.0.0.1 is a private address"),
            (|_| {}, "the webhook is not active: activate it and send the delivery by hand"),
        ];
        for (at, (change, why)) in changes.into_iter().enumerate() {
            db.run("DELETE FROM webhook_deliveries").await;
            db.run("DELETE FROM webhooks").await;
            stage.webhook(&db, change).await;
            stage.failure(&db).await;
            if at == 6 {
                stage.answers([Err(CourierError::Forbidden(why.to_owned()))]);
            }
            if at == 7 {
                db.run("UPDATE webhooks SET active = false").await;
            }
            assert_eq!(stage.deliver(&db).await, DEAD, "{why}");
            let row = delivery(&db).await;
            assert_eq!((row.status, row.error.as_deref()), (DeliveryStatus::Dead, Some(why)));
            assert_eq!((row.next_attempt_at, row.leased_until), (None, None));
            assert_eq!(row.attempts, i32::from(at == 6));
        }
        assert_eq!(stage.carried().len(), 1);
    }

    async fn a_failure_is_tried_again_with_the_same_id_and_a_time_of_its_own(db: Db) {
        let stage = Stage::new();
        stage.webhook(&db, |_| {}).await;
        stage.failure(&db).await;
        stage.answers([answer(500, "oh"), Err(unavailable()), answer(302, "")]);
        assert_eq!(stage.deliver(&db).await, FAILED);
        let first = delivery(&db).await;
        assert_eq!((first.status, first.attempts, first.status_code), (DeliveryStatus::Failed, 1, Some(500)));
        assert_eq!(first.error.as_deref(), Some("the receiver answered with status 500"));
        assert_eq!(first.response.as_deref(), Some("oh"));
        assert_eq!(first.next_attempt_at, Some(stage.clock.now() + TimeDelta::seconds(1)));

        stage.pass(TimeDelta::milliseconds(999));
        assert_eq!(stage.deliver(&db).await, NOTHING);
        stage.pass(TimeDelta::milliseconds(1));
        assert_eq!(stage.deliver(&db).await, FAILED);
        let second = delivery(&db).await;
        assert_eq!((second.attempts, second.status_code, second.response), (2, None, None));
        assert_eq!(second.headers.unwrap().to_json(), json!({}));
        assert_eq!(second.error.as_deref(), Some("it did not answer in 30 seconds"));
        assert_eq!(second.next_attempt_at, Some(stage.clock.now() + TimeDelta::seconds(2)));

        // Three attempts in all, as `maxRetries` has always meant.
        stage.pass(TimeDelta::seconds(2));
        assert_eq!(stage.deliver(&db).await, DEAD);
        let third = delivery(&db).await;
        assert_eq!((third.status, third.attempts, third.next_attempt_at), (DeliveryStatus::Dead, 3, None));
        stage.pass(TimeDelta::days(9));
        assert_eq!(stage.deliver(&db).await, NOTHING);

        let carried = stage.carried();
        assert_eq!(stage.counts(), BTreeMap::from([(first.delivery_id, 3)]));
        assert!(carried.iter().all(|parcel| parcel.body == carried[0].body));
        // A receiver that refuses old times takes a late attempt too.
        let times: Vec<&str> = carried.iter().map(|parcel| parcel.headers["x-webhook-timestamp"].as_str()).collect();
        assert_eq!(times, ["2025-07-14T10:00:00.000Z", "2025-07-14T10:00:01.000Z", "2025-07-14T10:00:03.000Z"]);
    }

    async fn each_webhook_says_how_it_is_tried_again(db: Db) {
        let stage = Stage::new();
        let said = json!({"maxRetries": 4, "retryDelay": 60_000, "backoffMultiplier": 1.5});
        stage.webhook(&db, |row| row.retry_config = Set(Some(Document::from_json(said)))).await;
        stage.failure(&db).await;
        for seconds in [60, 90, 135] {
            stage.answers([answer(503, "")]);
            assert_eq!(stage.deliver(&db).await, FAILED);
            assert_eq!(delivery(&db).await.next_attempt_at, Some(stage.clock.now() + TimeDelta::seconds(seconds)));
            stage.pass(TimeDelta::seconds(seconds));
        }
        assert_eq!(stage.deliver(&db).await, DELIVERED);
        assert_eq!(delivery(&db).await.attempts, 4);

        let nonsense = json!({"maxRetries": "many", "retryDelay": {}});
        stage.webhook(&db, |row| row.retry_config = Set(Some(Document::from_json(nonsense)))).await;
        db.run("DELETE FROM webhook_deliveries").await;
        db.run("DELETE FROM webhooks WHERE id = 1").await;
        stage.failure(&db).await;
        stage.answers([answer(503, "")]);
        assert_eq!(stage.deliver(&db).await, FAILED);
        assert_eq!(delivery(&db).await.next_attempt_at, Some(stage.clock.now() + TimeDelta::seconds(1)));
    }

    async fn a_dead_letter_is_sent_again_whole(db: Db) {
        let stage = Stage::new();
        stage.webhook(&db, |row| {
            row.retry_config = Set(Some(Document::from_json(json!({"maxRetries": 1}))));
        }).await;
        stage.failure(&db).await;
        let row = delivery(&db).await;
        assert!(matches!(error(stage.hooks().retry(&db.0, row.id).await), WebhookError::Waiting(_)));
        stage.answers([answer(500, ""), answer(500, "")]);
        assert_eq!(stage.deliver(&db).await, DEAD);
        stage.hooks().retry(&db.0, row.id).await.unwrap();
        assert!(matches!(error(stage.hooks().retry(&db.0, row.id).await), WebhookError::Waiting(_)));
        // It has all its attempts again: here one.
        assert_eq!(stage.deliver(&db).await, DEAD);
        stage.hooks().retry(&db.0, row.id).await.unwrap();
        assert_eq!(stage.deliver(&db).await, DELIVERED);
        assert_eq!(stage.counts(), BTreeMap::from([(row.delivery_id, 3)]));
        let carried = stage.carried();
        assert!(carried.iter().all(|parcel| parcel.body == carried[0].body));
        assert!(matches!(error(stage.hooks().retry(&db.0, row.id).await), WebhookError::Delivered(_)));
        assert!(matches!(error(stage.hooks().retry(&db.0, 99).await), WebhookError::NoDelivery(99)));
    }

    async fn a_failure_of_croniums_is_sent_again_with_all_that_a_body_has(db: Db) {
        let stage = Stage::new();
        let webhook = stage.webhook(&db, |_| {}).await.id;
        let old = webhook_events::ActiveModel {
            event: Set("job.failed".to_owned()),
            payload: Set(Document::from_json(json!({"data": {"job": 7}, "metadata": {"by": "old"}}))),
            created_at: Set(time("2025-07-01T08:00:00.250")),
            ..Default::default()
        };
        let old = old.insert(&db.0).await.unwrap().id;
        let row = webhook_deliveries::ActiveModel {
            webhook_id: Set(webhook), webhook_event_id: Set(old), delivery_id: Set("V1StGXR8_Z5jdHi6B-myT".to_owned()),
            status: Set(DeliveryStatus::Failed), attempts: Set(0), ..Default::default()
        };
        let row = row.insert(&db.0).await.unwrap().id;
        assert_eq!(stage.deliver(&db).await, NOTHING);
        stage.hooks().retry(&db.0, row).await.unwrap();
        assert_eq!(stage.deliver(&db).await, DELIVERED);
        let [parcel] = stage.carried().try_into().unwrap();
        assert_eq!(parcel.headers["x-delivery-id"], "V1StGXR8_Z5jdHi6B-myT");
        assert_eq!(
            serde_json::from_str::<Json>(&parcel.body).unwrap(),
            json!({
                "id": old.to_string(), "event": "job.failed", "timestamp": "2025-07-01T08:00:00.250Z",
                "data": {"job": 7}, "metadata": {"by": "old"},
            })
        );
    }

    async fn a_secret_that_can_not_be_opened_here_is_nobodys_failure(db: Db) {
        let mut stage = Stage::new();
        stage.webhook(&db, |_| {}).await;
        stage.failure(&db).await;
        stage.vault = vault("other");
        assert_eq!(stage.deliver(&db).await, Round { put_off: 1, ..NOTHING });
        let row = delivery(&db).await;
        assert_eq!((row.status, row.attempts, row.attempted_at), (DeliveryStatus::Pending, 0, None));
        assert!(row.error.unwrap().contains("sealed under the key `test`"));
        assert_eq!(row.next_attempt_at, Some(stage.clock.now() + PUT_OFF));
        stage.vault = vault("test");
        stage.pass(PUT_OFF);
        assert_eq!(stage.deliver(&db).await, DELIVERED);
        assert_eq!(delivery(&db).await.error, None);
    }

    async fn of_an_answer_a_thousand_characters_are_kept(db: Db) {
        let stage = Stage::new();
        stage.webhook(&db, |_| {}).await;
        stage.failure(&db).await;
        stage.answers([answer(200, &format!("\0{}", "é".repeat(2000)))]);
        assert_eq!(stage.deliver(&db).await, DELIVERED);
        assert_eq!(delivery(&db).await.response.unwrap(), format!("\u{FFFD}{}", "é".repeat(999)));
    }

    async fn a_late_answer_does_not_overwrite_what_another_has_kept(db: Db) {
        let stage = Stage::new();
        stage.webhook(&db, |_| {}).await;
        stage.failure(&db).await;
        let other = "UPDATE webhook_deliveries SET leased_until = '2025-07-14 10:02:00', attempts = 2";
        *stage.meanwhile.lock().unwrap() = Some((db.clone(), other.to_owned()));
        stage.answers([answer(500, "")]);
        assert_eq!(stage.deliver(&db).await, Round { late: 1, ..NOTHING });
        let row = delivery(&db).await;
        assert_eq!((row.status, row.attempts, row.status_code), (DeliveryStatus::Pending, 2, None));
        assert_eq!(row.leased_until, Some(time("2025-07-14T10:02:00")));

        db.run("UPDATE webhook_deliveries SET leased_until = NULL").await;
        *stage.meanwhile.lock().unwrap() = Some((db.clone(), "DELETE FROM webhooks".to_owned()));
        assert_eq!(stage.deliver(&db).await, Round { late: 1, ..NOTHING });
        assert_eq!(db.count::<webhook_deliveries::Entity>().await, 0);
    }

    async fn a_slow_receiver_holds_nobody_up(db: Db) {
        let stage = Stage::new();
        stage.webhook(&db, |row| row.url = Set("https://slow.example".to_owned())).await;
        for _ in 0..7 {
            stage.failure(&db).await;
        }
        stage.pass(TimeDelta::seconds(1));
        stage.webhook(&db, |row| row.events = Set(names(&["job.done"]))).await;
        for _ in 0..6 {
            stage.publish(&db, "job.done", &json!({})).await.unwrap();
        }
        // It answers when all others have theirs; were it in their way, nobody would get anything.
        *stage.slow.lock().unwrap() = Some(("slow.example", 6));
        let round = tokio::time::timeout(Duration::from_mins(1), stage.deliver(&db)).await;
        assert_eq!(round.unwrap(), Round { delivered: 13, ..NOTHING });
    }

    async fn no_more_is_sent_than_was_asked_for(db: Db) {
        let stage = Stage::new();
        stage.webhook(&db, |_| {}).await;
        for _ in 0..4 {
            stage.failure(&db).await;
            stage.pass(TimeDelta::seconds(1));
        }
        assert_eq!(stage.hooks().deliver(&db.0, &stage, 0).await.unwrap(), NOTHING);
        assert_eq!(stage.hooks().deliver(&db.0, &stage, 3).await.unwrap().delivered, 3);
        // The longest due first.
        let left: Vec<bool> = deliveries(&db).await.iter().map(|row| row.next_attempt_at.is_some()).collect();
        assert_eq!(left, [false, false, false, true]);
        assert_eq!(stage.deliver(&db).await, DELIVERED);
    }

    async fn what_is_over_goes_after_thirty_days_and_nothing_else(db: Db) {
        let stage = Stage::new();
        let webhook = stage.webhook(&db, |_| {}).await.id;
        let waiting = stage.failure(&db).await;
        db.run("UPDATE webhook_deliveries SET next_attempt_at = '2099-01-01 00:00:00'").await;
        let again = stage.failure(&db).await;
        let over = stage.failure(&db).await;
        let dead = stage.failure(&db).await;
        db.run(&format!("UPDATE webhook_deliveries SET next_attempt_at = NULL, status = 'dead' WHERE webhook_event_id = {dead}"))
            .await;
        assert_eq!(stage.deliver(&db).await.delivered, 2);
        let log = |created: &str| format!("INSERT INTO webhook_logs (webhook_id, success, created_at) VALUES ({webhook}, true, '{created}')");
        db.run(&log("2025-07-14 09:59:59")).await;
        db.run(&log("2025-07-14 10:00:01")).await;

        let keep = entity::webhooks::KEEP;
        stage.pass(keep);
        assert_eq!(stage.hooks().sweep(&db.0, keep).await.unwrap(), Swept { logs: 1, ..Swept::default() });
        stage.pass(TimeDelta::milliseconds(1));
        let young = stage.failure(&db).await;
        // Sent again by hand just now, so it is not old.
        db.run(&format!("UPDATE webhook_deliveries SET attempted_at = '2025-08-13 10:00:00' WHERE webhook_event_id = {again}")).await;
        assert_eq!(stage.hooks().sweep(&db.0, TimeDelta::MAX).await.unwrap(), Swept::default());
        let swept = stage.hooks().sweep(&db.0, keep).await.unwrap();
        assert_eq!(swept, Swept { events: 2, deliveries: 2, logs: 0 });
        let mut left: Vec<i32> = webhook_events::Entity::find().all(&db.0).await.unwrap().iter().map(|event| event.id).collect();
        left.sort_unstable();
        assert_eq!(left, [waiting, again, young]);
        assert!(![over, dead].iter().any(|gone| left.contains(gone)));
        assert_eq!((deliveries(&db).await.len(), db.count::<webhook_logs::Entity>().await), (3, 1));
    }

    async fn no_row_and_no_word_of_ours_shows_a_secret(db: Db) {
        let stage = Stage::new();
        let webhook = stage.webhook(&db, |row| row.headers = Set(Some(custom(&[("authorization", "hunter2")])))).await;
        stage.failure(&db).await;
        stage.answers([answer(500, ""), Err(unavailable()), answer(200, "")]);
        for _ in 0..3 {
            stage.deliver(&db).await;
            shows_no_secret(&format!("{:?}", deliveries(&db).await));
            stage.pass(TimeDelta::seconds(2));
        }
        assert_eq!(delivery(&db).await.status, DeliveryStatus::Success);
        shows_no_secret(&format!("{:?} {:?} {:?}", stage.carried(), stage.hooks(), webhook.secret));
        assert!(webhook.secret.as_stored().starts_with("v1:test:"));
        let fresh = stage.hooks().fresh("ada").unwrap();
        assert!(!format!("{fresh:?}").contains(fresh.secret.expose()));
        assert_eq!((fresh.key.len(), fresh.secret.expose().len()), (32, 64));
        let opened = stage.vault.open(&Place::WebhookSecret.of("ada"), fresh.sealed.as_stored()).unwrap();
        assert_eq!(opened.secret.expose(), fresh.secret.expose());
        let other = Hooks { world: &stage.clock, vault: &entity::vault::Vault::default() };
        assert!(matches!(error(other.fresh("ada")), WebhookError::Vault { .. }));
    }
}
