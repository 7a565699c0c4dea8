//! What the launcher says to people. Results go to standard output; progress and trouble to standard error, so that a
//! program that reads the output gets nothing else.

/// A line of the result.
#[expect(clippy::print_stdout, reason = "standard output is this program's user interface")]
pub(crate) fn say(line: impl AsRef<str>) {
    println!("{}", line.as_ref());
}

/// A line about what is going on.
pub(crate) fn note(line: impl AsRef<str>) {
    eprintln!("local: {}", line.as_ref());
}
