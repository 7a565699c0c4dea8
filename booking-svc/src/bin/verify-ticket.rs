//! Verifies a ticket as a scanner without a network does: `verify-ticket TOKEN KEY…`. Needs nothing but the token and the
//! public keys (`x` of `GET /v1/ticket-keys`). Exits 0 for a ticket, 1 for none, 64 where it was asked wrongly.

use std::process::ExitCode;

use booking_svc::ticket_token::TicketToken;
use clap::Parser;
use usher::{config::parse, signing::PublicKey};

/// The answer for what is no ticket.
const NO_TICKET: u8 = 1;

/// Verifies a ticket's token, offline.
#[derive(Debug, Parser)]
#[command(name = "verify-ticket")]
struct Asked {
    /// The token, as it was scanned.
    token: String,
    /// The public keys: `x` of `GET /v1/ticket-keys`.
    #[arg(required = true, value_parser = key)]
    keys: Vec<PublicKey>,
}

#[expect(clippy::print_stdout, reason = "standard output is this program's user interface")]
fn main() -> ExitCode {
    let asked: Asked = match parse() {
        Ok(asked) => asked,
        Err(code) => return code,
    };
    match TicketToken::verify(&asked.token, &asked.keys) {
        Ok(TicketToken { ticket, booking, seat_number }) => {
            let event = ticket.event();
            println!("event {event}\nticket {ticket}\nseat {seat_number}\nbooking {booking}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(NO_TICKET)
        }
    }
}

fn key(x: &str) -> Result<PublicKey, String> {
    PublicKey::new(x).map_err(|error| error.to_string())
}
