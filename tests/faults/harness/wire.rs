//! A wire between two parts of a mesh, and the weather on it: calls that are slow, packets that are lost, connections that
//! break in the middle of a message, an end that is out of reach and says nothing, or says so at once. It is a wire of TCP:
//! what a lost packet costs there is time, so loss is a pause as long as TCP's own before it sends again.

use std::{
    fmt, io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{ReadHalf, WriteHalf},
    },
    sync::{mpsc, watch},
    task::JoinSet,
    time::{Instant, sleep_until},
};
use tokio_util::task::AbortOnDropHandle;

/// The most that is read at once, in bytes: about what a few packets carry.
const CHUNK_BYTES: usize = 8 * 1024;
/// The most chunks on their way in one direction: beyond that a sender is held up, as TCP holds it up.
const CHUNKS_MAX: usize = 64;
/// How long TCP waits at least before it sends a lost packet again (Linux: `TCP_RTO_MIN`).
const LOST_FOR: Duration = Duration::from_millis(200);

/// What happens on a wire. The default is fair.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Weather {
    /// How long everything takes in one direction.
    pub latency: Duration,
    /// How much longer it takes at most, by chance.
    pub jitter: Duration,
    /// The share of packets that are lost and sent again.
    pub loss: f64,
    /// The share of packets in whose middle the connection is reset.
    pub cuts: f64,
    /// Whether nothing gets through, and nobody is told so: connections come up, and what is sent arrives once this is over.
    pub silent: bool,
    /// Whether connections are reset at once.
    pub refuses: bool,
}

impl Weather {
    /// Nothing gets through and nobody is told: what a switch that died does, or a rule of a firewall.
    pub const PARTITION: Self = Self { silent: true, ..Self::FAIR };
    /// Connections are reset: what a machine says whose program is gone.
    pub const REFUSED: Self = Self { refuses: true, ..Self::FAIR };
    /// Another continent: slow, and never equally slow.
    pub const FAR: Self = Self { latency: Duration::from_millis(40), jitter: Duration::from_millis(40), ..Self::FAIR };
    /// A bad link: packets are lost, and now and then a connection breaks in the middle of a message.
    pub const ROUGH: Self = Self { loss: 0.02, cuts: 0.002, ..Self::FAIR };
    const FAIR: Self =
        Self { latency: Duration::ZERO, jitter: Duration::ZERO, loss: 0.0, cuts: 0.0, silent: false, refuses: false };
}

impl fmt::Display for Weather {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match *self {
            Self::FAIR => "fair",
            Self::PARTITION => "silence",
            Self::REFUSED => "resets",
            Self::FAR => "far",
            Self::ROUGH => "rough",
            _ => "bad",
        })
    }
}

/// The wire. It is gone when this is dropped, and with it every connection on it.
#[derive(Debug)]
pub struct Wire {
    /// Its near end, where whoever calls connects to.
    pub near: String,
    weather: watch::Sender<Weather>,
    _carrying: AbortOnDropHandle<()>,
}

impl Wire {
    /// A wire to `address`, in fair weather. What happens by chance comes from `seed`.
    pub async fn to(address: &str, seed: u64) -> Self {
        let far: SocketAddr = address.parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let near = listener.local_addr().unwrap().to_string();
        let (weather, forecast) = watch::channel(Weather::default());
        let chance = Arc::new(Mutex::new(StdRng::seed_from_u64(seed)));
        let carrying = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                tokio::select! {
                    accepted = listener.accept() => {
                        let Ok((near, _)) = accepted else { continue };
                        let (forecast, chance) = (forecast.clone(), Arc::clone(&chance));
                        connections.spawn(async move { connect(near, far, forecast, &chance).await });
                    }
                    Some(_) = connections.join_next() => {}
                }
            }
        });
        Self { near, weather, _carrying: AbortOnDropHandle::new(carrying) }
    }

    /// From now on.
    pub fn set(&self, weather: Weather) {
        self.weather.send_replace(weather);
    }
}

/// One connection, from its beginning to its end.
async fn connect(mut near: TcpStream, far: SocketAddr, mut weather: watch::Receiver<Weather>, chance: &Mutex<StdRng>) {
    let mut refused = weather.clone();
    let ended = tokio::select! {
        biased;
        _ = refused.wait_for(|weather| weather.refuses) => Err(broken()),
        // Also a connection that is new hears nothing while nothing gets through.
        ended = async {
            fair(&mut weather).await?;
            let mut far = TcpStream::connect(far).await?;
            let ended = carry(&mut near, &mut far, &weather, chance).await;
            if ended.is_err() {
                let _ = far.set_zero_linger();
            }
            ended
        } => ended,
    };
    if ended.is_err() {
        // Its ends are told that it is broken, not that it is over.
        let _ = near.set_zero_linger();
    }
}

fn broken() -> io::Error {
    io::ErrorKind::ConnectionReset.into()
}

/// Waits until something gets through.
async fn fair(weather: &mut watch::Receiver<Weather>) -> io::Result<()> {
    weather.wait_for(|weather| !weather.silent).await.map(|_| ()).map_err(|_| broken())
}

/// Carries both directions, until both have ended.
async fn carry(
    near: &mut TcpStream,
    far: &mut TcpStream,
    weather: &watch::Receiver<Weather>,
    chance: &Mutex<StdRng>,
) -> io::Result<()> {
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    let ((from_near, to_near), (from_far, to_far)) = (near.split(), far.split());
    tokio::try_join!(pump(from_near, to_far, weather, chance), pump(from_far, to_near, weather, chance))?;
    Ok(())
}

/// Carries one direction. What is sent arrives in order, however long each piece takes.
async fn pump(
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    weather: &watch::Receiver<Weather>,
    chance: &Mutex<StdRng>,
) -> io::Result<()> {
    let (on_its_way, mut arriving) = mpsc::channel::<(Instant, Vec<u8>)>(CHUNKS_MAX);
    let read = {
        let weather = weather.clone();
        async move {
            let mut chunk = vec![0; CHUNK_BYTES];
            loop {
                let bytes = from.read(&mut chunk).await?;
                let at = Instant::now() + delay(*weather.borrow(), chance);
                if bytes == 0 || on_its_way.send((at, chunk[..bytes].to_vec())).await.is_err() {
                    return Ok(());
                }
            }
        }
    };
    let write = async {
        let mut weather = weather.clone();
        while let Some((at, bytes)) = arriving.recv().await {
            sleep_until(at).await;
            fair(&mut weather).await?;
            let cuts = weather.borrow().cuts;
            if cuts > 0.0 && lock(chance).random_bool(cuts) {
                to.write_all(&bytes[..bytes.len() / 2]).await?;
                return Err(broken());
            }
            to.write_all(&bytes).await?;
        }
        to.shutdown().await
    };
    tokio::try_join!(read, write)?;
    Ok(())
}

/// How long what is sent now is on its way.
fn delay(weather: Weather, chance: &Mutex<StdRng>) -> Duration {
    if weather.latency.is_zero() && weather.loss == 0.0 {
        return Duration::ZERO;
    }
    let mut chance = lock(chance);
    let lost = if chance.random_bool(weather.loss) { LOST_FOR } else { Duration::ZERO };
    weather.latency + weather.jitter.mul_f64(chance.random()) + lost
}

fn lock(chance: &Mutex<StdRng>) -> std::sync::MutexGuard<'_, StdRng> {
    chance.lock().unwrap_or_else(PoisonError::into_inner)
}
