//! Users and what belongs to them: tokens, variables, sessions.

use chrono::TimeDelta;
use sea_orm::{DbErr, Value};
use serde_json::json;

use super::{
    Plan,
    random::{LAST_DAY, Random, cycle, id},
    settings::ROLES,
    sink::{Key, Row, Sink},
};

/// Users of a unit.
pub(super) const USERS: usize = 4;

/// A user that was deleted: rows without a foreign key still name it.
pub(super) const GONE: &str = "Zq0gone0gone0gone0gon";

const FIRST: [&str; 8] = ["Zoë", "Łukasz", "李", "Ana", "Søren", "Мария", "O’Neill", "Noor"];
const LAST: [Option<&str>; 5] = [
    Some("Müller"),
    None,
    Some("de la Cruz"),
    Some("Smith-Jones"),
    Some("山田"),
];

/// A variable: key, value, description.
type Variable = (&'static str, &'static str, Option<&'static str>);

/// The variables of a unit; each user gets every fourth one.
const VARIABLES: [Variable; 12] = [
    ("customer", "acme", None),
    ("customer", "3", Some("the same key as another user's")),
    ("region", "naïve ☂ 東京 🚀", Some("Größe: «riesig»")),
    ("last_run", "", None),
    ("__updated__", "2025-07-13T22:15:00.000Z", None),
    ("rate", "3.50", Some("")),
    ("flag", "false", None),
    (
        "limits",
        "{\"daily\": 10, \"names\": [\"a\", \"b\"]}",
        Some("JSON, as text"),
    ),
    ("motd", "first line\n\tsecond line\r\n'quoted' \"twice\" \\ back", None),
    ("key with spaces.and-dots", " leading and trailing ", None),
    ("leading_zero", "007", Some("a text, no number")),
    ("Customer", "{{customer}}", Some("differs by its case only")),
];

/// Inserts the users and gives their identifiers, in the order in which they were made.
pub(super) async fn insert_users(sink: &mut Sink<'_>, plan: Plan) -> Result<Vec<String>, DbErr> {
    let mut random = Random::of("users", plan.rng);
    let mut users = Vec::with_capacity(plan.units * USERS);
    let rows = (0..plan.units * USERS).map(|at| {
        // Who signs up gets a nanoid, who is invited a UUID.
        let invited = at % USERS >= 2;
        let user = if invited { random.uuid() } else { random.nanoid(21) };
        users.push(user.clone());
        user_row(at, user, &mut random)
    });
    sink.insert("users", Key::Text, rows).await?;
    Ok(users)
}

fn user_row(at: usize, user: String, random: &mut Random) -> Row<15> {
    let (made, changed) = random.made_and_changed();
    let status = match at % USERS {
        0 | 1 => "ACTIVE",
        2 => "INVITED",
        _ => cycle(&["DISABLED", "PENDING"], at / USERS),
    };
    let invited = status == "INVITED";
    let number = at + 1;
    let (email, username) = match (at, at % USERS) {
        (0, _) => (Some("admin@example.com".to_owned()), Some("admin".to_owned())),
        (_, 1) => (
            Some(format!("User.{number}@Example.com")),
            Some(format!("user{number}")),
        ),
        (_, 2) => (Some(format!("invited+{number}@example.org")), None),
        // Made by an administrator, without an address.
        (_, 3) => (None, Some(format!("ünser-{number}"))),
        _ => (Some(format!("user{number}@example.com")), Some(format!("user{number}"))),
    };
    let password = (!invited).then(|| {
        let cost = if at == 0 { 10 } else { 12 };
        random.bcrypt(cost)
    });
    let role = match at % USERS {
        0 => None,
        1 => Some(1),
        _ => Some(id(at % ROLES + 1)),
    };
    [
        ("id", user.into()),
        ("email", email.into()),
        ("username", username.into()),
        ("password", password.into()),
        ("first_name", (!invited).then(|| cycle(&FIRST, at)).into()),
        ("last_name", cycle(&LAST, at).into()),
        (
            "profile_image_url",
            (at % 5 == 1)
                .then(|| format!("https://example.com/avatars/{number}.png?s=64"))
                .into(),
        ),
        ("role", if at.is_multiple_of(16) { "ADMIN" } else { "USER" }.into()),
        ("role_id", role.into()),
        ("status", status.into()),
        ("invite_token", invited.then(|| random.nanoid(32)).into()),
        ("invite_expiry", invited.then(|| made + TimeDelta::hours(48)).into()),
        ("last_login", (!invited).then(|| random.days_before(10, 0)).into()),
        ("created_at", made.into()),
        ("updated_at", changed.into()),
    ]
}

/// Inserts what belongs to the users.
pub(super) async fn insert(sink: &mut Sink<'_>, plan: Plan, users: &[String]) -> Result<(), DbErr> {
    let mut random = Random::of("api_tokens", plan.rng);
    let rows = users
        .iter()
        .enumerate()
        .map(|(at, user)| api_token(at, user, &mut random));
    sink.insert("api_tokens", Key::Counted { gone: 3 }, rows).await?;

    let mut random = Random::of("password_reset_tokens", plan.rng);
    let rows = (0..plan.units * 3).map(|at| -> Row<6> {
        let made = if at % 3 == 2 {
            LAST_DAY - TimeDelta::minutes(20)
        } else {
            random.days_before(30, 1)
        };
        [
            ("id", id(at + 1).into()),
            ("user_id", users[at % users.len()].as_str().into()),
            ("token", random.nanoid(32).into()),
            ("expires_at", (made + TimeDelta::hours(1)).into()),
            ("used", (at % 3 == 0).into()),
            ("created_at", made.into()),
        ]
    });
    sink.insert("password_reset_tokens", Key::Counted { gone: 1 }, rows)
        .await?;

    let mut random = Random::of("user_variables", plan.rng);
    let rows = (0..plan.units * VARIABLES.len()).map(|at| variable(at, users, &mut random));
    sink.insert("user_variables", Key::Counted { gone: 2 }, rows).await?;

    let mut random = Random::of("sessions", plan.rng);
    let rows = (0..plan.units * 3).map(|at| session(at, users, &mut random));
    sink.insert("sessions", Key::Text, rows).await
}

fn api_token(at: usize, user: &str, random: &mut Random) -> Row<9> {
    let (made, changed) = random.made_and_changed();
    // 32 characters, 16 bytes of initialisation vector, 16 of tag. The last of each unit predates the encryption.
    let token = if at % USERS == 3 {
        random.nanoid(32)
    } else {
        random.base64(64)
    };
    [
        ("id", id(at + 1).into()),
        ("user_id", user.into()),
        (
            "name",
            cycle(&["ci", "Laptop – zuhause", "ci", "deploy key"], at).into(),
        ),
        ("token", token.into()),
        ("status", cycle(&["ACTIVE", "REVOKED", "ACTIVE"], at).into()),
        (
            "last_used",
            at.is_multiple_of(2).then(|| random.days_before(9, 0)).into(),
        ),
        (
            "expires_at",
            cycle(&[None, Some(90), Some(-1)], at)
                .map(|days| LAST_DAY + TimeDelta::days(days))
                .into(),
        ),
        ("created_at", made.into()),
        ("updated_at", changed.into()),
    ]
}

fn variable(at: usize, users: &[String], random: &mut Random) -> Row<7> {
    let (unit, own) = (at / VARIABLES.len(), at % VARIABLES.len());
    let (key, value, description) = VARIABLES[own];
    let user = match own {
        3 if unit % 2 == 0 => GONE,
        _ => &users[unit * USERS + own % USERS],
    };
    // One user can be gone once only: its key is another in each unit.
    let key = if user == GONE {
        format!("{key}_{unit}")
    } else {
        key.to_owned()
    };
    let (made, changed) = random.made_and_changed();
    [
        ("id", id(at + 1).into()),
        ("user_id", user.into()),
        ("key", key.into()),
        ("value", value.into()),
        ("description", description.into()),
        ("created_at", made.into()),
        ("updated_at", changed.into()),
    ]
}

fn session(at: usize, users: &[String], random: &mut Random) -> Row<3> {
    let user = &users[at % users.len()];
    let session = json!({
        "cookie": {"path": "/", "httpOnly": true, "originalMaxAge": 604_800_000},
        "passport": {"user": {"claims": {"sub": user, "name": cycle(&FIRST, at)}}},
    });
    let session: Value = match at % 3 {
        0 => session.into(),
        1 => json!({"cookie": {"path": "/"}, "user": user}).into(),
        _ => json!(session.to_string()).into(),
    };
    [
        ("sid", random.nanoid(32).into()),
        ("sess", session),
        ("expire", (LAST_DAY + TimeDelta::days(cycle(&[6, -10, 1], at))).into()),
    ]
}
