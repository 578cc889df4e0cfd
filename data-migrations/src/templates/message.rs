//! The message that a template's content becomes.

use entity::{
    legacy::templates,
    tools::{ToolMessage, ToolType},
    values::Stored,
};

/// Whom an e-mail template is sent to: the templates had no recipient. The migration script that was planned for them
/// wrote `{{cronium.user.adminEmail}}`, but the template's context has no `cronium.user`, so that would render as
/// nothing. The variable is the one that Cronium's own new e-mail templates use.
const RECIPIENT: &str = "{{cronium.getVariables.adminEmail}}";

/// What an e-mail without a subject is called.
const SUBJECT: &str = "Cronium Notification";

/// The message of a template, or why it is none.
pub(super) fn message(template: &templates::Model) -> Result<ToolMessage, String> {
    let content = &template.content;
    match &template.r#type {
        Stored::Known(ToolType::Email) => {
            let subject = template.subject.as_deref().filter(|subject| !subject.is_empty());
            Ok(ToolMessage::email(RECIPIENT, subject.unwrap_or(SUBJECT), content))
        }
        Stored::Known(ToolType::Slack) => Ok(ToolMessage::slack(content)),
        Stored::Known(ToolType::Discord) => Ok(ToolMessage::discord(content)),
        Stored::Known(ToolType::Webhook | ToolType::Http) => Err(format!(
            "no tool action takes the place of a {} template; only those of EMAIL, SLACK and DISCORD have a mapping",
            template.r#type
        )),
        Stored::Unknown(kind) => Err(format!(
            "`{kind}` is no type of template and has no mapping; EMAIL, SLACK and DISCORD have one, and the case is part of the value"
        )),
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::prelude::{DateTime, Json};
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

    #[test]
    fn an_email_has_a_recipient_a_subject_and_a_body() {
        let message = message(&template(
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
            let message = message(&template("EMAIL", "", subject)).unwrap();
            assert_eq!(message.parameters["subject"], expected);
            assert_eq!(message.parameters["body"], "");
        }
    }

    #[test]
    fn the_content_of_an_email_is_never_taken_apart() {
        let content = r#"{"blocks": []}"#;
        let message = message(&template("EMAIL", content, None)).unwrap();
        assert_eq!(message.parameters["body"], content);
    }

    #[test]
    fn no_other_type_is_guessed() {
        for kind in ["WEBHOOK", "HTTP", "slack", "Email", "DISCORD ", "", "PAGER"] {
            let reason = message(&template(kind, "{}", None)).unwrap_err();
            assert!(reason.contains(kind) && reason.contains("mapping"), "{reason}");
        }
    }

    #[test]
    fn a_content_is_what_its_service_takes_it_for() {
        let content = r#"{"blocks": []}"#;
        for (kind, action, expected) in [
            ("SLACK", "slack-send-message", json!({"blocks": "[]"})),
            ("DISCORD", "discord-send-message", json!({"content": content})),
        ] {
            let message = message(&template(kind, content, None)).unwrap();
            assert_eq!((message.action_id, Json::from(message.parameters)), (action, expected));
        }
    }
}
