//! What an event's jobs run.

use serde::Deserialize;
use serde_json::Value as Json;

use super::{JobHttpRequest, JobPayload, JobScript, JobTarget, JobTimeout, JobToolAction};
use crate::{
    events::{EventType, HttpHeaders, RunLocation, TimeUnit, ToolActionConfig, env_vars, events},
    values::{Document, Object, Stored},
};

/// What of an event its jobs run by: its columns of the same names.
///
/// A row of today becomes it by itself. A data migration fills it in from the rows of its own day.
#[derive(Clone, Copy, Debug)]
pub struct EventWork<'e> {
    /// What the event is.
    pub r#type: &'e Stored<EventType>,
    /// A script, or a request in its older form.
    pub content: Option<&'e str>,
    /// The method of a request.
    pub http_method: Option<&'e str>,
    /// Where a request goes.
    pub http_url: Option<&'e str>,
    /// The headers of a request.
    pub http_headers: Option<&'e Document<HttpHeaders>>,
    /// The body of a request.
    pub http_body: Option<&'e str>,
    /// Which action of which tool.
    pub tool_action_config: Option<&'e Document<ToolActionConfig>>,
    /// In a container or on servers.
    pub run_location: &'e Stored<RunLocation>,
    /// The first of its servers.
    pub server_id: Option<i32>,
    /// How long a run may take; 0 or less says nothing.
    pub timeout_value: i32,
    /// In which unit.
    pub timeout_unit: &'e Stored<TimeUnit>,
    /// How often a run that fails is tried again; 0 or less says nothing.
    pub retries: i32,
}

impl<'e> From<&'e events::Model> for EventWork<'e> {
    fn from(event: &'e events::Model) -> Self {
        Self {
            r#type: &event.r#type,
            content: event.content.as_deref(),
            http_method: event.http_method.as_deref(),
            http_url: event.http_url.as_deref(),
            http_headers: event.http_headers.as_ref(),
            http_body: event.http_body.as_deref(),
            tool_action_config: event.tool_action_config.as_ref(),
            run_location: &event.run_location,
            server_id: event.server_id,
            timeout_value: event.timeout_value,
            timeout_unit: &event.timeout_unit,
            retries: event.retries,
        }
    }
}

/// A variable of an event. Its value is not part of it: what is not there is not shown.
#[derive(Clone, Copy, Debug)]
pub struct EventVariable<'v> {
    /// Its row of `env_vars`.
    pub id: i32,
    /// Its name.
    pub key: &'v str,
    /// Whether it has a value.
    pub has_value: bool,
}

impl<'v> From<&'v env_vars::Model> for EventVariable<'v> {
    fn from(variable: &'v env_vars::Model) -> Self {
        Self {
            id: variable.id,
            key: &variable.key,
            has_value: !variable.value.is_empty(),
        }
    }
}

impl JobPayload {
    /// The payload of a run of an event that has no log yet.
    ///
    /// `variables` are the event's, by id; the values stay where they are. `servers` are the servers of its rows of
    /// `event_servers`. What the event lacks is left out: a remote event without a server has no target, an HTTP request
    /// without a URL no request.
    pub fn of_event<'e>(event: impl Into<EventWork<'e>>, variables: &[EventVariable<'_>], servers: &[i32]) -> Self {
        let event = event.into();
        let kind = event.r#type.known().copied();
        Self {
            execution_log_id: None,
            input: Object::new(),
            environment: environment(variables),
            target: target(&event, servers),
            timeout: (event.timeout_value > 0).then(|| JobTimeout {
                value: event.timeout_value,
                unit: event.timeout_unit.clone(),
                other: Object::new(),
            }),
            retries: (event.retries > 0).then_some(event.retries),
            script: kind
                .filter(|kind| EventType::SCRIPTS.contains(kind))
                .map(|kind| JobScript {
                    r#type: kind.into(),
                    content: event.content.unwrap_or_default().to_owned(),
                    working_directory: None,
                    other: Object::new(),
                }),
            http_request: (kind == Some(EventType::HttpRequest))
                .then(|| request(&event))
                .flatten(),
            tool_action: (kind == Some(EventType::ToolAction))
                .then(|| tool_action(&event))
                .flatten(),
            ..Self::default()
        }
    }
}

/// References to the variables that have a name and a value; of two with the same name the later one counts.
fn environment(variables: &[EventVariable<'_>]) -> Option<Object> {
    let environment: Object = variables
        .iter()
        .filter(|variable| !variable.key.is_empty() && variable.has_value)
        .map(|variable| (variable.key.to_owned(), JobPayload::variable(variable.id)))
        .collect();
    (!environment.is_empty()).then_some(environment)
}

fn target(event: &EventWork<'_>, servers: &[i32]) -> Option<JobTarget> {
    match event.run_location.known()? {
        RunLocation::Local => event
            .r#type
            .known()
            .map(|kind| JobTarget::container(container_image(*kind))),
        RunLocation::Remote => {
            let mut all: Vec<i32> = Vec::new();
            for server in event.server_id.iter().chain(servers) {
                // Nothing keeps out the same pair twice.
                if !all.contains(server) {
                    all.push(*server);
                }
            }
            match all.as_slice() {
                [] => None,
                [one] => Some(JobTarget::server(*one)),
                _ => Some(JobTarget::servers(all)),
            }
        }
    }
}

/// The image that events of a type run in where they run in a container.
fn container_image(kind: EventType) -> &'static str {
    match kind {
        EventType::Bash => "cronium/bash:latest",
        EventType::Python => "cronium/python:latest",
        EventType::Nodejs => "cronium/nodejs:latest",
        EventType::HttpRequest => "cronium/http-client:latest",
        EventType::ToolAction => "cronium/tool-executor:latest",
    }
}

