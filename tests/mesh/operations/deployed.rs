//! A mesh of processes that are started as the overlay `dev` tells them: with its variables and arguments, and probed as
//! its probes do. Only what a cluster would provide is put in its place: addresses, secrets, the databases.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    process::{Child, Stdio},
    time::Duration,
};

use local::port::{Port, Wish};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use tempfile::TempDir;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use super::overlay::{FOR_BROWSERS, Program, list, named, programs, render, text};
use crate::harness::{Client, Database, Event, house, program, redis};

/// What the secrets hold, by what the manifests call them.
const SECRETS: [(&str, &str); 3] = [
    ("secret:usher-payment/api-key", "sk_test_deployed"),
    ("secret:usher-payment/webhook-secrets", "whsec_deployed"),
    ("secret:usher-waiting-room/secrets", "the waiting rooms of a deployed mesh"),
];

/// A running mesh. Its processes end with it.
pub struct Deployed {
    pub database: Database,
    /// Where the edge is.
    pub edge: String,
    /// Where the payment provider is.
    pub sandbox: String,
    /// Where each deployment's metrics are.
    pub metrics: BTreeMap<String, String>,
    processes: Vec<Child>,
    places: Places,
}

/// Where what a cluster would reach is on this machine.
struct Places {
    /// By workload and by the port within its container.
    ports: BTreeMap<(String, u64), Port>,
    database: String,
    replica: String,
    redis: String,
    keys: TempDir,
}

impl Deployed {
    pub async fn start() -> Self {
        Self::start_told(&[]).await
    }

    /// As [`Self::start`], with each program told those variables as well.
    pub async fn start_told(more: &[(&str, &str)]) -> Self {
        let resources = render("dev");
        let all: Vec<_> = programs(&resources).into_iter().filter(|it| it.kind == "Deployment").collect();
        let database = Database::create().await;
        let mut places = Places {
            ports: all.iter().flat_map(ports).collect(),
            database: database.primary(),
            replica: database.replica(),
            redis: redis().await,
            keys: keys(),
        };
        // A Service's port stands for its container's.
        let services = all.iter().flat_map(|it| {
            let ports = list(&named(&resources, "Service", &it.workload)["spec"]["ports"]);
            let (name, at) = (&it.workload, places.at(&it.workload, listens(it)));
            ports.iter().map(move |port| (format!("http://{name}:{}", port["port"]), format!("http://{at}")))
        });
        let services: Vec<_> = services.collect();
        let processes = all.iter().map(|it| places.start(it, &services, more)).collect();
        let at = |name: &str, port| format!("http://{}", places.at(name, port));
        let counting = all.iter().filter(|it| places.ports.contains_key(&(it.workload.clone(), 9090)));
        let metrics = counting.map(|it| (it.workload.clone(), format!("{}/metrics", at(&it.workload, 9090))));
        let (edge, sandbox) = (at("edge-proxy", 8080), at("payment-sandbox", 12_111));
        let deployed = Self { edge, sandbox, metrics: metrics.collect(), database, processes, places };
        for program in &all {
            let serves = deployed.places.at(&program.workload, listens(program));
            for probe in ["startupProbe", "readinessProbe", "livenessProbe"] {
                passes(program, probe, serves).await;
            }
        }
        // The probes don't ask for it, but whoever buys needs every service, and each of them its database.
        let guest = deployed.guest();
        let nobody = json!({"email": "nobody@example.org", "password": "wrong horse"});
        eventually("every service reaches its database", async || {
            guest.get("/readyz").await.status == 200
                && guest.get("/v1/search").await.status == 200
                && guest.get("/v1/theaters").await.status == 200
                && guest.post("/v1/login", &nobody).await.status == 401
        })
        .await;
        deployed
    }

    /// A house with an event of so many seats, and a customer of it.
    pub async fn on_sale(&self, name: &str, seats: usize) -> (Client, Event) {
        let guest = self.guest();
        let sign_up = async |name: &str| {
            let body = json!({"user_name": name, "email": format!("{name}@example.org"), "password": "correct horse"});
            guest.post("/v1/signup", &body).await.ok()
        };
        let admin = house::id(&sign_up("admin").await["user_id"]);
        self.database.set_role(admin, "ADMIN").await;
        let credentials = json!({"email": "admin@example.org", "password": "correct horse"});
        let token = guest.post("/v1/login", &credentials).await.ok()["auth_token"].clone();
        let event = house::event(&guest.with_token(admin, text(&token)), name, seats).await;
        let ann = sign_up("ann").await;
        (guest.with_token(house::id(&ann["user_id"]), text(&ann["auth_token"])), event)
    }

