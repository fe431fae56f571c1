//! Deleting, bringing back, purging and expunging.

use std::time::Duration;

use helpdesk::grpc::pb::access::AccessLevel;
use helpdesk::grpc::pb::v1::{self, ErrorReason, EventType};
use sea_orm::ConnectionTrait;

use super::hands::{
    app_with_channels, chat, chief, comment, delete, events, get, give, made, merge, messages, numbers, reply, undelete,
};
use crate::support::app::{self, App, user_name};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;
use crate::support::scene::people;

async fn expunge(caller: &Client, ticket: &str) -> Result<Vec<String>, tonic::Status> {
    let request = v1::ExpungeTicketRequest { name: ticket.to_owned(), ..Default::default() };
    Ok(caller.tickets().expunge_ticket(request).await?.into_inner().tickets)
}

async fn conversations(caller: &Client) -> usize {
    let request = v1::ListConversationsRequest { parent: app::account(), ..Default::default() };
    caller.conversations().list_conversations(request).await.expect("listed").into_inner().conversations.len()
}

async fn all_messages(caller: &Client) -> usize {
    messages(caller, &format!("{}/conversations/-", app::account())).await.expect("listed").len()
}

/// Rows of a table, all of them the account's.
async fn rows(app: &App, table: &str) -> i64 {
    let store = &app.running().service.store;
    let statement = sea_orm::Statement::from_string(store.backend(), format!("SELECT count(*) AS n FROM {table}"));
    let row = store.reader().query_one_raw(statement).await.expect("the statement is good").expect("a row");
    row.try_get("", "n").expect("a number")
}

