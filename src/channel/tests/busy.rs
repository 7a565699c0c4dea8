//! Instances that have as much to do as they may.

use tokio::task::JoinSet;
use tonic_types::StatusExt as _;

use super::*;

#[tokio::test]
async fn nobody_gets_more_than_there_is_room_for() {
    let peer = Peer::new(
        "a",
        "b",
        "http://127.0.0.1:1,http://127.0.0.1:2".parse().unwrap(),
        &settings(&["--peer-calls-max=2"]),
        None,
    );
    let known = peer.known();
    let _busy = (known[0].begin(), known[0].begin(), known[1].begin());
    for _ in 0..4 {
        assert!(Arc::ptr_eq(&peer.pick(None).unwrap(), &known[1]));
    }
    assert!(!peer.is_full());
    let _full = known[1].begin();
    assert!(peer.pick(None).is_none() && peer.is_full());
}

/// How many of a hundred calls at once reach an instance that hangs; the rest is refused at once.
async fn reaching(stage: &Stage, channel: &Channel) -> u32 {
    stage.now(HANGS);
    let before = stage.calls();
    let mut calls: JoinSet<_> = (0..100)
        .map(|_| {
            let channel = channel.clone();
            async move { search(&channel).await }
        })
        .collect();
    let mut refused = 0;
    while refused + stage.calls() - before < 100 {
        sleep(Duration::from_millis(1)).await;
        while let Some(answered) = calls.try_join_next() {
            let refusal = answered.unwrap().unwrap_err();
            assert_eq!(refusal.code(), Code::Unavailable);
            assert!(refusal.get_details_retry_info().is_some(), "says when to come back");
            refused += 1;
        }
    }
    calls.shutdown().await;
    100 - refused
}

#[tokio::test]
async fn who_turns_calls_away_gets_fewer_and_more_again_once_it_answers() {
    let stage = Stage::open(SERVES).await;
    let channel = channel(&[&stage], &[]);
    search(&channel).await.unwrap();
    assert_eq!(reaching(&stage, &channel).await, 100);

    stage.now(SAYS_NO);
    for _ in 0..1_000 {
        search(&channel).await.unwrap_err();
    }
    let few = reaching(&stage, &channel).await;
    assert!((1..100).contains(&few), "{few}");

    stage.now(SERVES);
    for _ in 0..1_000 {
        search(&channel).await.unwrap();
    }
    assert_eq!(reaching(&stage, &channel).await, 100);
}