    /// Asks every process to end, and waits until it has.
    pub async fn stop(mut self) {
        for process in &self.processes {
            kill_process(Pid::from_child(process), Signal::TERM).unwrap();
        }
        for process in &mut self.processes {
            let mut looks = 0;
            while process.try_wait().unwrap().is_none() {
                looks += 1;
                assert!(looks < 600, "a process does not end that is asked to");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }

    pub fn guest(&self) -> Client {
        Client::guest(reqwest::Client::new(), &self.edge)
    }
}

impl Drop for Deployed {
    fn drop(&mut self) {
        for process in &mut self.processes {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

impl Places {
    fn at(&self, workload: &str, port: u64) -> SocketAddr {
        self.ports[&(workload.to_owned(), port)].client_addr()
    }

    fn start(&mut self, it: &Program, services: &[(String, String)], more: &[(&str, &str)]) -> Child {
        let mut command = program(&it.name);
        command.envs(more.iter().copied());
        for (name, value) in it.environment() {
            // What browsers are told is nobody's here.
            if !it.helpers().contains(&name) && name != FOR_BROWSERS {
                command.env(name, self.value(it, &value, services));
            }
        }
        for (_, port) in self.ports.iter_mut().filter(|((workload, _), _)| *workload == it.workload) {
            port.release();
        }
        command.args(list(&it.container["args"]).iter().map(text));
        command.stderr(Stdio::null()).spawn().unwrap()
    }

    /// A variable's value, with what is here in the place of what would be there.
    fn value(&self, it: &Program, value: &str, services: &[(String, String)]) -> String {
        if let Some(port) = value.strip_prefix("0.0.0.0:") {
            return self.at(&it.workload, port.parse().unwrap()).to_string();
        }
        if let Some((_, secret)) = SECRETS.iter().find(|(name, _)| *name == value) {
            return (*secret).to_owned();
        }
        if let Some((from, to)) = services.iter().find(|(from, _)| value.starts_with(from.as_str())) {
            return value.replacen(from, to, 1);
        }
        let user = "postgres://secret:usher-db-app/username:secret:usher-db-app/password@";
        match value {
            "redis://usher-redis:6379/0" => self.redis.clone(),
            _ if value == format!("{user}usher-db-rw:5432/usher") => self.database.clone(),
            _ if value == format!("{user}usher-db-ro:5432/usher") => self.replica.clone(),
            _ => {
                assert!(!value.contains("secret:") && !value.contains("://"), "what is {value} here?");
                let mounts = list(&it.container["volumeMounts"]).iter().map(|mount| text(&mount["mountPath"]));
                mounts.fold(value.to_owned(), |value, path| value.replace(path, self.keys.path().to_str().unwrap()))
            }
        }
    }
}

/// A free address for each port of the container, held until its program is about to take it.
fn ports(it: &Program) -> Vec<((String, u64), Port)> {
    let ports = list(&it.container["ports"]).iter().map(|port| port["containerPort"].as_u64().unwrap());
    let any = Some((Ipv4Addr::LOCALHOST, 0).into());
    let free = || Wish { name: "a deployed program", variable: "LISTEN_ADDR", asked: any, usual: 0 }.hold().unwrap();
    ports.map(|port| ((it.workload.clone(), port), free())).collect()
}

fn listens(it: &Program) -> u64 {
    it.environment()["LISTEN_ADDR"].rsplit_once(':').unwrap().1.parse().unwrap()
}

fn keys() -> TempDir {
    let keys = tempfile::tempdir().unwrap();
    std::fs::write(keys.path().join("signing.pem"), usher::signing::generate_pem().unwrap()).unwrap();
    keys
}

/// Expects that the program passes its probe, as a kubelet would ask.
async fn passes(program: &Program, name: &str, at: SocketAddr) {
    let probe = &program.container[name];
    if probe["grpc"].is_object() {
        let service = probe["grpc"]["service"].as_str().unwrap_or_default().to_owned();
        eventually(&format!("{} passes its {name}", program.workload), async || {
            let mut health = HealthClient::new(usher::channel::lazy(&format!("http://{at}")).unwrap());
            let said = health.check(HealthCheckRequest { service: service.clone() }).await;
            said.is_ok_and(|said| said.into_inner().status == 1)
        })
        .await;
    } else if let Some(path) = probe["httpGet"]["path"].as_str() {
        eventually(&format!("{} passes its {name}", program.workload), async || {
            reqwest::get(format!("http://{at}{path}")).await.is_ok_and(|answer| answer.status().is_success())
        })
        .await;
    } else {
        assert!(probe.is_null(), "{} {name}: {probe}", program.workload);
    }
}

pub async fn eventually(what: &str, done: impl AsyncFn() -> bool) {
    for _ in 0..600 {
        if done().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("never: {what}");
}
