//! What stands in front of the services for the rows beside Envoy: an edge and an Envoy before the services that run, and
//! the same pair before an echo in booking-svc's place.

use std::{net::SocketAddr, path::Path};

use tokio::time::{Duration, Instant, sleep};

use super::{
    Services, Site, envoy,
    program::{Program, free_addr},
    services::url,
};
use crate::{echo::Echo, error::Error};

/// How long one may take to answer.
const UP_MAX: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// As much as a setting takes: the generator is one address, and its customers call as often as they can. All is counted
/// all the same.
const LIMITS: [(&str, &str); 7] = [
    ("LIMIT_ADDRESS_PER_SECOND", "1000000"),
    ("LIMIT_ADDRESS_BURST", "1000000000"),
    ("LIMIT_USER_PER_SECOND", "1000000"),
    ("LIMIT_USER_BURST", "1000000000"),
    ("CONNECTIONS_PER_ADDRESS_MAX", "16384"),
    ("STREAMS_MAX", "16384"),
    ("STREAMS_PER_ADDRESS_MAX", "16384"),
];

/// A gateway.
pub struct Gateway {
    /// Its URL.
    pub url: String,
    /// Its process.
    pub pid: u32,
}

/// An edge, and an Envoy where there is one.
pub struct Pair {
    /// The edge.
    pub edge: Gateway,
    /// Envoy.
    pub envoy: Option<Gateway>,
}

/// All of them.
pub struct Gateways {
    /// In front of the services.
    pub services: Pair,
    /// In front of the echo.
    pub echoed: Pair,
    /// The echo.
    pub echo: Echo,
}

impl Site {
    /// Starts the gateways; Envoy where it is at `program`.
    pub async fn start_gateways(&mut self, services: &Services, program: Option<&Path>) -> Result<Gateways, Error> {
        let echo = Echo::start().await?;
        Ok(Gateways {
            services: self.start_pair(services, &services.booking, program, ["edge-gateway", "envoy"]).await?,
            echoed: self.start_pair(services, &echo.url, program, ["edge-echo", "envoy-echo"]).await?,
            echo,
        })
    }

    /// Stops them, and whatever was started after them.
    pub async fn stop_gateways(&mut self, gateways: Gateways) {
        let pairs = [gateways.services, gateways.echoed];
        let count: usize = pairs.iter().map(|pair| 1 + usize::from(pair.envoy.is_some())).sum();
        for _ in 0..count {
            self.stop_last().await;
        }
    }

    /// Starts one more edge in front of the services.
    pub async fn start_edge(&mut self, services: &Services) -> Result<Gateway, Error> {
        self.start_edge_before(services, &services.booking, "edge-idle").await
    }

    /// Stops what was started last.
    pub async fn stop_last(&mut self) {
        if let Some(program) = self.programs.pop() {
            program.stop().await;
        }
    }

    async fn start_pair(
        &mut self,
        services: &Services,
        booking: &str,
        program: Option<&Path>,
        [edge, envoy]: [&'static str; 2],
    ) -> Result<Pair, Error> {
        let edge = self.start_edge_before(services, booking, edge).await?;
        let Some(program) = program else { return Ok(Pair { edge, envoy: None }) };
        let addr = free_addr()?;
        let to = [
            ("search", addr_of(&services.search)?),
            ("event", addr_of(&services.event)?),
            ("booking", addr_of(booking)?),
            ("account", addr_of(&services.account)?),
        ];
        let process = envoy::start(program, &self.dir, envoy, addr, &to)?;
        Ok(Pair { edge, envoy: Some(self.gateway(process, addr).await?) })
    }

    async fn start_edge_before(
        &mut self,
        services: &Services,
        booking: &str,
        name: &'static str,
    ) -> Result<Gateway, Error> {
        let addr = free_addr()?;
        let told = [
            ("LISTEN_ADDR", addr.to_string()),
            // It counts, as Envoy does.
            ("METRICS_ADDR", free_addr()?.to_string()),
            ("SEARCH_URL", services.search.clone()),
            ("EVENT_URL", services.event.clone()),
            ("BOOKING_URL", booking.to_owned()),
            ("ACCOUNT_URL", services.account.clone()),
            ("REDIS_URL", services.redis.clone()),
        ];
        let told = told.into_iter().chain(LIMITS.map(|(name, value)| (name, value.to_owned()))).collect();
        let process = Program::start_as(name, "edge-proxy", &self.dir, told)?;
        self.gateway(process, addr).await
    }

    /// Waits until it answers anything.
    async fn gateway(&mut self, mut process: Program, addr: SocketAddr) -> Result<Gateway, Error> {
        let (http, began, pid) = (reqwest::Client::new(), Instant::now(), process.pid()?);
        let ready = format!("{}/healthz", url(addr));
        while http.get(&ready).send().await.is_err() {
            if process.ended()? || began.elapsed() > UP_MAX {
                return Err(process.error("it did not come up"));
            }
            sleep(LOOK_EVERY).await;
        }
        self.programs.push(process);
        Ok(Gateway { url: url(addr), pid })
    }
}

fn addr_of(url: &str) -> Result<SocketAddr, Error> {
    let addr = url.trim_start_matches("http://").trim_end_matches('/').parse();
    addr.map_err(|_| std::io::Error::other(format!("{url} is no address")).into())
}
