//! OAuth: a grant from its beginning to its end, with an authorization server on this machine.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use entity::{
    World as _,
    http::{Client, Policy},
    oauth::{
        Access, CallbackQuery, Endpoints, Flow as Grant, NewAuthorization, OauthError, OauthProvider, Provider,
        Providers, Revocation, Revoked, oauth_states, oauth_tokens,
    },
    tools::{ToolType, tool_credentials},
    values::Sealed,
    vault::{Place, Vault},
};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, EntityTrait as _,
    PaginatorTrait as _, QueryFilter as _,
};
use seawright::verify::{Flow, FlowError, Seen};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use url::{Url, form_urlencoded};

use super::{
    FlowWorld,
    loopback::{Call, Loopback, Reply, lock},
    user,
};

pub(super) struct OauthGrant;

const CLIENT: &str = "seawright-flows";
const CLIENT_SECRET: &str = "seawright-flows-secret";
const REDIRECT: &str = "http://127.0.0.1/api/oauth/callback";

#[async_trait]
impl Flow for OauthGrant {
    fn name(&self) -> &'static str {
        "flows:oauth"
    }

    fn claim(&self) -> &'static str {
        "access to a tool is granted once, kept sealed, refreshed in time, and taken back"
    }

    async fn run(&self, db: &DatabaseTransaction, seen: &mut Seen) -> Result<(), FlowError> {
        let world = FlowWorld::before(db).await?;
        let owner = user(db, &world).await?;
        let tool = tool(db, &owner).await?;
        let vault = world.vault()?;
        let issuer = Issuer::start()?;
        let providers = Providers::new(REDIRECT)?.with(issuer.provider()?);
        let client = Client::without_trust(Policy::public().allow_loopback())?;
        let grant = Grant {
            world: &world,
            vault: &vault,
            providers: &providers,
            authority: &client,
        };
        let access = Access {
            user: &owner,
            tool,
            provider: OauthProvider::Google,
        };
        seen.step(format!(
            "an authorization server at {}, for the tool {tool}",
            issuer.server.url("/")?
        ));
        authorized(db, seen, &grant, access, &issuer).await?;
        kept(db, seen, &vault, access).await?;
        refreshed(db, seen, &grant, access, &issuer).await?;

        let revoked = grant.revoke(db, access).await?;
        let left = tokens(access).count(db).await?;
        seen.must(
            revoked == Revoked::AtProvider && left == 0 && !issuer.has_valid(),
            "the access is taken back at the provider, and no token stays",
            || format!("{revoked}; {left} rows of tokens are left"),
        )
    }
}

/// The user is sent to the provider and comes back.
async fn authorized(
    db: &DatabaseTransaction,
    seen: &mut Seen,
    grant: &Grant<'_, FlowWorld, Client>,
    access: Access<'_>,
    issuer: &Issuer,
) -> Result<(), FlowError> {
    let new = NewAuthorization {
        access,
        scopes: &["email"],
    };
    let begun = grant.authorize(db, &new).await?;
    let query = issuer.consent(&begun.url)?;
    seen.step("the user is sent there with a state and the S256 challenge of a verifier, and agrees");
    let back = CallbackQuery::parse(&query)?;

    let states = oauth_states::Entity::find().filter(oauth_states::Column::UserId.eq(access.user));
    let state = states.clone().one(db).await?.ok_or("the state is not kept")?;
    let verifier = state.code_verifier.ok_or("the verifier is not kept")?;
    let context = Place::OauthCodeVerifier.of(access.user);
    seen.must(
        grant.vault.is_sealed(&context, verifier.as_stored()),
        "the verifier waits sealed",
        || format!("the one of the state {} does not", state.id),
    )?;
    grant.callback(db, access.user, &back).await?;
    seen.step("the code is exchanged for tokens, by the verifier of the challenge");
    let again = grant.callback(db, access.user, &back).await;
    let left = states.count(db).await?;
    seen.must(
        matches!(again, Err(OauthError::InvalidState)) && left == 0,
        "the state is good for once",
        || format!("the second time there is {again:?}, and {left} states are left"),
    )
}

/// What the table holds of them.
async fn kept(db: &DatabaseTransaction, seen: &mut Seen, vault: &Vault, access: Access<'_>) -> Result<(), FlowError> {
    let row = tokens(access).one(db).await?.ok_or("the tokens are not kept")?;
    let places = [
        (Place::OauthAccessToken, Some(&row.access_token)),
        (Place::OauthRefreshToken, row.refresh_token.as_ref()),
    ];
    let are_sealed = places
        .into_iter()
        .all(|(place, token)| token.is_some_and(|token| vault.is_sealed(&place.of(access.user), token.as_stored())));
    seen.must(are_sealed, "both tokens are sealed for the user", || {
        format!("those of the row {} are not", row.id)
    })
}

