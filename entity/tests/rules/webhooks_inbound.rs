//! What others tell by a webhook: who is believed, what is kept, and who hears of it.

use std::net::IpAddr;

use chrono::TimeDelta;
use entity::{
    prelude::*,
    vault::{Secret, Vault},
    webhooks::{Inbound, LONGEST_BODY, Reception, Refusal, SignatureError, WebhookError, sign},
};
use proptest::prelude::*;
use sea_orm::{ActiveValue::Set, EntityTrait as _, QueryOrder as _};
use serde_json::{Value as Json, json};

use crate::{
    support::{Db, property},
    webhooks_support::{SECRET, Stage, deliveries, error, event, shows_no_secret},
};

const BODY: &str = r#"{"event":"push","n":1}"#;

/// Further headers of a request.
type Headers<'a> = &'a [(&'a str, &'a str)];

fn signature(body: &[u8]) -> String {
    sign(&Secret::from(SECRET.to_owned()), body).unwrap()
}

/// The request as its sender makes it, with headers that are further ones or come instead.
struct Sent<'a> {
    key: &'a str,
    body: &'a [u8],
    headers: Vec<(&'a str, String)>,
    client: Option<IpAddr>,
}

impl<'a> Sent<'a> {
    fn signed(key: &'a str, body: &'a [u8]) -> Self {
        let headers = vec![
            ("X-Webhook-Signature", signature(body)),
            ("X-Webhook-Timestamp", "2025-07-14T10:00:00.000Z".to_owned()),
        ];
        Self {
            key,
            body,
            headers,
            client: None,
        }
    }

    fn with(mut self, name: &'a str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self
    }

    fn from(mut self, client: &str) -> Self {
        self.client = Some(client.parse().unwrap());
        self
    }

    async fn to(&self, stage: &Stage, db: &Db) -> Result<Reception, WebhookError> {
        let headers: Vec<(&str, &str)> = self
            .headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let request = Inbound {
            key: self.key,
            headers: &headers,
            body: self.body,
            client: self.client,
        };
        stage.hooks().receive(&db.0, &request).await
    }

    async fn refused(&self, stage: &Stage, db: &Db) -> Refusal {
        match self.to(stage, db).await.unwrap() {
            Reception::Refused(refusal) => refusal,
            Reception::Accepted(accepted) => panic!("{accepted:?}"),
        }
    }

    /// The row that it was kept in.
    async fn accepted(&self, stage: &Stage, db: &Db) -> webhook_events::Model {
        match self.to(stage, db).await.unwrap() {
            Reception::Accepted(accepted) => event(db, accepted.event).await,
            Reception::Refused(refusal) => panic!("{refusal}"),
        }
    }
}

async fn logs(db: &Db) -> Vec<(bool, Option<String>, Option<i32>)> {
    let all = webhook_logs::Entity::find().order_by_asc(webhook_logs::Column::Id);
    let all = all.all(&db.0).await.unwrap();
    all.into_iter()
        .map(|log| (log.success, log.error, log.event_id))
        .collect()
}

fn names(names: &[&str]) -> Document<Vec<String>> {
    Document::Known(names.iter().map(|name| (*name).to_owned()).collect())
}

