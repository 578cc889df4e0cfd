//! Secrets encrypted at rest.

use data_migrations::{
    Keys, credentials as step, oauth_states as states_step, oauth_tokens as tokens_step, rotations,
    webhook_secrets as webhooks_step,
};
use entity::{
    events::{env_vars, servers},
    identity::api_tokens,
    oauth::{oauth_states, oauth_tokens},
    tools::tool_credentials,
    values::Sealed,
    vault::{KeyId, LegacyKey, Place, Scheme, Vault, VaultKey},
    webhooks::webhooks,
};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, Statement, TransactionTrait as _,
};
use sea_orm_migration::{MigrationTrait as _, SchemaManager, SchemaManagerConnection};
use seawright::data::{DataStep, Outcome, RunOptions, ledger::notes, quarantine};

use crate::support::{Db, ODD_TEXTS, insert, time};

/// Node's `crypto` made these with this key, as Cronium calls it. `s3cret` is in all of them.
const CRONIUM: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const ENVELOPE: &str = r#"{"encrypted":"HgN/ulpt8oXUozpyJ798EyV/HI3Z9RGTBv7r01C76PDLUkVMYQZrYEYgivHmCnlWMTilj2nF6KuLl8/m9Ww=","iv":"CgoKCgoKCgoKCgoKCgoKCg==","authTag":"16Gb74Y1kMK/EQPuX3TRVQ==","algorithm":"aes-256-gcm","keyDerivation":{"method":"scrypt","salt":"CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=","iterations":100000}}"#;
const BARE: &str = "CAgICAgICAgICAgICAgICErcUE7TArF8UUEb67BB/KvDBlXhWnAxV/ZyumxAJZBRuVoAhMZLZWQq1w1tYZs6xOtkY9FaL2w1iVUvFjQaTV+CUitL06NSPOttawMBkA==";
const SLACK: &str = r#"{"webhookUrl":"https://hooks.slack.com/services/T0/B0/s3cret"}"#;
/// `hunter2`, encrypted twice; `abcd`, too short for Cronium's own reader.
const TWICE: &str =
    "BwcHBwcHBwcHBwcHBwcHB4oPgrG62eSkbNGxlA6Ppj6bfc85C3C/+egAzXB5BlvG7vP7nklJiNtjxmMIPvap0Ot2CFnVUYuplDKKTkaV7alJ/WgY";
const FOUR: &str = "AwMDAwMDAwMDAwMDAwMDA9KHI3sk5FRSw3Iv3dQxhAGHUu/6";

fn key(id: &str) -> VaultKey {
    let byte = *id.as_bytes().last().unwrap();
    VaultKey::new(KeyId::parse(id).unwrap(), [byte; 32])
}

/// The vault with the key `k1`, and Cronium's.
fn vault() -> Vault {
    Vault::new(key("k1")).with_legacy(LegacyKey::parse(CRONIUM).unwrap())
}

fn keys() -> Keys {
    Keys::of(vault())
}

/// The vault after the key has changed.
fn rotated() -> Keys {
    let vault = Vault::new(key("k2")).with_old(key("k1")).unwrap();
    Keys::of(vault.with_legacy(LegacyKey::parse(CRONIUM).unwrap()))
}

fn sealed(place: Place, owner: &str, secret: &str) -> String {
    vault().seal(&place.of(owner), secret).unwrap().into_stored()
}

fn credential(id: i32, stored: &str, encrypted: bool, told: bool) -> tool_credentials::ActiveModel {
    let metadata = serde_json::json!({"algorithm": "aes-256-gcm", "keyDerivation": "{\"method\":\"scrypt\"}"});
    tool_credentials::Model {
        id,
        user_id: "ada".to_owned(),
        name: format!("Tool {id}"),
        r#type: entity::values::Stored::from_text("SLACK"),
        credentials: Sealed::from_stored(stored),
        is_active: true,
        encrypted,
        encryption_metadata: told.then(|| entity::values::Document::from_json(metadata)),
        created_at: time("2025-07-13T02:11:32.372727"),
        updated_at: time("2025-07-12T17:02:05"),
    }
    .into_active_model()
    .reset_all()
}

