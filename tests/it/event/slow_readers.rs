//! Readers that take their time (L-12, L-13, F-08). They are asked for their answers here, not by a connection that
//! reads ahead.

use std::collections::BTreeSet;
use std::time::Duration;

use helpdesk::domain::ids::AccountId;
use helpdesk::domain::rejection::Rejection;
use helpdesk::service::events::{self, Delivery, Sight, Start, Wanted, Watch, WatchEvents};
use helpdesk::service::grant::Grant;
use tokio_util::sync::CancellationToken;

use super::stream::make_ticket;
use crate::support::app::{self, App};
use crate::support::databases::both_engines;

/// Memory for one event: everything else has to come from the log.
const SMALL: &[(&str, &str)] = &[("watch.buffer_events", "1"), ("events.keep_at_least", "0")];

async fn watch(app: &App, ending: CancellationToken) -> Watch {
    let service = &app.running().service;
    let grant = Grant::system(AccountId::stored(app::ACCOUNT), "test");
    let wanted = Wanted::new(service, &grant, BTreeSet::new(), "").expect("no filter");
    let progress = Duration::from_secs(15);
    let asked = WatchEvents {
        wanted,
        start: Start::Now,
        progress,
        credential_end: None,
        ending,
        subject: None,
        sight: Sight::Stream,
    };
    let mut watch = events::open(service, grant, asked).await.expect("a stream");
    let first = next(&mut watch).await.expect("a sign that it began");
    assert!(first.events.is_empty() && first.caught_up);
    watch
}

async fn next(watch: &mut Watch) -> Result<Delivery, Rejection> {
    watch.next().await.expect("the stream has not ended")
}

both_engines!(a_slow_reader_is_served_from_the_log_without_a_gap, |db| async move {
    let app = App::start_set(db, SMALL).await;
    let mia = app.agent("mia").await;
    let mut watch = watch(&app, CancellationToken::new()).await;
    for number in 0..6 {
        make_ticket(&mia, &format!("Ticket {number}")).await;
    }
    let (mut seen, mut caught_up) = (Vec::new(), false);
    while seen.is_empty() || !caught_up {
        let delivery = next(&mut watch).await.expect("an answer");
        seen.extend(delivery.events.iter().map(|event| event.sequence));
        caught_up = delivery.upto == *seen.last().expect("events");
    }
    assert!(seen.len() >= 6 && seen.windows(2).all(|pair| pair[1] == pair[0] + 1), "{seen:?}");
});

both_engines!(a_reader_slower_than_the_retention_is_told_so, |db| async move {
    let app = App::start_set(db, SMALL).await;
    let mia = app.agent("mia").await;
    let mut watch = watch(&app, CancellationToken::new()).await;
    for number in 0..3 {
        make_ticket(&mia, &format!("Ticket {number}")).await;
    }
    app.advance(Duration::from_hours(8 * 24));
    make_ticket(&app.user("mia"), "Much later").await;
    let refused = next(&mut watch).await.expect_err("too slow");
    assert!(matches!(refused, Rejection::StreamTooSlow { lag } if lag >= 4), "{refused:?}");
    assert!(watch.next().await.is_none());
});

both_engines!(a_stream_that_has_to_end_says_where_to_go_on, |db| async move {
    let app = App::start_set(db, SMALL).await;
    let mia = app.agent("mia").await;
    let ending = CancellationToken::new();
    let mut watch = watch(&app, ending.clone()).await;
    make_ticket(&mia, "Not taken yet").await;
    ending.cancel();
    let last = next(&mut watch).await.expect("a last token");
    assert!(last.events.is_empty());
    assert_eq!(next(&mut watch).await, Err(Rejection::Draining));
    assert!(watch.next().await.is_none());
});
