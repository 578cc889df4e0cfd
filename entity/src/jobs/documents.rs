//! The JSON documents of jobs.

use serde::{Deserialize, Serialize};
use serde_json::{Number, Value as Json, json};

use super::{JobOrigin, JobTrigger};
use crate::{
    events::{EventType, HttpHeaders, TimeUnit, ToolActionConfig},
    values::{Document, Object, Stored},
};

/// What a job runs, with what and where (`jobs.payload`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobPayload {
    /// The row of `logs` that sums the job up; null until the run has one, which it gets when it is claimed. Only
    /// entries that wait for an event's next run, or stand for an event that nothing runs, have none.
    #[serde(deserialize_with = "Option::deserialize")]
    pub execution_log_id: Option<i32>,
    /// What the run gets as its input.
    pub input: Object,
    /// The environment variables by name: a text is the value, `{"envVar": 7}` refers to the row of `env_vars` that
    /// has it ([`JobPayload::variable`]). A payload is read in many places and kept long, so a secret never stands
    /// in it; whoever starts the job looks it up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<Object>,
    /// Where it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<JobTarget>,
    /// How long it may run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<JobTimeout>,
    /// How often it is tried again; absent for never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retries: Option<i32>,
    /// The workflow that it is a part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow_id: Option<i32>,
    /// The run of that workflow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow_execution_id: Option<i32>,
    /// The script, for a job of the type `SCRIPT`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub script: Option<JobScript>,
    /// The request, for a job of the type `HTTP_REQUEST`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_request: Option<JobHttpRequest>,
    /// The action, for a job of the type `TOOL_ACTION`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_action: Option<JobToolAction>,
    /// What the container may use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resources: Option<JobResources>,
    /// Whatever else the document holds.
    #[serde(flatten)]
    pub other: Object,
}

impl JobPayload {
    const ENV_VAR: &str = "envVar";

    /// An environment variable whose value is that of a row of `env_vars`.
    pub fn variable(env_var_id: i32) -> Json {
        json!({ Self::ENV_VAR: env_var_id })
    }

    /// The row of `env_vars` that an environment variable's value refers to, if it refers to one.
    ///
    /// ```
    /// use entity::jobs::JobPayload;
    ///
    /// assert_eq!(JobPayload::variable_row(&JobPayload::variable(7)), Some(7));
    /// assert_eq!(JobPayload::variable_row(&"/root".into()), None);
    /// ```
    pub fn variable_row(value: &Json) -> Option<i32> {
        value.get(Self::ENV_VAR)?.as_i64()?.try_into().ok()
    }
}

/// Where a job runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum JobTarget {
    /// On a server, by SSH.
    Server {
        /// The row of `servers`.
        server_id: i32,
        /// Whatever else the document holds.
        #[serde(flatten)]
        other: Object,
    },
    /// On each of several servers, by SSH. Cronium's own jobs of July 2025 never have it: they lost the servers.
    Servers {
        /// The rows of `servers`.
        server_ids: Vec<i32>,
        /// Whatever else the document holds.
        #[serde(flatten)]
        other: Object,
    },
    /// In a container.
    Container {
        /// The image: `cronium/bash:latest`.
        container_image: String,
        /// Whatever else the document holds.
        #[serde(flatten)]
        other: Object,
    },
}

impl JobTarget {
    /// On that server.
    pub fn server(server_id: i32) -> Self {
        Self::Server {
            server_id,
            other: Object::new(),
        }
    }

    /// On each of those servers.
    pub fn servers(server_ids: impl Into<Vec<i32>>) -> Self {
        Self::Servers {
            server_ids: server_ids.into(),
            other: Object::new(),
        }
    }

    /// In a container of that image.
    pub fn container(container_image: impl Into<String>) -> Self {
        Self::Container {
            container_image: container_image.into(),
            other: Object::new(),
        }
    }
}

/// How long a job may run. Cronium's orchestrator reads the value as seconds whatever the unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobTimeout {
    /// How many of the unit.
    pub value: i32,
    /// The unit.
    pub unit: Stored<TimeUnit>,
    /// Whatever else the document holds.
    #[serde(flatten)]
    pub other: Object,
}

/// The script that a job runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobScript {
    /// Its language, as the type of its event.
    pub r#type: Stored<EventType>,
    /// Its text.
    pub content: String,
    /// The folder that it runs in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub working_directory: Option<String>,
    /// Whatever else the document holds.
    #[serde(flatten)]
    pub other: Object,
}

/// The HTTP request that a job makes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobHttpRequest {
    /// `GET`, `POST` and so on.
    pub method: String,
    /// Where it goes.
    pub url: String,
    /// Its headers, in any of the forms that events have them in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headers: Option<Document<HttpHeaders>>,
    /// Its body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Whatever else the document holds.
    #[serde(flatten)]
    pub other: Object,
}

/// The tool action that a job runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobToolAction {
    /// The tool's kind; `unknown` where Cronium could not read the event's configuration.
    pub tool_type: String,
    /// The event's configuration, whole.
    pub config: Document<ToolActionConfig>,
    /// Whatever else the document holds.
    #[serde(flatten)]
    pub other: Object,
}

