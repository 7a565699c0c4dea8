//! What a visitor does at the edge, one deed after another, on seats that nobody else wants, and what becomes of it. It is
//! what the promises of `promises.rs` are about.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use reqwest::RequestBuilder;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Event, Front, Mesh, Tokens};

/// The longest that anybody waits for the edge: its own deadline, and what a busy machine adds.
pub const ANSWERED_MAX: Duration = Duration::from_secs(10 + 4);
/// How many seats are theirs.
const SEATS: usize = 400;
const PASSWORD: &str = "a-long-enough-password";

/// A deed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Deed {
    /// Finds the event by its name.
    Search,
    /// Sees its seats.
    View,
    /// Holds one, and gives it up.
    Reserve,
    /// Pays for one, and gives it back.
    Book,
    /// Signs in.
    SignIn,
}

impl Deed {
    pub const ALL: [Self; 5] = [Self::Search, Self::View, Self::Reserve, Self::Book, Self::SignIn];
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Came {
    /// It was answered, and right.
    Right,
    /// The payment is not decided yet: PENDING.
    Pending,
    /// It was refused as the contract has it: UNAVAILABLE and when to come back, or `DEADLINE_EXCEEDED`.
    Refused,
    /// Anything else: no answer, a defect, something that is not true.
    Wrong(String),
}

/// Somebody who does these things. Cheap to clone.
#[derive(Clone)]
pub struct Visitor {
    http: reqwest::Client,
    front: Front,
    tokens: Tokens,
    event: Arc<Event>,
    /// Those of the event's seats that nobody has, for all that is known.
    free: Arc<Mutex<VecDeque<i64>>>,
    email: String,
}

/// What was answered: status, whether it says when to come back, body.
type Answered = (u16, bool, Value);

impl Visitor {
    /// A visitor with an account and an event of their own.
    pub async fn of(mesh: &Mesh) -> Self {
        let event = Event::on_sale(mesh, SEATS).await;
        let visitor = Self {
            http: reqwest::Client::builder().timeout(ANSWERED_MAX).build().unwrap(),
            front: mesh.front.clone(),
            tokens: mesh.tokens.clone(),
            free: Arc::new(Mutex::new(event.tickets.iter().copied().collect())),
            event: Arc::new(event),
            email: format!("{}@usher.example", Uuid::new_v4().simple()),
        };
        let account = json!({"user_name": "Vera", "email": visitor.email, "password": PASSWORD});
        let (status, _, body) = visitor.post("/v1/signup", None, &account).await.unwrap();
        assert_eq!(status, 200, "{body}");
        visitor
    }

    /// Does it.
    pub async fn does(&self, deed: Deed) -> Came {
        match deed {
            Deed::Search => self.searches().await,
            Deed::View => self.views().await,
            Deed::Reserve => self.reserves().await,
            Deed::Book => self.books().await,
            Deed::SignIn => self.signs_in().await,
        }
        .unwrap_or_else(|came| came)
    }

    /// Puts up a theatre, as the house does.
    pub async fn puts_up_a_theatre(&self) -> Came {
        let name = Uuid::new_v4().simple().to_string();
        let seats = json!([{"seat_no": "A1", "row": "A", "price": 1_000}]);
        let theatre = json!({
            "theater_name": name, "city": "Testville", "time_zone": "Europe/London",
            "screens": [{"screen_name": "One", "seats": seats}],
        });
        let token = self.tokens.make(1, "ADMIN");
        match self.post("/v1/update/theater", Some(&token), &theatre).await.and_then(served) {
            Ok(up) => right(up["theater"]["theater_name"] == *name, &up),
            Err(came) => Err(came),
        }
        .unwrap_or_else(|came| came)
    }

    /// Holds a seat, and keeps it.
    pub async fn holds(&self) -> Came {
        let token = self.tokens.make(rand::random_range(1 << 40..1 << 41), "CUSTOMER");
        self.hold(&token).await.map_or_else(|came| came, |_| Came::Right)
    }

    async fn searches(&self) -> Result<Came, Came> {
        // Another one each time, of which no cache knows.
        let [day, hour, minute] = [1..29, 0..24, 0..60].map(rand::random_range::<u32, _>);
        let query = format!("query={}&to=2099-01-{day:02}T{hour:02}:{minute:02}:00Z", self.event.name);
        let found = served(self.get(&format!("/v1/search?{query}")).await?)?;
        right(found["events"][0]["event_name"] == *self.event.name, &found)
    }

