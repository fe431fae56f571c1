//! Merging: what the ticket that stays gets, how the others end, and what is refused.

use helpdesk::grpc::pb::access::AccessLevel;
use helpdesk::grpc::pb::v1::{self, ErrorReason, TicketState};
use tonic_types::StatusExt;

use super::hands::{app_with_channels, chat, comment, delete, get, give, made, merge, messages, numbers, reply, texts};
use crate::support::app::{App, user_name};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;

async fn two_chats(app: &App) -> (v1::Ticket, v1::Ticket) {
    let older = chat(app, "ann", "a1", "From Ann").await.ticket.expect("a ticket");
    app.advance(std::time::Duration::from_mins(1));
    let younger = chat(app, "bob", "b1", "From Bob").await.ticket.expect("a ticket");
    (older, younger)
}

async fn follow(caller: &Client, ticket: &str) {
    let request = v1::FollowTicketRequest { name: ticket.to_owned(), ..Default::default() };
    caller.tickets().follow_ticket(request).await.expect("followed");
}

// R-034, C-017, C-018: the primary keeps number, owner and status, and gets what was said, the followers and the older
// create time; the other one is a redirect.
both_engines!(a_merge_makes_one_ticket_out_of_two, |db| async move {
    let app = app_with_channels(db).await;
    let (mia, noah) = (app.agent("mia").await, app.agent("noah").await);
    let (older, younger) = two_chats(&app).await;
    give(&mia, &older.name, "noah").await;
    let younger = give(&mia, &younger.name, "mia").await;
    follow(&mia, &younger.name).await;
    follow(&noah, &older.name).await;
    comment(&noah, &older.conversations[0], "She is nice").await.expect("a comment");
    let done = merge(&mia, &younger.name, &[&older.name]).await.expect("merged");
    let (stays, gone) = (done.ticket.expect("a ticket"), &done.sources[0]);
    assert_eq!((stays.number, &stays.owner, &stays.status), (younger.number, &user_name("mia"), &younger.status));
    assert_eq!(stays.conversations, [&older.conversations[..], &younger.conversations[..]].concat(), "oldest first");
    assert_eq!((stays.follower_count, stays.create_time), (2, older.create_time));
    assert_eq!(stays.contact, younger.contact);
    assert_eq!(texts(&mia, &stays).await, ["From Ann", "From Bob"]);
    let list = v1::ListCommentsRequest { parent: older.conversations[0].clone(), ..Default::default() };
    assert_eq!(mia.conversations().list_comments(list).await.expect("listed").into_inner().comments.len(), 1);
    assert_eq!((gone.state(), gone.merged_into.as_str()), (TicketState::Closed, younger.name.as_str()));
    assert!(gone.conversations.is_empty() && gone.close_time.is_some() && gone.follower_count == 0);
    assert_eq!(get(&mia, &older.name).await.expect("it stays readable").merged_into, younger.name);
    assert_eq!(numbers(&mia, "merged_into = 2", false).await, [older.number]);
    assert_eq!(numbers(&mia, "state = OPEN", false).await, [younger.number]);
    let conversation = v1::GetConversationRequest { name: older.conversations[0].clone() };
    let conversation = mia.conversations().get_conversation(conversation).await.expect("found").into_inner();
    assert_eq!(conversation.conversation.expect("a conversation").ticket, younger.name);
});

// C-017: replies go along the whole chain, and what was merged takes no writes: each names the survivor.
both_engines!(a_chain_of_merges_takes_replies_to_its_end_and_no_writes_before, |db| async move {
    let app = app_with_channels(db).await;
    let mia = app.agent("mia").await;
    let mut tickets = Vec::new();
    for key in ["a", "b", "c"] {
        tickets.push(chat(&app, key, key, key).await.ticket.expect("a ticket"));
    }
    let [a, b, c] = [&tickets[0].name, &tickets[1].name, &tickets[2].name];
    merge(&mia, b, &[a]).await.expect("merged");
    merge(&mia, c, &[b]).await.expect("merged");
    let landed = chat(&app, "a", "a2", "Still me").await;
    assert_eq!(landed.ticket.expect("a ticket").name, *c);
    let status = assert_refused(merge(&mia, a, &[c]).await, ErrorReason::TicketMerged);
    let told = status.get_details_error_info().expect("told").metadata;
    assert_eq!((told["ticket"].as_str(), told["mergedInto"].as_str()), (a.as_str(), c.as_str()));
    assert_refused(merge(&mia, c, &[a]).await, ErrorReason::TicketMerged);
    assert_refused(merge(&mia, c, &[c]).await, ErrorReason::FieldInvalid);
    assert_refused(delete(&super::hands::chief(&app, "chief").await, a).await, ErrorReason::TicketMerged);
    let close = v1::CloseTicketRequest { name: a.clone(), ..Default::default() };
    assert_refused(mia.tickets().close_ticket(close).await, ErrorReason::TicketMerged);
    let reopen = v1::ReopenTicketRequest { name: b.clone(), ..Default::default() };
    assert_refused(mia.tickets().reopen_ticket(reopen).await, ErrorReason::TicketMerged);
    let assign = v1::AssignTicketRequest { name: a.clone(), owner: user_name("mia"), ..Default::default() };
    assert_refused(mia.tickets().assign_ticket(assign).await, ErrorReason::TicketMerged);
    assert_refused(merge(&mia, c, &["accounts/acme/tickets/99"]).await, ErrorReason::ReferenceNotFound);
});

