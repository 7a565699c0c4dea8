//! Which of the connections to an instance a call goes over. Mostly there is one, for all; threads that share nothing else
//! do not share that either.

use std::{cell::Cell, num::NonZero, thread};

thread_local! {
    static LINE: Cell<usize> = const { Cell::new(0) };
}

/// Calls from this thread go over connections with this number, from 1 on. A thread that says nothing uses those of all
/// others, which have number 0.
pub fn use_line(number: usize) {
    LINE.set(number);
}

pub(super) fn of_this_thread() -> usize {
    LINE.get()
}

/// How many there may be, that of all others included: more threads than processors take turns anyway.
pub(super) fn count() -> usize {
    1 + thread::available_parallelism().map_or(1, NonZero::get)
}
