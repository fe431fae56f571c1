//! What went wrong with tickets in other help desks, and does not here.

use futures_util::future::join_all;
use helpdesk::grpc::pb::v1::{self, EventType, TicketState};
use helpdesk::grpc::status::reason;
use prost_types::FieldMask;

use super::hands::{app_with_channels, change, chat, events, get, give, made, merge, messages, reply, split, texts};
use crate::support::app::{App, user_name};
use crate::support::client::Client;
use crate::support::databases::both_engines;

const AGENTS: [&str; 6] = ["ada", "bea", "cid", "dan", "eve", "fay"];

async fn agents(app: &App) -> Vec<Client> {
    let mut clients = Vec::new();
    for id in AGENTS {
        clients.push(app.agent(id).await);
    }
    clients
}

fn assigned(log: &[v1::Event]) -> usize {
    log.iter().filter(|event| event.r#type() == EventType::TicketAssigned).count()
}

// Complaint 11, R-082, C-022: two agents answered the same unassigned ticket and both believed it to be theirs.
both_engines!(of_agents_who_answer_an_unassigned_ticket_at_once_one_takes_it, |db| async move {
    let app = app_with_channels(db).await;
    let agents = agents(&app).await;
    for round in 0..4 {
        let key = format!("round-{round}");
        let ticket = chat(&app, &key, &key, "Hello").await.ticket.expect("a ticket");
        let answers = join_all(agents.iter().map(|agent| reply(agent, &ticket.conversations[0], "Mine"))).await;
        let takers: Vec<String> =
            answers.into_iter().map(|sent| sent.expect("sent").new_owner).filter(|owner| !owner.is_empty()).collect();
        let owner = get(&agents[0], &ticket.name).await.expect("the ticket").owner;
        assert_eq!(takers, [owner], "one is told that it is theirs, and it is");
        assert_eq!(assigned(&events(&agents[0], &ticket.name).await), 1);
    }
});

// Complaint 11, C-021: two agents took the same ticket by hand, and the second pushed the first out without a word.
both_engines!(of_agents_who_take_the_ticket_they_see_one_gets_it_and_the_others_are_told, |db| async move {
    let app = app_with_channels(db).await;
    let agents = agents(&app).await;
    let ticket = chat(&app, "ann", "1", "Hello").await.ticket.expect("a ticket");
    let takes = agents.iter().zip(AGENTS).map(async |(agent, id)| {
        let request = v1::AssignTicketRequest {
            name: ticket.name.clone(),
            owner: user_name(id),
            etag: ticket.etag.clone(),
            ..Default::default()
        };
        agent.tickets().assign_ticket(request).await.map(|done| done.into_inner().ticket.expect("a ticket").owner)
    });
    let (won, lost): (Vec<_>, Vec<_>) = join_all(takes).await.into_iter().partition(Result::is_ok);
    let owner = get(&agents[0], &ticket.name).await.expect("the ticket").owner;
    assert_eq!(won.into_iter().map(|owner| owner.expect("won")).collect::<Vec<_>>(), [owner]);
    let why: Vec<_> = lost.into_iter().filter_map(|lost| reason(&lost.expect_err("lost"))).collect();
    assert_eq!(why, vec!["ETAG_MISMATCH"; AGENTS.len() - 1]);
    assert_eq!(assigned(&events(&agents[0], &ticket.name).await), 1);
});

// Complaint 25: a merge told the one ticket and not the other, so that nobody could say what had become of either.
both_engines!(a_merge_is_told_on_both_sides_and_names_source_and_target, |db| async move {
    let app = app_with_channels(db).await;
    let mia = app.agent("mia").await;
    let (one, two, target) = (made(&mia, "One").await, made(&mia, "Two").await, made(&mia, "Three").await);
    merge(&mia, &target.name, &[&one.name, &two.name]).await.expect("merged");
    let told = async |ticket: &v1::Ticket| {
        let log = events(&mia, &ticket.name).await;
        log.into_iter().find(|event| event.r#type() == EventType::TicketMerged).expect("it is told")
    };
    let on_target = told(&target).await;
    assert_eq!(on_target.resource, target.name);
    assert_eq!(change(&on_target, "sources"), Some(("", format!("{},{}", one.name, two.name).as_str())));
    for source in [&one, &two] {
        let on_source = told(source).await;
        assert_eq!(
            (on_source.resource.as_str(), on_source.ticket.as_str()),
            (source.name.as_str(), source.name.as_str())
        );
        assert_eq!(change(&on_source, "merged_into"), Some(("", target.name.as_str())));
        assert_eq!(on_source.cause_chain.expect("a cause").root, on_target.name, "one story");
    }
});

// Complaint 25, C-017: opposite merges at the same instant lost both tickets, or made a circle.
both_engines!(of_opposite_merges_at_the_same_instant_exactly_one_is_done, |db| async move {
    let app = app_with_channels(db).await;
    let (mia, noah) = (app.agent("mia").await, app.agent("noah").await);
    for round in 0..8 {
        let mut tickets = Vec::new();
        for side in ["left", "right"] {
            let key = format!("{side}-{round}");
            tickets.push(chat(&app, &key, &key, side).await.ticket.expect("a ticket").name);
        }
        let [left, right] = [&tickets[0], &tickets[1]];
        let (rights, lefts) = ([right.as_str()], [left.as_str()]);
        let (one, other) = tokio::join!(merge(&mia, left, &rights), merge(&noah, right, &lefts));
        let (stays, gone, refused) = match (one, other) {
            (Ok(_), Err(refused)) => (left, right, refused),
            (Err(refused), Ok(_)) => (right, left, refused),
            both => panic!("exactly one wins: {both:?}"),
        };
        assert_eq!(reason(&refused).as_deref(), Some("TICKET_MERGED"));
        let (stays, gone) = (get(&mia, stays).await.expect("one"), get(&mia, gone).await.expect("the other"));
        assert_eq!((stays.merged_into.as_str(), gone.merged_into.as_str()), ("", stays.name.as_str()));
        assert_eq!(texts(&mia, &stays).await, ["left", "right"]);
    }
});

// Complaint 26, C-017: a reply to a merged ticket opened it again, and the case lay in two places.
both_engines!(a_reply_to_a_merged_ticket_lands_on_the_survivor_and_opens_nothing_else, |db| async move {
    let app = app_with_channels(db).await;
    let mia = app.agent("mia").await;
    let sent = app.ingest(crate::support::scene::message("mail", "m1", "ann@example.com", "Printer")).await;
    let mailed = sent.ticket.expect("a ticket");
    let target = chat(&app, "bob", "b1", "Printer, too").await.ticket.expect("a ticket");
    let answer = reply(&mia, &mailed.conversations[0], "Which one?").await.expect("sent").message.expect("a message");
    merge(&mia, &target.name, &[&mailed.name]).await.expect("merged");
    app.close(&target.name).await;
    let redirect = get(&mia, &mailed.name).await.expect("the redirect");
    let back = format!(
        "From: ann@example.com\r\nTo: mail@acme.example\r\nMessage-ID: <2@example.com>\r\nIn-Reply-To: <{}>\r\n\
         Subject: Re: Printer\r\n\r\nThe blue one",
        answer.mail_id
    );
    let message = v1::InboundMessage {
        raw_mail: back.into_bytes(),
        sender_verdict: v1::SenderVerdict::Pass.into(),
        ..Default::default()
    };
    let request = v1::IngestMessageRequest {
        channel: crate::support::app::channel_name("mail"),
        message: Some(message),
        ..Default::default()
    };
    let landed = app.ingest(request).await;
    let ticket = landed.ticket.expect("a ticket");
    assert_eq!((ticket.name.as_str(), landed.ticket_reopened), (target.name.as_str(), true), "the survivor is opened");
    assert_eq!(get(&mia, &mailed.name).await.expect("the redirect"), redirect, "and the merged one is as it was");
    assert_eq!(redirect.state(), TicketState::Closed);
    assert_eq!(messages(&mia, &mailed.conversations[0]).await.expect("read").len(), 3);
});

// Complaint 27: there was no way to make one ticket of two, or two of one.
both_engines!(two_tickets_become_one_and_one_becomes_two, |db| async move {
    let app = app_with_channels(db).await;
    let mia = app.agent("mia").await;
    let mut tickets = Vec::new();
    for key in ["ann", "bob"] {
        tickets.push(chat(&app, key, key, key).await.ticket.expect("a ticket"));
        chat(&app, key, &format!("{key}-2"), &format!("{key} again")).await;
    }
    let one = merge(&mia, &tickets[0].name, &[&tickets[1].name]).await.expect("merged").ticket.expect("a ticket");
    assert_eq!(texts(&mia, &one).await, ["ann", "ann again", "bob", "bob again"]);
    let of_bob = messages(&mia, &tickets[1].conversations[0]).await.expect("read");
    let two = split(&mia, &one.name, &[of_bob[1].name.clone()]).await.expect("split");
    let (old, new) = (two.ticket.expect("a ticket"), two.split_ticket.expect("a ticket"));
    assert_eq!(texts(&mia, &old).await, ["ann", "ann again", "bob"]);
    assert_eq!((texts(&mia, &new).await, new.number), (vec!["bob again".to_owned()], 3));
});

fn update(ticket: v1::Ticket, path: &str) -> v1::UpdateTicketRequest {
    let update_mask = Some(FieldMask { paths: vec![path.to_owned()] });
    v1::UpdateTicketRequest { ticket: Some(ticket), update_mask, ..Default::default() }
}

// Complaint 37, R-031, C-021: of two who wrote on what they had both read, the second undid the first.
both_engines!(a_write_on_what_was_read_before_another_write_is_refused, |db| async move {
    let app = app_with_channels(db).await;
    let agents = agents(&app).await;
    let ticket = made(&agents[0], "Broken").await;
    let writes = agents.iter().zip(AGENTS).map(async |(agent, id)| {
        let wish = v1::Ticket { subject: format!("By {id}"), ..ticket.clone() };
        agent.tickets().update_ticket(update(wish, "subject")).await.map(|done| done.into_inner().ticket)
    });
    let (won, lost): (Vec<_>, Vec<_>) = join_all(writes).await.into_iter().partition(Result::is_ok);
    let won: Vec<_> = won.into_iter().filter_map(|won| won.expect("won")).collect();
    assert_eq!((won.len(), lost.len()), (1, AGENTS.len() - 1));
    assert!(lost.iter().all(|lost| lost.as_ref().is_err_and(|why| reason(why).as_deref() == Some("ETAG_MISMATCH"))));
    assert_eq!(get(&agents[0], &ticket.name).await.expect("the ticket"), won[0]);
});

// Complaint 37, R-031, C-021: whoever saved a form wrote all of its fields, and with them over what others had written.
both_engines!(writes_of_different_fields_at_once_all_stay, |db| async move {
    let app = app_with_channels(db).await;
    let agents = agents(&app).await;
    let bare = v1::Ticket { etag: String::new(), ..made(&agents[0], "Broken").await };
    let wish = v1::Ticket {
        subject: "New".to_owned(),
        description: "Longer".to_owned(),
        category: "printers".to_owned(),
        tags: vec!["vip".to_owned()],
        priority: v1::Priority::High.into(),
        ..bare.clone()
    };
    let paths = ["subject", "description", "category", "tags", "priority"];
    let writes = agents.iter().zip(paths).map(|(agent, path)| {
        let (mut tickets, request) = (agent.tickets(), update(wish.clone(), path));
        async move { tickets.update_ticket(request).await.expect("changed") }
    });
    let assign = give(&agents[5], &bare.name, "fay");
    tokio::join!(join_all(writes), assign);
    let now = get(&agents[0], &bare.name).await.expect("the ticket");
    let said = |ticket: &v1::Ticket| {
        let v1::Ticket { subject, description, category, tags, priority, .. } = ticket.clone();
        (subject, description, category, tags, priority)
    };
    assert_eq!((said(&now), now.owner), (said(&wish), user_name("fay")));
});
