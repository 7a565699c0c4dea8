//! The launcher as an operator runs it: real processes, killed and stopped.

mod processes;

use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Client, local};
pub use processes::signal;
use processes::{alive, descendants, named};

/// A mesh of processes of its own. A test that fails leaves none of them behind.
struct Launched {
    folder: TempDir,
    launcher: Child,
    ready: Value,
}

impl Launched {
    async fn start(folder: TempDir) -> Self {
        let ready_file = folder.path().join("ready.json");
        // A file of an earlier start says nothing about this one.
        let _ = fs::remove_file(&ready_file);
        let mut launcher = up(folder.path()).arg("--ready-file").arg(&ready_file).spawn().unwrap();
        for _ in 0..2_400 {
            if let Ok(ready) = fs::read(&ready_file) {
                return Self { folder, launcher, ready: serde_json::from_slice(&ready).unwrap() };
            }
            let ended = launcher.try_wait().unwrap();
            assert!(ended.is_none(), "`local up` ended: {ended:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        signal(launcher.id(), "TERM");
        panic!("`local up` does not get ready");
    }

    fn pid(&self) -> u32 {
        self.launcher.id()
    }

    async fn customer(&self) -> Client {
        let http = reqwest::Client::new();
        let guest = Client::guest(http, self.ready["edge"].as_str().unwrap());
        let account = guest.post("/v1/login", &self.ready["customer"]).await.ok();
        guest.with_token(account["user_id"].as_str().unwrap().parse().unwrap(), account["auth_token"].as_str().unwrap())
    }

    /// Stops it as an operator does; answers the folder, with the data.
    async fn stop(mut self) -> TempDir {
        let all = descendants(self.pid());
        signal(self.pid(), "TERM");
        let ended = eventually("the launcher ends", async || self.launcher.try_wait().unwrap()).await;
        assert!(ended.success(), "{ended}");
        let left: Vec<_> = all.into_iter().filter(|&pid| alive(pid)).collect();
        assert!(left.is_empty(), "left behind: {left:?}");
        std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap())
    }
}

impl Drop for Launched {
    fn drop(&mut self) {
        signal(self.pid(), "TERM");
        let _ = self.launcher.wait();
    }
}

fn up(folder: &Path) -> Command {
    let mut command = Command::new(local());
    command.arg("up").env("LOCAL_DIR", folder.join("local")).stdin(Stdio::null());
    command
}

async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..1_200 {
        if let Some(found) = look().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("never: {what}");
}

/// The next event that has a free seat, and that seat.
async fn free_seat(client: &Client) -> (String, Value) {
    let found = client.get("/v1/search").await.ok();
    let event = found["events"][0]["event_id"].as_str().unwrap().to_owned();
    let shown = client.get(&format!("/v1/event/{event}")).await.ok();
    let seat = shown["tickets"].as_array().unwrap().iter().find(|ticket| ticket["status"] == "AVAILABLE").unwrap();
    (event, seat["ticket_id"].clone())
}

async fn status(client: &Client, event: &str, seat: &Value) -> Option<String> {
    let shown = client.get(&format!("/v1/event/{event}")).await;
    let ticket = shown.body["tickets"].as_array()?.iter().find(|ticket| ticket["ticket_id"] == *seat)?;
    Some(ticket["status"].as_str()?.to_owned())
}

/// I7: what was acknowledged outlives every single process.
#[tokio::test(flavor = "multi_thread")]
async fn killed_processes_come_back_and_nothing_acknowledged_is_lost() {
    let mesh = Launched::start(tempfile::tempdir().unwrap()).await;
    let ann = mesh.customer().await;
    let (event, seat) = free_seat(&ann).await;
    let reservation = ann.post("/v1/reserve", &json!({"ticket_id": seat})).await.ok()["reservation"].clone();

    // The primary, at once after the answer.
    let primary = named(mesh.pid(), &["postgres", "primary"]);
    signal(primary, "KILL");
    eventually("the hold is there again", async || (status(&ann, &event, &seat).await? == "RESERVED").then_some(()))
        .await;
    eventually("the database takes writes again", async || {
        let answer = ann.book(&reservation, "pm_card_visa").await;
        (answer.status == 200).then_some(())
    })
    .await;

    for service in ["booking-svc", "event-svc", "edge-proxy"] {
        let killed = named(mesh.pid(), &[service]);
        signal(killed, "KILL");
        eventually("another process serves", async || {
            let seen = descendants(mesh.pid()).into_iter().any(|pid| pid == killed);
            (!seen && processes::find(mesh.pid(), &[service]).is_some()).then_some(())
        })
        .await;
    }
    // Until the edge listens again, there is nobody to answer at all.
    let ready = format!("{}/readyz", mesh.ready["edge"].as_str().unwrap());
    eventually("the mesh is ready", async || {
        let answer = reqwest::get(&ready).await.ok()?;
        answer.status().is_success().then_some(())
    })
    .await;
    assert_eq!(status(&ann, &event, &seat).await.as_deref(), Some("BOOKED"));
    let audit = Command::new(local()).arg("audit").env("LOCAL_DIR", mesh.folder.path().join("local")).status().unwrap();
    assert!(audit.success());

    let folder = mesh.stop().await;
    let again = Launched::start(folder).await;
    let ann = again.customer().await;
    assert_eq!(status(&ann, &event, &seat).await.as_deref(), Some("BOOKED"), "data outlives a stop");

    let second = up(again.folder.path()).stderr(Stdio::piped()).stdout(Stdio::piped()).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&second.stdout), String::from_utf8_lossy(&second.stderr));
    assert!(!second.status.success() && said.contains("already"), "{said}");
    again.stop().await;
}
