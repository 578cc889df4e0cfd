//! `conditional_actions`.

use data_migrations::{ConditionalActions, conditional_actions as step};
use entity::{
    events::{
        conditional_actions::{ActiveModel, Entity as Actions, Model},
        follow_ups::faults,
    },
    values::Stored,
};
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, EntityTrait as _};
use seawright::data::DataMigration as _;

use super::{Numbers, quarantine, rows, up};
use crate::support::{Db, insert, time};

const COLUMNS: [&str; 10] = [
    "id",
    "type",
    "value",
    "target_event_id",
    "tool_id",
    "message",
    "email_addresses",
    "email_subject",
    "created_at",
    "updated_at",
];

fn action(id: i32, kind: &str) -> ActiveModel {
    ActiveModel {
        id: Set(id),
        r#type: Set(Stored::from_text(kind)),
        value: Set(None),
        success_event_id: Set(None),
        fail_event_id: Set(None),
        always_event_id: Set(None),
        condition_event_id: Set(None),
        target_event_id: Set(None),
        tool_id: Set(None),
        message: Set(None),
        email_addresses: Set(None),
        email_subject: Set(None),
        created_at: Set(time("2025-07-13T02:11:32.372727")),
        updated_at: Set(time("2025-07-12T17:02:05")),
    }
}

/// Runs an event after another, by one of the four columns.
fn runs(id: i32, column: i32, parent: i32, target: i32) -> ActiveModel {
    let mut action = action(id, "SCRIPT");
    action.target_event_id = Set(Some(target));
    let columns = [
        &mut action.success_event_id,
        &mut action.fail_event_id,
        &mut action.always_event_id,
        &mut action.condition_event_id,
    ];
    *columns.into_iter().nth(usize::try_from(column).unwrap()).unwrap() = Set(Some(parent));
    action
}

/// Sends an e-mail after the failure of the event 2.
fn sends(id: i32, change: impl FnOnce(&mut ActiveModel)) -> ActiveModel {
    let mut action = ActiveModel {
        fail_event_id: Set(Some(2)),
        tool_id: Set(Some(3)),
        message: Set(Some("{{cronium.event.error}}".to_owned())),
        email_addresses: Set(Some("ops@example.com".to_owned())),
        email_subject: Set(Some("Störung".to_owned())),
        ..action(id, "SEND_MESSAGE")
    };
    change(&mut action);
    action
}

async fn tools(db: &Db) {
    for (id, kind) in [(1, "SLACK"), (2, "DISCORD"), (4, "WEBHOOK"), (5, "email")] {
        db.run(&format!(
            "INSERT INTO tool_credentials (id, user_id, name, type, credentials, encrypted) VALUES ({id}, 'ada', 'a', '{kind}', '{{}}', false)"
        ))
        .await;
    }
}

async fn find(db: &Db, id: i32) -> Option<Model> {
    Actions::find_by_id(id).one(&db.0).await.unwrap()
}

/// Actions that run events: a chain, one that leads back, and others that cannot be.
async fn fill_runs(db: &Db) {
    insert(
        db,
        [
            runs(1, 0, 1, 2),
            runs(2, 1, 2, 3),
            action(3, "SCRIPT"),
            runs(5, 2, 2, 2),
            runs(6, 3, 3, 1),
            runs(7, 0, 1, 3),
            ActiveModel {
                r#type: Set(Stored::from_text("NONE")),
                ..runs(8, 0, 2, 2)
            },
            ActiveModel {
                always_event_id: Set(Some(3)),
                ..runs(9, 0, 1, 2)
            },
        ],
    )
    .await;
}

async fn check_runs(db: &Db) {
    assert_eq!(
        rows(db, "conditional_actions", &["id"]).await,
        ["1", "2", "3", "7", "8"]
    );
    let reasons = [
        (3, "it runs an event, but says of none that it is the one"),
        (5, "it runs the event 2 after the event 2, over and over"),
        (6, "with older actions it runs events over and over: 3 → 1 → 2 → 3"),
        (9, "with older actions it runs events over and over: 3 → 2 → 3"),
    ];
    assert_eq!(
        quarantine(db).await,
        reasons
            .map(|(id, reason)| (id, reason.to_owned()))
            .into_iter()
            .collect()
    );
}

