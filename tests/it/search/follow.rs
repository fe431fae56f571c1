//! How the index follows the log (decision T4).

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::join_all;
use helpdesk::clock::SystemClock;
use helpdesk::domain::ids::AccountId;
use helpdesk::grpc::pb::v1;
use helpdesk::storage::search::{Follower, reset};
use helpdesk::storage::{Store, StoreOptions};
use sea_orm::{ConnectionTrait, Statement};

use super::{found, made, mailed, with_subject};
use crate::support::app::{self, ACCOUNT, App};
use crate::support::client::Client;
use crate::support::databases::{TestDatabase, both_engines};

async fn number(store: &Store, sql: &str) -> i64 {
    let row = store.reader().query_one_raw(Statement::from_string(store.backend(), sql)).await.expect("a number");
    row.expect("a row").try_get("", "number").expect("a number")
}

both_engines!(what_changes_is_found_as_it_is_and_no_longer_as_it_was, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.channel("mail", v1::ChannelType::Email).await;
    let ticket = made(&mia, app::ticket("Elephant")).await;
    assert_eq!(found(&app, &mia, "elephant").await, [1]);
    let renamed = v1::Ticket { subject: "Giraffe".to_owned(), ..ticket };
    let update_mask = Some(prost_types::FieldMask { paths: vec!["subject".to_owned()] });
    let request = v1::UpdateTicketRequest { ticket: Some(renamed), update_mask, ..Default::default() };
    mia.tickets().update_ticket(request).await.expect("renamed");
    assert_eq!(found(&app, &mia, "elephant").await, [0_i64; 0]);
    assert_eq!(found(&app, &mia, "giraffe").await, [1]);
    let mail = mailed(&app, "1", "Zoo", "A zebra escaped").await.number;
    assert_eq!(found(&app, &mia, "zebra").await, [mail]);
    let again = mailed(&app, "2", "Zoo", "Two zebras escaped").await.number;
    assert_eq!(found(&app, &mia, "escaped").await, [again, mail]);
});

// R-010, C-016: what is merged is found where it is now, what is deleted is not found, what is purged leaves no word behind.
both_engines!(merged_deleted_and_purged_tickets_take_their_words_along, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    app.channel("mail", v1::ChannelType::Email).await;
    let (first, second) =
        (mailed(&app, "1", "Zoo", "A giraffe escaped").await, mailed(&app, "2", "Zoo", "A zebra escaped").await);
    assert_eq!(found(&app, &root, "zebra").await, [second.number]);
    let name = || first.name.clone();
    let merge = v1::MergeTicketsRequest { name: name(), sources: vec![second.name.clone()], ..Default::default() };
    root.tickets().merge_tickets(merge).await.expect("merged");
    assert_eq!(found(&app, &root, "\"zebra escaped\"").await, [first.number]);
    root.tickets().delete_ticket(v1::DeleteTicketRequest { name: name(), ..Default::default() }).await.expect("gone");
    assert_eq!(found(&app, &root, "escaped").await, [0_i64; 0]);
    let back = v1::UndeleteTicketRequest { name: name(), ..Default::default() };
    root.tickets().undelete_ticket(back).await.expect("back");
    assert_eq!(found(&app, &root, "giraffe").await, [first.number]);
    let expunge = v1::ExpungeTicketRequest { name: name(), ..Default::default() };
    root.tickets().expunge_ticket(expunge).await.expect("purged");
    assert_eq!(found(&app, &root, "zoo").await, [0_i64; 0]);
    let store = &app.running().service.store;
    assert_eq!(number(store, "SELECT count(*) AS number FROM search_part WHERE field <> 'contact'").await, 0);
    if store.backend() == sea_orm::DbBackend::Sqlite {
        let words = number(store, "SELECT count(*) AS number FROM search_words").await;
        assert_eq!(words, number(store, "SELECT count(*) AS number FROM search_part").await);
    }
});

