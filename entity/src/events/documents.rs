//! The JSON documents of events.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::values::Object;

/// The labels of an event or a workflow (`tags`), in the order in which they were given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tags(pub Vec<String>);

impl Tags {
    /// Whether the tag is among them.
    pub fn contains(&self, tag: &str) -> bool {
        self.0.iter().any(|own| own == tag)
    }

    /// Adds a tag at the end, once; says whether it was new.
    pub fn insert(&mut self, tag: &str) -> bool {
        let new = !self.contains(tag);
        if new {
            self.0.push(tag.to_owned());
        }
        new
    }

    /// Takes a tag out wherever it stands; says whether it was there.
    pub fn remove(&mut self, tag: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|own| own != tag);
        self.0.len() < before
    }
}

impl<S: Into<String>> FromIterator<S> for Tags {
    fn from_iter<I: IntoIterator<Item = S>>(tags: I) -> Self {
        Self(tags.into_iter().map(Into::into).collect())
    }
}

/// The headers of an HTTP request (`events.http_headers`), in their order.
///
/// Written as a list of `{key, value}`; an object of name and value, as old rows hold it, is read as that list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "HeadersForm")]
pub struct HttpHeaders(pub Vec<HttpHeader>);

/// One header of an HTTP request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpHeader {
    /// The name.
    pub key: String,
    /// The value; may hold `{{VARIABLE}}`.
    pub value: String,
    /// Whatever else the form kept beside them.
    #[serde(flatten)]
    pub other: Object,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum HeadersForm {
    List(Vec<HttpHeader>),
    Map(Object),
}

impl TryFrom<HeadersForm> for HttpHeaders {
    type Error = String;

    fn try_from(form: HeadersForm) -> Result<Self, Self::Error> {
        match form {
            HeadersForm::List(headers) => Ok(Self(headers)),
            HeadersForm::Map(map) => map
                .into_iter()
                .map(|(key, value)| match value {
                    Json::String(value) => Ok(HttpHeader {
                        key,
                        value,
                        other: Object::new(),
                    }),
                    _ => Err(format!("the header `{key}` is no text")),
                })
                .collect::<Result<_, _>>()
                .map(Self),
        }
    }
}

/// Which action of which tool an event runs (`events.tool_action_config`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ToolActionConfig {
    /// The tool's kind, as its plugin calls it: `SLACK`, `EMAIL`, also kinds that `ToolType` does not know.
    pub tool_type: String,
    /// The action's name in the plugin: `slack-send-message`.
    pub action_id: String,
    /// The row of `tool_credentials` that it runs with.
    pub tool_id: i32,
    /// The action's own parameters, with templates in their texts.
    pub parameters: Object,
    /// Which part of the action's result becomes which output: name and path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_mapping: Option<BTreeMap<String, String>>,
    /// Whatever else the document holds.
    #[serde(flatten)]
    pub other: Object,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::values::Document;

    #[test]
    fn headers_of_all_three_forms_are_one_list() {
        let list = json!([{"key": "Accept", "value": "*/*"}, {"key": "X-Key", "value": "{{API_TOKEN}}"}]);
        let map = json!({"Accept": "*/*", "X-Key": "{{API_TOKEN}}"});
        for stored in [
            list.clone(),
            json!(list.to_string()),
            map.clone(),
            json!(map.to_string()),
        ] {
            let headers = Document::<HttpHeaders>::from_json(stored);
            assert_eq!(headers.known().unwrap().0.len(), 2);
            assert_eq!(headers.to_json(), list);
        }
    }

    #[test]
    fn a_header_that_is_no_text_leaves_the_document_as_it_is() {
        let stored = json!({"Accept": ["*/*"]});
        assert_eq!(
            Document::<HttpHeaders>::from_json(stored.clone()),
            Document::Other(stored)
        );
    }

    #[test]
    fn a_tool_action_written_as_text_is_read() {
        let config = json!({
            "toolType": "SLACK", "actionId": "slack-send-message", "toolId": 3,
            "parameters": {"text": "done"}, "version": 2,
        });
        let read = Document::<ToolActionConfig>::from_json(json!(config.to_string()));
        assert_eq!(read.known().unwrap().tool_id, 3);
        assert_eq!(read.to_json(), config);
    }

    #[test]
    fn a_tag_is_put_in_once_and_taken_out_everywhere() {
        let mut tags = Tags::from_iter(["a", "b", "a"]);
        assert!(!tags.insert("b"));
        assert!(tags.insert("c"));
        assert!(tags.remove("a"));
        assert!(!tags.remove("a"));
        assert_eq!(tags, Tags::from_iter(["b", "c"]));
    }
}