async fn fill_messages(db: &Db) {
    tools(db).await;
    let text = |text: &str| Set(Some(text.to_owned()));
    insert(
        db,
        [
            // Complete.
            sends(1, |_| {}),
            sends(2, |own| {
                (own.tool_id, own.email_addresses, own.email_subject) = (Set(Some(1)), Set(None), Set(None));
            }),
            sends(3, |own| (own.tool_id, own.email_addresses) = (Set(Some(2)), Set(None))),
            // To be completed.
            sends(10, |own| own.email_subject = Set(None)),
            sends(11, |own| own.email_subject = text("  ")),
            sends(12, |own| {
                (own.email_addresses, own.value) = (Set(None), text("a@example.com, b@example.com"));
            }),
            sends(13, |own| {
                (own.fail_event_id, own.always_event_id, own.email_subject) = (Set(None), Set(Some(1)), text(""));
            }),
            sends(14, |own| {
                (own.fail_event_id, own.email_subject) = (Set(None), Set(None));
            }),
            // Nothing to send, nothing to send it with, nobody to send it to.
            sends(20, |own| own.tool_id = Set(None)),
            sends(21, |own| own.tool_id = Set(Some(4))),
            sends(22, |own| own.tool_id = Set(Some(5))),
            sends(23, |own| (own.message, own.email_subject) = (text(" "), Set(None))),
            sends(24, |own| (own.tool_id, own.message) = (Set(Some(1)), Set(None))),
            sends(25, |own| (own.email_addresses, own.value) = (text(" , "), text("42"))),
        ],
    )
    .await;
}

