//! What who looks at an event sees: the same for all, no older than a moment, and also when the database is gone.

use reqwest::Method;

use crate::harness::{Answer, Client, Event, Mesh, Proxy, Setting};

async fn look(client: &Client, event: &Event, has: &str) -> Answer {
    let request = client.request(Method::GET, &format!("/v1/event/{}", event.id));
    client.send(request.header("if-none-match", has)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_did_not_change_is_not_sent_again() {
    let mesh = Mesh::start().await;
    let (_, event) = mesh.on_sale("Tagged", 2).await;
    let (ann, guest) = (mesh.customer("ann").await, mesh.guest());
    let first = look(&guest, &event, "\"none\"").await;
    let tag = first.headers["etag"].to_str().unwrap().to_owned();
    assert!(first.headers["cache-control"].to_str().unwrap().contains("max-age=1"));
    assert!(first.ok()["stale"] == false);
    let same = look(&guest, &event, &tag).await;
    assert_eq!((same.status, same.bytes.len()), (304, 0));
    ann.hold(&event.tickets[..1]).await;
    mesh.eventually("the change is seen", || async { look(&guest, &event, &tag).await.status == 200 }).await;
    mesh.stop().await;
}

/// Also a view that is kept: nobody has to ask the database for it.
#[tokio::test(flavor = "multi_thread")]
async fn a_hold_reads_as_lapsed_from_its_last_moment_on() {
    let never = [("event-recheck-ms", "600000")];
    let mesh = Mesh::start_as(Setting { booking: &[("hold-seconds", "2")], event: &never, ..Setting::default() }).await;
    let (_, event) = mesh.on_sale("Kept", 1).await;
    let ann = mesh.customer("ann").await;
    ann.hold(&event.tickets).await;
    mesh.eventually("the hold is seen", || async { ann.seat_status(&event, event.tickets[0]).await == "RESERVED" })
        .await;
    mesh.eventually("and its end", || async { ann.seat_status(&event, event.tickets[0]).await == "AVAILABLE" }).await;
    assert_eq!(mesh.database.rows(&event).await[0].status, 1, "the row is as it was");
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_database_the_last_view_is_shown_and_says_so() {
    let proxies = Proxy::both().await;
    let event_svc = [("event-recheck-ms", "300"), ("database-wait-ms", "300")];
    let setting = Setting { event: &event_svc, event_through: Some(&proxies), ..Setting::default() };
    let mesh = Mesh::start_as(setting).await;
    let (_, event) = mesh.on_sale("Kept", 3).await;
    let (ann, guest) = (mesh.customer("ann").await, mesh.guest());
    ann.hold(&event.tickets[..1]).await;
    mesh.eventually("the hold is seen", || async { guest.seat_status(&event, event.tickets[0]).await == "RESERVED" })
        .await;

    for proxy in &proxies {
        proxy.cut();
    }
    let stale = |wanted: bool| {
        let (guest, event) = (guest.clone(), event.clone());
        async move {
            let seen = look(&guest, &event, "\"none\"").await.ok();
            assert_eq!(seen["tickets"].as_array().unwrap().len(), 3, "it is shown all the while");
            assert_eq!(seen["as_of"].is_null(), seen["stale"] == false, "{seen:#}");
            seen["stale"] == wanted
        }
    };
    mesh.eventually("it says that it may be old", || stale(true)).await;
    guest.get("/v1/event/999").await.refused(503, "UNAVAILABLE");
    // The feed goes on: what is sold meanwhile is seen all the same.
    ann.hold(&event.tickets[1..2]).await;
    mesh.eventually("the feed is heard", || async { guest.seat_status(&event, event.tickets[1]).await == "RESERVED" })
        .await;

    for proxy in &proxies {
        proxy.mend();
    }
    mesh.eventually("it is up to date again, without a restart", || stale(false)).await;
    mesh.stop().await;
}

/// Replica gone: the primary is read.
#[tokio::test(flavor = "multi_thread")]
async fn without_the_replica_nobody_notices() {
    let proxies = Proxy::both().await;
    let event_svc = [("event-recheck-ms", "300"), ("database-wait-ms", "300")];
    let mesh = Mesh::start_as(Setting { event: &event_svc, event_through: Some(&proxies), ..Setting::default() }).await;
    let (_, event) = mesh.on_sale("Replica", 2).await;
    proxies[1].cut();
    let (ann, guest) = (mesh.customer("ann").await, mesh.guest());
    ann.hold(&event.tickets[..1]).await;
    mesh.eventually("the hold is seen", || async { guest.seat_status(&event, event.tickets[0]).await == "RESERVED" })
        .await;
    assert_eq!(look(&guest, &event, "\"none\"").await.ok()["stale"], false);
    mesh.stop().await;
}