/// A credential in every state that rows were seen in.
async fn fill(db: &Db) {
    let odd = (60..).zip(ODD_TEXTS).filter(|(_, text)| !text.is_empty());
    let rows = [
        credential(10, SLACK, false, false),
        credential(11, ENVELOPE, true, true),
        credential(12, ENVELOPE, false, false),
        credential(13, BARE, false, false),
        credential(14, &BARE.replace("CAgI", "CAgJ"), false, false),
        credential(15, &ENVELOPE.replace("HgN/", "HgN0"), true, true),
        credential(16, "", true, true),
        credential(17, SLACK, true, true),
        credential(18, &sealed(Place::ToolCredentials, "ada", SLACK), false, true),
        credential(19, &sealed(Place::ToolCredentials, "ada", SLACK), true, false),
        credential(20, "s3cret, and no JSON", false, false),
    ];
    insert(
        db,
        rows.into_iter()
            .chain(odd.map(|(id, text)| credential(id, text, false, false))),
    )
    .await;
}

async fn find(db: &Db, id: i32) -> tool_credentials::Model {
    tool_credentials::Entity::find_by_id(id)
        .one(&db.0)
        .await
        .unwrap()
        .unwrap()
}

/// The secret and the identifier of the key that it is sealed with.
fn open(place: Place, owner: &str, stored: &Sealed) -> (String, String) {
    let all = rotated().vault().unwrap();
    let opened = all.open(&place.of(owner), stored.as_stored()).unwrap();
    match opened.scheme {
        Scheme::Vault(key) => (opened.secret.expose().to_owned(), key.to_string()),
        other => panic!("{other}"),
    }
}

/// Everything that the ledger holds, as one text.
async fn ledger(db: &Db) -> String {
    let mut text = String::new();
    for table in ["rows", "images", "notes", "runs", "ranges", "checks", "steps"] {
        let sql = if matches!(db.0.get_database_backend(), sea_orm::DbBackend::Sqlite) {
            let columns = match table {
                "rows" => "reason || row_json",
                "images" => "columns || rows",
                "notes" => "note",
                "runs" => "coalesce(reason, '')",
                "checks" => "what || query",
                _ => "step",
            };
            let columns = if table == "ranges" {
                "CAST(run AS text)"
            } else {
                columns
            };
            format!("SELECT {columns} AS t FROM seawright_data_{table}")
        } else {
            format!("SELECT t::text AS t FROM seawright_data_{table} AS t")
        };
        let rows =
            db.0.query_all_raw(Statement::from_string(db.0.get_database_backend(), sql))
                .await
                .unwrap();
        for row in rows {
            text += &row.try_get::<Option<String>>("", "t").unwrap().unwrap_or_default();
        }
    }
    text
}

async fn create_all(db: &Db) {
    db.create(oauth_tokens::Entity).await;
    db.create(oauth_states::Entity).await;
    db.create(webhooks::Entity).await;
    db.create(api_tokens::Entity).await;
    db.create(env_vars::Entity).await;
}

async fn fill_oauth(db: &Db) {
    create_all(db).await;
    for (id, provider, access, refresh) in [
        (1, "google", "'s3cret access'", "'s3cret refresh'"),
        (2, "slack", "'s3cret access'", "NULL"),
        (3, "microsoft", "''", "''"),
    ] {
        db.run(&format!(
            "INSERT INTO oauth_tokens (id, user_id, tool_id, provider_id, access_token, refresh_token) \
             VALUES ({id}, 'ada', 3, '{provider}', {access}, {refresh})"
        ))
        .await;
    }
    for (id, verifier) in [(1, "'s3cret verifier'"), (2, "NULL"), (3, "''")] {
        db.run(&format!(
            "INSERT INTO oauth_states (id, state, user_id, tool_id, provider_id, redirect_uri, code_verifier, expires_at) \
             VALUES ({id}, 'state {id}', 'ada', 3, 'google', 'https://example.com', {verifier}, '2025-07-14 00:00:00')"
        ))
        .await;
    }
    // 32 bytes in base64, as a webhook's secret may well be; Cronium's server made nothing of the kind here.
    for (id, secret) in [
        (1, "s3cret"),
        (2, "AwMDAwMDAwMDAwMDAwMDA9KHI3sk5FRSw3Iv3dQxhAE="),
        (3, ""),
    ] {
        db.run(&format!(
            "INSERT INTO webhooks (id, user_id, name, url, key, secret, created_at, updated_at) \
             VALUES ({id}, 'bob', 'Hook', 'https://example.com', 'key {id}', '{secret}', '2025-07-14 00:00:00', '2025-07-14 00:00:00')"
        ))
        .await;
    }
}

