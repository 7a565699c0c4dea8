//! The settings of payment-sandbox.

use std::{net::SocketAddr, path::PathBuf};

use clap::Parser;
use reqwest::Url;
use secrecy::SecretString;

/// Everything that payment-sandbox can be told.
#[derive(Debug, Clone, Parser)]
#[command(name = "payment-sandbox", about)]
pub struct Config {
    /// Where to listen: `address:port`.
    #[arg(long, env, default_value = "127.0.0.1:12111")]
    pub listen_addr: SocketAddr,
    /// The secret key (`sk_…`) that calls of the API must bring.
    #[arg(long, env, hide_env_values = true, value_parser = secret)]
    pub sandbox_api_key: SecretString,
    /// Where webhooks are posted; without it none are sent until `PUT /sandbox/webhook` says where.
    #[arg(long, env, value_parser = http_url)]
    pub sandbox_webhook_url: Option<Url>,
    /// The secret (`whsec_…`) that webhooks are signed with.
    #[arg(long, env, hide_env_values = true, value_parser = secret)]
    pub sandbox_webhook_secret: SecretString,
    /// Where browsers find the sandbox, for the bank's check; without it, the address that it listens at.
    #[arg(long, env, value_parser = http_url)]
    pub sandbox_public_url: Option<Url>,
    /// Where everything is kept over a restart; without it, in memory only.
    #[arg(long, env)]
    pub sandbox_state_file: Option<PathBuf>,
}

fn secret(text: &str) -> Result<SecretString, &'static str> {
    match text.trim().is_empty() {
        true => Err("it is empty"),
        false => Ok(text.into()),
    }
}

/// Reads an address of a web server.
pub fn http_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("'{text}' is no URL: {error}"))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        _ => Err(format!("'{text}' does not begin with http:// or https://")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_lists_every_setting() {
        let reference = usher::config::reference::<Config>();
        assert!(include_str!("../README.md").contains(&reference), "put this into README.md:\n{reference}");
    }

    #[test]
    fn an_empty_secret_is_refused_by_name() {
        let flags = ["payment-sandbox", "--sandbox-api-key", "", "--sandbox-webhook-secret", "whsec_1"];
        let error = Config::try_parse_from(flags).unwrap_err().to_string();
        assert!(error.contains("SANDBOX_API_KEY"), "{error}");
    }

    #[test]
    fn an_address_without_its_scheme_is_refused_by_name() {
        let secrets = ["payment-sandbox", "--sandbox-api-key", "sk_1", "--sandbox-webhook-secret", "whsec_1"];
        for flag in ["--sandbox-webhook-url", "--sandbox-public-url"] {
            let error = Config::try_parse_from(secrets.into_iter().chain([flag, "localhost:8080/x"])).unwrap_err();
            assert!(error.to_string().contains(&flag[2..].to_uppercase().replace('-', "_")), "{error}");
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        let flags = ["payment-sandbox", "--sandbox-api-key", "sk_hush", "--sandbox-webhook-secret", "whsec_hush"];
        let shown = format!("{:?}", Config::try_parse_from(flags).unwrap());
        assert!(!shown.contains("hush"), "{shown}");
    }
}
