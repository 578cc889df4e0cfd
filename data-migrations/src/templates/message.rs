//! The parameters that a template's content becomes.

use entity::{
    legacy::templates,
    tools::ToolType,
    values::{Object, Stored},
};
use serde_json::Value as Json;

/// Whom an e-mail template is sent to: the templates had no recipient. The migration script that was planned for them
/// wrote `{{cronium.user.adminEmail}}`, but the template's context has no `cronium.user`, so that would render as
/// nothing. The variable is the one that Cronium's own new e-mail templates use.
const RECIPIENT: &str = "{{cronium.getVariables.adminEmail}}";

/// What an e-mail without a subject is called.
const SUBJECT: &str = "Cronium Notification";

/// What is needed to send a template's message by a tool's action.
///
/// Placeholders (`{{…}}`) are carried over as they are. So are texts that are longer than their service accepts: what
/// counts is the length after rendering, and the sending action says so.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Message {
    /// The tool that sends.
    pub(super) tool_type: ToolType,
    /// The name of its action.
    pub(super) action_id: &'static str,
    /// The action's parameters.
    pub(super) parameters: Object,
}

impl Message {
    /// The message of a template, or why it is none.
    pub(super) fn of(template: &templates::Model) -> Result<Self, String> {
        let (tool_type, action_id, parameters) = match &template.r#type {
            Stored::Known(ToolType::Email) => (ToolType::Email, "send-email", email(template)),
            Stored::Known(ToolType::Slack) => (ToolType::Slack, "slack-send-message", slack(&template.content)),
            Stored::Known(ToolType::Discord) => (ToolType::Discord, "discord-send-message", discord(&template.content)),
            Stored::Known(ToolType::Webhook | ToolType::Http) => {
                return Err(format!(
                    "no tool action takes the place of a {} template; only those of EMAIL, SLACK and DISCORD have a mapping",
                    template.r#type
                ));
            }
            Stored::Unknown(kind) => {
                return Err(format!(
                    "`{kind}` is no type of template and has no mapping; EMAIL, SLACK and DISCORD have one, and the case is part of the value"
                ));
            }
        };
        Ok(Self {
            tool_type,
            action_id,
            parameters,
        })
    }
}

fn email(template: &templates::Model) -> Object {
    let subject = template.subject.as_deref().filter(|subject| !subject.is_empty());
    object([
        ("to", RECIPIENT),
        ("subject", subject.unwrap_or(SUBJECT)),
        ("body", &template.content),
    ])
}

fn slack(content: &str) -> Object {
    rich(content, "blocks", is_block).unwrap_or_else(|| object([("text", content)]))
}

fn discord(content: &str) -> Object {
    rich(content, "embeds", is_embed).unwrap_or_else(|| object([("content", content)]))
}

/// The parameters of a content that is JSON: an object with a list of parts under `key`, or the bare list. The action
/// takes the list as JSON text.
///
/// Every other member of the object (`text`, `content`, `channel`, `attachments`, …) becomes the parameter of its name,
/// whether the action knows it or not: what it does not know it leaves alone, and nothing is lost. JSON of any other shape
/// is a text that someone wants to send.
fn rich(content: &str, key: &str, is_part: fn(&Object) -> bool) -> Option<Object> {
    match serde_json::from_str(content).ok()? {
        Json::Object(mut parameters) => {
            let parts = parameters.get_mut(key)?;
            if !parts.as_array()?.iter().all(Json::is_object) {
                return None;
            }
            *parts = parts.to_string().into();
            Some(parameters)
        }
        // Nothing names the bare list, so its elements must.
        Json::Array(parts) if !parts.is_empty() && parts.iter().all(|part| part.as_object().is_some_and(is_part)) => {
            Some(object([(key, Json::Array(parts).to_string().as_str())]))
        }
        _ => None,
    }
}

/// Every block of Slack's Block Kit has a type.
fn is_block(part: &Object) -> bool {
    part.get("type").is_some_and(Json::is_string)
}

/// An embed of Discord has at least one member that shows.
fn is_embed(part: &Object) -> bool {
    const SHOWN: [&str; 8] = [
        "author",
        "description",
        "fields",
        "footer",
        "image",
        "thumbnail",
        "title",
        "video",
    ];
    SHOWN.iter().any(|member| part.contains_key(*member))
}

fn object<const N: usize>(members: [(&str, &str); N]) -> Object {
    members
        .into_iter()
        .map(|(key, text)| (key.to_owned(), text.into()))
        .collect()
}

#[cfg(test)]
mod tests {
    use sea_orm::prelude::DateTime;
    use serde_json::json;

    use super::*;

    fn template(kind: &str, content: &str, subject: Option<&str>) -> templates::Model {
        templates::Model {
            id: 1,
            user_id: None,
            name: "Nightly".to_owned(),
            r#type: Stored::from_text(kind),
            content: content.to_owned(),
            subject: subject.map(str::to_owned),
            is_system_template: true,
            created_at: DateTime::default(),
            updated_at: DateTime::default(),
        }
    }

