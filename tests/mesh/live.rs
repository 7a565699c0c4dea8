//! Looking at an event while others buy: views that many share, and streams that tell each change.

mod edge;
mod feed;
mod view;
mod watch;
