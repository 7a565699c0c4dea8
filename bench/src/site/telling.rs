//! Three more booking-svc beside the first, on the same database: one tells a collector nothing, one of a hundredth of its
//! calls, one of all. What is compared is as old and has done as much.

use tokio::time::{Duration, Instant, sleep};

use super::{
    Services, Site,
    program::{Program, free_addr},
    services::{serves, url},
};
use crate::{collector::Collector, error::Error};

/// How long one may take to serve.
const UP_MAX: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// The share of calls that are recorded, where it is a share: what OPERATIONS.md advises to begin with.
const SHARE: &str = "0.01";

/// Where they are.
pub struct Telling {
    /// Tells nothing.
    pub untold: Teller,
    /// Tells of a share.
    pub sampled: Teller,
    /// Tells of all.
    pub recorded: Teller,
    /// Who is told.
    pub collector: Collector,
}

/// One of them.
pub struct Teller {
    /// Its URL.
    pub url: String,
    /// Its process.
    pub pid: u32,
}

impl Site {
    /// Starts them, and the collector.
    pub async fn start_telling(&mut self, services: &Services) -> Result<Telling, Error> {
        let collector = Collector::start().await?;
        let to = vec![
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url.clone()),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc".to_owned()),
        ];
        let share = [
            ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio".to_owned()),
            ("OTEL_TRACES_SAMPLER_ARG", SHARE.to_owned()),
        ];
        Ok(Telling {
            untold: self.start_teller(services, Vec::new()).await?,
            sampled: self.start_teller(services, to.iter().cloned().chain(share).collect()).await?,
            recorded: self.start_teller(services, to).await?,
            collector,
        })
    }

    /// Stops them.
    pub async fn stop_telling(&mut self) {
        for program in [self.programs.pop(), self.programs.pop(), self.programs.pop()].into_iter().flatten() {
            program.stop().await;
        }
    }

    async fn start_teller(&mut self, services: &Services, more: Vec<(&'static str, String)>) -> Result<Teller, Error> {
        let addr = free_addr()?;
        let told = services.booking_told.iter().cloned().chain([("LISTEN_ADDR", addr.to_string())]).chain(more);
        let mut program = Program::start("booking-svc", &self.dir, told.collect())?;
        let (pid, began) = (program.pid()?, Instant::now());
        while !serves(&url(addr)).await {
            if program.ended()? || began.elapsed() > UP_MAX {
                return Err(program.error("another booking-svc did not come up"));
            }
            sleep(LOOK_EVERY).await;
        }
        self.programs.push(program);
        Ok(Teller { url: url(addr), pid })
    }
}