    fn parameters(kind: &str, content: &str) -> Json {
        Message::of(&template(kind, content, None)).unwrap().parameters.into()
    }

    #[test]
    fn an_email_has_a_recipient_a_subject_and_a_body() {
        let message = Message::of(&template(
            "EMAIL",
            "It <b>ran</b>",
            Some("Success: {{cronium.event.name}}"),
        ))
        .unwrap();
        assert_eq!((message.tool_type, message.action_id), (ToolType::Email, "send-email"));
        assert_eq!(
            Json::from(message.parameters),
            json!({
                "to": "{{cronium.getVariables.adminEmail}}",
                "subject": "Success: {{cronium.event.name}}",
                "body": "It <b>ran</b>",
            })
        );
    }

    #[test]
    fn an_email_without_a_subject_gets_the_usual_one() {
        for (subject, expected) in [(None, SUBJECT), (Some(""), SUBJECT), (Some(" "), " ")] {
            let message = Message::of(&template("EMAIL", "", subject)).unwrap();
            assert_eq!(message.parameters["subject"], expected);
            assert_eq!(message.parameters["body"], "");
        }
    }

    #[test]
    fn the_content_of_an_email_is_never_taken_apart() {
        let content = r#"{"blocks": []}"#;
        assert_eq!(parameters("EMAIL", content)["body"], content);
    }

    #[test]
    fn a_plain_text_is_the_text() {
        for content in ["", "done", "{{#if a}}{\"blocks\": []}{{/if}}", "O'Brien \"🦀\"\n\\"] {
            assert_eq!(parameters("SLACK", content), json!({"text": content}));
            assert_eq!(parameters("DISCORD", content), json!({"content": content}));
        }
        let long = "x".repeat(2001);
        assert_eq!(parameters("DISCORD", &long), json!({"content": long}));
    }

    #[test]
    fn json_of_another_shape_is_a_text() {
        for content in [
            "\"done\"",
            "7",
            "null",
            "[]",
            "[1]",
            "[\"a\"]",
            "[{}]",
            "[{\"title\": 1}, 2]",
            "{}",
            "{\"text\": \"a\"}",
            "{\"blocks\": {}}",
            "{\"blocks\": \"[]\"}",
            "{\"blocks\": [1]}",
            "{\"embeds\": null}",
            "{\"embeds\": [\"a\"]}",
            "{\"embeds\": [{\"title\": {{cronium.event.id}}}]}",
        ] {
            assert_eq!(parameters("SLACK", content), json!({"text": content}));
            assert_eq!(parameters("DISCORD", content), json!({"content": content}));
        }
    }

    #[test]
    fn blocks_are_passed_on_as_json_text_beside_everything_else() {
        let content = r##"{"text": "{{cronium.event.name}}", "channel": "#alerts", "unfurl_links": false,
            "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "*{{get \"x\"}}* ü"}}]}"##;
        assert_eq!(
            parameters("SLACK", content),
            json!({
                "text": "{{cronium.event.name}}",
                "channel": "#alerts",
                "unfurl_links": false,
                "blocks": r#"[{"type":"section","text":{"type":"mrkdwn","text":"*{{get \"x\"}}* ü"}}]"#,
            })
        );
        assert_eq!(parameters("SLACK", r#"{"blocks": []}"#), json!({"blocks": "[]"}));
        assert_eq!(
            parameters("SLACK", " [ {\"type\" : \"divider\"} ]\n"),
            json!({"blocks": r#"[{"type":"divider"}]"#})
        );
    }

    #[test]
    fn embeds_are_passed_on_as_json_text_beside_everything_else() {
        assert_eq!(
            parameters(
                "DISCORD",
                r#"{"content": "hi", "embeds": [{"title": "{{cronium.event.name}}", "color": 5763719}], "tts": true}"#
            ),
            json!({
                "content": "hi",
                "embeds": r#"[{"title":"{{cronium.event.name}}","color":5763719}]"#,
                "tts": true,
            })
        );
        assert_eq!(
            parameters("DISCORD", r#"[{"description": "a"}]"#),
            json!({"embeds": r#"[{"description":"a"}]"#})
        );
    }

    #[test]
    fn each_service_reads_its_own_parts_only() {
        let (blocks, embeds) = (r#"{"blocks": []}"#, r#"{"embeds": []}"#);
        assert_eq!(parameters("DISCORD", blocks), json!({"content": blocks}));
        assert_eq!(parameters("SLACK", embeds), json!({"text": embeds}));
    }

    #[test]
    fn no_other_type_is_guessed() {
        for kind in ["WEBHOOK", "HTTP", "slack", "Email", "DISCORD ", "", "PAGER"] {
            let reason = Message::of(&template(kind, "{}", None)).unwrap_err();
            assert!(reason.contains(kind) && reason.contains("mapping"), "{reason}");
        }
    }
}
