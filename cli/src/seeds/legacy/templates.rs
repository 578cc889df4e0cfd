//! Message templates: the system's own and the users'.

use sea_orm::DbErr;

use super::{
    Plan,
    people::USERS,
    random::{Random, id},
    sink::{Key, Row, Sink},
};

/// Templates of a unit, beside the system's.
pub(super) const TEMPLATES: usize = 20;
/// The templates of the system, always the same.
pub(super) const SYSTEM_TEMPLATES: usize = 9;

/// Name, kind, content, subject.
type Template = (&'static str, &'static str, &'static str, Option<&'static str>);

const SYSTEM: [Template; SYSTEM_TEMPLATES] = [
    (
        "Event Success Notification",
        "EMAIL",
        "{{cronium.event.name}} ended well after {{formatDuration cronium.event.duration}}.\n",
        Some("Done: {{cronium.event.name}}"),
    ),
    (
        "Event Failure Notification",
        "EMAIL",
        "{{cronium.event.name}} went wrong on {{cronium.event.server}}:\n\n{{cronium.event.error}}\n",
        Some("Failed: {{cronium.event.name}}"),
    ),
    (
        "Custom Event Notification",
        "EMAIL",
        "<p>{{cronium.getVariables.customer}}: <b>{{cronium.event.status}}</b></p>",
        Some("News of {{cronium.event.name}}"),
    ),
    (
        "Event Success Message",
        "SLACK",
        r#"{"text": "{{cronium.event.name}} ended well", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "*{{cronium.event.name}}* :white_check_mark:"}}]}"#,
        None,
    ),
    (
        "Event Failure Message",
        "SLACK",
        r#"{"text": "{{cronium.event.name}} went wrong", "blocks": [{"type": "header", "text": {"type": "plain_text", "text": "Failure"}}, {"type": "divider"}]}"#,
        None,
    ),
    (
        "Simple Status Update",
        "SLACK",
        "{{cronium.event.name}} is now {{cronium.event.status}}",
        None,
    ),
    (
        "Event Success Embed",
        "DISCORD",
        r#"{"embeds": [{"title": "{{cronium.event.name}}", "description": "ended well", "color": 3066993}]}"#,
        None,
    ),
    (
        "Event Failure Embed",
        "DISCORD",
        r#"{"content": "@here", "embeds": [{"title": "{{cronium.event.name}}", "color": 15158332, "fields": [{"name": "Error", "value": "{{cronium.event.error}}", "inline": false}]}]}"#,
        None,
    ),
    (
        "Simple Status Message",
        "DISCORD",
        "{{cronium.event.name}}: {{cronium.event.status}}",
        None,
    ),
];

/// The templates of a unit. The names at [`LONG`] and [`LONG_MULTIBYTE`] are replaced by ones of 255 characters, the
/// subject at [`LONG`] by one of 500.
const USERS_OWN: [Template; TEMPLATES] = [
    (
        "Weekly report",
        "EMAIL",
        "Dear {{cronium.user.name}},\n\nall is well.\n",
        Some("Week {{cronium.input.week}}"),
    ),
    ("Without a subject", "EMAIL", "<h1>{{cronium.event.name}}</h1>", None),
    ("Empty subject", "EMAIL", "see the log", Some("")),
    ("Plain", "SLACK", "Backup fertig ✅ – {{cronium.event.name}}", None),
    (
        "Blocks only",
        "SLACK",
        r#"{"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "*{{cronium.event.name}}*"}}]}"#,
        None,
    ),
    (
        "Text in JSON",
        "SLACK",
        "\n  {\"text\": \"{{cronium.event.output}}\"}\n",
        None,
    ),
    ("Plain", "DISCORD", "done: **{{cronium.event.name}}**", None),
    (
        "Embeds",
        "DISCORD",
        r#"{"embeds": [{"title": "Umsätze", "color": 5763719}]}"#,
        None,
    ),
    // JSON, but no object.
    ("Number", "SLACK", "42", None),
    ("List of blocks", "SLACK", r#"[{"type": "divider"}]"#, None),
    ("Quoted", "DISCORD", r#""just a text""#, None),
    // An object without anything that Discord shows.
    ("Nothing to show", "DISCORD", r#"{"colour": 3, "embeds": []}"#, None),
    // Looks like JSON, and becomes so only when it is filled in.
    (
        "Not yet JSON",
        "SLACK",
        r#"{"blocks": {{json cronium.input.blocks}}}"#,
        None,
    ),
    // The same name for two users, and in the form of a template that was taken over.
    ("Nightly", "SLACK", "nightly, for the first of the two", None),
    ("Nightly", "SLACK", "nightly, for the second of the two", None),
    ("[Migrated] Nightly", "SLACK", "a user chose this name", None),
    ("(255 characters)", "EMAIL", "long name", Some("(500 characters)")),
    (
        "(255 characters of several bytes)",
        "EMAIL",
        "long name, longer in bytes",
        Some("Übersicht"),
    ),
    // Kinds that no action takes; HTTP has the next place in every other unit.
    ("Pager", "WEBHOOK", r#"{"alert": "{{cronium.event.name}}"}"#, None),
    ("Lower case", "slack", "the kind is written in lower case", None),
];
const LONG: usize = 16;
const LONG_MULTIBYTE: usize = 17;
const WEBHOOK: usize = 18;

/// Inserts the templates. The users' begin some numbers after the system's.
pub(super) async fn insert(sink: &mut Sink<'_>, plan: Plan, users: &[String]) -> Result<(), DbErr> {
    let mut random = Random::of("templates", plan.rng);
    let mut system_random = Random::of("templates/system", plan.rng);
    let system = SYSTEM
        .into_iter()
        .enumerate()
        .map(|(at, (name, kind, content, subject))| {
            row(
                at + 1,
                None,
                name.to_owned(),
                kind,
                content,
                subject.map(str::to_owned),
                &mut system_random,
            )
        });
    let own = (0..plan.units * TEMPLATES).map(|at| {
        let (unit, own) = (at / TEMPLATES, at % TEMPLATES);
        let (name, kind, content, subject) = USERS_OWN[own];
        let name = match own {
            LONG => format!("{:L<255}", format!("Long name {unit} ")),
            LONG_MULTIBYTE => format!("{:雪<255}", format!("Lange Namen {unit} ")),
            _ => name.to_owned(),
        };
        let subject = match own {
            LONG => Some("s".repeat(500)),
            _ => subject.map(str::to_owned),
        };
        let kind = if own == WEBHOOK && unit % 2 == 1 { "HTTP" } else { kind };
        let user = &users[unit * USERS + own % USERS];
        row(
            SYSTEM_TEMPLATES + 4 + at,
            Some(user),
            name,
            kind,
            content,
            subject,
            &mut random,
        )
    });
    sink.insert("templates", Key::Counted { gone: 5 }, system.chain(own))
        .await
}

fn row(
    number: usize,
    user: Option<&str>,
    name: String,
    kind: &str,
    content: &str,
    subject: Option<String>,
    random: &mut Random,
) -> Row<9> {
    let (made, changed) = random.made_and_changed();
    [
        ("id", id(number).into()),
        ("user_id", user.into()),
        ("name", name.into()),
        ("type", kind.into()),
        ("content", content.into()),
        ("subject", subject.into()),
        ("is_system_template", user.is_none().into()),
        ("created_at", made.into()),
        ("updated_at", changed.into()),
    ]
}
