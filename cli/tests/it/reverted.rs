//! Every data step of Cronium's: again it changes nothing, and taken back it leaves every row as it was.

use tests::{TestDb, on_every_database};

use crate::support::{rows, seawright};

const AS_OF: [&str; 2] = ["--as-of", "2025-07-20T12:00:00"];

/// The data steps in their order.
fn steps(db: &TestDb) -> Vec<String> {
    let listed = seawright(db, &["data", "list", "--format", "json"]).ok();
    let listed: serde_json::Value = serde_json::from_str(&listed.stdout).unwrap();
    let names = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["step"].as_str().unwrap().to_owned());
    // The rotations are of no history.
    names.filter(|name| name.starts_with('m')).collect()
}

async fn snapshot(db: &TestDb) -> std::collections::BTreeMap<String, Vec<String>> {
    let connection = db.connect().await;
    let all = rows(&connection).await;
    connection.close().await.unwrap();
    all
}

on_every_database! {
    async fn again_and_back(db: TestDb) {
        // From the fourth unit on there are credentials in the two old forms.
        seawright(&db, &["seed", "legacy", "--scale", "4"]).ok();
        seawright(&db, &["adopt"]).ok();
        let steps = steps(&db);
        assert!(steps.len() >= 14, "{steps:?}");
        let up_to = |step: &str| {
            let mut arguments = vec!["up", "--to", step];
            arguments.extend(AS_OF);
            seawright(&db, &arguments).ok()
        };
        let (emptying, others) = steps.split_at(3);

        // While the tables that they empty are still there.
        up_to("m20261122_134825_containers_expand");
        let mut before = Vec::new();
        for step in emptying {
            before.push(snapshot(&db).await);
            up_to(step);
        }
        for (step, before) in emptying.iter().zip(&before).rev() {
            seawright(&db, &["data", "revert", step]).ok();
            assert_eq!(&snapshot(&db).await, before, "{step}");
        }
        for step in emptying {
            seawright(&db, &["data", "run", step]).ok();
        }

        up_to("m20261124_123554_secrets_fit");
        let mut before = Vec::new();
        for step in others {
            before.push(snapshot(&db).await);
            up_to(step);
        }
        let after = snapshot(&db).await;
        let again = seawright(&db, &["data", "run", "--all", "--format", "json"]).ok();
        let again: serde_json::Value = serde_json::from_str(&again.stdout).unwrap();
        for step in again["steps"].as_array().unwrap() {
            assert_eq!(step["worked"], 0, "{step}");
        }
        assert_eq!(after, snapshot(&db).await, "a second run changes nothing");
        for (step, before) in others.iter().zip(&before).rev() {
            seawright(&db, &["data", "revert", step]).ok();
            let found = snapshot(&db).await;
            for (table, rows) in before {
                assert_eq!(rows, &found[table], "{step}: {table}");
            }
        }
        // What was taken back is done again, and ends where it had ended.
        for step in others.iter().take(3) {
            seawright(&db, &["data", "run", step]).ok();
        }
    }
}
