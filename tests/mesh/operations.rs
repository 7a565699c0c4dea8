//! What operators are given, held against the programs: the manifests name settings, ports and probes that there are, the
//! network lets through what talks and nothing else, dashboards and alerts look at metrics that are exported, and each
//! alert and threat leads to a section or a test that exists; and a collector hears one story of one booking.

mod arrows;
mod collector;
mod deployed;
mod documents;
mod metrics;
pub mod overlay;
mod promql;
mod settings;
mod traces;
