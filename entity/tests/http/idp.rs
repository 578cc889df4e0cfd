//! An authorization server of the tests' own, which believes nothing that it can check.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, Mutex},
    thread,
};

use entity::oauth::{Endpoints, Provider, Revocation};
use tiny_http::{Header, Method, Request, Response};
use url::{Url, form_urlencoded};

use crate::oauth_support::{REDIRECT, challenge};

type Fields = BTreeMap<String, String>;

/// The server. Its tokens are numbered: `access-1` and `refresh-1` belong to the first answer.
pub(crate) struct Idp {
    base: String,
    state: Arc<Mutex<State>>,
}

impl fmt::Debug for Idp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Idp")
    }
}

#[derive(Default)]
struct State {
    /// The challenge of each code that was not used yet.
    codes: BTreeMap<String, String>,
    valid: BTreeSet<String>,
    granted: u32,
    asked: Vec<&'static str>,
    before_refresh: Option<Box<dyn FnOnce() + Send>>,
}

enum Answer {
    Redirect(String),
    Json(u16, String),
}

impl Idp {
    pub(crate) fn start() -> Self {
        let server = tiny_http::Server::http("127.0.0.1:0").unwrap();
        let state = Arc::new(Mutex::new(State::default()));
        let idp = Self {
            base: format!("http://{}", server.server_addr()),
            state: Arc::clone(&state),
        };
        thread::spawn(move || {
            for mut request in server.incoming_requests() {
                let answer = state.lock().unwrap().answer(&mut request);
                let response = match answer {
                    Answer::Redirect(to) => Response::from_string("")
                        .with_status_code(302)
                        .with_header(Header::from_bytes("location", to).unwrap()),
                    Answer::Json(status, body) => Response::from_string(body)
                        .with_status_code(status)
                        .with_header(Header::from_bytes("content-type", "application/json").unwrap()),
                };
                let _ = request.respond(response);
            }
        });
        idp
    }

    pub(crate) fn provider(&self, secret: &str) -> Provider {
        let url = |path: &str| Url::parse(&format!("{}{path}", self.base)).unwrap();
        let endpoints = Endpoints {
            authorization: url("/authorize"),
            token: url("/token"),
            revocation: Revocation::Standard(url("/revoke")),
        };
        Provider::google("client", secret).unwrap().at(endpoints).unwrap()
    }

    /// What it was asked for, in order.
    pub(crate) fn asked(&self) -> Vec<&'static str> {
        self.state.lock().unwrap().asked.clone()
    }

    /// The tokens that open something.
    pub(crate) fn valid(&self) -> Vec<String> {
        self.state.lock().unwrap().valid.iter().cloned().collect()
    }

    /// What it waits for before it answers a refresh.
    pub(crate) fn before_refresh(&self, wait: impl FnOnce() + Send + 'static) {
        self.state.lock().unwrap().before_refresh = Some(Box::new(wait));
    }
}

impl State {
    fn answer(&mut self, request: &mut Request) -> Answer {
        let url = Url::parse("http://idp/").unwrap().join(request.url()).unwrap();
        if request.method() == &Method::Get {
            assert_eq!(url.path(), "/authorize");
            return self.authorize(&url.query_pairs().into_owned().collect());
        }
        let header = |name: &'static str| {
            let found = request.headers().iter().find(|header| header.field.equiv(name));
            found.map(|header| header.value.to_string())
        };
        assert_eq!(
            header("content-type").as_deref(),
            Some("application/x-www-form-urlencoded")
        );
        assert_eq!((header("authorization"), url.query()), (None, None));
        let mut body = String::new();
        request.as_reader().read_to_string(&mut body).unwrap();
        let form: Fields = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        if !(has(&form, "client_id", "client") && has(&form, "client_secret", "client-secret")) {
            return refuse(401, "invalid_client");
        }
        match (url.path(), form.get("grant_type").map(String::as_str)) {
            ("/token", Some("authorization_code")) => self.exchange(&form),
            ("/token", Some("refresh_token")) => self.refresh(&form),
            ("/revoke", None) => self.revoke(&form),
            _ => refuse(400, "unsupported_grant_type"),
        }
    }

    fn authorize(&mut self, query: &Fields) -> Answer {
        self.asked.push("authorize");
        for (name, value) in [
            ("response_type", "code"),
            ("client_id", "client"),
            ("redirect_uri", REDIRECT),
            ("code_challenge_method", "S256"),
        ] {
            assert!(has(query, name, value), "{name}");
        }
        let code = format!("code-of-the-user/{} +&=", self.codes.len());
        self.codes.insert(code.clone(), query["code_challenge"].clone());
        let back = form_urlencoded::Serializer::new(String::new())
            .append_pair("code", &code)
            .append_pair("state", &query["state"])
            .finish();
        Answer::Redirect(format!("{REDIRECT}?{back}"))
    }

    fn exchange(&mut self, form: &Fields) -> Answer {
        self.asked.push("exchange");
        // It is used up by the first who shows it, whatever else he shows.
        let known = form.get("code").and_then(|code| self.codes.remove(code));
        let proven = form.get("code_verifier").map(|verifier| challenge(verifier));
        if known.is_none() || known != proven || !has(form, "redirect_uri", REDIRECT) {
            return refuse(400, "invalid_grant");
        }
        self.grant()
    }

    fn refresh(&mut self, form: &Fields) -> Answer {
        self.asked.push("refresh");
        if let Some(wait) = self.before_refresh.take() {
            wait();
        }
        if !self.valid.contains(&form["refresh_token"]) || !form["refresh_token"].starts_with("refresh-") {
            return refuse(400, "invalid_grant");
        }
        self.grant()
    }

    /// New tokens, and those that there were are good no more.
    fn grant(&mut self) -> Answer {
        self.granted += 1;
        let (access, refresh) = (format!("access-{}", self.granted), format!("refresh-{}", self.granted));
        let body = format!(
            r#"{{"access_token":"{access}","refresh_token":"{refresh}","expires_in":3600,"token_type":"Bearer","scope":"email"}}"#
        );
        self.valid = [access, refresh].into();
        Answer::Json(200, body)
    }

    fn revoke(&mut self, form: &Fields) -> Answer {
        self.asked.push("revoke");
        if self.valid.contains(&form["token"]) {
            self.valid.clear();
        }
        Answer::Json(200, String::new())
    }
}

fn has(fields: &Fields, name: &str, value: &str) -> bool {
    fields.get(name).is_some_and(|known| known == value)
}

fn refuse(status: u16, error: &str) -> Answer {
    // Providers do write such things.
    let body = format!(r#"{{"error":"{error}","error_description":"not with client-secret or refresh-1"}}"#);
    Answer::Json(status, body)
}
