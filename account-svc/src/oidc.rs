//! The identity provider that the house trusts (OpenID Connect): whose ID tokens are exchanged for Usher's own. Only here:
//! the edge and all services verify the tokens of one issuer, which is account-svc.

mod claims;
mod fetch;
mod keys;

pub use claims::Identity;

use clap::Args;
use reqwest::Url;

use crate::error::Error;
use claims::Expected;
use fetch::ProviderKeys;

/// Which identity provider is trusted, and for what.
#[expect(clippy::struct_field_names, reason = "the fields name their variables")]
#[derive(Debug, Clone, Default, Args)]
pub struct OidcConfig {
    /// The identity provider's issuer (`https://login.example`), exactly as it writes it. Its keys are found through
    /// `/.well-known/openid-configuration` behind it. Without one nobody signs in by way of a provider.
    #[arg(long, env, requires = "oidc_audience", value_parser = issuer_url)]
    pub oidc_issuer: Option<String>,
    /// The audience (`aud`) of the ID tokens that are accepted: the client id that the provider knows Usher by.
    #[arg(long, env)]
    pub oidc_audience: Option<String>,
    /// The claim that says what a user may do, such as `roles` or `realm_access.roles`: a word or a list of words. With one,
    /// the provider decides at each log-in. Without one, its users are customers, unless the table `users` says more.
    #[arg(long, env)]
    pub oidc_role_claim: Option<String>,
    /// The word in that claim that makes an admin.
    #[arg(long, env, default_value = "ADMIN")]
    pub oidc_admin_value: String,
    /// The word in that claim that makes a scanner.
    #[arg(long, env, default_value = "SCANNER")]
    pub oidc_scanner_value: String,
}

/// The identity provider. Cheap to clone.
#[derive(Clone)]
pub struct Provider {
    expected: Expected,
    keys: ProviderKeys,
}

impl Provider {
    /// The provider of the settings, if there is one, and what follows its keys: its owner spawns that and drops it to stop.
    pub fn start(
        config: &OidcConfig,
    ) -> Result<Option<(Self, impl Future<Output = ()> + Send + use<>)>, reqwest::Error> {
        let (Some(issuer), Some(audience)) = (&config.oidc_issuer, &config.oidc_audience) else { return Ok(None) };
        let (keys, work) = fetch::follow(issuer.clone())?;
        let expected = Expected {
            issuer: issuer.clone(),
            audience: audience.clone(),
            role_claim: config.oidc_role_claim.clone(),
            admin: config.oidc_admin_value.clone(),
            scanner: config.oidc_scanner_value.clone(),
        };
        Ok(Some((Self { expected, keys }, work)))
    }

    /// The issuer's name.
    pub fn issuer(&self) -> &str {
        &self.expected.issuer
    }

    /// Whom an ID token names, at `now` in seconds since 1970.
    pub async fn verify(&self, id_token: &str, nonce: &str, now: i64) -> Result<Identity, Error> {
        let (kid, algorithm) = keys::header(id_token)?;
        let key = self.keys.find(kid.as_deref(), algorithm).await?;
        let claims = keys::verify(id_token, &key, &self.expected.issuer, &self.expected.audience)?;
        claims::identity(&claims, &self.expected, nonce, now)
    }
}

/// Checks an issuer, and leaves it as it is written: with or without a slash at its end is another issuer.
fn issuer_url(text: &str) -> Result<String, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    let plain = matches!(url.scheme(), "http" | "https") && url.query().is_none() && url.fragment().is_none();
    if plain { Ok(text.to_owned()) } else { Err("must read https://host, perhaps with a path".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_stays_as_it_is_written() {
        for issuer in ["https://login.example", "https://login.example/", "http://127.0.0.1:8081/realms/usher"] {
            assert_eq!(issuer_url(issuer).as_deref(), Ok(issuer));
        }
        for wrong in
            ["", "login.example", "ftp://login.example", "https://login.example/?a=b", "https://login.example/#x"]
        {
            assert!(issuer_url(wrong).is_err(), "{wrong}");
        }
    }
}
