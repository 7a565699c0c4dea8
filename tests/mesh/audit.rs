//! Each kind of damage is found, on a real database.

use diesel_async::SimpleAsyncConnection as _;
use upkeep::audit::check;

use crate::harness::{Database, program};

/// One event of four seats. Ticket 1 is Ann's, booked and paid; 2 and 3 are held by her; 4 is free.
const GOOD: &str = "
    INSERT INTO theaters (theater_name) VALUES ('T');
    INSERT INTO screens (theater_id, screen_name) VALUES (1, 'S');
    INSERT INTO events (event_name, theater_id, screen_id, start_time, currency) VALUES ('E', 1, 1, now(), 'EUR');
    INSERT INTO tickets (ticket_id, event_id, seat_number, price, status, reserved_by, reservation_id, held_until,
            taken_price, booking_id) VALUES
        ((1 << 20) + 1, 1, '1', 5, 2, 7, '00000000-0000-0000-0000-000000000001', now(), 5,
            '00000000-0000-0000-0000-00000000000a'),
        ((1 << 20) + 2, 1, '2', 5, 1, 7, '00000000-0000-0000-0000-000000000002', now(), 5, NULL),
        ((1 << 20) + 3, 1, '3', 5, 1, 7, '00000000-0000-0000-0000-000000000002', now(), 5, NULL),
        ((1 << 20) + 4, 1, '4', 5, 0, NULL, NULL, NULL, NULL, NULL);
    INSERT INTO bookings (event_id, booking_id, user_id, ticket_ids, amount, currency, status, request_hash) VALUES
        (1, '00000000-0000-0000-0000-00000000000a', 7, ARRAY[(1 << 20) + 1], 5, 'EUR', 'BOOKED', ''),
        (1, '00000000-0000-0000-0000-00000000000b', 7, ARRAY[(1 << 20) + 4], 5, 'EUR', 'FAILED', '');
    INSERT INTO payments (event_id, attempt_id, booking_id, payment_method, provider_status) VALUES
        (1, gen_random_uuid(), '00000000-0000-0000-0000-00000000000a', 'pm', 'succeeded'),
        (1, gen_random_uuid(), '00000000-0000-0000-0000-00000000000b', 'pm', 'requires_payment_method');
";

/// What is done to it, and the invariants that are then broken.
const DAMAGE: [(&str, &[&str]); 10] = [
    ("SELECT 1", &[]),
    ("UPDATE bookings SET status = 'CANCELLED' WHERE status = 'BOOKED'", &["I1", "I2"]),
    ("UPDATE bookings SET ticket_ids = ARRAY[(1 << 20) + 1], status = 'BOOKED' WHERE status = 'FAILED'", &["I1", "I6"]),
    ("UPDATE tickets SET status = 0, reserved_by = NULL, reservation_id = NULL, held_until = NULL, taken_price = NULL,
        booking_id = NULL WHERE status = 2", &["I2", "I6"]),
    ("UPDATE tickets SET reserved_by = 8 WHERE seat_number = '3'", &["I6"]),
    ("UPDATE bookings SET amount = 6 WHERE status = 'BOOKED'", &["I2"]),
    ("INSERT INTO refunds (event_id, refund_id, booking_id, ticket_ids, amount, fee, status, request_hash) VALUES
        (1, gen_random_uuid(), '00000000-0000-0000-0000-00000000000a', '{}', 5, 0, 'PENDING', '')", &["I2"]),
    ("UPDATE bookings SET status = 'REFUNDING' WHERE status = 'FAILED'", &["I2"]),
    ("UPDATE bookings SET status = 'REFUNDED' WHERE status = 'FAILED';
      INSERT INTO refunds (event_id, refund_id, booking_id, ticket_ids, amount, fee, status, request_hash) VALUES
        (1, gen_random_uuid(), '00000000-0000-0000-0000-00000000000b', '{}', 5, 0, 'FAILED', '')", &["I2"]),
    ("UPDATE payments SET provider_status = 'succeeded'", &["I2"]),
];

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_damage_is_found() {
    let database = Database::create().await;
    let mut conn = database.connect().await;
    conn.batch_execute(GOOD).await.unwrap();
    for (damage, broken) in DAMAGE {
        // Rolled back: each damage is done to the good database.
        conn.batch_execute("BEGIN").await.unwrap();
        conn.batch_execute(damage).await.unwrap();
        let found = check(&mut conn).await.unwrap();
        conn.batch_execute("ROLLBACK").await.unwrap();
        let mut invariants: Vec<_> = found.iter().map(|violation| violation.invariant).collect();
        invariants.sort_unstable();
        invariants.dedup();
        assert_eq!(invariants, broken, "{damage}: {found:#?}");
    }
}

/// What the cron job looks at: the exit code, and a line for each violation.
#[tokio::test(flavor = "multi_thread")]
async fn the_program_exits_by_what_it_found() {
    let database = Database::create().await;
    let audit = || program("upkeep").arg("audit").env("DATABASE_URL", database.primary()).output().unwrap();
    let mut conn = database.connect().await;
    conn.batch_execute(GOOD).await.unwrap();
    let good = audit();
    assert_eq!(good.status.code(), Some(0), "{good:?}");
    conn.batch_execute(DAMAGE[1].0).await.unwrap();
    let bad = audit();
    let said = String::from_utf8_lossy(&bad.stderr);
    assert_eq!(bad.status.code(), Some(3), "{said}");
    assert!(said.contains(r#""invariant":"I1""#) && said.contains(r#""invariant":"I2""#), "{said}");

    let nowhere = program("upkeep").arg("audit").env("DATABASE_URL", "postgres://127.0.0.1:1/x").output().unwrap();
    assert_eq!(nowhere.status.code(), Some(1), "a database that is gone is no violation");
}