async fn refreshed(
    db: &DatabaseTransaction,
    seen: &mut Seen,
    grant: &Grant<'_, FlowWorld, Client>,
    access: Access<'_>,
    issuer: &Issuer,
) -> Result<(), FlowError> {
    let first = grant.token(db, access).await?;
    let asked = issuer.server.calls().len();
    seen.must(
        issuer.is_valid(first.token.expose()) && asked == 1,
        "the access token opens the door, and nobody is asked for it",
        || format!("the server was asked {asked} times"),
    )?;
    let expires = first.expires_at.ok_or("the token never expires")?;
    grant.world.pass(expires - grant.world.now() - TimeDelta::seconds(30));
    let second = grant.token(db, access).await?;
    let asked = issuer.server.calls().len();
    seen.must(
        issuer.is_valid(second.token.expose()) && second.token.expose() != first.token.expose() && asked == 2,
        "half a minute before it expires there is a new one",
        || format!("the server was asked {asked} times"),
    )
}

fn tokens(access: Access<'_>) -> sea_orm::Select<oauth_tokens::Entity> {
    oauth_tokens::Entity::find()
        .filter(oauth_tokens::Column::UserId.eq(access.user))
        .filter(oauth_tokens::Column::ToolId.eq(access.tool))
}

async fn tool(db: &DatabaseTransaction, owner: &str) -> Result<i32, FlowError> {
    let tool = tool_credentials::ActiveModel {
        user_id: Set(owner.to_owned()),
        name: Set("Seawright's flow".to_owned()),
        r#type: Set(ToolType::Http.into()),
        credentials: Set(Sealed::from_stored(String::new())),
        encrypted: Set(false),
        ..Default::default()
    };
    Ok(tool.insert(db).await?.id)
}

/// An authorization server. It believes nothing that it can check.
struct Issuer {
    server: Loopback,
    books: Arc<Mutex<Books>>,
}

#[derive(Default)]
struct Books {
    /// The challenge of each code that was not used.
    codes: BTreeMap<String, String>,
    valid: BTreeSet<String>,
    granted: u32,
}

impl Issuer {
    fn start() -> Result<Self, FlowError> {
        let books = Arc::new(Mutex::new(Books::default()));
        let kept = Arc::clone(&books);
        let server = Loopback::start(move |call| lock(&kept).answer(call))?;
        Ok(Self { server, books })
    }

    fn provider(&self) -> Result<Provider, FlowError> {
        let endpoints = Endpoints {
            authorization: self.server.url("/authorize")?,
            token: self.server.url("/token")?,
            revocation: Revocation::Standard(self.server.url("/revoke")?),
        };
        Ok(Provider::google(CLIENT, CLIENT_SECRET)?.at(endpoints)?)
    }

    /// What the user's browser comes back with, once the user has agreed.
    fn consent(&self, url: &Url) -> Result<String, FlowError> {
        let query: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
        let said = |name: &str| query.get(name).map_or("", String::as_str);
        for (name, wanted) in [
            ("response_type", "code"),
            ("client_id", CLIENT),
            ("redirect_uri", REDIRECT),
            ("code_challenge_method", "S256"),
        ] {
            if said(name) != wanted {
                return Err(format!("the user is sent to the provider with another {name} than {wanted}").into());
            }
        }
        if said("state").is_empty() || said("code_challenge").is_empty() {
            return Err("the user is sent to the provider without a state or a challenge".into());
        }
        let mut books = lock(&self.books);
        let code = format!("code-{}", books.codes.len());
        books.codes.insert(code.clone(), said("code_challenge").to_owned());
        Ok(form_urlencoded::Serializer::new(String::new())
            .append_pair("code", &code)
            .append_pair("state", said("state"))
            .finish())
    }

    fn is_valid(&self, token: &str) -> bool {
        lock(&self.books).valid.contains(token)
    }

    fn has_valid(&self) -> bool {
        !lock(&self.books).valid.is_empty()
    }
}

impl Books {
    fn answer(&mut self, call: &Call) -> Reply {
        let form = call.form();
        let said = |name: &str| form.get(name).map_or("", String::as_str);
        if (said("client_id"), said("client_secret")) != (CLIENT, CLIENT_SECRET) {
            return refused("invalid_client");
        }
        match (call.path.as_str(), said("grant_type")) {
            ("/token", "authorization_code") => {
                let proven = URL_SAFE_NO_PAD.encode(Sha256::digest(said("code_verifier")));
                // Whoever shows a code has used it up.
                if self.codes.remove(said("code")) != Some(proven) || said("redirect_uri") != REDIRECT {
                    return refused("invalid_grant");
                }
                self.grant()
            }
            ("/token", "refresh_token") if self.valid.contains(said("refresh_token")) => self.grant(),
            ("/token", "refresh_token") => refused("invalid_grant"),
            ("/revoke", _) => {
                if self.valid.contains(said("token")) {
                    self.valid.clear();
                }
                (200, String::new())
            }
            _ => refused("unsupported_grant_type"),
        }
    }

    /// New tokens; those that there were are good no more.
    fn grant(&mut self) -> Reply {
        self.granted += 1;
        let [access, refresh] = ["access", "refresh"].map(|kind| format!("{kind}-{}", self.granted));
        self.valid = BTreeSet::from([access.clone(), refresh.clone()]);
        let granted = json!({
            "access_token": access, "refresh_token": refresh, "expires_in": 3600, "token_type": "Bearer", "scope": "email",
        });
        (200, granted.to_string())
    }
}

fn refused(why: &str) -> Reply {
    (400, json!({ "error": why }).to_string())
}
