//! A runtime API, kept in memory.

use std::{
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
};

use serde_json::{Value as Json, json};
use tiny_http::{Method, Request, Response, Server};

use crate::world::World;

pub(crate) const TOKEN: &str = "token-of-this-run";
pub(crate) const EXECUTION: &str = "job_aB3dE5gH7jK9";

/// A server for one run. It listens until it is asked for what the run left behind.
pub(crate) struct RuntimeApi {
    server: Arc<Server>,
    state: Arc<Mutex<State>>,
    thread: JoinHandle<()>,
}

struct State {
    world: World,
    /// What no helper should have asked for.
    refused: Vec<String>,
}

impl RuntimeApi {
    pub(crate) fn start(world: World) -> Self {
        let server = Arc::new(Server::http("127.0.0.1:0").unwrap());
        let state = Arc::new(Mutex::new(State {
            world,
            refused: Vec::new(),
        }));
        let (listening, kept) = (Arc::clone(&server), Arc::clone(&state));
        let thread = thread::spawn(move || {
            for request in listening.incoming_requests() {
                answer(request, &mut kept.lock().unwrap());
            }
        });
        Self { server, state, thread }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.server.server_addr())
    }

    /// What the run left behind.
    pub(crate) fn stop(self) -> World {
        self.server.unblock();
        self.thread.join().unwrap();
        let state = self.state.lock().unwrap();
        assert!(state.refused.is_empty(), "{:?}", state.refused);
        state.world.clone()
    }
}

fn answer(mut request: Request, state: &mut State) {
    let mut body = String::new();
    request.as_reader().read_to_string(&mut body).unwrap();
    let authorized = request
        .headers()
        .iter()
        .any(|header| header.field.equiv("Authorization") && header.value.as_str() == format!("Bearer {TOKEN}"));
    let url = request.url().to_owned();
    let path = url
        .strip_prefix(&format!("/executions/{EXECUTION}/"))
        .filter(|_| authorized);
    let body = (!body.is_empty()).then(|| serde_json::from_str::<Json>(&body).unwrap());
    let answer = path.and_then(|path| serve(request.method(), path, body, &mut state.world));
    let (status, answer) = match answer {
        Some(Json::Null) => (404, "{}".to_owned()),
        Some(answer) => (200, answer.to_string()),
        None => {
            state.refused.push(format!("{} {url}", request.method()));
            (400, "{}".to_owned())
        }
    };
    request
        .respond(Response::from_string(answer).with_status_code(status))
        .unwrap();
}

/// The answer, null for what is not there. None for what the API doesn't know.
fn serve(method: &Method, path: &str, body: Option<Json>, world: &mut World) -> Option<Json> {
    match (method, path, body) {
        (Method::Get, "input", None) => Some(world.input.clone()),
        (Method::Get, "context", None) => Some(json!({"executionId": EXECUTION, "event": world.event})),
        (Method::Post, "output", Some(output)) => {
            world.output = Some(output);
            Some(json!({}))
        }
        (Method::Post, "condition", Some(body)) => {
            world.condition = Some(body["condition"].as_bool()?);
            Some(json!({}))
        }
        (Method::Get, path, None) => {
            let name = path.strip_prefix("variables/")?;
            Some(
                world
                    .variables
                    .get(name)
                    .map_or(Json::Null, |value| json!({"value": value})),
            )
        }
        (Method::Put, path, Some(body)) => {
            let (name, value) = (path.strip_prefix("variables/")?, body["value"].as_str()?);
            world.variables.insert(name.to_owned(), value.to_owned());
            Some(json!({}))
        }
        _ => None,
    }
}
