//! What the events run: every way in which scripts met the runtime's helpers, and those that only seem to.

mod bash;
mod http;
mod nodejs;
mod python;

use serde_json::Value as Json;

use super::random::cycle;

/// A script: the event's name, and the content.
type Script = (&'static str, Option<&'static str>);

/// What an event runs.
pub(super) struct Work {
    pub(super) name: &'static str,
    /// `BASH`, `PYTHON`, `NODEJS` or `HTTP_REQUEST`.
    pub(super) kind: &'static str,
    pub(super) content: Option<&'static str>,
    pub(super) request: Option<Request>,
}

/// The columns of an HTTP request.
pub(super) struct Request {
    pub(super) method: &'static str,
    pub(super) url: &'static str,
    pub(super) headers: Option<Json>,
    pub(super) body: Option<&'static str>,
}

/// Events of a unit: nine of each language and five requests.
pub(super) const EVENTS: usize = 32;
const EACH: usize = 9;

/// The work of an event of a unit. The languages take turns, the requests come last.
pub(super) fn work(unit: usize, own: usize) -> Work {
    let (kind, scripts): (_, &[Script]) = match own % 3 {
        _ if own >= 3 * EACH => return http::work(unit, own - 3 * EACH),
        0 => ("BASH", &bash::SCRIPTS),
        1 => ("PYTHON", &python::SCRIPTS),
        _ => ("NODEJS", &nodejs::SCRIPTS),
    };
    // The first unit has the first nine, the next goes on where it ended.
    let (name, content) = cycle(scripts, unit * EACH + own / 3);
    Work {
        name,
        kind,
        content,
        request: None,
    }
}
