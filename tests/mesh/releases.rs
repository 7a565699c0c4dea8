//! The version before serves while a migration runs, and may have to serve again after it: what the services of each
//! release ask of the database is asked again here, byte for byte, of the schema as it is now.
//!
//! What they asked in one evening (`evening.rs`) is kept in `releases/<version>.jsonl`, in the order in which it was
//! answered. Rows found may differ: the clock has moved on. What is written may not, and nothing may fail that did not
//! fail then. `make record-release` writes the file of the present version; it belongs to the commit that is released, and
//! is kept for as long as that version may be rolled back to.

use std::{
    collections::{HashMap, HashSet, VecDeque, hash_map::Entry},
    fs,
    path::PathBuf,
    time::Duration,
};

use crate::{
    evening,
    harness::{Again, Asked, Database, Mesh, OwnPostgres, ROLE, Setting, Wires},
};

/// Set to a version, which is then recorded.
const RECORD: &str = "RECORD_RELEASE";
/// So that tokens do not expire in the recording before the release does: a year, in seconds.
const YEAR: &str = "31536000";

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mesh/releases"))
}

/// What a mesh of this version asks in an evening.
pub async fn asked_in_an_evening(booking: &[(&str, &str)]) -> Vec<Asked> {
    let server = OwnPostgres::start(&[]).await;
    let (database, wires) = (Database::on(&server).await, Wires::default());
    let tokens = [("refresh-ttl-seconds", YEAR), ("session-ttl-seconds", YEAR)];
    let mesh = Mesh::start_as(Setting {
        database: Some(database),
        wires: Some(&wires),
        account: &tokens,
        booking,
        ..Setting::default()
    })
    .await;
    evening::play(&mesh).await;
    mesh.audit().await;
    mesh.stop().await;
    wires.notes()
}

/// How often what only reads is kept: it is asked each second, or by each who looks.
const READS_KEPT: usize = 2;

/// Without what was asked before and changes nothing.
fn without_repetition(asked: Vec<Asked>) -> Vec<Asked> {
    let (mut within, mut sql, mut writes) = (HashMap::new(), HashMap::new(), HashSet::new());
    for asked in &asked {
        let inside = within.insert(asked.session, asked.within).unwrap_or(false) || asked.within;
        let Some(name) = &asked.statement else { continue };
        if let Some(text) = &asked.sql {
            sql.insert(name.clone(), text.clone());
        }
        if inside || asked.done.iter().any(|done| !done.starts_with("SELECT")) {
            writes.insert(name.clone());
        }
    }
    // The first statements of each text, and the first times that each is run.
    let (mut names, mut runs) = (HashMap::<_, Vec<String>>::new(), HashMap::<_, usize>::new());
    let mut keep = |asked: &Asked| {
        let Some(name) = asked.statement.as_ref().filter(|name| !writes.contains(*name)) else { return true };
        let of_text = names.entry(sql.get(name).cloned()).or_default();
        if !of_text.contains(name) {
            of_text.push(name.clone());
        }
        let run = runs.entry(name.clone()).or_default();
        *run += usize::from(!asked.done.is_empty());
        of_text.iter().take(READS_KEPT).any(|kept| kept == name) && (asked.done.is_empty() || *run <= READS_KEPT)
    };
    asked.into_iter().filter(|asked| keep(asked)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn record_this_release() {
    let Ok(version) = std::env::var(RECORD) else { return };
    let asked = without_repetition(asked_in_an_evening(&[]).await);
    let lines = asked.iter().map(|asked| serde_json::to_string(asked).unwrap() + "\n");
    fs::create_dir_all(folder()).unwrap();
    fs::write(folder().join(format!("{version}.jsonl")), lines.collect::<String>()).unwrap();
}

/// How long an answer is waited for before others ask: it may need a lock that one of them gives back. Two sessions that
/// were answered at the same time may have been written down in the wrong order.
const PATIENCE: Duration = Duration::from_millis(200);

/// Asks all of it again; answers what was otherwise than it was.
async fn ask_again(server: &OwnPostgres, database: &Database, asked: &[Asked]) -> Vec<String> {
    let at = format!("127.0.0.1:{}", server.port());
    let statements: HashMap<_, _> =
        asked.iter().filter_map(|asked| Some((asked.statement.as_ref()?, asked.sql.as_ref()?))).collect();
    let (mut sessions, mut wrong) = (HashMap::new(), Vec::new());
    let mut compare = |asked: &Asked, (done, failure): (Vec<String>, Option<String>)| {
        let sql = asked.sql.as_ref().or_else(|| statements.get(asked.statement.as_ref()?).copied());
        let writes = |done: &[String]| {
            let wrote = |done: &&String| ["INSERT", "UPDATE", "DELETE"].iter().any(|verb| done.starts_with(verb));
            done.iter().filter(wrote).cloned().collect::<Vec<_>>()
        };
        match failure {
            Some(failure) if !asked.failed => wrong.push(format!("{}: {failure}: {sql:?}", asked.who)),
            None if !asked.failed && writes(&done) != writes(&asked.done) => {
                wrong.push(format!("{}: {done:?}, not {:?}: {sql:?}", asked.who, asked.done));
            }
            _ => {}
        }
    };
    for asked in asked {
        let (session, waiting) = match sessions.entry(asked.session) {
            Entry::Occupied(session) => session.into_mut(),
            Entry::Vacant(place) => place.insert((Again::begin(&at, ROLE, database.name()).await, VecDeque::new())),
        };
        session.ask(asked).await;
        waiting.push_back(asked);
        while let Some(first) = waiting.front() {
            let Ok(answer) = tokio::time::timeout(PATIENCE, session.answer()).await else { break };
            compare(first, answer);
            waiting.pop_front();
        }
    }
    for (mut session, waiting) in sessions.into_values() {
        for asked in waiting {
            compare(asked, session.answer().await);
        }
    }
    wrong
}

#[tokio::test(flavor = "multi_thread")]
async fn what_each_release_asks_is_understood_by_the_schema_as_it_is_now() {
    let server = OwnPostgres::start(&[]).await;
    let mut releases = 0;
    for file in fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()) {
        let lines = fs::read_to_string(&file).unwrap();
        let asked: Vec<Asked> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let database = Database::on(&server).await;
        let wrong = ask_again(&server, &database, &asked).await;
        assert!(wrong.is_empty(), "{} no longer serves on this schema:\n{}", file.display(), wrong.join("\n"));
        releases += 1;

        // An evening that asked next to nothing would prove nothing.
        for table in ["tickets", "bookings", "payments", "refunds", "reservations", "users", "refresh_tokens", "events"]
        {
            let writes = asked.iter().filter_map(|asked| asked.sql.as_ref()).any(|sql| {
                ["INSERT INTO ", "UPDATE "].iter().any(|verb| sql.replace('"', "").contains(&format!("{verb}{table}")))
            });
            assert!(writes, "{}: nothing is written to {table}", file.display());
        }
    }
    assert!(releases > 0, "make record-release");
}
