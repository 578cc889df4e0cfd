//! The providers, from the environment.

use std::env;

use sea_orm::{ActiveEnum as _, Iterable as _};
use zeroize::Zeroizing;

use super::{OauthProvider, Provider, Providers, SetupError};

/// The variable with the application's own URL, below which users come back to `/api/oauth/callback`.
pub const AUTH_URL: &str = "AUTH_URL";

const TENANT: &str = "OAUTH_MICROSOFT_TENANT_ID";

impl Providers {
    /// The providers that the environment describes: `OAUTH_<PROVIDER>_CLIENT_ID` and `OAUTH_<PROVIDER>_CLIENT_SECRET` for
    /// each of `GOOGLE`, `MICROSOFT` and `SLACK`, `OAUTH_MICROSOFT_TENANT_ID` (`common` without it), and [`AUTH_URL`].
    ///
    /// # Errors
    /// [`SetupError`] for what is missing or can't be used.
    pub fn from_env() -> Result<Self, SetupError> {
        Self::from_variables(|name| match env::var(name) {
            Ok(value) => Ok(Some(value)),
            Err(env::VarError::NotPresent) => Ok(None),
            Err(env::VarError::NotUnicode(_)) => Err(bad(name, "it is not UTF-8")),
        })
    }

    /// The providers that an environment describes, given as a function from name to value. An empty value is none.
    ///
    /// # Errors
    /// As [`from_env`](Self::from_env), and what the function fails with.
    pub fn from_variables(variable: impl Fn(&str) -> Result<Option<String>, SetupError>) -> Result<Self, SetupError> {
        let variable =
            |name: &str| variable(name).map(|value| value.filter(|value| !value.trim().is_empty()).map(Zeroizing::new));
        let base =
            variable(AUTH_URL)?.ok_or_else(|| bad(AUTH_URL, "it is not set; set it to the application's URL"))?;
        let mut providers = Self::new(&format!("{}/api/oauth/callback", base.trim().trim_end_matches('/')))?;
        for id in OauthProvider::iter() {
            let of = |what: &str| format!("OAUTH_{}_CLIENT_{what}", id.to_value().to_uppercase());
            let (client, secret) = match (variable(&of("ID"))?, variable(&of("SECRET"))?) {
                (None, None) => continue,
                (Some(client), Some(secret)) => (client, secret),
                (Some(_), None) => return Err(bad(&of("SECRET"), "it is not set, but the client's id is; set both")),
                (None, Some(_)) => return Err(bad(&of("ID"), "it is not set, but the client's secret is; set both")),
            };
            let (client, secret) = (client.trim(), secret.trim());
            providers = providers.with(match id {
                OauthProvider::Google => Provider::google(client, secret)?,
                OauthProvider::Microsoft => {
                    let tenant = variable(TENANT)?;
                    let tenant = tenant.as_ref().map_or("common", |tenant| tenant.trim());
                    Provider::microsoft(tenant, client, secret)?
                }
                OauthProvider::Slack => Provider::slack(client, secret)?,
            });
        }
        Ok(providers)
    }
}

fn bad(name: &str, reason: &'static str) -> SetupError {
    SetupError::Variable {
        name: name.to_owned(),
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(variables: &[(&str, &str)]) -> Result<Providers, SetupError> {
        Providers::from_variables(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            Ok(found.map(|(_, value)| (*value).to_owned()))
        })
    }

    #[test]
    fn the_environment_says_which_providers_there_are() {
        let providers = from(&[
            ("AUTH_URL", "https://cronium.example/"),
            ("OAUTH_MICROSOFT_CLIENT_ID", "client"),
            ("OAUTH_MICROSOFT_CLIENT_SECRET", "hunter2"),
            ("OAUTH_SLACK_CLIENT_ID", " "),
        ])
        .unwrap();
        assert_eq!(providers.redirect_uri(), "https://cronium.example/api/oauth/callback");
        let microsoft = providers.get(OauthProvider::Microsoft).unwrap();
        let token = microsoft.endpoints().token.as_str();
        assert_eq!(token, "https://login.microsoftonline.com/common/oauth2/v2.0/token");
        assert!(providers.get(OauthProvider::Google).is_none() && providers.get(OauthProvider::Slack).is_none());
    }

    #[test]
    fn half_a_provider_is_an_error_that_does_not_show_the_other_half() {
        let error = from(&[
            ("AUTH_URL", "https://cronium.example"),
            ("OAUTH_GOOGLE_CLIENT_SECRET", "hunter2"),
        ]);
        let said = error.unwrap_err().to_string();
        assert_eq!(
            said,
            "OAUTH_GOOGLE_CLIENT_ID: it is not set, but the client's secret is; set both"
        );
        assert_eq!(
            from(&[]).unwrap_err().to_string(),
            "AUTH_URL: it is not set; set it to the application's URL"
        );
        assert!(matches!(
            from(&[("AUTH_URL", "cronium.example")]),
            Err(SetupError::RedirectUri)
        ));
    }
}
