//! The row that a template becomes.

use std::borrow::Cow;

use entity::{
    legacy::templates,
    tools::{ToolMessage, tool_action_templates},
};
use sea_orm::{ActiveValue::Set, NotSet};

use super::message::message;

/// How many characters `tool_action_templates.name` holds; PostgreSQL counts characters, not bytes.
pub(super) const NAME_LENGTH: i32 = 255;

/// What the names of migrated templates begin with.
const MARK: &str = "[Migrated] ";

/// The tool action template that takes a template's place, or why there is none.
///
/// Both times are kept: to move a row is not to edit it.
pub(super) fn successor(template: &templates::Model) -> Result<tool_action_templates::ActiveModel, String> {
    let ToolMessage {
        tool_type,
        action_id,
        parameters,
    } = message(template)?;
    Ok(tool_action_templates::ActiveModel {
        id: NotSet,
        user_id: Set(template.user_id.clone()),
        name: Set(name(template).into_owned()),
        description: Set(Some(description(template))),
        tool_type: Set(tool_type.into()),
        action_id: Set(action_id.to_owned()),
        parameters: Set(parameters.into()),
        is_system_template: Set(template.is_system_template),
        created_at: Set(template.created_at),
        updated_at: Set(template.updated_at),
    })
}

/// Whether a row that came back from the database can be what was made of that template. The parameters are not compared,
/// because PostgreSQL's `jsonb` may spell a number in another way.
pub(super) fn is_successor(row: &tool_action_templates::Model, template: &templates::Model) -> bool {
    row.name == name(template)
        && row.user_id == template.user_id
        && row.description.as_deref() == Some(description(template).as_str())
        && row.created_at == template.created_at
        && row.updated_at == template.updated_at
}

/// The marked name, cut with an ellipsis where the mark makes it too long for the column.
fn name(template: &templates::Model) -> Cow<'_, str> {
    let marked = format!("{MARK}{}", template.name);
    let length = usize::try_from(NAME_LENGTH).unwrap_or(usize::MAX);
    if marked.chars().count() <= length {
        return marked.into();
    }
    marked.chars().take(length - 1).chain(['…']).collect::<String>().into()
}

/// Says where the row comes from, and the full name where the new one had to be cut.
fn description(template: &templates::Model) -> String {
    let kind = &template.r#type;
    if name(template).ends_with(&template.name) {
        format!("Migrated from the {kind} template of the same name.")
    } else {
        format!("Migrated from the {kind} template “{}”.", template.name)
    }
}

#[cfg(test)]
mod tests {
    use entity::{tools::ToolType, values::Stored};
    use sea_orm::{TryIntoModel as _, prelude::DateTime};
    use serde_json::json;

    use super::*;

    fn template(name: &str) -> templates::Model {
        let day = |text: &str| text.parse::<DateTime>().unwrap();
        templates::Model {
            id: 7,
            user_id: Some("d1c3ae76".to_owned()),
            name: name.to_owned(),
            r#type: ToolType::Slack.into(),
            content: "{{cronium.event.name}} ran".to_owned(),
            subject: None,
            is_system_template: false,
            created_at: day("2025-07-02T13:55:06.897118"),
            updated_at: day("2025-06-24T15:51:49.001610"),
        }
    }

    fn row_of(template: &templates::Model) -> tool_action_templates::Model {
        let mut row = successor(template).unwrap();
        row.id = Set(1);
        row.try_into_model().unwrap()
    }

    #[test]
    fn what_is_no_message_stays_as_it_was() {
        let template = template("Nightly");
        let row = row_of(&template);
        assert_eq!(row.name, "[Migrated] Nightly");
        assert_eq!(
            row.description.as_deref(),
            Some("Migrated from the SLACK template of the same name.")
        );
        assert_eq!(row.user_id, template.user_id);
        assert_eq!(row.is_system_template, template.is_system_template);
        assert_eq!(
            (row.created_at, row.updated_at),
            (template.created_at, template.updated_at)
        );
        assert_eq!(row.tool_type, ToolType::Slack);
        assert_eq!(row.action_id, "slack-send-message");
        assert_eq!(row.parameters.to_json(), json!({"text": "{{cronium.event.name}} ran"}));
        assert!(is_successor(&row, &template));
    }

    #[test]
    fn the_longest_name_that_fits_is_not_cut() {
        let longest = "ü".repeat(244);
        let row = row_of(&template(&longest));
        assert_eq!(row.name.chars().count(), 255);
        assert!(row.name.ends_with(&longest));
        assert!(!row.description.unwrap().contains('ü'));
    }

    #[test]
    fn a_longer_name_is_cut_between_characters_and_kept_whole_in_the_description() {
        for name in ["L".repeat(255), "ü".repeat(245), "🦀".repeat(255)] {
            let template = template(&name);
            let row = row_of(&template);
            assert_eq!(row.name.chars().count(), 255);
            assert!(row.name.starts_with("[Migrated] ") && row.name.ends_with('…'));
            assert!(row.description.as_ref().unwrap().contains(&name));
            assert!(is_successor(&row, &template));
        }
    }

    #[test]
    fn an_empty_name_and_one_that_ends_in_an_ellipsis_are_names() {
        for name in ["", "…", "[Migrated] Nightly", "O'Brien \"the\" \\ 🦀"] {
            assert_eq!(row_of(&template(name)).name, format!("[Migrated] {name}"));
        }
    }

    #[test]
    fn another_templates_row_is_not_taken_for_the_successor() {
        let row = row_of(&template("Nightly"));
        assert!(!is_successor(&row, &template("Hourly")));
        let mut others = template("Nightly");
        others.user_id = None;
        assert!(!is_successor(&row, &others));
    }

    #[test]
    fn a_type_without_a_successor_says_why() {
        let mut template = template("Pager");
        template.r#type = Stored::from_text("slack");
        assert!(successor(&template).unwrap_err().contains("`slack`"));
    }
}