/// What a job's container may use; the defaults are the orchestrator's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobResources {
    /// Processors; 0.5 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_limit: Option<Number>,
    /// Memory in bytes; 512 MiB by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_limit: Option<i64>,
    /// Disk in bytes; 1 GiB by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disk_limit: Option<i64>,
    /// Processes; 100 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pids_limit: Option<i64>,
    /// Whatever else the document holds.
    #[serde(flatten)]
    pub other: Object,
}

/// What came of a job (`jobs.result`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobResult {
    /// What the process printed, or what the script handed to the runtime API; the two share this member.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<Json>,
    /// The process's exit code; 0 for well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// What the run cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metrics: Option<Document<JobMetrics>>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Json>,
    /// The same as `output`, once more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logs: Option<Json>,
    /// When the script handed in its output, as an ISO 8601 text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_timestamp: Option<String>,
    /// What the script set its condition to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<bool>,
    /// When the script set its condition, as an ISO 8601 text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition_timestamp: Option<String>,
    /// Whatever else the document holds.
    #[serde(flatten)]
    pub other: Object,
}

/// What a run cost, as the orchestrator measured it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobMetrics {
    /// When it began, as an ISO 8601 text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_time: Option<String>,
    /// When it ended, as an ISO 8601 text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_time: Option<String>,
    /// How long it took, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<Number>,
    /// Peaks and sums: `peakCpu`, `peakMemory`, `networkRx`, `networkTx`, `diskRead`, `diskWrite`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_usage: Option<Object>,
    /// Whatever else the document holds.
    #[serde(flatten)]
    pub other: Object,
}

/// Where a job comes from (`jobs.metadata`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobMetadata {
    /// The event's name when the job was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_name: Option<String>,
    /// What made the job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub triggered_by: Option<Stored<JobTrigger>>,
    /// The row of `logs` that sums the job up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_id: Option<i32>,
    /// The workflow that it is a part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow_id: Option<i32>,
    /// The run of that workflow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow_execution_id: Option<i32>,
    /// The job before it in a series.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_job_id: Option<String>,
    /// Whether it is one of a series.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_recurring: Option<bool>,
    /// When the series made it, as an ISO 8601 text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheduled_at: Option<String>,
    /// What made the job where it was not the application.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Stored<JobOrigin>>,
    /// Whatever else the document holds.
    #[serde(flatten)]
    pub other: Object,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_payload_is_written_as_it_was_read() {
        let stored = json!({
            "executionLogId": 12,
            "input": {"a": 1},
            "environment": {"HOME": "/root"},
            "target": {"containerImage": "cronium/bash:latest"},
            "timeout": {"value": 30, "unit": "SECONDS"},
            "script": {"type": "BASH", "content": "echo", "workingDirectory": "/tmp"},
            "resources": {"cpuLimit": 0.5, "memoryLimit": 536_870_912_u64},
            "trace": "x",
        });
        let read = Document::<JobPayload>::from_json(stored.clone());
        assert_eq!(
            read.known().unwrap().target,
            Some(JobTarget::container("cronium/bash:latest"))
        );
        assert_eq!(read.to_json(), stored);
    }

    #[test]
    fn a_target_keeps_what_stands_beside_its_server() {
        let stored = json!({"serverId": 4, "containerImage": "x"});
        let target: JobTarget = serde_json::from_value(stored.clone()).unwrap();
        assert!(matches!(target, JobTarget::Server { server_id: 4, .. }));
        assert_eq!(serde_json::to_value(target).unwrap(), stored);
    }

    #[test]
    fn a_target_may_be_several_servers() {
        let stored = json!({"serverIds": [4, 2], "containerImage": "x"});
        let target: JobTarget = serde_json::from_value(stored.clone()).unwrap();
        assert!(matches!(&target, JobTarget::Servers { server_ids, .. } if *server_ids == [4, 2]));
        assert_eq!(serde_json::to_value(target).unwrap(), stored);
    }

    #[test]
    fn a_payload_may_say_that_it_has_no_log_yet() {
        let stored = json!({"executionLogId": null, "input": {}});
        let read = Document::<JobPayload>::from_json(stored.clone());
        assert_eq!(read.known().unwrap(), &JobPayload::default());
        assert_eq!(read.to_json(), stored);
    }

    #[test]
    fn a_payload_without_its_log_is_no_payload() {
        let stored = json!({"input": {}});
        assert_eq!(
            Document::<JobPayload>::from_json(stored.clone()),
            Document::Other(stored)
        );
    }

    #[test]
    fn a_result_takes_any_output() {
        for output in [json!("text"), json!({"rows": 3}), json!([1]), json!(false)] {
            let stored = json!({"output": output, "exitCode": 0, "logs": "text"});
            let read = Document::<JobResult>::from_json(stored.clone());
            assert_eq!(read.known().unwrap().exit_code, Some(0));
            assert_eq!(read.to_json(), stored);
        }
    }
}