/// A request in the form that events had before there were columns.
#[derive(Deserialize)]
struct Content {
    method: String,
    url: String,
    headers: Option<Json>,
    body: Option<Json>,
}

/// The request of an event: its columns, or its content where the columns name none.
fn request(event: &EventWork<'_>) -> Option<JobHttpRequest> {
    if let (Some(method), Some(url)) = (filled(event.http_method), filled(event.http_url)) {
        return Some(JobHttpRequest {
            method: method.to_owned(),
            url: url.to_owned(),
            headers: event.http_headers.cloned().and_then(headers),
            body: event.http_body.map(str::to_owned),
            other: Object::new(),
        });
    }
    let content: Content = serde_json::from_str(event.content?).ok()?;
    Some(JobHttpRequest {
        method: filled(Some(&content.method))?.to_owned(),
        url: filled(Some(&content.url))?.to_owned(),
        headers: content.headers.map(Document::from_json).and_then(headers),
        body: content.body.map(|body| match body {
            Json::String(text) => text,
            other => other.to_string(),
        }),
        other: Object::new(),
    })
}

fn filled(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.trim().is_empty())
}

/// The headers, unless they are one of the ways in which "none" is stored.
fn headers(headers: Document<HttpHeaders>) -> Option<Document<HttpHeaders>> {
    match &headers {
        Document::Known(HttpHeaders(list)) if list.is_empty() => None,
        Document::Other(Json::Null) => None,
        Document::Other(Json::String(text)) if matches!(text.trim(), "" | "null") => None,
        _ => Some(headers),
    }
}

