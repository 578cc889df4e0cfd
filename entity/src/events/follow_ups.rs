//! What a follow-up action may not do, and the message that one sends.

use std::{collections::BTreeMap, fmt};

use sea_orm::ActiveEnum as _;

use super::{ConditionalActionType, conditional_actions};
use crate::{
    graph::{self, Arc, way},
    tools::{ToolMessage, ToolType},
    values::Stored,
};

/// How many characters `conditional_actions.email_subject` holds, and the action that sends an e-mail takes.
pub const SUBJECT_LENGTH: usize = 255;

/// What of a follow-up action the rules look at: its columns of the same names.
///
/// A row of today becomes it by itself. A data migration fills it in from the rows of its own day.
#[derive(Clone, Copy, Debug)]
pub struct FollowUp<'a> {
    /// What it is known by; the lower is the older.
    pub id: i32,
    /// What it does.
    pub r#type: &'a Stored<ConditionalActionType>,
    /// A copy of the addresses where the REST API wrote the row.
    pub value: Option<&'a str>,
    /// The event after whose success it happens.
    pub success_event_id: Option<i32>,
    /// The event after whose failure it happens.
    pub fail_event_id: Option<i32>,
    /// The event after which it happens in any case.
    pub always_event_id: Option<i32>,
    /// The event after which it happens if its script set the condition.
    pub condition_event_id: Option<i32>,
    /// The event that it runs.
    pub target_event_id: Option<i32>,
    /// The text that it sends.
    pub message: Option<&'a str>,
    /// Whom it sends an e-mail to.
    pub email_addresses: Option<&'a str>,
    /// The subject of the e-mail.
    pub email_subject: Option<&'a str>,
}

impl<'a> From<&'a conditional_actions::Model> for FollowUp<'a> {
    fn from(action: &'a conditional_actions::Model) -> Self {
        Self {
            id: action.id,
            r#type: &action.r#type,
            value: action.value.as_deref(),
            success_event_id: action.success_event_id,
            fail_event_id: action.fail_event_id,
            always_event_id: action.always_event_id,
            condition_event_id: action.condition_event_id,
            target_event_id: action.target_event_id,
            message: action.message.as_deref(),
            email_addresses: action.email_addresses.as_deref(),
            email_subject: action.email_subject.as_deref(),
        }
    }
}

/// What is wrong with an action that runs an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It says of no event that it runs it.
    NoTarget,
    /// The event that it runs is not there.
    TargetGone(i32),
    /// It runs the event that it follows.
    Itself(i32),
    /// With older actions it leads from an event to that event again.
    Cycle(Vec<i32>),
}

impl Fault {
    /// Whether it would go on for ever, each run beginning the next.
    pub fn is_endless(&self) -> bool {
        matches!(self, Self::Itself(_) | Self::Cycle(_))
    }
}

/// The faults of actions of the type `SCRIPT`, by their ids; of several faults the first in the order of [`Fault`]. Actions of
/// other types have none.
///
/// All actions have to be there. As with a workflow's connections, the one that closes a cycle is the one that was made last,
/// and what is faulty already is no reason to find fault with another.
pub fn faults<'a, A: Into<FollowUp<'a>>>(
    actions: impl IntoIterator<Item = A>,
    is_there: impl Fn(i32) -> bool,
) -> BTreeMap<i32, Fault> {
    let scripts = actions
        .into_iter()
        .map(Into::into)
        .filter(|action: &FollowUp<'a>| *action.r#type == ConditionalActionType::Script);
    let judged = scripts.map(|action| {
        let sources: Vec<i32> = action.follows().collect();
        let fault = match action.target_event_id {
            None => Fault::NoTarget,
            Some(target) if !is_there(target) => Fault::TargetGone(target),
            Some(target) if sources.contains(&target) => Fault::Itself(target),
            Some(target) => {
                return Ok(Arc {
                    id: action.id,
                    sources,
                    target,
                });
            }
        };
        Err((action.id, fault))
    });
    graph::faults(judged, Fault::Cycle)
}

/// Why an action has no message to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unsendable {
    /// It names no tool, or one that is not there.
    NoTool,
    /// Its tool has no action that sends a message.
    WrongTool(Stored<ToolType>),
    /// Its message is empty.
    NoMessage,
    /// It is an e-mail and says of nobody that they get it.
    NoRecipient,
}

