//! Usher event service: show and edit theatres, events and tickets.
