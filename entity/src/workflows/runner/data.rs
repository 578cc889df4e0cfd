//! What a run keeps in `workflow_executions.execution_data`.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::{
    values::{Object, Stored},
    workflows::{ConnectionType, ExecutionTrigger},
};

/// What a run was given, as Cronium's executor writes it, and the graph that it follows.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RunData {
    pub(super) trigger_type: Stored<ExecutionTrigger>,
    pub(super) triggered_at: String,
    #[serde(default)]
    pub(super) input_data: Json,
    /// An edit of the workflow makes its nodes and connections anew, which must not stop the runs that are under way.
    #[serde(default)]
    pub(super) connections: Vec<Edge>,
    /// The servers that take the place of the events' own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) servers: Option<Vec<i32>>,
}

impl RunData {
    /// The input of the run: its object, or an empty one.
    pub(super) fn input(&self) -> Object {
        object(self.input_data.clone())
    }
}

/// A connection as it was when the run began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Edge {
    pub(super) source: i32,
    pub(super) target: i32,
    pub(super) r#type: ConnectionType,
}

/// An object as it is; anything else becomes an empty one.
pub(super) fn object(json: Json) -> Object {
    match json {
        Json::Object(object) => object,
        _ => Object::new(),
    }
}