// C-017: a conversation that still stands at a merged ticket belongs to the survivor, and a chain that bites its own tail
// (which no merge makes) loses no message.
both_engines!(a_reply_finds_the_survivor_from_a_conversation_left_behind, |db| async move {
    use sea_orm::ConnectionTrait;
    let app = app_with_channels(db).await;
    let mia = app.agent("mia").await;
    let first = chat(&app, "a", "a1", "One").await.ticket.expect("a ticket");
    let (second, third) = (made(&mia, "Two").await, made(&mia, "Three").await);
    merge(&mia, &third.name, &[&second.name]).await.expect("merged");
    let sql = async |sql: &str| {
        app.running().service.store.writer().execute_unprepared(sql).await.expect("the statement is good");
    };
    sql("UPDATE ticket SET merged_into = 2, open = false WHERE number = 1").await;
    let landed = chat(&app, "a", "a2", "Still me").await.ticket.expect("a ticket");
    assert_eq!(landed.name, third.name);
    assert_eq!(messages(&mia, &first.conversations[0]).await.expect("read").len(), 2);
    sql("UPDATE ticket SET merged_into = 1 WHERE number = 3").await;
    let kept = chat(&app, "a", "a3", "And again").await;
    assert!(kept.ticket.is_some() && kept.message.is_some());
});

// C-021: every ticket of a merge is compared when asked; R-010: and every source is judged like the ticket itself.
both_engines!(every_ticket_of_a_merge_is_judged, |db| async move {
    let app = app_with_channels(db).await;
    let mia = app.agent("mia").await;
    let (older, younger) = two_chats(&app).await;
    let request = |etag: &str, source_etag: &str| v1::MergeTicketsRequest {
        name: younger.name.clone(),
        sources: vec![older.name.clone()],
        source_etags: [(older.name.clone(), source_etag.to_owned())].into(),
        etag: etag.to_owned(),
        ..Default::default()
    };
    for (etag, source_etag) in [("\"0\"", older.etag.as_str()), (younger.etag.as_str(), "\"0\"")] {
        assert_refused(mia.tickets().merge_tickets(request(etag, source_etag)).await, ErrorReason::EtagMismatch);
    }
    let stray = v1::MergeTicketsRequest { sources: vec!["accounts/acme/tickets/9".to_owned()], ..request("", "") };
    assert_refused(mia.tickets().merge_tickets(stray).await, ErrorReason::FieldInvalid);
    let cole = app.collaborator("cole", AccessLevel::Owned).await;
    give(&mia, &younger.name, "cole").await;
    assert_refused(merge(&cole, &younger.name, &[&older.name]).await, ErrorReason::ReferenceNotFound);
    let reader = v1::User {
        service_access: true,
        ticket_edit: Some(v1::TicketAccess { level: AccessLevel::Owned.into(), include_unassigned: false }),
        ..crate::support::app::person("reader", AccessLevel::All)
    };
    let reader = app.add_user(reader, "reader").await;
    give(&mia, &younger.name, "reader").await;
    assert_refused(merge(&reader, &younger.name, &[&older.name]).await, ErrorReason::OutOfScope);
    let now = get(&mia, &younger.name).await.expect("the ticket");
    let tried = v1::MergeTicketsRequest { validate_only: true, ..request(&now.etag, &older.etag) };
    mia.tickets().merge_tickets(tried).await.expect("it would be merged");
    assert_eq!(get(&mia, &older.name).await.expect("the ticket"), older, "nothing was stored");
    mia.tickets().merge_tickets(request(&now.etag, &older.etag)).await.expect("merged");
});

// C-018, C-041: a closed primary stays closed, and the merged ones no longer count as work of their owners.
both_engines!(a_merge_keeps_the_status_and_frees_the_other_owners, |db| async move {
    let app = app_with_channels(db).await;
    let mia = app.agent("mia").await;
    app.agent("noah").await;
    let (older, younger) = two_chats(&app).await;
    give(&mia, &older.name, "noah").await;
    give(&mia, &younger.name, "mia").await;
    app.close(&younger.name).await;
    let stays = merge(&mia, &younger.name, &[&older.name]).await.expect("merged").ticket.expect("a ticket");
    assert_eq!(stays.state(), TicketState::Closed);
    // Who has least to do gets the next one: nobody has anything.
    app.route_to("mail", crate::support::scene::people(&["noah", "mia"], &[])).await;
    let mut owners = Vec::new();
    for number in 0..2 {
        owners.push(app.arrives("mail", &format!("m{number}"), &format!("p{number}@example.com")).await.owner);
    }
    owners.sort();
    assert_eq!(owners, [user_name("mia"), user_name("noah")]);
    reply(&mia, &older.conversations[0], "Answered").await.expect("the conversation goes on");
});