impl FollowUp<'_> {
    /// The events that it follows: one, if all is as it should be.
    pub fn follows(self) -> impl Iterator<Item = i32> {
        [
            self.success_event_id,
            self.fail_event_id,
            self.always_event_id,
            self.condition_event_id,
        ]
        .into_iter()
        .flatten()
    }

    /// The message that it sends, by the type of its tool and the name of the event that it follows.
    ///
    /// At run time Cronium hands the actions other parameters than they take: `recipients` and `message` for an e-mail,
    /// `message` for Slack and Discord.
    ///
    /// # Errors
    /// Why there is nothing to send.
    pub fn message(&self, tool: Option<&Stored<ToolType>>, event_name: &str) -> Result<ToolMessage, Unsendable> {
        let tool = tool.ok_or(Unsendable::NoTool)?;
        let text = self.message.filter(|text| !is_blank(text));
        let text = text.ok_or(Unsendable::NoMessage);
        match tool {
            Stored::Known(ToolType::Email) => {
                let text = text?;
                let recipients = self.recipients().ok_or(Unsendable::NoRecipient)?;
                let subject = self.email_subject.filter(|subject| !is_blank(subject));
                let subject = subject.map_or_else(|| self.default_subject(event_name), str::to_owned);
                Ok(ToolMessage::email(&recipients, &subject, text))
            }
            Stored::Known(ToolType::Slack) => Ok(ToolMessage::slack(text?)),
            Stored::Known(ToolType::Discord) => Ok(ToolMessage::discord(text?)),
            _ => Err(Unsendable::WrongTool(tool.clone())),
        }
    }

    /// Whom an e-mail goes to: `email_addresses`, or `value`, where the REST API left a copy.
    pub fn recipients(&self) -> Option<String> {
        let texts = [self.email_addresses, self.value];
        let addresses = texts.into_iter().flatten().find(|text| names_someone(text))?;
        let each: Vec<&str> = addresses
            .split([',', ';'])
            .map(str::trim)
            .filter(|address| !address.is_empty())
            .collect();
        Some(each.join(", "))
    }

    /// The subject of an e-mail that has none, cut with an ellipsis where the name makes it too long.
    ///
    /// What is sent in any case, or on a condition, does not know how the event ended, so it asks when it is sent.
    pub fn default_subject(&self, event_name: &str) -> String {
        let how = if self.success_event_id.is_some() {
            "Success"
        } else if self.fail_event_id.is_some() {
            "Failure"
        } else {
            "{{cronium.event.status}}"
        };
        let subject = format!("Event {how}: {event_name}");
        if subject.chars().count() <= SUBJECT_LENGTH {
            return subject;
        }
        subject.chars().take(SUBJECT_LENGTH - 1).chain(['…']).collect()
    }
}

/// Whether a text is empty, or as good as.
pub fn is_blank(text: &str) -> bool {
    text.trim_matches(' ').is_empty()
}

/// Whether a text holds an address, or a placeholder that becomes one.
pub fn names_someone(text: &str) -> bool {
    text.contains('@') || text.contains("{{")
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTarget => f.write_str("it runs an event, but says of none that it is the one"),
            Self::TargetGone(target) => write!(f, "the event {target}, which it runs, is not there"),
            Self::Itself(event) => write!(f, "it runs the event {event} after the event {event}, over and over"),
            Self::Cycle(cycle) => write!(f, "with older actions it runs events over and over: {}", way(cycle)),
        }
    }
}

