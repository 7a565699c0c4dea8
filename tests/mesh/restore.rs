//! A backup that is made while seats are sold, and the database as it was at one moment after it.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use tokio_util::sync::CancellationToken;

use crate::harness::{Client, Database, Event, Mesh, OwnPostgres, Row, Setting, house::id};

const SELLERS: usize = 6;
/// How many seats each of them has to sell.
const SEATS: usize = 60;
/// How many must be sold before, during and after what is tested.
const SOME: usize = 8;

/// One booking that its buyer heard of.
#[derive(Debug, Clone)]
struct Sold {
    ticket: i64,
    begun: Instant,
    ended: Instant,
}

type Notebook = Arc<Mutex<Vec<Sold>>>;

/// Buys one seat after the other, and notes what was acknowledged.
async fn sell(client: Client, tickets: Vec<i64>, notebook: Notebook, stop: CancellationToken) {
    for ticket in tickets {
        if stop.is_cancelled() {
            return;
        }
        let begun = Instant::now();
        let reserved = client.reserve(&[ticket]).await;
        if reserved.status != 200 {
            continue;
        }
        let booked = client.book(&reserved.ok()["reservation"], "pm_card_visa").await;
        if booked.status == 200 && booked.ok()["booking"]["status"] == "BOOKED" {
            notebook.lock().unwrap().push(Sold { ticket, begun, ended: Instant::now() });
        }
    }
}

/// Waits until so many more are sold.
async fn more(mesh: &Mesh, notebook: &Notebook, count: usize) {
    let until = notebook.lock().unwrap().len() + count;
    mesh.eventually("seats are sold", || async { notebook.lock().unwrap().len() >= until }).await;
}

/// Which seats are somebody's in the restored database.
async fn booked(database: &Database, event: &Event) -> BTreeSet<i64> {
    let rows = database.rows(event).await.into_iter();
    rows.filter(|row| row.status == Row::BOOKED).map(|row| row.ticket_id).collect()
}

/// I7 for a database that is lost: what was acknowledged before the moment is there, nothing of what began after it is, and
/// what is there is whole (I1, I2, I6).
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_lost_is_restored_to_any_moment() {
    let kept = tempfile::tempdir().unwrap();
    let archive = kept.path().join("log");
    std::fs::create_dir(&archive).unwrap();
    for folder in [kept.path(), archive.as_path()] {
        std::fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    }
    let archive = archive.display();
    let put = format!("archive_command=test ! -f {archive}/%f && cp %p {archive}/%f");
    let mut primary = OwnPostgres::start(&["archive_mode=on", &put, "wal_level=replica"]).await;
    let database = Database::on(&primary).await;
    let mesh = Mesh::start_as(Setting { database: Some(database), ..Setting::default() }).await;
    let (_, event) = mesh.on_sale("Restored", SELLERS * SEATS).await;

    let (notebook, stop) = (Notebook::default(), CancellationToken::new());
    let sellers = event.tickets.chunks(SEATS).zip(0..).map(|(seats, n)| {
        let sell = sell(mesh.customer_number(n), seats.to_vec(), Arc::clone(&notebook), stop.clone());
        tokio::spawn(sell)
    });
    let sellers: Vec<_> = sellers.collect();
    more(&mesh, &notebook, SOME).await;
    let backup = kept.path().join("backup");
    let before = notebook.lock().unwrap().len();
    // On a thread of its own: the sellers go on.
    tokio::task::block_in_place(|| primary.back_up(&backup, &["--wal-method=none"]));
    more(&mesh, &notebook, SOME).await;
    assert!(notebook.lock().unwrap().len() > before, "nothing was sold while the backup was made");

    let asked = Instant::now();
    primary.run("SELECT pg_create_restore_point('the moment')").await;
    let answered = Instant::now();
    more(&mesh, &notebook, SOME).await;
    stop.cancel();
    for seller in sellers {
        seller.await.unwrap();
    }
    // What is in the segment under way is lost with the server; the moment is not in it any more.
    let segment = primary.ask("SELECT pg_walfile_name(pg_switch_wal())").await;
    mesh.eventually("the log is in the archive", || async { kept.path().join("log").join(&segment).exists() }).await;
    primary.kill();

    let get = format!("restore_command=cp {archive}/%f %p");
    let moment = ["recovery_target_name=the moment", "recovery_target_action=promote", "archive_mode=off", &get];
    let restored = primary.restored(&backup, &moment).await;
    let database = mesh.database.at(&restored);
    for _ in 0..600 {
        if restored.ask("SELECT pg_is_in_recovery()").await == "false" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    let (there, sold) = (booked(&database, &event).await, notebook.lock().unwrap().clone());
    let acknowledged = sold.iter().filter(|sold| sold.ended < asked);
    assert!(acknowledged.clone().count() >= 2 * SOME);
    for sold in acknowledged {
        assert!(there.contains(&sold.ticket), "I7: {sold:?} was acknowledged before the moment");
    }
    let later: Vec<_> = sold.iter().filter(|sold| sold.begun > answered).collect();
    assert!(!later.is_empty());
    for sold in later {
        assert!(!there.contains(&sold.ticket), "{sold:?} began after the moment");
    }
    let violations = upkeep::audit::check(&mut database.connect().await).await.unwrap();
    assert!(violations.is_empty(), "{violations:#?}");

    // What the restored house goes on with sells what is free in it, once.
    let settings = Setting { database: Some(database), ..Setting::default() };
    let mesh = Mesh::start_as(settings).await;
    let ann = mesh.customer("ann").await;
    let free = event.tickets.iter().rev().find(|ticket| !there.contains(ticket)).unwrap();
    ann.reserve(&there.iter().copied().take(1).collect::<Vec<_>>()).await.refused(409, "SEAT_TAKEN");
    let reservation = ann.hold(&[*free]).await;
    assert_eq!(id(&ann.book(&reservation, "pm_card_visa").await.ok()["booking"]["ticket_ids"][0]), *free);
    mesh.audit().await;
    mesh.stop().await;
}
