//! What the client's pages may load: their own files, pictures, and where the payment provider wants it its own form.
//! Card numbers are typed there, and never into a page of this address.

use http::{HeaderValue, Uri};

use crate::config::Config;

/// What holds in every deployment. Pictures of events are where their editors put them.
const BASE: &str = "default-src 'none'; style-src 'self'; font-src 'self'; manifest-src 'self'; \
                    img-src 'self' data: blob: https:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/// Nothing of ours turns text into script; the provider's script is not ours to say that of.
const NO_SCRIPT_FROM_TEXT: &str = "require-trusted-types-for 'script'; trusted-types 'none'";

/// The pages' `Content-Security-Policy`.
pub(super) fn header(config: &Config) -> HeaderValue {
    let payment = match (&config.payment_publishable_key, &config.payment_form_url) {
        // As Stripe's guide has it: parts of its script come from names below that one.
        (Some(_), _) => "script-src 'self' https://js.stripe.com https://*.js.stripe.com; \
                         connect-src 'self' https://api.stripe.com; \
                         frame-src https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com"
            .to_owned(),
        (None, Some(url)) => {
            format!("script-src 'self'; connect-src 'self'; frame-src {}; {NO_SCRIPT_FROM_TEXT}", origin(url))
        }
        (None, None) => format!("script-src 'self'; connect-src 'self'; {NO_SCRIPT_FROM_TEXT}"),
    };
    // The origin was a URI's: it has no letter that a header can't.
    HeaderValue::from_str(&format!("{BASE}; {payment}")).unwrap_or_else(|_| HeaderValue::from_static(BASE))
}

fn origin(url: &Uri) -> String {
    let scheme = url.scheme_str().unwrap_or("https");
    url.authority().map_or_else(|| "'none'".to_owned(), |authority| format!("{scheme}://{authority}"))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    fn policy(arguments: &[&str]) -> String {
        let config = Config::try_parse_from([&["edge-proxy"], arguments].concat()).unwrap();
        header(&config).to_str().unwrap().to_owned()
    }

    #[test]
    fn only_the_payment_provider_is_let_in() {
        let none = policy(&[]);
        assert!(none.contains("script-src 'self';") && !none.contains("frame-src"), "{none}");
        let form = policy(&["--payment-form-url=http://127.0.0.1:12111/sandbox/card-form"]);
        assert!(form.contains("frame-src http://127.0.0.1:12111;") && form.contains("trusted-types"), "{form}");
        let stripe = policy(&["--payment-publishable-key=pk_live_1"]);
        assert!(stripe.contains("script-src 'self' https://js.stripe.com ") && !stripe.contains("trusted"), "{stripe}");
        for policy in [none, form, stripe] {
            assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        }
    }
}
