//! Roles, and the settings of the system and of the users.

use sea_orm::DbErr;
use serde_json::json;

use super::{
    Plan,
    random::{Random, cycle, id},
    sink::{Key, Row, Sink},
};

/// The roles, always the same three.
pub(super) const ROLES: usize = 3;

/// Values are texts; a client that serialised them itself left JSON texts of texts.
const SYSTEM: [(&str, &str); 22] = [
    ("smtpHost", "mail.example.com"),
    ("smtpPort", "587"),
    ("smtpUser", "cronium"),
    ("smtpPassword", "not-a-real-password"),
    ("smtpFromEmail", "\"cronium@example.com\""),
    ("smtpFromName", "\"Cronium – nächtliche Läufe\""),
    ("smtpEnabled", "true"),
    ("allowRegistration", "\"false\""),
    ("requireAdminApproval", "false"),
    ("inviteOnly", "\"\\\"true\\\"\""),
    ("enableRegistration", "false"),
    ("enableGuestAccess", "null"),
    ("defaultUserRole", "USER"),
    ("sessionTimeout", "86400"),
    ("logRetentionDays", "\"30\""),
    ("maxUsers", "50"),
    ("maxEventsPerUser", "100"),
    ("maxWorkflowsPerUser", "25"),
    ("maxServersPerUser", "10"),
    ("aiEnabled", "false"),
    ("aiModel", "gpt-4o"),
    ("openaiApiKey", ""),
];

/// Inserts the roles.
pub(super) async fn insert_roles(sink: &mut Sink<'_>, plan: Plan) -> Result<(), DbErr> {
    let mut random = Random::of("roles", plan.rng);
    let roles: [_; ROLES] = [
        (
            "Users",
            Some("What everyone may do"),
            json!({"console": true, "monitoring": true}),
            true,
        ),
        (
            "Operators",
            Some("Those who run things on the machine itself"),
            json!({"console": true, "monitoring": true, "localServerAccess": true}),
            false,
        ),
        ("Read only", None, json!({"console": false, "monitoring": true}), false),
    ];
    let rows = (1..)
        .zip(roles)
        .map(|(id, (name, description, permissions, default))| -> Row<7> {
            let (made, changed) = random.made_and_changed();
            [
                ("id", id.into()),
                ("name", name.into()),
                ("description", description.into()),
                ("permissions", permissions.into()),
                ("is_default", default.into()),
                ("created_at", made.into()),
                ("updated_at", changed.into()),
            ]
        });
    sink.insert("roles", Key::Counted { gone: 0 }, rows).await
}

/// Inserts the settings of the system, and of each user.
pub(super) async fn insert(sink: &mut Sink<'_>, plan: Plan, users: &[String]) -> Result<(), DbErr> {
    let mut random = Random::of("system_settings", plan.rng);
    let rows = (1..).zip(SYSTEM).map(|(id, (key, value))| -> Row<5> {
        let (made, changed) = random.made_and_changed();
        [
            ("id", id.into()),
            ("key", key.into()),
            ("value", value.into()),
            ("created_at", made.into()),
            ("updated_at", changed.into()),
        ]
    });
    sink.insert("system_settings", Key::Counted { gone: 0 }, rows).await?;

    let mut random = Random::of("user_settings", plan.rng);
    let rows = users.iter().enumerate().map(|(at, user)| -> Row<5> {
        let settings = json!({
            "fontSize": random.between(10, 24),
            "theme": random.pick(&["vs-dark", "vs-light", "hc-black", "hc-light"]),
            "wordWrap": !random.one_in(3),
            "minimap": random.one_in(4),
            "lineNumbers": true,
        });
        let settings = match at % 4 {
            0 => Some(settings.to_string()),
            1 => Some(json!(settings.to_string()).to_string()),
            2 => None,
            _ => Some(cycle(&["{\"fontSize\": 14, \"theme\":", "{\"theme\": \"solarized\"}"], at / 4).to_owned()),
        };
        let (made, changed) = random.made_and_changed();
        [
            ("id", id(at + 1).into()),
            ("user_id", user.as_str().into()),
            ("editor_settings", settings.into()),
            ("created_at", made.into()),
            ("updated_at", changed.into()),
        ]
    });
    sink.insert("user_settings", Key::Counted { gone: 0 }, rows).await
}
