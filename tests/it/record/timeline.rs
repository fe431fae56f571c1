//! What happened with a contact or company, in one list.

use helpdesk::grpc::pb::access::AccessLevel;
use helpdesk::grpc::pb::v1::{self, ActivityKind, ErrorReason, timeline_entry::Entry};

use super::associations::make;
use super::{comment, company, contact, log, nothing};
use crate::support::app::{App, ticket};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;

/// One word for each entry, with what tells it apart.
fn word(entry: v1::TimelineEntry) -> String {
    match entry.entry.expect("something happened") {
        Entry::Ticket(ticket) => format!("ticket {}", ticket.number),
        Entry::Conversation(_) => "conversation".to_owned(),
        Entry::Comment(comment) => format!("comment {}", comment.body.unwrap_or_default().text),
        Entry::Activity(activity) => format!("activity {}", activity.subject),
    }
}

async fn page(caller: &Client, parent: &str, size: i32, token: String) -> (Vec<String>, String) {
    let request = v1::ListTimelineRequest { parent: parent.to_owned(), page_size: size, page_token: token };
    let page = caller.activities().list_timeline(request).await.expect("a page").into_inner();
    (page.entries.into_iter().map(word).collect(), page.next_page_token)
}

async fn all(caller: &Client, parent: &str) -> Vec<String> {
    page(caller, parent, 0, String::new()).await.0
}

// earlier tickets, conversations, comments and logged activities of a contact, newest first.
both_engines!(a_contact_has_a_timeline_of_tickets_conversations_comments_and_activities, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.channel("chat", v1::ChannelType::Chat).await;
    let first = app.arrives("chat", "1", "ada@a.example").await;
    let step = || app.advance(std::time::Duration::from_mins(1));
    step();
    comment(&mia, &first.conversations[0], "She is nice").await;
    step();
    let ada = first.contact.clone();
    log(&mia, ActivityKind::Call, "They called", &[&ada]).await;
    step();
    make(&mia, v1::Ticket { contacts: vec![ada.clone()], ..ticket("By hand") }).await.expect("a ticket");
    make(&mia, ticket("Somebody else's")).await.expect("a ticket");
    let wanted = ["ticket 2", "activity They called", "comment She is nice", "conversation", "ticket 1"];
    assert_eq!(all(&mia, &ada).await, wanted);
    let (mut found, mut token) = (Vec::new(), String::new());
    loop {
        let (mut some, next) = page(&mia, &ada, 1, token).await;
        assert_eq!(some.len(), 1);
        found.append(&mut some);
        token = next;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(found, wanted, "one by one, entries of the same moment too");
});

both_engines!(a_company_has_the_timeline_of_its_tickets, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.channel("chat", v1::ChannelType::Chat).await;
    let works = company(&mia, "Rocket Works", &[]).await;
    let first = app.arrives("chat", "1", "ada@a.example").await;
    assert!(all(&mia, &works.name).await.is_empty());
    let add =
        v1::AssociateTicketRequest { name: first.name, companies: vec![works.name.clone()], ..Default::default() };
    super::associations::associate(&mia, add).await.expect("associated");
    assert_eq!(all(&mia, &works.name).await, ["conversation", "ticket 1"]);
    for parent in [nothing("companies"), nothing("contacts")] {
        let request = v1::ListTimelineRequest { parent, ..Default::default() };
        assert_refused(mia.activities().list_timeline(request).await, ErrorReason::ResourceNotFound);
    }
});

// R-010, C-004: a timeline shows nothing that its reader may not view.
both_engines!(a_timeline_ends_at_the_reach_of_its_reader, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let cole = app.collaborator("cole", AccessLevel::Owned).await;
    app.channel("chat", v1::ChannelType::Chat).await;
    let first = app.arrives("chat", "1", "ada@a.example").await;
    comment(&mia, &first.conversations[0], "A secret").await;
    let bob = contact(&mia, "Bob", "bob@a.example").await;
    assert_eq!(all(&mia, &first.contact).await.len(), 3);
    assert!(all(&cole, &first.contact).await.is_empty());
    assert!(all(&cole, &bob.name).await.is_empty());
    log(&cole, ActivityKind::Note, "A note", &[&first.contact]).await;
    assert_eq!(all(&cole, &first.contact).await, ["activity A note"]);
});
