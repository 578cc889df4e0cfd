//! Tools, and the secrets of all tables.

use std::sync::Arc;

use sea_orm::{ActiveValue, ActiveValue::Set};
use seawright::seed::Factory;
use serde_json::{Value as Json, json};

use super::words::TOOLS;
use crate::{
    prelude::*,
    vault::{Place, Vault},
};

/// What a tool of the kind needs, with a secret.
fn credentials(kind: ToolType, secret: &str) -> Json {
    match kind {
        ToolType::Email => json!({
            "smtpHost": "mail.example.com", "smtpPort": 587, "smtpUser": "bot", "smtpPassword": secret,
            "fromEmail": "bot@example.com", "fromName": "Bot", "enableTLS": true, "enableSSL": false,
        }),
        ToolType::Slack => {
            json!({"webhookUrl": format!("https://hooks.slack.com/services/T0/B0/{secret}"), "channel": "#ops"})
        }
        ToolType::Discord => {
            json!({"webhookUrl": format!("https://discord.com/api/webhooks/1/{secret}"), "username": "Cronium"})
        }
        ToolType::Webhook => json!({
            "url": "https://pager.example.com/in", "method": "POST", "authType": "bearer", "authToken": secret,
        }),
        ToolType::Http => {
            json!({"baseUrl": "https://status.example.com", "authType": "bearer", "authToken": secret})
        }
    }
}

pub(super) fn define(factory: Factory) -> Factory {
    const KINDS: [ToolType; 5] = [
        ToolType::Email,
        ToolType::Slack,
        ToolType::Discord,
        ToolType::Webhook,
        ToolType::Http,
    ];
    factory
        .define::<tool_credentials::Entity>(|draw, tool| {
            let at = draw.random.below(5) as usize;
            tool.r#type = Set(KINDS[at].into());
            tool.name = Set(TOOLS[at].to_owned());
            let secret = draw.random.letters(24);
            tool.credentials = Set(Sealed::from_stored(credentials(KINDS[at], &secret).to_string()));
        })
        .define::<tool_action_templates::Entity>(|draw, template| {
            template.name = Set(format!("Message {}", draw.number + 1));
            template.tool_type = Set(ToolType::Slack.into());
            template.action_id = Set("slack-send-message".to_owned());
            let parameters = json!({"text": "{{cronium.event.name}} is done"});
            template.parameters = Set(Document::from_json(parameters));
        })
        .define::<tool_action_logs::Entity>(|draw, log| {
            log.action_type = Set(ToolActionKind::Create.into());
            log.action_id = Set("slack-send-message".to_owned());
            log.status = Set(ToolActionStatus::Success.into());
            log.execution_time = Set(Some(draw.random.between(40, 900)));
        })
        .define::<servers::Entity>(|draw, server| {
            let key = draw.random.letters(64);
            let text = format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{key}\n-----END OPENSSH PRIVATE KEY-----\n");
            server.ssh_key = Set(Sealed::from_stored(text));
        })
        .define::<api_tokens::Entity>(|draw, token| {
            token.token = Set(Sealed::from_stored(format!("crn_{}", draw.random.letters(40))));
        })
        .define::<env_vars::Entity>(|draw, variable| {
            variable.value = Set(Sealed::from_stored(draw.random.letters(16)));
        })
        .define::<webhooks::Entity>(|draw, webhook| {
            webhook.secret = Set(Sealed::from_stored(draw.random.hex(64)));
        })
        .define::<oauth_tokens::Entity>(|draw, token| {
            token.access_token = Set(Sealed::from_stored(draw.random.letters(48)));
            token.refresh_token = Set(Some(Sealed::from_stored(draw.random.letters(48))));
            token.expires_at = Set(Some(draw.at + chrono::TimeDelta::hours(1)));
        })
        .define::<oauth_states::Entity>(|draw, state| {
            state.state = Set(draw.random.hex(32));
            state.redirect_uri = Set("https://cronium.example.com/oauth/callback".to_owned());
            state.code_verifier = Set(Some(Sealed::from_stored(draw.random.letters(43))));
            state.expires_at = Set(draw.at + chrono::TimeDelta::minutes(10));
        })
}

/// Has a factory seal the secrets that Cronium seals, for their owners. Nonces are random, so that these columns differ from
/// run to run; all else is as the seed says.
///
/// Rows whose secrets the vault can't seal are not made: nothing stays in clear that should not.
pub fn sealed(factory: Factory, vault: &Arc<Vault>) -> Factory {
    let [tools, tokens, states, hooks] = std::array::from_fn(|_| Arc::clone(vault));
    factory
        .finish::<tool_credentials::Entity>(move |_, tool| {
            seal(&tools, Place::ToolCredentials, &tool.user_id, &mut tool.credentials)?;
            tool.encrypted = Set(value(&tool.credentials).is_some_and(|text| !text.is_empty()));
            Ok(())
        })
        .finish::<oauth_tokens::Entity>(move |_, token| {
            let owner = &token.user_id;
            seal(&tokens, Place::OauthAccessToken, owner, &mut token.access_token)?;
            seal_any(&tokens, Place::OauthRefreshToken, owner, &mut token.refresh_token)
        })
        .finish::<oauth_states::Entity>(move |_, state| {
            seal_any(
                &states,
                Place::OauthCodeVerifier,
                &state.user_id,
                &mut state.code_verifier,
            )
        })
        .finish::<webhooks::Entity>(move |_, webhook| {
            seal(&hooks, Place::WebhookSecret, &webhook.user_id, &mut webhook.secret)
        })
}

fn value<T: Into<sea_orm::Value>>(value: &ActiveValue<T>) -> Option<&T> {
    match value {
        Set(value) | ActiveValue::Unchanged(value) => Some(value),
        ActiveValue::NotSet => None,
    }
}

/// Seals a secret that is there and not sealed yet.
fn seal(
    vault: &Vault,
    place: Place,
    owner: &ActiveValue<String>,
    secret: &mut ActiveValue<Sealed>,
) -> Result<(), String> {
    let Set(text) = &*secret else { return Ok(()) };
    let owner = value(owner).ok_or("a secret without an owner can't be sealed: give the row a user")?;
    if let Some(sealed) = sealed_for(vault, place, owner, text)? {
        *secret = Set(sealed);
    }
    Ok(())
}

/// The same for one that may be absent.
fn seal_any(
    vault: &Vault,
    place: Place,
    owner: &ActiveValue<String>,
    secret: &mut ActiveValue<Option<Sealed>>,
) -> Result<(), String> {
    let Set(Some(text)) = &*secret else { return Ok(()) };
    let mut own = Set(text.clone());
    seal(vault, place, owner, &mut own)?;
    *secret = Set(value(&own).cloned());
    Ok(())
}

/// The secret sealed; none if it is already, or if there is none.
fn sealed_for(vault: &Vault, place: Place, owner: &str, secret: &Sealed) -> Result<Option<Sealed>, String> {
    let context = place.of(owner);
    if secret.is_empty() || vault.is_sealed(&context, secret.as_stored()) {
        return Ok(None);
    }
    let sealed = vault.seal(&context, secret.as_stored());
    sealed
        .map(Some)
        .map_err(|error| format!("its secret can't be sealed: {error}"))
}