both_engines!(a_restart_catches_up, |db| async move {
    let mut app = App::start(db).await;
    let mia = app.agent("mia").await;
    for subject in ["one card", "two cards", "three cards"] {
        with_subject(&mia, subject).await;
    }
    app.restart().await;
    assert_eq!(found(&app, &app.user("mia"), "card").await, [3, 2, 1]);
});

/// So many tickets, `card number0` and so on.
async fn many(root: &Client, count: usize) {
    let made = |number| async move { with_subject(root, &format!("card number{number}")).await };
    futures_util::stream::iter(0..count).map(made).buffer_unordered(16).collect::<Vec<_>>().await;
}

// Several replicas on one database: what one holds the others pass by, so each event is read once and none is left out.
both_engines!(several_followers_neither_index_twice_nor_leave_out, |db: TestDatabase| async move {
    let url = db.url.clone();
    let mut app = App::start(db).await;
    let root = app.root();
    many(&root, 600).await;
    assert_eq!(found(&app, &root, "card number599").await.len(), 1);
    let store = app.running().service.store.clone();
    let parts = "SELECT count(*) AS number FROM search_part";
    let before = number(&store, parts).await;
    reset(&store, &AccountId::stored(ACCOUNT)).await.expect("an empty index");
    let others = join_all(
        (0..3).map(async |_| Store::open(&StoreOptions::new(url.clone()), SystemClock::shared()).await.expect("opens")),
    )
    .await;
    join_all(others.iter().map(async |store| {
        let mut follower = Follower::new(store.clone());
        while number(store, "SELECT indexed AS number FROM search_head").await < 600 {
            follower.round().await.expect("a round");
        }
    }))
    .await;
    let page = v1::SearchTicketsRequest { page_size: 50, ..super::asked("card") };
    assert_eq!(super::settled(&app, &root, page).await.hits.len(), 50);
    assert_eq!(number(&store, parts).await, before);
    join_all(others.into_iter().map(Store::close)).await;
    app.stop().await;
});

both_engines!(a_backlog_of_one_account_does_not_delay_another, |db: TestDatabase| async move {
    let url = db.url.clone();
    let mut app = App::start(db).await;
    let root = app.root();
    many(&root, 520).await;
    app.new_account("zebra").await;
    app.stop().await;
    let store = Store::open(&StoreOptions::new(url), SystemClock::shared()).await.expect("opens");
    for account in [ACCOUNT, "zebra"] {
        reset(&store, &AccountId::stored(account)).await.expect("an empty index");
    }
    let mut follower = Follower::new(store.clone());
    let behind = "SELECT count(*) AS number FROM account_head a \
                  LEFT JOIN search_head s ON s.account_id = a.account_id WHERE a.last_event > coalesce(s.indexed, 0)";
    assert_eq!(number(&store, behind).await, 2);
    assert!(follower.round().await.expect("a round"));
    assert_eq!(number(&store, behind).await, 1, "one stretch of the busy account, and all of the quiet one");
    follower.catch_up().await.expect("the rest");
    assert_eq!(number(&store, behind).await, 0);
    store.close().await.expect("closes");
});

// T4: within a second of the commit, here with room for a slow machine.
both_engines!(a_new_ticket_is_found_soon, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    with_subject(&mia, "Needle").await;
    let soon = tokio::time::timeout(Duration::from_secs(5), found(&app, &mia, "needle")).await;
    assert_eq!(soon, Ok(vec![1]));
});

both_engines!(a_deleted_contact_is_no_longer_searched_for, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let ada = app.contact("ada@lovelace.example", "", false).await;
    made(&mia, v1::Ticket { contact: ada.name.clone(), ..app::ticket("Engine") }).await;
    assert_eq!(found(&app, &mia, "lovelace").await, [1]);
    let gone = v1::DeleteContactRequest { name: ada.name, ..Default::default() };
    mia.contacts().delete_contact(gone).await.expect("deleted");
    assert!(found(&app, &mia, "lovelace").await.is_empty());
});
