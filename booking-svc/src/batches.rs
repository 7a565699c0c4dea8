//! Requests that wait for a worker are answered together: idle, one starts at once; under load the batches grow by
//! themselves. What a batch does belongs to its worker, so that a client that goes away leaves nothing half done.

use std::{collections::BTreeMap, sync::Arc};

use async_channel::{Receiver, Sender, TrySendError};
use tokio::{sync::oneshot, time::Instant};
use tokio_util::task::TaskTracker;
use usher::{
    database::{Fault, Faulty as _},
    id::EventId,
    reason::Refusal,
    serving::isolated,
    trace::Span,
};

use crate::{error::Error, funnel::Batches};

/// How a queue is run.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// What its batches are counted as.
    pub name: &'static str,
    /// What their spans are called.
    pub span: &'static str,
    /// How many batches run at once.
    pub workers: u32,
    /// How many requests may wait.
    pub waiting_max: u32,
    /// The most requests in one batch.
    pub batch_max: usize,
}

/// The entrance of a queue. Cheap to clone. The workers end when the last one is dropped and the queue is empty.
#[derive(Debug)]
pub struct BatchQueue<R, A> {
    entrance: Sender<Waiting<R, A>>,
}

#[derive(Debug)]
struct Waiting<R, A> {
    request: R,
    since: Instant,
    /// Where the request is in its trace.
    span: Span,
    answer: oneshot::Sender<Result<A, Error>>,
}

impl<R, A> Clone for BatchQueue<R, A> {
    fn clone(&self) -> Self {
        Self { entrance: self.entrance.clone() }
    }
}

impl<R, A> BatchQueue<R, A>
where
    R: Clone + Send + Sync + 'static,
    A: Send + 'static,
{
    /// Starts the workers under `tasks`. `run` answers a batch in one transaction, each request in its place; where `event`
    /// tells of which one each is, all are of the same.
    pub fn start<F, Fut>(settings: Settings, tasks: &TaskTracker, event: Option<EventOf<R>>, run: F) -> Self
    where
        F: Fn(Arc<[R]>) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<Vec<Result<A, Error>>, Error>> + Send + 'static,
    {
        let (entrance, queue) = async_channel::bounded(settings.waiting_max as usize);
        for _ in 0..settings.workers {
            tasks.spawn(work(queue.clone(), settings, event, run.clone()));
        }
        Self { entrance }
    }

    /// Queues a request and waits for its answer. A full queue refuses at once.
    pub async fn ask(&self, request: R) -> Result<A, Error> {
        let (answer, answered) = oneshot::channel();
        self.entrance.try_send(waiting(request, answer)).map_err(|refused| match refused {
            TrySendError::Full(_) => Error::QueueFull,
            TrySendError::Closed(_) => Error::Stopping,
        })?;
        answered.await.unwrap_or(Err(Error::Stopping))
    }

    /// As [`Self::ask`], but waits for room in the queue: for what must not be turned away.
    pub async fn hand_in(&self, request: R) -> Result<A, Error> {
        let (answer, answered) = oneshot::channel();
        self.entrance.send(waiting(request, answer)).await.map_err(|_| Error::Stopping)?;
        answered.await.unwrap_or(Err(Error::Stopping))
    }
}

fn waiting<R, A>(request: R, answer: oneshot::Sender<Result<A, Error>>) -> Waiting<R, A> {
    Waiting { request, since: Instant::now(), span: Span::current(), answer }
}

async fn work<R, A, F, Fut>(queue: Receiver<Waiting<R, A>>, settings: Settings, event: Option<EventOf<R>>, run: F)
where
    R: Clone,
    F: Fn(Arc<[R]>) -> Fut,
    Fut: Future<Output = Result<Vec<Result<A, Error>>, Error>>,
{
    let batches = Batches::of(settings.name);
    while let Ok(first) = queue.recv().await {
        let waited_since = first.since;
        let behind = std::iter::from_fn(|| queue.try_recv().ok());
        let waiting = std::iter::once(first).chain(behind).take(settings.batch_max);
        // Who waits no longer withdrew the request.
        let (requests, callers): (Vec<_>, Vec<_>) = waiting
            .filter(|waiting| !waiting.answer.is_closed())
            .map(|waiting| (waiting.request, (waiting.answer, waiting.span)))
            .unzip();
        if requests.is_empty() {
            continue;
        }
        let begun = batches.begin(requests.len(), Some(waited_since), queue.len());
        let span = Span::shared(settings.span, callers.iter().map(|(_, span)| span));
        let answers = span.around(together(requests, event, &run)).await;
        span.end();
        begun.end();
        // A caller who went away meanwhile finds what was done when asking again.
        callers.into_iter().zip(answers).for_each(|((caller, _), answer)| drop(caller.send(answer)));
    }
}

