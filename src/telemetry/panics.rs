//! A panic is a defect: it is a line of the log like any other, and counted, whoever catches it.

use std::{
    backtrace::{Backtrace, BacktraceStatus},
    panic,
    sync::Once,
};

/// From now on panics are logged. Once a process.
pub(super) fn note() {
    static NOTED: Once = Once::new();
    NOTED.call_once(|| panic::set_hook(Box::new(told)));
}

fn told(panic: &panic::PanicHookInfo<'_>) {
    let payload = panic.payload();
    let text = payload.downcast_ref::<&str>().copied();
    let message = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message");
    let location = panic.location().map(ToString::to_string).unwrap_or_default();
    let backtrace = Backtrace::capture();
    // There is one where RUST_BACKTRACE asks for it.
    let backtrace = (backtrace.status() == BacktraceStatus::Captured).then(|| tracing::field::display(backtrace));
    tracing::error!(panic = message, location, backtrace, "this is a defect");
    metrics::counter!("process_panics_total").increment(1);
}