on_every_database! {
    async fn a_signed_request_is_kept_and_told_to_the_same_users_webhooks(db: Db) {
        let stage = Stage::new();
        // By `*` one does not get back what came in by oneself.
        let webhook = stage.webhook(&db, |row| row.events = Set(names(&["*"]))).await;
        let all = stage.webhook(&db, |row| row.events = Set(names(&["*"]))).await.id;
        let named = stage.webhook(&db, |row| row.events = Set(names(&["webhook.push"]))).await.id;
        stage.webhook(&db, |row| row.events = Set(names(&["push"]))).await;
        stage.webhook(&db, |row| {
            row.user_id = Set("bob".to_owned());
            row.events = Set(names(&["*", "webhook.push"]));
        }).await;
        let reception = Sent::signed(&webhook.key, BODY.as_bytes()).to(&stage, &db).await.unwrap();
        assert_eq!(reception.status(), 200);
        let Reception::Accepted(accepted) = reception else { panic!("{reception:?}") };
        assert_eq!(accepted.name, "push");
        let kept = event(&db, accepted.event).await;
        assert_eq!((kept.event.as_str(), kept.body.as_deref()), ("push", Some(BODY)));
        let payload = json!({
            "event": "push", "n": 1, "eventType": "push", "receivedAt": "2025-07-14T10:00:00.000Z", "webhookId": webhook.id,
        });
        assert_eq!(kept.payload.to_json(), payload);

        let published = accepted.published.unwrap();
        let told = event(&db, published.event).await;
        assert_eq!((told.event.as_str(), published.deliveries), ("webhook.push", 2));
        let body: Json = serde_json::from_str(&told.body.unwrap()).unwrap();
        assert_eq!((&body["data"], &body["metadata"]), (&payload, &json!({"eventId": kept.id.to_string()})));
        let to: Vec<i32> = deliveries(&db).await.iter().map(|row| row.webhook_id).collect();
        assert_eq!(to, [all, named]);
        let [log] = webhook_logs::Entity::find().all(&db.0).await.unwrap().try_into().unwrap();
        assert_eq!((log.webhook_id, log.success, log.error), (webhook.id, true, None));
        assert_eq!((log.event_id, log.duration), (Some(kept.id), Some(0)));
    }

    async fn who_names_the_event_gets_back_what_came_in_by_oneself(db: Db) {
        let stage = Stage::new();
        let webhook = stage.webhook(&db, |row| row.events = Set(names(&["webhook.push"]))).await;
        Sent::signed(&webhook.key, BODY.as_bytes()).accepted(&stage, &db).await;
        assert_eq!(deliveries(&db).await.len(), 1);
    }

    async fn the_signature_is_of_the_bytes_and_not_of_what_they_mean(db: Db) {
        let stage = Stage::new();
        let webhook = stage.webhook(&db, |_| {}).await;
        let spaced = "{ \"b\" : 1.0e1,\r\n\"a\":\"\\u00e9\" , \"a\": \"é\"}\n";
        let kept = Sent::signed(&webhook.key, spaced.as_bytes()).accepted(&stage, &db).await;
        assert_eq!(kept.body.as_deref(), Some(spaced));
        let again = serde_json::from_str::<Json>(spaced).unwrap().to_string();
        let forged = Sent { body: again.as_bytes(), ..Sent::signed(&webhook.key, spaced.as_bytes()) };
        assert_eq!(forged.refused(&stage, &db).await, Refusal::Signature(SignatureError::Wrong));
    }

    async fn each_refusal_has_its_status_and_its_log(db: Db) {
        let stage = Stage::new();
        let webhook = stage.webhook(&db, |_| {}).await;
        let idle = stage.webhook(&db, |row| row.active = Set(false)).await;
        let bare = stage.webhook(&db, |row| row.secret = Set(Sealed::from_stored(""))).await;
        let signed = || Sent::signed(&webhook.key, BODY.as_bytes());
        let other = sign(&Secret::from("other".to_owned()), BODY.as_bytes()).unwrap();
        let long = vec![b' '; LONGEST_BODY + 1];
        let cases = [
            (Sent::signed("nobodys", BODY.as_bytes()), Refusal::Unknown, 404),
            (Sent::signed("a\0b", BODY.as_bytes()), Refusal::Unknown, 404),
            (Sent::signed(&idle.key, BODY.as_bytes()), Refusal::Inactive, 403),
            (Sent::signed(&webhook.key, &long), Refusal::TooLong, 413),
            (signed().without("X-Webhook-Signature"), Refusal::Unsigned, 401),
            (signed().with("x-webhook-signature", &other), Refusal::Unsigned, 401),
            (
                signed().without("X-Webhook-Signature").with("x-webhook-signature", "sha256=00"),
                Refusal::Signature(SignatureError::Malformed),
                401,
            ),
            (
                signed().without("X-Webhook-Signature").with("x-webhook-signature", &other),
                Refusal::Signature(SignatureError::Wrong),
                401,
            ),
            (Sent::signed(&bare.key, BODY.as_bytes()), Refusal::Signature(SignatureError::NoSecret), 401),
            (signed().without("X-Webhook-Timestamp"), Refusal::Undated, 401),
            (signed().with("X-Webhook-Timestamp", "2025-07-14T10:00:00Z"), Refusal::Undated, 401),
            (Sent::signed(&webhook.key, b"event=push"), Refusal::NoJson, 400),
            (Sent::signed(&webhook.key, b""), Refusal::NoJson, 400),
            (Sent::signed(&webhook.key, b"\"\xff\""), Refusal::NoJson, 400),
            (Sent::signed(&webhook.key, b"{} {}"), Refusal::NoJson, 400),
        ];
        let mut expected = Vec::new();
        for (sent, refusal, status) in cases {
            assert_eq!(sent.refused(&stage, &db).await, refusal);
            assert_eq!(refusal.status(), status, "{refusal}");
            shows_no_secret(&refusal);
            if refusal != Refusal::Unknown {
                expected.push((false, Some(refusal.to_string()), None));
            }
        }
        assert_eq!(logs(&db).await, expected);
        assert_eq!(db.count::<webhook_events::Entity>().await, 0);
    }

    async fn a_time_is_good_for_five_minutes_either_way(db: Db) {
        let stage = Stage::new();
        let webhook = stage.webhook(&db, |_| {}).await;
        let at = |time: &str| {
            Sent::signed(&webhook.key, BODY.as_bytes()).without("X-Webhook-Timestamp").with("X-Webhook-Timestamp", time)
        };
        for time in [
            "2025-07-14T09:55:00Z", "2025-07-14T10:05:00.000Z", "2025-07-14T12:03:00+02:00", "1752487200", "1752486900",
        ] {
            at(time).accepted(&stage, &db).await;
        }
        for time in ["2025-07-14T09:54:59.999Z", "2025-07-14T10:05:01Z", "2025-07-14T10:00:00+02:00", "1752486899", "0"] {
            assert_eq!(at(time).refused(&stage, &db).await, Refusal::Time, "{time}");
        }
        for time in ["", "now", "2025-07-14", "2025-07-14T10:00:00", "1752487200000000000", "-", "1e9"] {
            assert_eq!(at(time).refused(&stage, &db).await, Refusal::Undated, "{time}");
        }
        db.run("UPDATE webhooks SET verify_timestamp = false").await;
        at("0").accepted(&stage, &db).await;
        at("now").without("X-Webhook-Timestamp").accepted(&stage, &db).await;
        // Cronium's column admits none, and means yes.
        db.run("UPDATE webhooks SET verify_timestamp = NULL").await;
        assert_eq!(at("0").refused(&stage, &db).await, Refusal::Time);
    }

    async fn a_list_of_addresses_lets_only_those_in(db: Db) {
        let stage = Stage::new();
        let webhook = stage.webhook(&db, |_| {}).await;
        let sent = || Sent::signed(&webhook.key, BODY.as_bytes());
        let list = ["192.0.2.7", "198.51.100.0/24", "2001:db8::/32", " 203.0.113.9 ", "nonsense", "10.0.0.0/99"];
        let set = async |list: &Json| {
            let list = list.to_string();
            db.run(&format!("UPDATE webhooks SET ip_whitelist = '{list}'")).await;
        };
        set(&json!(list)).await;
        for client in [
            "192.0.2.7", "::ffff:192.0.2.7", "198.51.100.255", "::ffff:198.51.100.1", "2001:db8::1", "203.0.113.9",
        ] {
            sent().from(client).accepted(&stage, &db).await;
        }
        for client in ["192.0.2.8", "198.51.101.0", "::ffff:192.0.2.8", "2001:db9::1", "::192.0.2.7", "10.0.0.1"] {
            assert_eq!(sent().from(client).refused(&stage, &db).await, Refusal::Address, "{client}");
        }
        // Cronium let everybody in whose address it did not know.
        assert_eq!(sent().refused(&stage, &db).await, Refusal::Address);
        for unreadable in [json!("192.0.2.7"), json!({"192.0.2.7": true}), json!([1]), json!(["nonsense"])] {
            set(&unreadable).await;
            assert_eq!(sent().from("192.0.2.7").refused(&stage, &db).await, Refusal::Address, "{unreadable}");
        }
        for none in [json!([]), json!(null), json!("[]")] {
            set(&none).await;
            sent().accepted(&stage, &db).await;
        }
    }

    async fn a_webhook_takes_as_many_as_it_says_and_forgeries_are_not_counted(db: Db) {
        let stage = Stage::new();
        let rate = json!({"requests": 2, "window": 10_000});
        let webhook = stage.webhook(&db, |row| row.rate_limit = Set(Some(Document::from_json(rate)))).await;
        let sent = || Sent::signed(&webhook.key, BODY.as_bytes());
        for _ in 0..5 {
            assert_eq!(sent().without("X-Webhook-Signature").refused(&stage, &db).await, Refusal::Unsigned);
        }
        sent().accepted(&stage, &db).await;
        stage.pass(TimeDelta::milliseconds(2_500));
        sent().accepted(&stage, &db).await;
        let refusal = sent().refused(&stage, &db).await;
        assert_eq!(refusal, Refusal::TooMany { retry_after: TimeDelta::milliseconds(7_500) });
        assert_eq!((refusal.status(), refusal.retry_after()), (429, Some(8)));
        assert_eq!(refusal.to_string(), "too many requests: try again in 8 seconds");
        stage.pass(TimeDelta::seconds(8));
        sent().accepted(&stage, &db).await;
        // What means no rate means 100 in a minute.
        for nonsense in [json!({"requests": -1, "window": 0}), json!("fast"), json!({})] {
            let webhook = stage.webhook(&db, |row| row.rate_limit = Set(Some(Document::from_json(nonsense)))).await;
            for _ in 0..3 {
                Sent::signed(&webhook.key, BODY.as_bytes()).accepted(&stage, &db).await;
            }
        }
        let none = json!({"requests": 0});
        let webhook = stage.webhook(&db, |row| row.rate_limit = Set(Some(Document::from_json(none)))).await;
        assert_eq!(Sent::signed(&webhook.key, BODY.as_bytes()).refused(&stage, &db).await.status(), 429);
    }

    async fn forgeries_do_not_fill_the_logs(db: Db) {
        let stage = Stage::new();
        let webhook = stage.webhook(&db, |_| {}).await;
        for _ in 0..103 {
            let forged = Sent::signed(&webhook.key, BODY.as_bytes()).without("X-Webhook-Signature");
            assert_eq!(forged.refused(&stage, &db).await, Refusal::Unsigned);
        }
        assert_eq!(db.count::<webhook_logs::Entity>().await, 100);
        Sent::signed(&webhook.key, BODY.as_bytes()).accepted(&stage, &db).await;
        assert_eq!(db.count::<webhook_logs::Entity>().await, 101);
    }

    async fn an_event_is_called_as_header_or_body_say(db: Db) {
        let stage = Stage::new();
        let webhook = stage.webhook(&db, |_| {}).await;
        let long = "x".repeat(300);
        let cases: [(Headers<'_>, Json, &str); 12] = [
            (&[("X-Webhook-Event", "a"), ("X-Event-Type", "b")], json!({"event": "c"}), "a"),
            (&[("x-EVENT-type", "b")], json!({"event": "c"}), "b"),
            (&[("x-webhook-event", " "), ("x-event-type", "b")], json!({}), "b"),
            (&[], json!({"action": "f", "type": "e", "event_type": "d", "event": "c"}), "c"),
            (&[], json!({"action": "f", "type": "e", "event_type": "d", "event": {"no": "text"}}), "d"),
            (&[], json!({"action": "f", "type": "e"}), "e"),
            (&[], json!({"action": "f", "type": ""}), "f"),
            (&[], json!({"name": "push"}), "unknown"),
            (&[], json!(["event"]), "unknown"),
            (&[], json!("event"), "unknown"),
            // It goes out as a header again.
            (&[], json!({"event": "a b\r\nx: é\0"}), "a_b__x:___"),
            (&[], json!({"event": long}), &long[..255]),
        ];
        for (headers, body, name) in cases {
            let body = body.to_string();
            let mut sent = Sent::signed(&webhook.key, body.as_bytes());
            for (header, value) in headers {
                sent = sent.with(header, value);
            }
            let kept = sent.accepted(&stage, &db).await;
            assert_eq!(kept.event, name, "{body}");
            assert_eq!(kept.payload.to_json()["eventType"], json!(kept.event));
        }
        stage.webhook(&db, |row| row.events = Set(names(&["*"]))).await;
        let body = json!({"event": long}).to_string();
        Sent::signed(&webhook.key, body.as_bytes()).accepted(&stage, &db).await;
        let told = deliveries(&db).await.remove(0).webhook_event_id;
        assert_eq!(event(&db, told).await.event, format!("webhook.{}", &long[..247]));
    }

    async fn a_body_is_kept_as_it_came_with_what_is_taken_from_it_on_top(db: Db) {
        let stage = Stage::new();
        let transformations = json!({
            "who": "user.name", "first": "items.0.id", "n": "items", "gone": "user.age.years", "far": "items.9", "webhookId": "n",
        });
        let webhook = stage
            .webhook(&db, |row| row.transformations = Set(Some(Document::from_json(transformations))))
            .await;
        let id = webhook.id;
        let body = json!({
            "user": {"name": "<b>Ada & Bob</b>\0"}, "items": [{"id": 7}], "n": 3, "webhookId": 99, "receivedAt": "never",
        });
        let body = body.to_string();
        let kept = Sent::signed(&webhook.key, body.as_bytes()).accepted(&stage, &db).await;
        assert_eq!(kept.body.as_deref(), Some(body.as_str()));
        // No entities: what escapes it is the page that shows it. `jsonb` takes no NUL.
        let name = "<b>Ada & Bob</b>\u{FFFD}";
        assert_eq!(
            kept.payload.to_json(),
            json!({
                "user": {"name": name}, "items": [{"id": 7}], "n": [{"id": 7}], "who": name, "first": 7,
                "webhookId": id, "receivedAt": "2025-07-14T10:00:00.000Z", "eventType": "unknown",
            })
        );
        let kept = Sent::signed(&webhook.key, b"[1]").accepted(&stage, &db).await;
        assert_eq!(kept.payload.to_json()["data"], json!([1]));

        let odd = json!({"who": "user.name", "n": 3});
        let webhook = stage.webhook(&db, |row| row.transformations = Set(Some(Document::from_json(odd)))).await;
        let kept = Sent::signed(&webhook.key, body.as_bytes()).accepted(&stage, &db).await;
        assert_eq!((&kept.payload.to_json()["who"], &kept.payload.to_json()["n"]), (&json!(name), &json!(3)));
    }

    async fn what_is_sent_is_taken_and_goes_round_once(db: Db) {
        let stage = Stage::new();
        let webhooks = [
            stage.webhook(&db, |row| row.events = Set(names(&["*", "webhook.push"]))).await,
            stage.webhook(&db, |row| row.events = Set(names(&["*", "webhook.push"]))).await,
        ];
        Sent::signed(&webhooks[0].key, BODY.as_bytes()).accepted(&stage, &db).await;
        // Each webhook's receiver is the other's address.
        let mut rounds = 0;
        while stage.deliver(&db).await.delivered > 0 {
            rounds += 1;
            assert!(rounds < 3, "they call each other for ever");
            let parcels = std::mem::take(&mut *stage.carried.lock().unwrap());
            for parcel in parcels {
                let to = &webhooks[usize::from(parcel.headers["x-webhook-id"] == webhooks[0].id.to_string())];
                let headers = parcel.headers.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
                let sent = Sent { key: &to.key, body: parcel.body.as_bytes(), headers, client: None };
                assert_eq!(sent.accepted(&stage, &db).await.event, "webhook.push");
            }
        }
        assert_eq!(rounds, 1);
    }

    async fn without_the_key_of_the_secret_nothing_is_taken_and_nothing_logged_as_refused(db: Db) {
        let mut stage = Stage::new();
        let webhook = stage.webhook(&db, |_| {}).await;
        stage.vault = Vault::default();
        let sent = Sent::signed(&webhook.key, BODY.as_bytes());
        assert!(matches!(error(sent.to(&stage, &db).await), WebhookError::Vault { .. }));
        assert_eq!((db.count::<webhook_events::Entity>().await, logs(&db).await), (0, vec![]));
    }

    async fn whatever_json_is_signed_is_taken_and_whatever_is_changed_is_not(db: Db) {
        let stage = Stage::new();
        let webhook = stage.webhook(&db, |row| {
            row.rate_limit = Set(Some(Document::from_json(json!({"requests": 1_000_000}))));
        }).await;
        let text = prop_oneof![".{0,8}", Just("\0".to_owned()), Just("webhookId".to_owned())];
        let leaf = prop_oneof![
            Just(Json::Null), any::<bool>().prop_map(Json::from), any::<i64>().prop_map(Json::from),
            any::<f64>().prop_map(Json::from), text.clone().prop_map(Json::from),
        ];
        let json = leaf.prop_recursive(3, 12, 4, move |inner| prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::vec((text.clone(), inner), 0..4).prop_map(|members| Json::Object(members.into_iter().collect())),
        ]);
        let cases = (json, any::<prop::sample::Index>(), 0..8_u8);
        property(24, &cases, |(json, at, bit)| {
            let (stage, db, key) = (&stage, &db, webhook.key.as_str());
            async move {
                let body = json.to_string();
                let kept = Sent::signed(key, body.as_bytes()).accepted(stage, db).await;
                if kept.body.as_deref() != Some(body.as_str()) {
                    return Err(format!("{:?} was kept of {body}", kept.body));
                }
                let mut changed = body.clone().into_bytes();
                let at = at.index(changed.len());
                changed[at] ^= 1 << bit;
                let forged = Sent { body: &changed, ..Sent::signed(key, body.as_bytes()) };
                match forged.refused(stage, db).await {
                    Refusal::Signature(SignatureError::Wrong) => Ok(()),
                    other => Err(format!("{other}")),
                }
            }
        });
    }
}
