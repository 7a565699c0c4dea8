//! The lines of waiting rooms, in Redis: who waits in which order, who was let in, and how many may follow. One script
//! does all of it at once, so that any instance serves any caller and none of them remembers anything.
//!
//! A place is an account's: neither more tabs nor a repeated request make another one. Who comes before the opening stands
//! where their lot puts them (`usher::pass`), who comes later behind all of those, in order of arrival. Whoever asks, moves
//! the line on for all: as many are let in as the time since the last question allows.

use std::{sync::LazyLock, time::Duration};

use bb8_redis::{bb8, redis::Script};
use secrecy::SecretString;
use tokio::time::timeout;
pub use usher::redis_link::MalformedUrl;
use usher::{id::EventId, pass::Bearer, redis_link::Links};

use crate::event::WaitingRoom;

/// How long Redis may take.
const ANSWER_MAX: Duration = Duration::from_secs(1);
/// The most questions under way to Redis at once.
const CONNECTIONS_MAX: u32 = 16;
/// How much of the rate may be made up for when nobody asked for a while, in seconds.
const BURST_SECONDS: f64 = 10.0;
/// How long a line is remembered after its opening, and after somebody asked last.
const KEPT: Duration = Duration::from_secs(48 * 3_600);

/// Times are microseconds since 1970 by Redis's clock, the only one that all instances share.
static SCRIPT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "
local waiting, admitted, gate = KEYS[1], KEYS[2], KEYS[3]
local user, lot = ARGV[1], ARGV[2]
local rate, burst, opens = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local pass, kept, now = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
if not now then
    local time = redis.call('TIME')
    now = time[1] * 1000000 + time[2]
end
-- A pass ends with a whole second, and so does its turn: who asks at that moment is in line anew.
local second = now - now % 1000000
redis.call('ZREMRANGEBYSCORE', admitted, '-inf', string.format('(%.0f', second + 1000000 - pass))
if not redis.call('ZSCORE', admitted, user) and not redis.call('ZSCORE', waiting, user) then
    -- Lots are below 1, arrivals are counted from 1: nobody who came later stands before one who came early.
    local place = lot
    if now >= opens then
        place = redis.call('HINCRBY', gate, 'arrived', 1)
    end
    redis.call('ZADD', waiting, place, user)
end
local credit = 0
if now >= opens then
    local before = redis.call('HMGET', gate, 'credit', 'at')
    local at = tonumber(before[2]) or opens
    credit = math.min(burst, (tonumber(before[1]) or 1) + math.max(0, now - at) * rate)
    if credit >= 1 then
        local next = redis.call('ZPOPMIN', waiting, math.floor(credit))
        for i = 1, #next, 2 do
            redis.call('ZADD', admitted, now, next[i])
        end
        credit = credit - #next / 2
    end
    redis.call('HSET', gate, 'credit', string.format('%.17g', credit), 'at', string.format('%.0f', now))
end
local keep = math.ceil((math.max(0, opens - now) + kept) / 1000)
for _, key in ipairs(KEYS) do
    redis.call('PEXPIRE', key, keep)
end
local since = redis.call('ZSCORE', admitted, user)
local ahead = redis.call('ZRANK', waiting, user)
return {since or '', ahead or 0, tostring(credit), string.format('%.0f', now)}",
    )
});

/// Where somebody stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standing {
    /// When they were let in; `None` while they wait.
    pub admitted_at: Option<i64>,
    /// How many stand before them.
    pub ahead: u64,
    /// How many are let in next; grows with the rate.
    pub credit: f64,
    /// The clock's reading.
    pub now: i64,
}

/// The lines. Cheap to clone.
#[derive(Clone)]
pub struct Lines {
    pool: bb8::Pool<Links>,
    pass_for: Duration,
}

/// The line can't be kept now.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unreachable(String);

impl Lines {
    /// The lines in the Redis at `url`; whoever is let in may reserve for `pass_for`. Connects to nothing yet.
    pub fn new(url: &SecretString, pass_for: Duration) -> Result<Self, MalformedUrl> {
        let manager = Links::to(url, ANSWER_MAX)?;
        let pool = bb8::Pool::builder()
            .max_size(CONNECTIONS_MAX)
            .connection_timeout(ANSWER_MAX)
            .test_on_check_out(true)
            .build_unchecked(manager);
        Ok(Self { pool, pass_for })
    }

    /// How long whoever is let in may reserve.
    #[must_use]
    pub const fn pass_for(&self) -> Duration {
        self.pass_for
    }

    /// Takes the bearer's place in line, or finds it, and moves the line on. `lot`: where who comes early stands, from 0 up
    /// to below 1.
    pub async fn enter(&self, bearer: Bearer, room: WaitingRoom, lot: f64) -> Result<Standing, Unreachable> {
        self.enter_at(None, bearer, room, lot).await
    }

    /// As [`Self::enter`], at a moment of the caller's choice, in microseconds since 1970: to play hours of arrivals in
    /// seconds.
    pub async fn enter_at(
        &self,
        now: Option<i64>,
        bearer: Bearer,
        room: WaitingRoom,
        lot: f64,
    ) -> Result<Standing, Unreachable> {
        let rate = per_microsecond(room);
        let mut call = SCRIPT.prepare_invoke();
        for key in keys(bearer.event) {
            call.key(key);
        }
        call.arg(bearer.user_id)
            .arg(lot)
            .arg(rate)
            .arg((rate * 1e6 * BURST_SECONDS).max(1.0))
            .arg(room.opens_at.map_or(0, |at| at.timestamp_micros()))
            .arg(micros(self.pass_for))
            .arg(micros(KEPT))
            .arg(now.map(|now| now.to_string()).unwrap_or_default());
        let asked = async {
            let mut conn = self.pool.get().await.map_err(|error| error.to_string())?;
            let answer: (String, u64, String, String) =
                call.invoke_async(&mut *conn).await.map_err(|error| error.to_string())?;
            Ok::<_, String>(answer)
        };
        let answer = timeout(ANSWER_MAX, asked).await.unwrap_or_else(|_| Err("no answer".to_owned()));
        let (since, ahead, credit, now) = answer.map_err(Unreachable)?;
        let odd = || Unreachable("the line's script answered something else".to_owned());
        Ok(Standing {
            admitted_at: since.parse::<f64>().ok().map(whole),
            ahead,
            credit: credit.parse().map_err(|_| odd())?,
            now: now.parse().map_err(|_| odd())?,
        })
    }
}

/// How many are let in per microsecond.
#[must_use]
pub fn per_microsecond(room: WaitingRoom) -> f64 {
    f64::from(room.admissions_per_minute) / 60e6
}

/// The keys of an event's line. The braces keep them on one node of a cluster, as a script needs them.
#[must_use]
pub fn keys(event: EventId) -> [String; 3] {
    ["waiting", "admitted", "gate"].map(|part| format!("usher:line:{{{event}}}:{part}"))
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// A score of Redis's: microseconds since 1970 are whole numbers below 2^53.
#[expect(clippy::cast_possible_truncation, reason = "below 2^53")]
const fn whole(score: f64) -> i64 {
    score as i64
}
