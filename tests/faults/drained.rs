//! An instance is told to end while a call is under way there, and is the only one: the call is answered all the same, and
//! nobody can have asked anybody else.

use std::time::Duration;

use tokio::net::TcpStream;

use crate::{
    deeds::{Came, Deed, Visitor},
    harness::{Mesh, Part, Setting, eventually},
    round,
    watch::all_is_well,
};

/// How long a call may take to be under way, and an instance to take no more of them.
const SOON: Duration = Duration::from_secs(20);
/// How long a statement may wait: longer than all of that on a machine that has much to do.
const STATEMENT_MS_MAX: u32 = 30_000;

/// Who ends, and the table that its call waits for.
const ENDING: [(Part, &str); 5] = [
    (Part::Account, "sessions"),
    (Part::Booking, "tickets"),
    (Part::Event, "screens"),
    (Part::Search, "screens"),
    (Part::Edge, "tickets"),
];

/// A call of whoever ends.
async fn call(visitor: &Visitor, part: Part) -> Came {
    match part {
        Part::Account => visitor.does(Deed::SignIn).await,
        Part::Search => visitor.does(Deed::Search).await,
        Part::Event => visitor.puts_up_a_theatre().await,
        _ => visitor.holds().await,
    }
}

async fn ends_while_it_is_asked(mesh: &Mesh, visitor: &Visitor, (part, table): (Part, &str)) {
    let program = mesh.program(part, 0);
    let lock = mesh.database.lock_whole(table).await;
    let (came, ()) = tokio::join!(call(visitor, part), async {
        eventually("the call is under way", SOON, async || mesh.database.is_waited_for(table).await).await;
        tokio::join!(program.stop(), async {
            let address = program.told("LISTEN_ADDR");
            eventually("it takes no new calls", SOON, async || TcpStream::connect(address).await.is_err()).await;
            drop(lock);
        });
    });
    assert_eq!(came, Came::Right, "what {part} was asked before it ended");
    program.start().await;
    all_is_well(visitor).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_under_way_are_answered_by_who_ends() {
    if round::is_left_to_chaos("calls_under_way_are_answered_by_who_ends") {
        return;
    }
    let patient = [format!("DATABASE_STATEMENT_MS={STATEMENT_MS_MAX}")];
    let patient: Vec<_> = std::iter::once("env".to_owned()).chain(patient).collect();
    let mesh = Mesh::bent(Setting::watched(), &|_, program| program.within(&patient)).await;
    let visitor = Visitor::of(&mesh).await;
    all_is_well(&visitor).await;
    for ending in ENDING {
        ends_while_it_is_asked(&mesh, &visitor, ending).await;
    }
    mesh.stop().await;
}
