//! How a mesh is run: what a scenario needs of it.

/// How a mesh is run.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// How long a hold lasts, in seconds.
    pub hold_seconds: u32,
    /// How many booking-svc run at once.
    pub booking_services: usize,
    /// How many of each other service, and of the edge.
    pub instances: usize,
    /// How many clients there are at once.
    pub clients: usize,
    /// How many seats are sold in a round.
    pub seats: usize,
    /// The share of calls that the client hangs up on.
    pub hung_up: f64,
    /// Whether all clients come through the edges; else half of them or more call booking-svc.
    pub by_edge: bool,
    /// Whether there is a wire between each two parts, with weather on it.
    pub wired: bool,
    /// What services call each other by, instead of by address.
    pub domain: Option<&'static str>,
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            hold_seconds: 3_600,
            booking_services: 1,
            instances: 1,
            clients: 16,
            seats: 240,
            hung_up: 0.0,
            by_edge: false,
            wired: false,
            domain: None,
        }
    }
}

impl Setting {
    /// A mesh that visitors watch: few buy, so that what is slow is so for what is broken, and not for want of processors.
    pub fn watched() -> Self {
        Self { clients: 6, seats: 1_000, ..Self::default() }
    }
}