fn steps(keys: &Keys) -> [DataStep; 4] {
    [step(keys), tokens_step(keys), states_step(keys), webhooks_step(keys)]
}

on_every_database! {
    async fn credentials_are_sealed_whatever_they_were_and_the_flags_are_true(db: Db) {
        fill(&db).await;
        db.up(&step(&keys())).await.unwrap();
        for (id, secret) in [(3, "{}"), (10, SLACK), (11, SLACK), (12, SLACK), (13, SLACK), (17, SLACK), (18, SLACK), (19, SLACK)] {
            let row = find(&db, id).await;
            assert_eq!(open(Place::ToolCredentials, "ada", &row.credentials), (secret.to_owned(), "k1".to_owned()), "{id}");
            assert!(row.encrypted && row.encryption_metadata.is_none(), "{id}");
        }
        for (id, text) in (60..).zip(ODD_TEXTS).filter(|(_, text)| !text.is_empty()) {
            assert_eq!(open(Place::ToolCredentials, "ada", &find(&db, id).await.credentials).0, text);
        }
        let empty = find(&db, 16).await;
        assert!(empty.credentials.is_empty() && !empty.encrypted && empty.encryption_metadata.is_none());
        // What was no object a person should know of.
        let notes = db.all::<notes::Entity>().await;
        assert!(notes.iter().any(|note| note.row_key == "20"));
        assert!(!notes.iter().any(|note| note.row_key == "10"));
    }

    async fn what_no_key_opens_is_left_and_said(db: Db) {
        fill(&db).await;
        let before = [find(&db, 14).await, find(&db, 15).await];
        db.up(&step(&keys())).await.unwrap();
        assert_eq!([find(&db, 14).await, find(&db, 15).await], before);
        assert_eq!(db.ledger().await.len(), 2);
        for id in [14, 15] {
            let entry = db.entry(id).await;
            let reason = entry.reason.unwrap();
            assert_eq!(entry.outcome, Outcome::Quarantined);
            assert!(reason.contains("ENCRYPTION_KEY does not open it"), "{reason}");
        }
    }

    async fn a_second_run_finds_nothing(db: Db) {
        fill(&db).await;
        fill_oauth(&db).await;
        for step in steps(&keys()) {
            db.up(&step).await.unwrap();
        }
        let once = (db.all::<tool_credentials::Entity>().await, db.all::<oauth_tokens::Entity>().await, db.all::<webhooks::Entity>().await);
        for step in steps(&keys()) {
            let connection = SchemaManagerConnection::Connection(&db.0);
            assert_eq!(step.migration().pending(step.step(), &connection).await.unwrap(), 0);
            db.up(&step).await.unwrap();
        }
        let twice = (db.all::<tool_credentials::Entity>().await, db.all::<oauth_tokens::Entity>().await, db.all::<webhooks::Entity>().await);
        assert_eq!(once, twice);
    }

    async fn tokens_verifiers_and_secrets_are_sealed(db: Db) {
        fill_oauth(&db).await;
        for step in &steps(&keys())[1..] {
            db.up(step).await.unwrap();
        }
        let tokens = db.all::<oauth_tokens::Entity>().await;
        assert_eq!(open(Place::OauthAccessToken, "ada", &tokens[0].access_token).0, "s3cret access");
        assert_eq!(open(Place::OauthRefreshToken, "ada", tokens[0].refresh_token.as_ref().unwrap()).0, "s3cret refresh");
        assert_eq!(open(Place::OauthAccessToken, "ada", &tokens[1].access_token).0, "s3cret access");
        assert_eq!(tokens[1].refresh_token, None);
        assert!(tokens[2].access_token.is_empty() && tokens[2].refresh_token.as_ref().unwrap().is_empty());
        let states = db.all::<oauth_states::Entity>().await;
        assert_eq!(open(Place::OauthCodeVerifier, "ada", states[0].code_verifier.as_ref().unwrap()).0, "s3cret verifier");
        assert_eq!(states[1].code_verifier, None);
        assert!(states[2].code_verifier.as_ref().unwrap().is_empty());
        let hooks = db.all::<webhooks::Entity>().await;
        assert_eq!(open(Place::WebhookSecret, "bob", &hooks[0].secret).0, "s3cret");
        assert_eq!(open(Place::WebhookSecret, "bob", &hooks[1].secret).0, "AwMDAwMDAwMDAwMDAwMDA9KHI3sk5FRSw3Iv3dQxhAE=");
        assert!(hooks[2].secret.is_empty());
    }

    async fn without_a_key_the_step_refuses_before_anything_is_touched(db: Db) {
        fill(&db).await;
        let before = db.all::<tool_credentials::Entity>().await;
        let without = Keys::of(Vault::default().with_legacy(LegacyKey::parse(CRONIUM).unwrap()));
        let refused = db.up(&step(&without)).await.unwrap_err();
        assert!(refused.contains("refused:") && refused.contains("CRONIUM_VAULT_KEY"), "{refused}");
        assert!(!refused.contains("s3cret"));
        assert_eq!(db.all::<tool_credentials::Entity>().await, before);
    }

    async fn where_there_is_nothing_to_encrypt_no_key_is_needed(db: Db) {
        create_all(&db).await;
        db.run("DELETE FROM tool_credentials").await;
        let without = Keys::of(Vault::default());
        for step in steps(&without).iter().chain(&rotations(&without)) {
            db.up(step).await.unwrap();
        }
        insert(&db, [credential(1, "", false, false)]).await;
        db.up(&step(&without)).await.unwrap();
    }

    async fn an_envelope_waits_for_its_key(db: Db) {
        fill(&db).await;
        let without = Keys::of(Vault::new(key("k1")));
        db.up(&step(&without)).await.unwrap();
        for id in [11, 12, 13] {
            let reason = db.entry(id).await.reason.unwrap();
            assert!(reason.contains("set ENCRYPTION_KEY"), "{reason}");
        }
        let keys: Vec<String> = ["11", "12", "13"].map(str::to_owned).to_vec();
        let transaction = db.0.begin().await.unwrap();
        quarantine::retry(&transaction, data_migrations::CREDENTIALS, &keys).await.unwrap();
        transaction.commit().await.unwrap();
        db.up(&step(&self::keys())).await.unwrap();
        for id in [11, 12, 13] {
            assert_eq!(open(Place::ToolCredentials, "ada", &find(&db, id).await.credentials).0, SLACK);
        }
    }

    async fn a_value_that_only_looks_sealed_is_caught(db: Db) {
        fill(&db).await;
        // Of another owner; of another column; by hand.
        let rows = [
            credential(80, &sealed(Place::ToolCredentials, "bob", SLACK), true, false),
            credential(81, &sealed(Place::WebhookSecret, "ada", SLACK), true, false),
            credential(82, "v1:k1:s3cret", true, false),
        ];
        insert(&db, rows).await;
        let caught = db.up(&step(&keys())).await.unwrap_err();
        assert!(caught.contains("`tool_credentials`") && caught.contains("80, 81, 82"), "{caught}");
        assert!(!caught.contains("s3cret"), "{caught}");
        db.run("DELETE FROM tool_credentials WHERE id >= 80 AND id < 90").await;
        db.up(&step(&keys())).await.unwrap();
    }

    async fn a_value_under_a_key_that_is_not_there_is_never_sealed_again(db: Db) {
        let other = Vault::new(key("k9")).seal(&Place::ToolCredentials.of("ada"), SLACK).unwrap();
        insert(&db, [credential(80, other.as_stored(), true, false)]).await;
        db.up(&step(&keys())).await.unwrap();
        assert_eq!(find(&db, 80).await.credentials, other);
        assert!(db.entry(80).await.reason.unwrap().contains("`k9`"));
    }

    async fn no_secret_is_left_in_clear_and_a_dry_run_shows_none(db: Db) {
        fill(&db).await;
        fill_oauth(&db).await;
        // Kept in quarantine with all their columns; there is none in clear in them.
        for step in steps(&keys()) {
            let connection = SchemaManagerConnection::Connection(&db.0);
            let rehearsal = step.migration().rehearse(step.step(), &connection, RunOptions::default()).await.unwrap();
            let shown = serde_json::to_string(&rehearsal).unwrap();
            assert_eq!(rehearsal.failure, None);
            assert!(!rehearsal.examples.is_empty());
            assert!(!shown.contains("s3cret"), "{shown}");
            db.up(&step).await.unwrap();
        }
        let ledger = ledger(&db).await;
        assert!(ledger.contains("v1:k1:") && !ledger.contains("s3cret"), "{ledger}");
        for table in ["tool_credentials", "oauth_tokens", "oauth_states", "webhooks"] {
            let columns = match table {
                "tool_credentials" => "credentials",
                "oauth_tokens" => "access_token || coalesce(refresh_token, '')",
                "oauth_states" => "coalesce(code_verifier, '')",
                _ => "secret",
            };
            let sql = format!("SELECT count(*) FROM {table} WHERE {columns} LIKE '%s3cret%'");
            let row = db.0.query_one_raw(Statement::from_string(db.0.get_database_backend(), sql)).await.unwrap().unwrap();
            assert_eq!(row.try_get_by_index::<i64>(0).unwrap(), 0, "{table}");
        }
    }

    async fn the_way_back_puts_every_value_back(db: Db) {
        fill(&db).await;
        fill_oauth(&db).await;
        let all = async || {
            (
                db.all::<tool_credentials::Entity>().await,
                db.all::<oauth_tokens::Entity>().await,
                db.all::<oauth_states::Entity>().await,
                db.all::<webhooks::Entity>().await,
            )
        };
        let before = all().await;
        for step in steps(&keys()) {
            db.up(&step).await.unwrap();
        }
        assert_ne!(all().await, before);
        for step in steps(&keys()).iter().rev() {
            db.down(step).await;
        }
        assert_eq!(all().await, before);
    }

    async fn the_way_back_needs_the_key(db: Db) {
        fill(&db).await;
        db.up(&step(&keys())).await.unwrap();
        let after = db.all::<tool_credentials::Entity>().await;
        let without = step(&Keys::of(Vault::new(key("k9"))));
        let refused = without.down(&SchemaManager::new(&db.0)).await.unwrap_err().to_string();
        assert!(refused.contains("refused:") && refused.contains("`k1`"), "{refused}");
        assert_eq!(db.all::<tool_credentials::Entity>().await, after);
    }

    async fn a_rotation_seals_everything_with_the_new_key_and_can_be_taken_back(db: Db) {
        fill(&db).await;
        fill_oauth(&db).await;
        for step in steps(&keys()) {
            db.up(&step).await.unwrap();
        }
        for (id, stored) in [(1, TWICE), (2, FOUR), (3, "s3cret"), (4, "")] {
            db.run(&format!("INSERT INTO env_vars (id, event_id, key, value) VALUES ({id}, 1, 'K{id}', '{stored}')")).await;
            db.run(&format!("INSERT INTO servers (id, user_id, name, address, ssh_key) VALUES ({id}, 'ada', 'S{id}', 'a', '{stored}')")).await;
            db.run(&format!("INSERT INTO api_tokens (id, user_id, name, token) VALUES ({id}, 'bob', 'T{id}', '{stored}')")).await;
        }
        let all = async || {
            (
                db.all::<tool_credentials::Entity>().await,
                db.all::<oauth_tokens::Entity>().await,
                db.all::<oauth_states::Entity>().await,
                db.all::<webhooks::Entity>().await,
                db.all::<env_vars::Entity>().await,
                db.all::<servers::Entity>().await,
                db.all::<api_tokens::Entity>().await,
            )
        };
        let before = all().await;
        for step in rotations(&rotated()) {
            db.up(&step).await.unwrap();
        }
        let after = all().await;
        for (number, secret) in [(0, "hunter2"), (1, "abcd"), (2, "s3cret")] {
            let expected = (secret.to_owned(), "k2".to_owned());
            assert_eq!(open(Place::EnvVarValue, "1", &after.4[number].value), expected);
            assert_eq!(open(Place::ServerSshKey, "ada", &after.5[number].ssh_key), expected);
            assert_eq!(open(Place::ApiToken, "bob", &after.6[number].token), expected);
        }
        assert!(after.4[3].value.is_empty() && after.5[3].ssh_key.is_empty());
        assert_eq!(open(Place::OauthAccessToken, "ada", &after.1[0].access_token).1, "k2");
        let stale = tool_credentials::Entity::find()
            .filter(tool_credentials::Column::Credentials.starts_with("v1:k1:"))
            .all(&db.0).await.unwrap();
        assert!(stale.is_empty());
        assert!(!ledger(&db).await.contains("s3cret"));
        for step in rotations(&rotated()) {
            db.up(&step).await.unwrap();
        }
        assert_eq!(all().await, after);
        for step in rotations(&rotated()).iter().rev() {
            db.down(step).await;
        }
        assert_eq!(all().await, before);
    }
}
