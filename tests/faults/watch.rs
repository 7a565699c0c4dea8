//! Visitors who do everything that visitors do, all the while, and a record of what became of each deed.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::MutexGuard,
    task::JoinSet,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;

use crate::{
    deeds::{Came, Deed, Visitor},
    harness::{Mesh, eventually},
};

/// How often somebody begins with each deed, however long the ones before wait.
const BEGUN_EVERY: Duration = Duration::from_millis(400);
/// The same of signing in: an account takes ten attempts at once.
const SIGNED_IN_EVERY: Duration = Duration::from_millis(1_500);
/// How long it may take until somebody has met with what is broken: whoever waits for an answer may wait for the edge's
/// deadline, and have waited before to begin.
const FELT_MAX: Duration = Duration::from_secs(20);
/// How long everything may take to be as before once nothing is broken any more.
const RECOVERS_MAX: Duration = Duration::from_secs(20);

/// What happens to a deed while something is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Nothing: it is answered right, each time.
    Kept,
    /// It is refused, in time and saying when to come back; or answered right, once what was broken is whole.
    Refused,
    /// It is answered PENDING and decided later.
    Later,
    /// It is answered right, PENDING, or refused: never wrong.
    Rough,
    /// Some are refused: those that were with whom is broken, or come to them by chance. Others are answered right.
    Shaken,
}

impl Fate {
    /// What somebody must have met with.
    fn felt(self) -> Option<Came> {
        match self {
            Self::Kept => Some(Came::Right),
            Self::Refused => Some(Came::Refused),
            Self::Later => Some(Came::Pending),
            Self::Rough | Self::Shaken => None,
        }
    }
}

/// One deed that was done.
#[derive(Debug, Clone)]
struct Done {
    deed: Deed,
    begun: Instant,
    ended: Instant,
    came: Came,
}

/// Visitors who go on until they are told to stop.
pub struct Watch {
    visitor: Visitor,
    done: Arc<Mutex<Vec<Done>>>,
    over: CancellationToken,
    visitors: JoinSet<()>,
}

impl Watch {
    /// Begins, once every deed comes right: so much is nobody's fault. Each time with seats of which none is lost yet.
    pub async fn begin(mesh: &Mesh) -> Self {
        let visitor = Visitor::of(mesh).await;
        all_is_well(&visitor).await;
        let (done, over): (Arc<Mutex<Vec<Done>>>, _) = (Arc::default(), CancellationToken::new());
        let mut visitors = JoinSet::new();
        for deed in Deed::ALL {
            let (visitor, done, over) = (visitor.clone(), Arc::clone(&done), over.clone());
            visitors.spawn(async move {
                let mut under_way = JoinSet::new();
                while !over.is_cancelled() {
                    let (visitor, done) = (visitor.clone(), Arc::clone(&done));
                    under_way.spawn(async move {
                        let begun = Instant::now();
                        let came = visitor.does(deed).await;
                        let ended = Instant::now();
                        done.lock().unwrap_or_else(PoisonError::into_inner).push(Done { deed, begun, ended, came });
                    });
                    sleep(if deed == Deed::SignIn { SIGNED_IN_EVERY } else { BEGUN_EVERY }).await;
                }
                under_way.join_all().await;
            });
        }
        Self { visitor, done, over, visitors }
    }

    /// Waits until somebody has met with each fate that cannot be missed: what is refused was, since `broken`, and what is
    /// decided later is so.
    pub async fn is_felt(&self, broken: Instant, fates: &[(Deed, Fate)]) {
        for (deed, fate) in fates {
            let Some(wanted) = fate.felt() else { continue };
            eventually(&format!("{deed:?} is {fate:?}"), FELT_MAX, async || {
                let done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
                done.iter().any(|done| done.deed == *deed && done.ended > broken && done.came == wanted)
            })
            .await;
        }
    }

    /// Waits until every deed comes right.
    pub async fn all_is_well(&self) {
        all_is_well(&self.visitor).await;
    }

    /// Ends, once nobody waits for an answer any more; answers what they have seen.
    pub async fn end(mut self) -> Seen {
        self.over.cancel();
        while let Some(ended) = self.visitors.join_next().await {
            ended.unwrap();
        }
        Seen(std::mem::take(&mut *self.done.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// What the visitors have seen.
pub struct Seen(Vec<Done>);

impl Seen {
    /// Expects that between `broken` and `mended` each deed had its fate, as `fates` has it; what is not named was kept. What
    /// is kept was done at least once.
    pub fn expect(&self, what: &str, broken: Instant, mended: Instant, fates: &[(Deed, Fate)]) {
        let mut tally: BTreeMap<Deed, [usize; 3]> = BTreeMap::new();
        for deed in Deed::ALL {
            let fate = fates.iter().find(|(named, _)| *named == deed).map_or(Fate::Kept, |(_, fate)| *fate);
            let under = self.0.iter().filter(|done| done.deed == deed && done.begun < mended && done.ended > broken);
            for done in under.clone() {
                let was_broken = done.begun > broken && done.ended < mended;
                let fits = match (fate, &done.came) {
                    (Fate::Refused | Fate::Later, Came::Right) => !was_broken,
                    (_, Came::Wrong(_))
                    | (Fate::Kept, Came::Pending | Came::Refused)
                    | (Fate::Refused | Fate::Shaken, Came::Pending)
                    | (Fate::Later, Came::Refused) => false,
                    _ => true,
                };
                let took = done.ended - done.begun;
                assert!(fits, "{what}: {deed:?} should be {fate:?}, and took {took:?} and came to {:?}", done.came);
                tally.entry(deed).or_default()[match done.came {
                    Came::Right => 0,
                    Came::Pending => 1,
                    _ => 2,
                }] += 1;
            }
            let Some(felt) = fate.felt() else { continue };
            assert!(under.clone().any(|done| done.came == felt), "{what}: {deed:?} was never {fate:?}");
        }
        eprintln!("{what}: right, pending, refused: {tally:?}");
    }
}

/// Waits until every deed comes right.
pub async fn all_is_well(visitor: &Visitor) {
    for deed in Deed::ALL {
        eventually(&format!("{deed:?} comes right"), RECOVERS_MAX, async || visitor.does(deed).await == Came::Right)
            .await;
    }
}

/// What one test at a time has: visitors of two meshes on the same processors would see each other's faults.
pub async fn alone() -> MutexGuard<'static, ()> {
    static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    ALONE.lock().await
}
