//! What happens after an event.

use sea_orm::DbErr;

use super::{
    Plan,
    events::Event,
    random::{Random, id},
    scripts::EVENTS,
    sink::{Key, Row, Sink},
    tools::TOOLS,
};

/// Actions of a unit: each kind after each outcome.
pub(super) const ACTIONS: usize = KINDS.len() * OUTCOMES.len();
/// The last action of a unit that runs an event.
const ROUND_AGAIN: usize = ACTIONS - KINDS.len();
/// Two of three numbers were given to rows that are gone.
const STEP: usize = 3;

const KINDS: [&str; 3] = ["SCRIPT", "SEND_MESSAGE", "NONE"];
const OUTCOMES: [&str; 4] = [
    "success_event_id",
    "fail_event_id",
    "always_event_id",
    "condition_event_id",
];

/// What is sent. Slack and Discord take some of them for JSON.
const MESSAGES: [Option<&str>; 6] = [
    Some("{{cronium.event.name}}: {{cronium.event.status}}"),
    Some(r#"{"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "*Störung*"}}]}"#),
    Some("line 1\nline 2\t“quoted”"),
    Some(r#"{"embeds": [{"title": "{{cronium.event.name}}"}]}"#),
    Some(""),
    None,
];
const ADDRESSES: [Option<&str>; 3] = [
    Some("a@example.com, b@example.com"),
    Some("ops@example.com"),
    Some(" a@example.com,,c@example.com "),
];

/// Inserts the actions, with gaps between their numbers and with the counter beyond the last of them.
pub(super) async fn insert(sink: &mut Sink<'_>, plan: Plan, events: &[Event]) -> Result<(), DbErr> {
    let mut random = Random::of("conditional_events", plan.rng);
    let mut before = (0, 0);
    let rows = (0..plan.units * ACTIONS).map(|at| {
        let mut way = way(&mut random);
        // The last two of a unit that run an event go round for ever: the one leads back to where the other comes from.
        if at % ACTIONS == ROUND_AGAIN {
            way = (before.1, before.0);
        } else if at % KINDS.len() == 0 {
            before = way;
        }
        action(at, way, events, &mut random)
    });
    sink.insert("conditional_events", Key::Counted { gone: 7 }, rows).await
}

/// An event of a unit and any other one.
fn way(random: &mut Random) -> (usize, usize) {
    let parent = random.index(EVENTS);
    (parent, (parent + 1 + random.index(EVENTS - 1)) % EVENTS)
}

fn action(at: usize, (parent, target): (usize, usize), events: &[Event], random: &mut Random) -> Row<14> {
    let (unit, own) = (at / ACTIONS, at % ACTIONS);
    let kind = KINDS[own % KINDS.len()];
    let outcome = own / KINDS.len();
    let first = unit * EVENTS;
    let sends = kind == "SEND_MESSAGE";
    let after = |of: usize| (of == outcome).then(|| id(first + parent + 1)).into();
    let addresses = if sends {
        ADDRESSES[outcome % ADDRESSES.len()]
    } else {
        None
    };
    // The last two of a unit were made by the REST API, which wrote the addresses twice.
    let value = if outcome == OUTCOMES.len() - 1 { addresses } else { None };
    let subject = match outcome {
        0 => None,
        1 => Some(format!("Störung: {}", events[first + parent].name)),
        _ => Some(String::new()),
    };
    let (made, changed) = random.made_and_changed();
    [
        ("id", id((at + 1) * STEP).into()),
        ("type", kind.into()),
        ("value", value.into()),
        (OUTCOMES[0], after(0)),
        (OUTCOMES[1], after(1)),
        (OUTCOMES[2], after(2)),
        (OUTCOMES[3], after(3)),
        (
            "target_event_id",
            (kind == "SCRIPT").then(|| id(first + target + 1)).into(),
        ),
        // The last message of a unit has no tool any more.
        (
            "tool_id",
            (sends && outcome < TOOLS)
                .then(|| id(unit * TOOLS + outcome + 1))
                .into(),
        ),
        (
            "message",
            if sends {
                MESSAGES[(unit + outcome) % MESSAGES.len()]
            } else {
                None
            }
            .into(),
        ),
        ("email_addresses", addresses.into()),
        ("email_subject", if sends { subject } else { None }.into()),
        ("created_at", made.into()),
        ("updated_at", changed.into()),
    ]
}
