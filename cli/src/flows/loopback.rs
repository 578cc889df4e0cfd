//! A server on this machine, for a flow that speaks to another one.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
};

use seawright::verify::FlowError;
use tiny_http::{Header, Request, Response, Server};
use url::Url;

/// The most that is read of a request's body, in bytes.
const LONGEST_BODY: u64 = 64 * 1024;

/// A request as it came.
#[derive(Clone)]
pub(super) struct Call {
    /// The path, with nothing of the query.
    pub(super) path: String,
    /// Name, in lower case, and value.
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: String,
}

impl Call {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The fields of a form.
    pub(super) fn form(&self) -> BTreeMap<String, String> {
        url::form_urlencoded::parse(self.body.as_bytes()).into_owned().collect()
    }
}

/// Status and JSON.
pub(super) type Reply = (u16, String);

/// A server that is there as long as this is. It listens on 127.0.0.1, on a port that the system chooses.
pub(super) struct Loopback {
    server: Arc<Server>,
    base: Url,
    calls: Arc<Mutex<Vec<Call>>>,
    thread: Option<JoinHandle<()>>,
}

impl fmt::Debug for Loopback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Loopback").field(&self.base.as_str()).finish()
    }
}

impl Loopback {
    /// A server that answers like that.
    pub(super) fn start(answer: impl FnMut(&Call) -> Reply + Send + 'static) -> Result<Self, FlowError> {
        let server = Arc::new(Server::http("127.0.0.1:0")?);
        let base = Url::parse(&format!("http://{}/", server.server_addr()))?;
        let calls = Arc::new(Mutex::new(Vec::new()));
        let (served, kept, mut answer) = (Arc::clone(&server), Arc::clone(&calls), answer);
        let thread = thread::spawn(move || {
            // It ends when it is unblocked.
            while let Ok(mut request) = served.recv() {
                let Some(call) = read(&mut request) else { continue };
                let (status, body) = answer(&call);
                lock(&kept).push(call);
                let mut response = Response::from_string(body).with_status_code(status);
                if let Ok(kind) = Header::from_bytes("content-type", "application/json") {
                    response.add_header(kind);
                }
                // Who asked has gone away, and will say so.
                drop(request.respond(response));
            }
        });
        Ok(Self {
            server,
            base,
            calls,
            thread: Some(thread),
        })
    }

    pub(super) fn url(&self, path: &str) -> Result<Url, FlowError> {
        Ok(self.base.join(path)?)
    }

    /// What it was asked so far.
    pub(super) fn calls(&self) -> Vec<Call> {
        lock(&self.calls).clone()
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        self.server.unblock();
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// What is shared with a server. One that panicked left it whole: a list only grows.
pub(super) fn lock<T>(shared: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read(request: &mut Request) -> Option<Call> {
    let path = request.url().split(['?', '#']).next()?.to_owned();
    let headers = request.headers().iter();
    let headers = headers
        .map(|header| (header.field.to_string().to_lowercase(), header.value.to_string()))
        .collect();
    let mut body = String::new();
    let mut reader = std::io::Read::take(request.as_reader(), LONGEST_BODY);
    std::io::Read::read_to_string(&mut reader, &mut body).ok()?;
    Some(Call { path, headers, body })
}