fn tool_action(event: &EventWork<'_>) -> Option<JobToolAction> {
    let config = event.tool_action_config.cloned()?;
    Some(JobToolAction {
        tool_type: config.known()?.tool_type.clone(),
        config,
        other: Object::new(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::jobs::fixtures::{event, variable};

    fn payload(event: &events::Model) -> Json {
        Document::Known(JobPayload::of_event(event, &[], &[])).to_json()
    }

    #[test]
    fn a_script_is_of_its_events_type_and_runs_in_its_image() {
        for (kind, image) in [
            ("BASH", "cronium/bash:latest"),
            ("PYTHON", "cronium/python:latest"),
            ("NODEJS", "cronium/nodejs:latest"),
        ] {
            let mut event = event(1);
            event.r#type = Stored::from_text(kind);
            assert_eq!(
                payload(&event),
                json!({
                    "executionLogId": null,
                    "input": {},
                    "target": {"containerImage": image},
                    "timeout": {"value": 30, "unit": "SECONDS"},
                    "script": {"type": kind, "content": "echo"},
                })
            );
            event.content = None;
            assert_eq!(payload(&event)["script"], json!({"type": kind, "content": ""}));
        }
    }

    #[test]
    fn only_what_is_set_is_said() {
        let mut event = event(1);
        (event.retries, event.timeout_value) = (3, 2);
        event.timeout_unit = Stored::from_text("HOURS");
        let said = payload(&event);
        assert_eq!(said["retries"], 3);
        assert_eq!(said["timeout"], json!({"value": 2, "unit": "HOURS"}));
        (event.retries, event.timeout_value) = (0, 0);
        let said = payload(&event);
        assert!(said.get("retries").is_none() && said.get("timeout").is_none());
        assert!(said.get("environment").is_none());
    }

    #[test]
    fn variables_are_referred_to_and_never_shown() {
        let variables = [
            variable(4, "API_TOKEN", "hunter2"),
            variable(5, "", "hunter2"),
            variable(6, "EMPTY", ""),
            variable(7, "Path With Spaces", "hunter2"),
            variable(9, "API_TOKEN", "hunter2"),
        ];
        let variables: Vec<EventVariable<'_>> = variables.iter().map(EventVariable::from).collect();
        assert!(!format!("{variables:?}").contains("hunter2"));
        let payload = JobPayload::of_event(&event(1), &variables, &[]);
        assert_eq!(
            Json::Object(payload.environment.clone().unwrap()),
            json!({"API_TOKEN": {"envVar": 9}, "Path With Spaces": {"envVar": 7}})
        );
        assert!(!format!("{payload:?}").contains("hunter2"));
        assert_eq!(JobPayload::of_event(&event(1), &variables[1..3], &[]).environment, None);
    }

    #[test]
    fn a_remote_event_runs_on_all_its_servers() {
        let mut event = event(1);
        let target = |event: &events::Model, servers: &[i32]| JobPayload::of_event(event, &[], servers).target;
        // A local one does not, whatever is left of an earlier choice.
        event.server_id = Some(2);
        assert_eq!(target(&event, &[3]), Some(JobTarget::container("cronium/bash:latest")));
        event.run_location = RunLocation::Remote.into();
        assert_eq!(target(&event, &[]), Some(JobTarget::server(2)));
        assert_eq!(target(&event, &[2, 2]), Some(JobTarget::server(2)));
        assert_eq!(target(&event, &[3, 2]), Some(JobTarget::servers([2, 3])));
        event.server_id = None;
        assert_eq!(target(&event, &[3, 1, 3]), Some(JobTarget::servers([3, 1])));
        assert_eq!(target(&event, &[4]), Some(JobTarget::server(4)));
        assert_eq!(target(&event, &[]), None);
        event.run_location = Stored::from_text("MOON");
        assert_eq!(target(&event, &[4]), None);
    }

    fn http(content: Option<&str>, method: Option<&str>, url: Option<&str>, headers: Option<Json>) -> Json {
        let mut event = event(1);
        event.r#type = EventType::HttpRequest.into();
        event.content = content.map(str::to_owned);
        event.http_method = method.map(str::to_owned);
        event.http_url = url.map(str::to_owned);
        event.http_headers = headers.map(Document::from_json);
        let payload = payload(&event);
        assert_eq!(
            payload["target"],
            json!({"containerImage": "cronium/http-client:latest"})
        );
        assert!(payload.get("script").is_none());
        payload.get("httpRequest").cloned().unwrap_or_default()
    }

    #[test]
    fn a_request_comes_from_the_columns_or_else_from_the_content() {
        let old = r#"{"method": "GET", "url": "https://b.example.com", "headers": [{"key": "Accept", "value": "*/*"}], "body": ""}"#;
        let from_content = json!({
            "method": "GET", "url": "https://b.example.com",
            "headers": [{"key": "Accept", "value": "*/*"}], "body": "",
        });
        let from_columns = json!({"method": "PUT", "url": "https://a.example.com"});
        let (method, url) = (Some("PUT"), Some("https://a.example.com"));
        assert_eq!(http(Some(""), method, url, None), from_columns);
        assert_eq!(http(Some(old), method, url, None), from_columns);
        assert_eq!(http(Some(old), None, None, None), from_content);
        assert_eq!(http(Some(old), method, Some(" "), None), from_content);
        assert_eq!(
            http(
                Some(r#"{"method": "POST", "url": "u", "body": {"a": 1}}"#),
                None,
                None,
                None
            ),
            json!({"method": "POST", "url": "u", "body": "{\"a\":1}"})
        );
        for content in [
            None,
            Some(""),
            Some("{}"),
            Some("no json"),
            Some(r#"{"method": "GET", "url": ""}"#),
        ] {
            assert_eq!(http(content, method, None, None), Json::Null, "{content:?}");
        }
    }

    #[test]
    fn headers_of_every_form_are_one_list() {
        let (method, url) = (Some("GET"), Some("https://a.example.com"));
        let list = json!([{"key": "X-Key", "value": "{{API_TOKEN}}"}]);
        for stored in [list.clone(), json!(list.to_string()), json!({"X-Key": "{{API_TOKEN}}"})] {
            assert_eq!(http(None, method, url, Some(stored))["headers"], list);
        }
        for none in [json!([]), json!("[]"), json!({}), json!("null"), json!(""), json!(null)] {
            assert!(http(None, method, url, Some(none)).get("headers").is_none());
        }
        let odd = json!({"X-Key": 7});
        assert_eq!(http(None, method, url, Some(odd.clone()))["headers"], odd);
    }

    #[test]
    fn a_tool_action_is_understood_in_both_encodings() {
        let config = json!({"toolType": "SLACK", "actionId": "send", "toolId": 3, "parameters": {"text": "done"}});
        let mut event = event(1);
        event.r#type = EventType::ToolAction.into();
        for stored in [config.clone(), json!(config.to_string())] {
            event.tool_action_config = Some(Document::<ToolActionConfig>::from_json(stored));
            let payload = payload(&event);
            assert_eq!(payload["toolAction"], json!({"toolType": "SLACK", "config": config}));
            assert_eq!(
                payload["target"],
                json!({"containerImage": "cronium/tool-executor:latest"})
            );
        }
        event.tool_action_config = Some(Document::from_json(json!({"toolType": "SLACK"})));
        assert!(payload(&event).get("toolAction").is_none());
        // The type says what an event is, not what else is left in its columns.
        event.tool_action_config = Some(Document::from_json(config));
        event.r#type = EventType::Bash.into();
        let payload = payload(&event);
        assert!(payload.get("toolAction").is_none() && payload.get("script").is_some());
    }
}
