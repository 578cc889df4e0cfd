//! What the three actions that send a message need.

use serde_json::Value as Json;

use super::ToolType;
use crate::values::Object;

/// What is needed to send a message by a tool's action.
///
/// Placeholders (`{{…}}`) are carried over as they are. So are texts that are longer than their service accepts: what
/// counts is the length after rendering, and the sending action says so.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolMessage {
    /// The tool that sends.
    pub tool_type: ToolType,
    /// The name of its action.
    pub action_id: &'static str,
    /// The action's parameters.
    pub parameters: Object,
}

impl ToolMessage {
    /// An e-mail; the recipients are separated by commas.
    pub fn email(to: &str, subject: &str, body: &str) -> Self {
        Self {
            tool_type: ToolType::Email,
            action_id: "send-email",
            parameters: object([("to", to), ("subject", subject), ("body", body)]),
        }
    }

    /// A message in a Slack channel: a text, or JSON of Block Kit, which becomes `blocks`.
    ///
    /// ```
    /// use entity::tools::ToolMessage;
    ///
    /// assert_eq!(ToolMessage::slack("done").parameters["text"], "done");
    /// let blocks = ToolMessage::slack(r#"{"text": "done", "blocks": [{"type": "divider"}]}"#);
    /// assert_eq!(blocks.parameters["text"], "done");
    /// assert_eq!(blocks.parameters["blocks"], r#"[{"type":"divider"}]"#);
    /// ```
    pub fn slack(content: &str) -> Self {
        Self {
            tool_type: ToolType::Slack,
            action_id: "slack-send-message",
            parameters: rich(content, "blocks", is_block).unwrap_or_else(|| object([("text", content)])),
        }
    }

    /// A message in a Discord channel: a text, or JSON with embeds, which becomes `embeds`.
    pub fn discord(content: &str) -> Self {
        Self {
            tool_type: ToolType::Discord,
            action_id: "discord-send-message",
            parameters: rich(content, "embeds", is_embed).unwrap_or_else(|| object([("content", content)])),
        }
    }
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
    use serde_json::json;

    use super::*;

    fn slack(content: &str) -> Json {
        ToolMessage::slack(content).parameters.into()
    }

    fn discord(content: &str) -> Json {
        ToolMessage::discord(content).parameters.into()
    }

    #[test]
    fn an_email_is_never_taken_apart() {
        let body = r#"{"blocks": []}"#;
        let message = ToolMessage::email("a@example.com", "Done", body);
        assert_eq!((message.tool_type, message.action_id), (ToolType::Email, "send-email"));
        assert_eq!(
            Json::from(message.parameters),
            json!({"to": "a@example.com", "subject": "Done", "body": body})
        );
    }

    #[test]
    fn a_plain_text_is_the_text() {
        for content in ["", "done", "{{#if a}}{\"blocks\": []}{{/if}}", "O'Brien \"🦀\"\n\\"] {
            assert_eq!(slack(content), json!({"text": content}));
            assert_eq!(discord(content), json!({"content": content}));
        }
        let long = "x".repeat(2001);
        assert_eq!(discord(&long), json!({"content": long}));
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
            assert_eq!(slack(content), json!({"text": content}));
            assert_eq!(discord(content), json!({"content": content}));
        }
    }

    #[test]
    fn blocks_are_passed_on_as_json_text_beside_everything_else() {
        let content = r##"{"text": "{{cronium.event.name}}", "channel": "#alerts", "unfurl_links": false,
            "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "*{{get \"x\"}}* ü"}}]}"##;
        assert_eq!(
            slack(content),
            json!({
                "text": "{{cronium.event.name}}",
                "channel": "#alerts",
                "unfurl_links": false,
                "blocks": r#"[{"type":"section","text":{"type":"mrkdwn","text":"*{{get \"x\"}}* ü"}}]"#,
            })
        );
        assert_eq!(slack(r#"{"blocks": []}"#), json!({"blocks": "[]"}));
        assert_eq!(
            slack(" [ {\"type\" : \"divider\"} ]\n"),
            json!({"blocks": r#"[{"type":"divider"}]"#})
        );
    }

    #[test]
    fn embeds_are_passed_on_as_json_text_beside_everything_else() {
        assert_eq!(
            discord(
                r#"{"content": "hi", "embeds": [{"title": "{{cronium.event.name}}", "color": 5763719}], "tts": true}"#
            ),
            json!({
                "content": "hi",
                "embeds": r#"[{"title":"{{cronium.event.name}}","color":5763719}]"#,
                "tts": true,
            })
        );
        assert_eq!(
            discord(r#"[{"description": "a"}]"#),
            json!({"embeds": r#"[{"description":"a"}]"#})
        );
    }

    #[test]
    fn each_service_reads_its_own_parts_only() {
        let (blocks, embeds) = (r#"{"blocks": []}"#, r#"{"embeds": []}"#);
        assert_eq!(discord(blocks), json!({"content": blocks}));
        assert_eq!(slack(embeds), json!({"text": embeds}));
    }
}