impl fmt::Display for Unsendable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTool => f.write_str("it sends a message, but names no tool to send it with; choose one"),
            Self::WrongTool(kind) => {
                let known = [ToolType::Email, ToolType::Slack, ToolType::Discord].map(|kind| kind.to_value());
                write!(
                    f,
                    "its tool is of the type `{kind}`, and only {} send messages",
                    known.join(", ")
                )
            }
            Self::NoMessage => f.write_str("its message is empty; write one"),
            Self::NoRecipient => f.write_str("it sends an e-mail, but to nobody; enter an address"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sea_orm::prelude::DateTime;
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::events::conditional_actions::Model as Action;

    fn action(id: i32, kind: &str) -> Action {
        Action {
            id,
            r#type: Stored::from_text(kind),
            value: None,
            success_event_id: None,
            fail_event_id: None,
            always_event_id: None,
            condition_event_id: None,
            target_event_id: None,
            tool_id: None,
            message: None,
            email_addresses: None,
            email_subject: None,
            created_at: DateTime::default(),
            updated_at: DateTime::default(),
        }
    }

    /// An action that runs an event after another, by one of the four columns.
    fn runs(id: i32, column: usize, parent: i32, target: i32) -> Action {
        let mut action = action(id, "SCRIPT");
        action.target_event_id = Some(target);
        let columns = [
            &mut action.success_event_id,
            &mut action.fail_event_id,
            &mut action.always_event_id,
            &mut action.condition_event_id,
        ];
        *columns.into_iter().nth(column).unwrap() = Some(parent);
        action
    }

    fn reasons(actions: &[Action]) -> Vec<(i32, String)> {
        let faults = faults(actions, |event| event < 100);
        faults.into_iter().map(|(id, fault)| (id, fault.to_string())).collect()
    }

    #[test]
    fn each_fault_has_its_reason() {
        let mut both = runs(8, 0, 9, 5);
        both.condition_event_id = Some(5);
        let actions = [
            runs(1, 0, 1, 2),
            runs(2, 1, 2, 3),
            action(3, "SCRIPT"),
            runs(4, 2, 1, 100),
            runs(5, 3, 6, 6),
            runs(6, 3, 3, 1),
            runs(7, 2, 1, 3),
            both,
        ];
        let expected = [
            (3, "it runs an event, but says of none that it is the one"),
            (4, "the event 100, which it runs, is not there"),
            (5, "it runs the event 6 after the event 6, over and over"),
            (6, "with older actions it runs events over and over: 3 → 1 → 2 → 3"),
            (8, "it runs the event 5 after the event 5, over and over"),
        ];
        assert_eq!(reasons(&actions), expected.map(|(id, reason)| (id, reason.to_owned())));
    }

    #[test]
    fn only_actions_that_run_an_event_can_go_round() {
        let mut message = runs(2, 0, 2, 1);
        message.r#type = ConditionalActionType::SendMessage.into();
        let mut nothing = runs(3, 0, 2, 2);
        nothing.r#type = ConditionalActionType::None.into();
        assert_eq!(reasons(&[runs(1, 0, 1, 2), message, nothing]), []);
    }

    fn sends(addresses: Option<&str>, subject: Option<&str>, text: &str) -> Action {
        let mut action = action(1, "SEND_MESSAGE");
        action.success_event_id = Some(7);
        action.message = Some(text.to_owned());
        action.email_addresses = addresses.map(str::to_owned);
        action.email_subject = subject.map(str::to_owned);
        action
    }

    fn parameters(action: &Action, tool: ToolType) -> Json {
        FollowUp::from(action)
            .message(Some(&tool.into()), "Backup")
            .unwrap()
            .parameters
            .into()
    }

    #[test]
    fn an_email_has_a_recipient_a_subject_and_a_body() {
        let action = sends(Some(" a@example.com,,c@example.com "), Some("Done"), "It <b>ran</b>");
        assert_eq!(
            parameters(&action, ToolType::Email),
            json!({"to": "a@example.com, c@example.com", "subject": "Done", "body": "It <b>ran</b>"})
        );
    }

    #[test]
    fn the_addresses_may_stand_in_the_value() {
        let mut action = sends(Some(" "), None, "done");
        action.value = Some("ops@example.com".to_owned());
        assert_eq!(parameters(&action, ToolType::Email)["to"], "ops@example.com");
        action.email_addresses = Some("{{cronium.getVariables.adminEmail}}".to_owned());
        assert_eq!(
            parameters(&action, ToolType::Email)["to"],
            "{{cronium.getVariables.adminEmail}}"
        );
    }

    #[test]
    fn a_missing_subject_says_how_the_event_ended() {
        let subject = |change: fn(&mut Action)| {
            let mut action = sends(Some("a@example.com"), Some(""), "done");
            action.success_event_id = None;
            change(&mut action);
            parameters(&action, ToolType::Email)["subject"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        assert_eq!(
            subject(|action| action.success_event_id = Some(1)),
            "Event Success: Backup"
        );
        assert_eq!(
            subject(|action| action.fail_event_id = Some(1)),
            "Event Failure: Backup"
        );
        let asked = "Event {{cronium.event.status}}: Backup";
        assert_eq!(subject(|action| action.always_event_id = Some(1)), asked);
        assert_eq!(subject(|action| action.condition_event_id = Some(1)), asked);
        let long = FollowUp::from(&sends(None, None, "")).default_subject(&"ü".repeat(255));
        assert_eq!((long.chars().count(), long.ends_with('…')), (SUBJECT_LENGTH, true));
    }

    #[test]
    fn slack_and_discord_take_a_text_or_their_own_json() {
        let blocks = r#"{"blocks": [{"type": "divider"}]}"#;
        let embeds = r#"{"embeds": [{"title": "a"}]}"#;
        for (tool, text, expected) in [
            (ToolType::Slack, "done", json!({"text": "done"})),
            (ToolType::Slack, blocks, json!({"blocks": r#"[{"type":"divider"}]"#})),
            (ToolType::Discord, "done", json!({"content": "done"})),
            (ToolType::Discord, blocks, json!({"content": blocks})),
            (ToolType::Discord, embeds, json!({"embeds": r#"[{"title":"a"}]"#})),
        ] {
            assert_eq!(parameters(&sends(None, None, text), tool), expected);
        }
    }

    #[test]
    fn what_cannot_be_sent_says_why() {
        fn message(action: &Action, tool: Option<&Stored<ToolType>>) -> Result<ToolMessage, Unsendable> {
            FollowUp::from(action).message(tool, "")
        }
        let email = Stored::from(ToolType::Email);
        let whole = sends(Some("a@example.com"), None, "done");
        assert_eq!(message(&whole, None), Err(Unsendable::NoTool));
        for wrong in ["WEBHOOK", "HTTP", "email"] {
            let wrong = Stored::from_text(wrong);
            let reason = message(&whole, Some(&wrong)).unwrap_err();
            assert!(reason.to_string().contains(&format!("`{wrong}`")), "{reason}");
        }
        for text in ["", "  "] {
            let action = sends(Some("a@example.com"), None, text);
            assert_eq!(message(&action, Some(&email)), Err(Unsendable::NoMessage));
        }
        for addresses in [None, Some(""), Some(" , "), Some("ops")] {
            let action = sends(addresses, None, "done");
            assert_eq!(message(&action, Some(&email)), Err(Unsendable::NoRecipient));
        }
    }

    proptest! {
        #[test]
        fn what_is_left_never_goes_round(
            made in prop::collection::vec((0..4_usize, 0..9_i32, 0..11_i32, any::<bool>()), 0..40)
        ) {
            let actions: Vec<Action> = (1..)
                .zip(made)
                .map(|(id, (column, parent, target, several))| {
                    let mut action = runs(id, column, parent, target);
                    if several {
                        action.always_event_id = Some((parent + 3) % 9);
                    }
                    action
                })
                .collect();
            let faulty = faults(&actions, |event| event < 10);
            let left: Vec<Action> = actions.into_iter().filter(|action| !faulty.contains_key(&action.id)).collect();
            prop_assert!(faults(&left, |event| event < 10).is_empty());
            // From every event, walking as long as there are events: nobody comes back.
            let mut reached: Vec<(i32, i32)> = left
                .iter()
                .flat_map(|action| FollowUp::from(action).follows().map(|parent| (parent, action.target_event_id.unwrap())))
                .collect();
            let steps = reached.clone();
            for _ in 0..10 {
                let further: Vec<(i32, i32)> = reached
                    .iter()
                    .flat_map(|(from, to)| steps.iter().filter(move |step| step.0 == *to).map(move |step| (*from, step.1)))
                    .collect();
                reached.extend(further);
                reached.sort_unstable();
                reached.dedup();
            }
            prop_assert!(reached.iter().all(|(from, to)| from != to));
        }
    }
}
