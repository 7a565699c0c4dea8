//! Configuration: typed, from environment variables and a documented file, refused at start when it is wrong.
//!
//! Each service derives [`clap::Parser`] on one struct whose fields name their variable; the reference table in the
//! docs is written from those by [`reference()`].

use std::{env, fmt::Write as _, path::Path, process::ExitCode};

use clap::{CommandFactory, Parser};

/// `EX_USAGE` of sysexits.h: the configuration is wrong, starting again will not help.
pub const EXIT_USAGE: u8 = 64;

/// Names a file of `NAME=value` lines that is read first; a variable that is set already wins over its line.
pub const FILE_VARIABLE: &str = "USHER_CONFIG";

/// Reads the configuration. On a wrong one it says on standard error which variable is wrong and why, and answers
/// the code to exit with: [`EXIT_USAGE`], or 0 after `--help`.
pub fn parse<C: Parser>() -> Result<C, ExitCode> {
    if let Some(path) = env::var_os(FILE_VARIABLE) {
        dotenvy::from_path(Path::new(&path)).map_err(|error| {
            eprintln!("{FILE_VARIABLE}={}: {error}", path.display());
            ExitCode::from(EXIT_USAGE)
        })?;
    }
    C::try_parse().map_err(|error| {
        let code = if error.use_stderr() { ExitCode::from(EXIT_USAGE) } else { ExitCode::SUCCESS };
        // Nowhere is left to report a closed terminal to.
        let _ = error.print();
        code
    })
}

/// One line of a Markdown table per variable of `C`: name, default, meaning.
#[must_use]
pub fn reference<C: CommandFactory>() -> String {
    let command = C::command();
    let mut table = String::from("| variable | default | meaning |\n| --- | --- | --- |\n");
    for argument in command.get_arguments() {
        let Some(name) = argument.get_env() else {
            continue;
        };
        let default = argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect::<Vec<_>>();
        let default = match (default.is_empty(), argument.is_required_set()) {
            (false, _) => format!("`{}`", default.join(",")),
            (true, true) => "required".to_owned(),
            (true, false) => "none".to_owned(),
        };
        let meaning = argument.get_long_help().or_else(|| argument.get_help()).map(ToString::to_string);
        let meaning = meaning.unwrap_or_default().replace('\n', " ");
        // Writing to a String can't fail.
        let _ = writeln!(table, "| `{}` | {default} | {meaning} |", name.to_string_lossy());
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Parser)]
    struct Sample {
        /// How long a hold lasts, in seconds.
        #[arg(long, env, default_value_t = 3600)]
        _hold_seconds: u32,
        /// Where the database is.
        #[arg(long, env)]
        _database_url: String,
    }

    #[test]
    fn the_reference_names_every_variable() {
        let table = reference::<Sample>();
        assert!(table.contains("| `HOLD_SECONDS` | `3600` | How long a hold lasts, in seconds |"), "{table}");
        assert!(table.contains("| `DATABASE_URL` | required | Where the database is |"), "{table}");
    }
}
