//! The verifier as a scanner's maker runs it, on the example of `docs/TICKETS.md`.

#![expect(clippy::unwrap_used, reason = "a test says what it expects by panicking")]

use std::process::{Command, Output};

const DOCUMENT: &str = include_str!("../../docs/TICKETS.md");

/// The document's line that begins so, without that.
fn documented(name: &str) -> &'static str {
    DOCUMENT.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim()
}

fn verify(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_verify-ticket")).args(arguments).output().unwrap()
}

#[test]
fn the_documents_token_is_a_ticket() {
    let (token, key) = (documented("token    "), documented("x        "));
    let said = verify(&[token, key]);
    let expected = "event 7\nticket 7340035\nseat F12\nbooking 01890a5d-ac96-774b-bcce-b302099a8057\n";
    assert_eq!(String::from_utf8_lossy(&said.stdout), expected);
    assert!(said.status.success());
    assert!(verify(&[&token.to_lowercase(), key]).status.success());
}

#[test]
fn what_is_no_ticket_is_told_from_a_wrong_question() {
    let (token, key) = (documented("token    "), documented("x        "));
    // Another public key: of the second test of RFC 8032, 7.1.
    let other = "PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw";
    let (head, last) = token.split_at(token.len() - 2);
    let forged = format!("{head}{}", if last.starts_with('A') { "BA" } else { "AA" });
    for (arguments, code, why) in [
        (&[token, other][..], 1, "key"),
        (&[&forged, key], 1, "forged"),
        (&["UT1:", key], 1, "no ticket"),
        (&[token], 64, "KEYS"),
        (&[token, "short"], 64, "Ed25519"),
    ] {
        let said = verify(arguments);
        let stderr = String::from_utf8_lossy(&said.stderr);
        assert_eq!((said.status.code(), said.stdout.len()), (Some(code), 0), "{stderr}");
        assert!(stderr.contains(why), "{stderr}");
    }
}