on_every_database! {
    async fn what_would_go_round_for_ever_goes_and_what_has_no_target_stays(db: Db) {
        fill_runs(&db).await;
        up(&db, &step(), 1000).await.unwrap();
        check_runs(&db).await;
        assert!(db.entry(9).await.row_json.contains("2025-07-13"));
    }

    async fn the_size_of_a_batch_makes_no_difference_and_down_brings_all_back(db: Db) {
        fill_runs(&db).await;
        let before = rows(&db, "conditional_actions", &COLUMNS).await;
        for size in [1, 2, 3] {
            up(&db, &step(), size).await.unwrap();
            check_runs(&db).await;
            up(&db, &step(), size).await.unwrap();
            check_runs(&db).await;
            db.down(&step()).await;
            assert_eq!(rows(&db, "conditional_actions", &COLUMNS).await, before);
            assert!(db.ledger().await.is_empty());
        }
    }

    async fn what_a_message_lacks_and_can_be_known_is_filled_in(db: Db) {
        fill_messages(&db).await;
        let before = db.all::<Actions>().await;
        up(&db, &step(), 1000).await.unwrap();
        let subject = async |id| find(&db, id).await.unwrap().email_subject.unwrap();
        assert_eq!(subject(10).await, "Event Failure: Event 2");
        assert_eq!(subject(11).await, "Event Failure: Event 2");
        assert_eq!(subject(13).await, "Event {{cronium.event.status}}: Event 1");
        assert_eq!(subject(14).await, "Event {{cronium.event.status}}: {{cronium.event.name}}");
        let filled = find(&db, 12).await.unwrap();
        assert_eq!(filled.email_addresses.as_deref(), Some("a@example.com, b@example.com"));
        assert_eq!((filled.value, filled.email_subject.as_deref()), (filled.email_addresses, Some("Störung")));
        // Everything else is as it was, and nothing has gone.
        let after = db.all::<Actions>().await;
        assert_eq!(after.len(), before.len());
        for (was, is) in before.into_iter().zip(after) {
            if (10..20).contains(&was.id) {
                assert_eq!((was.message, was.updated_at), (is.message, is.updated_at));
            } else {
                assert_eq!(was, is);
            }
        }
    }

    async fn a_message_that_cannot_be_sent_is_told_and_stays(db: Db) {
        fill_messages(&db).await;
        up(&db, &step(), 2).await.unwrap();
        let reasons = quarantine(&db).await;
        assert_eq!(reasons.keys().copied().collect::<Vec<_>>(), [20, 21, 22, 23, 24, 25]);
        for (id, words) in [
            (20, "names no tool"), (21, "of the type `WEBHOOK`"), (22, "of the type `email`"), (23, "message is empty"),
            (24, "message is empty"), (25, "to nobody"),
        ] {
            assert!(reasons[&id].contains(words), "{id}: {}", reasons[&id]);
        }
        // Completed by its owner, it is done; and one that is changed and still not whole is told again.
        db.run("UPDATE conditional_actions SET tool_id = 3 WHERE id = 20").await;
        db.run("UPDATE conditional_actions SET message = 'done' WHERE id = 23").await;
        db.run("UPDATE conditional_actions SET message = '' WHERE id = 24").await;
        up(&db, &step(), 1000).await.unwrap();
        assert_eq!(find(&db, 23).await.unwrap().email_subject.as_deref(), Some("Event Failure: Event 2"));
        assert!(quarantine(&db).await.contains_key(&24));
        assert!(ConditionalActions.pending().all(&db.0).await.unwrap().iter().all(|own| [21, 22, 24, 25].contains(&own.id)));
    }

    async fn messages_come_back_as_they_were(db: Db) {
        fill_messages(&db).await;
        let before = rows(&db, "conditional_actions", &COLUMNS).await;
        up(&db, &step(), 3).await.unwrap();
        assert_ne!(rows(&db, "conditional_actions", &COLUMNS).await, before);
        db.down(&step()).await;
        assert_eq!(rows(&db, "conditional_actions", &COLUMNS).await, before);
    }

    async fn nothing_to_do_is_nothing_done(db: Db) {
        insert(&db, [runs(1, 0, 3, 2), runs(2, 1, 2, 1), runs(3, 2, 3, 1), action(4, "shout"), action(5, "NONE")]).await;
        up(&db, &step(), 1000).await.unwrap();
        assert!(db.ledger().await.is_empty());
        assert_eq!(db.count::<Actions>().await, 5);
    }

    /// The query finds at least what the rule does, and nothing is left of it, whatever the actions and the batches.
    async fn on_random_actions_the_query_and_the_rule_agree(db: Db) {
        for id in 4..=7 {
            db.run(&format!("INSERT INTO events (id, user_id, name, type) VALUES ({id}, 'ada', 'Event {id}', 'BASH')")).await;
        }
        let mut numbers = Numbers(11);
        for round in 0..12 {
            for id in 1..=14 {
                let mut made = runs(id, numbers.below(4), 1 + numbers.below(7), 1 + numbers.below(7));
                if numbers.below(5) == 0 {
                    made.condition_event_id = Set(Some(1 + numbers.below(7)));
                }
                made.insert(&db.0).await.unwrap();
            }
            let all = db.all::<Actions>().await;
            let wrong = faults(&all, |_| true);
            let found = ConditionalActions.pending().all(&db.0).await.unwrap();
            assert!(wrong.keys().all(|id| found.iter().any(|own| own.id == *id)), "round {round}: {wrong:?}");
            up(&db, &step(), [1, 3, 5, 1000][round % 4]).await.unwrap();
            let left: Vec<i32> = db.all::<Actions>().await.iter().map(|own| own.id).collect();
            let expected: Vec<i32> = all.iter().map(|own| own.id).filter(|id| !wrong.contains_key(id)).collect();
            assert_eq!(left, expected, "round {round}");
            db.down(&step()).await;
            Actions::delete_many().exec(&db.0).await.unwrap();
        }
    }
}
