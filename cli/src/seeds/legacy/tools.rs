//! The credentials of the tools, most of them in clear text, and the servers.

use sea_orm::{DbErr, Value};
use serde_json::json;

use super::{
    Plan,
    people::USERS,
    random::{Random, cycle, id},
    sink::{Key, Row, Sink},
};

/// Tool credentials of a unit: Slack, Discord, e-mail.
pub(super) const TOOLS: usize = 3;
/// Servers of a unit.
pub(super) const SERVERS: usize = 2;

const PRIVATE_KEY: &str = "-----BEGIN OPENSSH PRIVATE KEY-----\nbm90IGEga2V5LCBidXQgdGhlIGZvcm0gb2Ygb25l\n\
    b25seSBmb3IgdGVzdHM=\n-----END OPENSSH PRIVATE KEY-----\n";

/// Inserts the credentials and the servers.
pub(super) async fn insert(sink: &mut Sink<'_>, plan: Plan, users: &[String]) -> Result<(), DbErr> {
    let mut random = Random::of("tool_credentials", plan.rng);
    let rows = (0..plan.units * TOOLS).map(|at| -> Row<8> {
        let (unit, own) = (at / TOOLS, at % TOOLS);
        let (name, kind, credentials) = tool(unit, own, &mut random);
        let (made, changed) = random.made_and_changed();
        [
            ("id", id(at + 1).into()),
            ("user_id", users[unit * USERS + own].as_str().into()),
            ("name", name.into()),
            ("type", kind.into()),
            ("credentials", credentials.into()),
            ("is_active", (own != 1 || unit % 2 == 0).into()),
            ("created_at", made.into()),
            ("updated_at", changed.into()),
        ]
    });
    sink.insert("tool_credentials", Key::Counted { gone: 2 }, rows).await?;

    let mut random = Random::of("servers", plan.rng);
    let rows = (0..plan.units * SERVERS).map(|at| server(at, users, &mut random));
    sink.insert("servers", Key::Counted { gone: 1 }, rows).await
}

/// As Cronium encrypted credentials, with the key `000102…1f` in hexadecimal.
const ENVELOPE: &str = r#"{"encrypted":"HgN/ulpt8oXUozpyJ798EyV/HI3Z9RGTBv7r01C76PDLUkVMYQZrYEYgivHmCnlWMTilj2nF6KuLl8/m9Ww=","iv":"CgoKCgoKCgoKCgoKCgoKCg==","authTag":"16Gb74Y1kMK/EQPuX3TRVQ==","algorithm":"aes-256-gcm","keyDerivation":{"method":"scrypt","salt":"CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=","iterations":100000}}"#;

/// Name, kind and credentials. Every other unit has the kinds and forms that the first doesn't have, every fourth has
/// some that are encrypted, though the legacy table has nothing to say so: an envelope, and a ciphertext that no key opens.
fn tool(unit: usize, own: usize, random: &mut Random) -> (&'static str, &'static str, String) {
    let (name, kind, credentials) = match (unit % 4, own) {
        (3, 0) => return ("Slack (ciphertext)", "SLACK", random.base64(94)),
        (3, 1) => return ("Slack (encrypted)", "SLACK", ENVELOPE.to_owned()),
        _ => in_clear(unit, own, random),
    };
    (name, kind, credentials.to_string())
}

fn in_clear(unit: usize, own: usize, random: &mut Random) -> (&'static str, &'static str, serde_json::Value) {
    let secret = random.nanoid(24);
    match (unit % 2, own) {
        (0, 0) => (
            "Team Slack",
            "SLACK",
            json!({"webhookUrl": format!("https://hooks.slack.com/services/T0/B0/{secret}"), "channel": "#ops", "iconEmoji": ":robot_face:"}),
        ),
        (0, 1) => (
            "Discord „Ops“",
            "DISCORD",
            json!({"webhookUrl": format!("https://discord.com/api/webhooks/1/{secret}"), "username": "Cronium"}),
        ),
        (0, _) => (
            "Mail",
            "EMAIL",
            json!({
                "smtpHost": "mail.example.com", "smtpPort": 587, "smtpUser": "bot", "smtpPassword": secret,
                "fromEmail": "bot@example.com", "fromName": "Bot", "enableTLS": true, "enableSSL": false,
            }),
        ),
        (_, 0) => (
            "Slack (plain)",
            "SLACK",
            json!({"webhookUrl": format!("https://hooks.slack.com/services/T1/B1/{secret}")}),
        ),
        (_, 1) => (
            "Pager",
            "WEBHOOK",
            json!({"url": "https://pager.example.com/in", "method": "POST", "authType": "bearer", "authToken": secret}),
        ),
        // As the e-mail plugin's form writes it.
        _ => (
            "Mail (plugin)",
            "EMAIL",
            json!({"host": "mail.example.com", "port": "465", "user": "bot", "password": secret, "fromEmail": "bot@example.com", "fromName": "Bôt"}),
        ),
    }
}

fn server(at: usize, users: &[String], random: &mut Random) -> Row<12> {
    let encrypted = at % SERVERS == 1;
    let key: Value = if encrypted {
        // A key of 400 bytes, the initialisation vector and the tag.
        random.base64(432).into()
    } else {
        PRIVATE_KEY.into()
    };
    let checked = random.days_before(3, 0);
    let (made, changed) = random.made_and_changed();
    [
        ("id", id(at + 1).into()),
        ("user_id", users[at % users.len()].as_str().into()),
        (
            "name",
            format!("{} {}", if encrypted { "Archiv-Büro" } else { "web" }, at / SERVERS + 1).into(),
        ),
        (
            "address",
            cycle(&["10.0.0.1", "backup.example.com", "2001:db8::7"], at).into(),
        ),
        ("ssh_key", key),
        ("username", cycle(&["root", "deploy"], at).into()),
        ("port", cycle(&[22, 2222, 22], at).into()),
        ("shared", encrypted.into()),
        ("online", cycle(&[Some(true), None, Some(false)], at).into()),
        ("last_checked", (at % 3 != 1).then_some(checked).into()),
        ("created_at", made.into()),
        ("updated_at", changed.into()),
    ]
}
