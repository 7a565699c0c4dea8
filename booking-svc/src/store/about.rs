//! Which events a batch's statements are about, and how they say it. Where tables are shared out by event over several
//! databases, a statement that says one event as a value is sent to that event's as it stands; a list of events is looked at
//! first, and may be of several.

use diesel::{pg::Pg, prelude::*, query_builder::AstPass, sql_types::BigInt};
use usher::id::EventId;

/// The events.
#[derive(Debug, Clone, Copy)]
pub enum Events<'a> {
    /// One, said as a value.
    One(EventId),
    /// Those of a batch, as a list.
    Several(&'a [i64]),
}

impl<'a> Events<'a> {
    /// The events of a batch: `one`, where all of it is of that one.
    pub fn of(one: Option<EventId>, events: &'a [i64]) -> Self {
        one.map_or(Self::Several(events), Self::One)
    }
}

/// The one event that a raw statement is about; `None` where each of its rows says its own.
#[derive(Debug, Clone, Copy, Default)]
pub struct One(Option<i64>);

impl One {
    /// That event.
    pub fn new(event: Option<EventId>) -> Self {
        Self(event.map(EventId::get))
    }

    /// Adds to a condition that `column` is the event.
    pub fn narrow<'b>(&'b self, column: &str, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let Some(event) = &self.0 else { return Ok(()) };
        out.push_sql(" AND ");
        out.push_sql(column);
        out.push_sql(" = ");
        out.push_bind_param::<BigInt, _>(event)
    }

    /// Adds what a row is written with as its event: the one, or `column`.
    pub fn value<'b>(&'b self, column: &str, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        match &self.0 {
            Some(event) => out.push_bind_param::<BigInt, _>(event),
            None => {
                out.push_sql(column);
                Ok(())
            }
        }
    }

    /// Whether there is one.
    pub const fn is_known(self) -> bool {
        self.0.is_some()
    }
}