    async fn views(&self) -> Result<Came, Came> {
        let seen = served(self.get(&format!("/v1/event/{}", self.event.id)).await?)?;
        right(seen["tickets"].as_array().is_some_and(|tickets| tickets.len() == SEATS), &seen["event"])
    }

    async fn reserves(&self) -> Result<Came, Came> {
        let token = self.tokens.make(rand::random_range(1 << 40..1 << 41), "CUSTOMER");
        let (seat, held) = self.hold(&token).await?;
        served(self.post("/v1/release", Some(&token), &json!({"reservation_id": held["reservation_id"]})).await?)?;
        self.leave(seat);
        Ok(Came::Right)
    }

    async fn books(&self) -> Result<Came, Came> {
        let token = self.tokens.make(rand::random_range(1 << 40..1 << 41), "CUSTOMER");
        let (seat, held) = self.hold(&token).await?;
        let order = json!({
            "reservation_id": held["reservation_id"], "request_id": Uuid::new_v4().to_string(),
            "card_info": {"payment_method": "pm_card_visa"},
        });
        let booked = served(self.post("/v1/book", Some(&token), &order).await?)?["booking"].clone();
        if booked["status"] == "PENDING" {
            return Ok(Came::Pending);
        }
        right(booked["status"] == "BOOKED", &booked)?;
        let back = json!({"booking_id": booked["booking_id"], "request_id": Uuid::new_v4().to_string()});
        let back = served(self.post("/v1/cancel", Some(&token), &back).await?)?;
        self.leave(seat);
        right(back["refund_amount"] == booked["amount"], &back)
    }

    /// A seat that nobody has. One of which it is not known how it stands is never asked for again.
    async fn hold(&self, token: &str) -> Result<(i64, Value), Came> {
        let seat = self.free().pop_front().expect("a seat that nobody has");
        let wish = json!({"ticket_id": seat.to_string(), "request_id": Uuid::new_v4().to_string()});
        let held = served(self.post("/v1/reserve", Some(token), &wish).await?)?["reservation"].clone();
        right(held["ticket_ids"] == json!([seat.to_string()]), &held)?;
        Ok((seat, held))
    }

    /// Nobody has it any more.
    fn leave(&self, seat: i64) {
        self.free().push_back(seat);
    }

    fn free(&self) -> MutexGuard<'_, VecDeque<i64>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn signs_in(&self) -> Result<Came, Came> {
        let account = json!({"email": self.email, "password": PASSWORD});
        let signed_in = served(self.post("/v1/login", None, &account).await?)?;
        let token = signed_in["auth_token"].as_str().unwrap_or_default().to_owned();
        right(!token.is_empty(), &signed_in)
    }

    async fn get(&self, path: &str) -> Result<Answered, Came> {
        answered(self.http.get(format!("{}{path}", self.front.next()))).await
    }

    async fn post(&self, path: &str, token: Option<&str>, body: &Value) -> Result<Answered, Came> {
        let request = self.http.post(format!("{}{path}", self.front.next())).json(body);
        answered(match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        })
        .await
    }
}

async fn answered(request: RequestBuilder) -> Result<Answered, Came> {
    let unheard = |error: reqwest::Error| Came::Wrong(format!("no answer: {error:?}"));
    let answer = request.send().await.map_err(unheard)?;
    let (status, comes_back) = (answer.status().as_u16(), answer.headers().contains_key("retry-after"));
    Ok((status, comes_back, answer.json().await.map_err(unheard)?))
}

/// The body of a good answer; else how it was refused.
fn served((status, comes_back, body): Answered) -> Result<Value, Came> {
    match (status, body["details"][0]["reason"].as_str()) {
        (200, _) => Ok(body),
        (503, Some("UNAVAILABLE")) if comes_back => Err(Came::Refused),
        (504, Some("DEADLINE_EXCEEDED")) => Err(Came::Refused),
        _ => Err(Came::Wrong(format!("{status}: {body}"))),
    }
}

fn right(is_right: bool, told: &Value) -> Result<Came, Came> {
    if is_right { Ok(Came::Right) } else { Err(Came::Wrong(format!("not so: {told}"))) }
}