/// Which event a request is of.
pub type EventOf<R> = fn(&R) -> EventId;

/// The event that all of a batch is of, where batches are of one.
pub fn of_one<R>(event: Option<EventOf<R>>, requests: &[R]) -> Option<EventId> {
    Some(event?(requests.first()?))
}

/// Answers all requests, in their order: by one `run`, or where `event` tells of which one each is, by one for each event.
pub async fn together<R, A, F, Fut>(requests: Vec<R>, event: Option<EventOf<R>>, run: F) -> Vec<Result<A, Error>>
where
    R: Clone,
    F: Fn(Arc<[R]>) -> Fut,
    Fut: Future<Output = Result<Vec<Result<A, Error>>, Error>>,
{
    let Some(event) = event else { return at_once(requests, &run).await };
    let mut apart = BTreeMap::<_, (Vec<_>, Vec<_>)>::new();
    for (place, request) in requests.into_iter().enumerate() {
        let (places, requests) = apart.entry(event(&request)).or_default();
        places.push(place);
        requests.push(request);
    }
    let mut answers = Vec::new();
    for (places, requests) in apart.into_values() {
        answers.extend(places.into_iter().zip(at_once(requests, &run).await));
    }
    answers.sort_unstable_by_key(|(place, _)| *place);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

/// Answers all requests, in their order, by one `run`. Where that fails for a reason that may be one request's alone, or
/// panics, each is run by itself: nobody is refused, or delayed for long, because of somebody else.
async fn at_once<R, A, F, Fut>(requests: Vec<R>, run: &F) -> Vec<Result<A, Error>>
where
    R: Clone,
    F: Fn(Arc<[R]>) -> Fut,
    Fut: Future<Output = Result<Vec<Result<A, Error>>, Error>>,
{
    let requests: Arc<[R]> = requests.into();
    let error = match isolated(run(Arc::clone(&requests))).await {
        Ok(Ok(answers)) => return answers,
        Ok(Err(error)) => error,
        Err(panicked) => panicked.into(),
    };
    if requests.len() == 1 || matches!(error.fault(), Some(Fault::Unavailable | Fault::Timeout)) {
        let refusal = Refusal::from(error);
        return requests.iter().map(|_| Err(Error::Refused(refusal.clone()))).collect();
    }
    let mut answers = Vec::with_capacity(requests.len());
    for request in requests.iter() {
        let alone = isolated(run([request.clone()].into())).await.unwrap_or_else(|panicked| Err(panicked.into()));
        answers.push(alone.and_then(|mut answers| answers.pop().unwrap_or(Err(Error::Stopping))));
    }
    answers
}

/// Ascending, each once: what a batch locks, and in which order.
pub fn distinct<T: Ord>(all: impl Iterator<Item = T>) -> Vec<T> {
    let mut all: Vec<_> = all.collect();
    all.sort_unstable();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_request_that_panics_fails_alone() {
        let run = |requests: Arc<[u32]>| async move {
            assert!(!requests.contains(&13), "a defect");
            Ok(requests.iter().map(|request| Ok(request * 2)).collect())
        };
        let answers = together(vec![1, 13, 2], None, run).await;
        assert!(matches!(answers[..], [Ok(2), Err(Error::Refused(_)), Ok(4)]), "{answers:?}");
    }

    #[tokio::test]
    async fn where_batches_are_of_one_event_each_is_answered_in_its_place() {
        let event: EventOf<i64> = |request| EventId::new(1 + request % 3).unwrap();
        let run = |requests: Arc<[i64]>| async move {
            let of: Vec<_> = requests.iter().map(|request| request % 3).collect();
            assert!(of.iter().all(|event| *event == of[0]), "{requests:?}");
            // What was begun for the others stands.
            assert!(!requests.contains(&14), "a defect");
            Ok(requests.iter().map(|request| Ok(request * 2)).collect())
        };
        let answers = together((7..20).collect(), Some(event), run).await;
        let expected: Vec<_> = (7..20).map(|request| (request != 14).then_some(request * 2)).collect();
        assert_eq!(answers.into_iter().map(Result::ok).collect::<Vec<_>>(), expected);
    }
}