// R-036, C-016: a deleted ticket leaves every list, its conversations are archived with it, and both come back as they
// were.
both_engines!(a_deleted_ticket_comes_back_as_it_was, |db| async move {
    let app = app_with_channels(db).await;
    let chief = chief(&app, "chief").await;
    let ticket = chat(&app, "ann", "1", "Hello").await.ticket.expect("a ticket");
    let ticket = give(&chief, &ticket.name, "chief").await;
    let conversation = ticket.conversations[0].clone();
    let gone = delete(&chief, &ticket.name).await.expect("deleted");
    let (deleted, purged) = (gone.delete_time.expect("a time"), gone.purge_time.expect("a time"));
    assert_eq!(purged.seconds - deleted.seconds, 90 * 24 * 3600);
    assert!(numbers(&chief, "", false).await.is_empty());
    assert_eq!(numbers(&chief, "delete_time:*", true).await, [ticket.number]);
    assert_eq!((conversations(&chief).await, all_messages(&chief).await), (0, 0));
    assert_eq!(get(&chief, &ticket.name).await.expect("still readable").delete_time, Some(deleted));
    assert_refused(reply(&chief, &conversation, "Hello").await, ErrorReason::ResourceDeleted);
    assert_refused(comment(&chief, &conversation, "Hello").await, ErrorReason::ResourceDeleted);
    let close = v1::CloseTicketRequest { name: ticket.name.clone(), ..Default::default() };
    assert_refused(chief.tickets().close_ticket(close).await, ErrorReason::ResourceDeleted);
    assert_refused(delete(&chief, &ticket.name).await, ErrorReason::ResourceDeleted);
    assert_refused(merge(&chief, &ticket.name, &[&made(&chief, "Two").await.name]).await, ErrorReason::ResourceDeleted);
    let back = undelete(&chief, &ticket.name).await.expect("brought back");
    let marks = |ticket: v1::Ticket| v1::Ticket { etag: String::new(), sequence: 0, update_time: None, ..ticket };
    assert_eq!(marks(back), marks(ticket.clone()));
    assert_eq!((conversations(&chief).await, all_messages(&chief).await), (1, 1));
    assert_refused(undelete(&chief, &ticket.name).await, ErrorReason::StateTransitionNotAllowed);
    let next = chat(&app, "ann", "2", "Still me").await;
    assert_eq!(next.ticket.expect("a ticket").name, ticket.name, "its thread goes on");
    let kinds: Vec<_> = events(&chief, &ticket.name).await.iter().map(v1::Event::r#type).collect();
    assert!(kinds.contains(&EventType::TicketDeleted) && kinds.contains(&EventType::TicketUndeleted));
});

// C-016: what the contact writes to a deleted ticket is not lost: it begins anew, and the two never share a thread.
both_engines!(what_is_written_to_a_deleted_ticket_begins_anew, |db| async move {
    let app = app_with_channels(db).await;
    let chief = chief(&app, "chief").await;
    let first = chat(&app, "ann", "1", "Hello").await.ticket.expect("a ticket");
    delete(&chief, &first.name).await.expect("deleted");
    let second = chat(&app, "ann", "2", "Anybody there?").await;
    assert!(second.ticket_created);
    let second = second.ticket.expect("a ticket");
    assert_ne!(second.name, first.name);
    undelete(&chief, &first.name).await.expect("brought back");
    let threads = async |ticket: &v1::Ticket| {
        let request = v1::ListThreadsRequest { parent: ticket.conversations[0].clone(), ..Default::default() };
        chief.conversations().list_threads(request).await.expect("listed").into_inner().threads
    };
    assert_eq!(threads(&first).await[0].state(), v1::ThreadState::Closed, "its place is taken");
    assert_eq!(threads(&second).await[0].state(), v1::ThreadState::Open);
    let third = chat(&app, "ann", "3", "Hello again").await;
    assert_eq!(third.ticket.expect("a ticket").name, second.name);
    reply(&chief, &first.conversations[0], "Sorry").await.expect("a closed thread is answered all the same");
});

// R-036, C-003: deleting has a level of its own, and nobody gives what they lack.
both_engines!(deleting_asks_for_its_own_level, |db| async move {
    let app = app_with_channels(db).await;
    let mia = app.agent("mia").await;
    let ticket = made(&mia, "One").await;
    assert_refused(delete(&mia, &ticket.name).await, ErrorReason::OutOfScope);
    let owned = v1::TicketAccess { level: AccessLevel::Owned.into(), include_unassigned: false };
    let user = v1::User { service_access: true, ticket_delete: Some(owned), ..app::person("cole", AccessLevel::All) };
    let cole = app.add_user(user, "cole").await;
    assert_refused(delete(&cole, &ticket.name).await, ErrorReason::OutOfScope);
    give(&mia, &ticket.name, "cole").await;
    let deleted = delete(&cole, &ticket.name).await.expect("deleted");
    assert_refused(undelete(&mia, &ticket.name).await, ErrorReason::OutOfScope);
    undelete(&cole, &ticket.name).await.expect("brought back");
    let stale = v1::DeleteTicketRequest { name: ticket.name.clone(), etag: deleted.etag, ..Default::default() };
    assert_refused(cole.tickets().delete_ticket(stale).await, ErrorReason::EtagMismatch);
    let manager = v1::User { account_access: true, ..app::person("manager", AccessLevel::All) };
    let manager = app.add_user(v1::User { service_access: true, ..manager }, "manager").await;
    let wider = v1::TicketAccess { level: AccessLevel::All.into(), include_unassigned: true };
    let request = v1::UpdateUserRequest {
        user: Some(v1::User { name: user_name("cole"), ticket_delete: Some(wider), ..Default::default() }),
        update_mask: Some(prost_types::FieldMask { paths: vec!["ticket_delete.level".to_owned()] }),
        ..Default::default()
    };
    assert_refused(manager.users().update_user(request).await, ErrorReason::PermissionMissing);
});

// C-016, C-041: a deleted ticket is no work of its owner, and is again when it is back.
both_engines!(a_deleted_ticket_counts_for_nobody, |db| async move {
    let app = app_with_channels(db).await;
    let chief = chief(&app, "chief").await;
    app.agent("noah").await;
    let ticket = made(&chief, "One").await;
    give(&chief, &ticket.name, "chief").await;
    app.route_to("mail", people(&["chief", "noah"], &[])).await;
    assert_eq!(app.arrives("mail", "m1", "a@example.com").await.owner, user_name("noah"));
    delete(&chief, &ticket.name).await.expect("deleted");
    assert_eq!(app.arrives("mail", "m2", "b@example.com").await.owner, user_name("chief"));
    undelete(&chief, &ticket.name).await.expect("brought back");
    assert_eq!(app.arrives("mail", "m3", "c@example.com").await.owner, user_name("noah"));
});

// C-016: after 90 days a job takes the ticket and all that was said on it; one that was brought back stays.
both_engines!(a_deleted_ticket_is_purged_after_ninety_days, |db| async move {
    let app = app_with_channels(db).await;
    let chief = chief(&app, "chief").await;
    let ticket = chat(&app, "ann", "1", "Hello").await.ticket.expect("a ticket");
    comment(&chief, &ticket.conversations[0], "A note").await.expect("a comment");
    let kept = made(&chief, "Kept").await;
    for name in [&ticket.name, &kept.name] {
        delete(&chief, name).await.expect("deleted");
    }
    undelete(&chief, &kept.name).await.expect("brought back");
    let worker = &app.running().worker;
    app.advance(Duration::from_hours(90 * 24 - 1));
    worker.run_until_idle().await.expect("the jobs are done");
    let chief = app.user("chief");
    assert!(get(&chief, &ticket.name).await.is_ok(), "not yet");
    app.advance(Duration::from_hours(2));
    worker.run_until_idle().await.expect("the jobs are done");
    let chief = app.user("chief");
    assert_refused(get(&chief, &ticket.name).await, ErrorReason::ResourceNotFound);
    assert_eq!(numbers(&chief, "", true).await, [kept.number]);
    for table in ["conversation", "thread", "message", "comment"] {
        assert_eq!(rows(&app, table).await, 0, "{table}");
    }
    assert!(events(&chief, &ticket.name).await.iter().all(|event| event.fields.is_empty()), "their words are gone too");
});

// C-016: a super admin takes a ticket away at once, with what had been merged into it; nobody else does.
both_engines!(a_super_admin_expunges_at_once, |db| async move {
    let app = app_with_channels(db).await;
    let chief = chief(&app, "chief").await;
    let mut tickets = Vec::new();
    for key in ["a", "b", "c", "d"] {
        tickets.push(chat(&app, key, key, key).await.ticket.expect("a ticket").name);
    }
    merge(&chief, &tickets[1], &[&tickets[0]]).await.expect("merged");
    merge(&chief, &tickets[2], &[&tickets[1]]).await.expect("merged");
    assert_refused(expunge(&chief, &tickets[2]).await, ErrorReason::PermissionMissing);
    assert_refused(expunge(&app.machine(), &tickets[2]).await, ErrorReason::CallerKindNotAllowed);
    assert_refused(expunge(&app.root(), &tickets[0]).await, ErrorReason::TicketMerged);
    assert_eq!(expunge(&app.root(), &tickets[2]).await.expect("gone"), tickets[..3]);
    assert_refused(expunge(&app.root(), &tickets[2]).await, ErrorReason::ResourceNotFound);
    assert_eq!(numbers(&chief, "", true).await, [4]);
    assert_eq!((rows(&app, "conversation").await, rows(&app, "message").await), (1, 1));
    let anew = chat(&app, "a", "a2", "Hello?").await;
    assert!(anew.ticket_created, "nothing of the old thread is left");
    let log = events(&app.root(), &tickets[0]).await;
    assert!(log.iter().all(|event| event.fields.is_empty()));
    assert_eq!(log.last().map(v1::Event::r#type), Some(EventType::TicketExpunged));
});

// C-016: whatever refers to a ticket goes with it: a new table with a foreign key must be named where tickets go away.
both_engines!(every_table_that_refers_to_a_ticket_is_cleared_with_it, |db| async move {
    use helpdesk::storage::lane::{OF_CONVERSATION, OF_TICKET};
    let app = App::start(db).await;
    let cleared = |table: &str| {
        let head = format!("DELETE FROM {table} WHERE");
        table == "ticket" || OF_CONVERSATION.iter().chain(OF_TICKET).any(|sql| sql.starts_with(&head))
    };
    let mut found = 0;
    for (from, to) in references(&app).await {
        if ["ticket", "conversation", "thread", "message", "comment"].contains(&to.as_str()) {
            assert!(cleared(&from), "{from} refers to {to}, and nothing clears it when a ticket goes away for good");
            found += 1;
        }
    }
    assert!(found >= 10, "{found}");
});

/// Which table refers to which.
async fn references(app: &App) -> Vec<(String, String)> {
    let store = &app.running().service.store;
    let sql = if store.backend() == sea_orm::DbBackend::Postgres {
        "SELECT conrelid::regclass::text AS source, confrelid::regclass::text AS target FROM pg_constraint WHERE contype = 'f'"
    } else {
        "SELECT m.name AS source, f.\"table\" AS target FROM sqlite_master m, pragma_foreign_key_list(m.name) f \
         WHERE m.type = 'table'"
    };
    let rows = store.reader().query_all_raw(sea_orm::Statement::from_string(store.backend(), sql)).await;
    let pair = |row: &sea_orm::QueryResult| Ok((row.try_get("", "source")?, row.try_get("", "target")?));
    rows.expect("the catalog").iter().map(pair).collect::<Result<_, sea_orm::DbErr>>().expect("names")
}
