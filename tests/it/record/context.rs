//! What somebody who answers has before them.

use helpdesk::grpc::pb::access::AccessLevel;
use helpdesk::grpc::pb::v1::{self, ActivityKind, ErrorReason};

use super::associations::make;
use super::{comment, company, contact, deal, log};
use crate::support::app::{App, ticket, user_name};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;

async fn context(caller: &Client, name: &str) -> v1::TicketContext {
    let request = v1::GetTicketContextRequest { name: name.to_owned() };
    let found = caller.tickets().get_ticket_context(request).await.expect("a context");
    found.into_inner().context.expect("a context")
}

fn names<T>(records: &[T], name: impl Fn(&T) -> &String) -> Vec<String> {
    records.iter().map(|record| name(record).clone()).collect()
}

/// A ticket of Ada's with everything around it, and what she wrote about before.
struct Scene {
    ticket: v1::Ticket,
    before: v1::Ticket,
    works: v1::Company,
    sale: v1::Deal,
    call: v1::Activity,
    note: v1::Activity,
}

async fn scene(app: &App, mia: &Client) -> Scene {
    app.channel("mail", v1::ChannelType::Email).await;
    let before = app.arrives("mail", "1", "ada@a.example").await;
    let now = app.arrives("mail", "2", "ada@a.example").await;
    let (works, sale) = (company(mia, "Rocket Works", &[]).await, deal(mia, "Ten rockets").await);
    let call = log(mia, ActivityKind::Call, "They called", &[&now.contact]).await;
    let note = log(mia, ActivityKind::Note, "Pays late", &[&works.name]).await;
    let add = v1::AssociateTicketRequest {
        name: now.name.clone(),
        companies: vec![works.name.clone()],
        deals: vec![sale.name.clone()],
        activities: vec![call.name.clone()],
        ..Default::default()
    };
    let ticket = super::associations::associate(mia, add).await.expect("associated");
    Scene { ticket, before, works, sale, call, note }
}

// one read gives the ticket with its conversation, contacts, companies, deals and activities, earlier
// conversations with the contact, and what else is known of them.
both_engines!(a_ticket_is_read_with_everything_around_it, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let scene = scene(&app, &mia).await;
    let found = context(&mia, &scene.ticket.name).await;
    assert_eq!(found.ticket.as_ref(), Some(&scene.ticket));
    assert_eq!(names(&found.conversations, |it| &it.name), scene.ticket.conversations);
    assert_eq!(names(&found.contacts, |it| &it.name), std::slice::from_ref(&scene.ticket.contact));
    assert_eq!(found.companies, [scene.works]);
    assert_eq!(found.deals, [scene.sale]);
    assert_eq!(found.activities, [scene.call]);
    assert_eq!(names(&found.earlier_conversations, |it| &it.name), scene.before.conversations);
    assert_eq!(names(&found.other_tickets, |it| &it.name), [scene.before.name]);
    assert_eq!(found.recent_activities, [scene.note]);
    let plain = make(&mia, ticket("Nobody's")).await.expect("a ticket");
    let found = context(&mia, &plain.name).await;
    assert_eq!((found.contacts.len(), found.earlier_conversations.len(), found.other_tickets.len()), (0, 0, 0));
});

// a comment is read together with its conversation and the associated contacts, companies and deals.
both_engines!(a_comment_is_read_with_its_conversation_and_the_records, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let scene = scene(&app, &mia).await;
    let conversation = &scene.ticket.conversations[0];
    let written = comment(&mia, conversation, "Look at this").await;
    for name in [&written.name, conversation] {
        let request = v1::GetConversationContextRequest { name: name.clone() };
        let found = mia.conversations().get_conversation_context(request).await.expect("a context").into_inner();
        assert_eq!(found.conversation.map(|it| it.name).as_ref(), Some(conversation));
        let text = found.comment.and_then(|it| it.body).map(|body| body.text);
        assert_eq!(text.as_deref(), (name == &written.name).then_some("Look at this"));
        let context = found.context.expect("a context");
        assert_eq!(
            (context.contacts.len(), context.companies, context.deals),
            (1, vec![scene.works.clone()], vec![scene.sale.clone()])
        );
        assert_eq!(context.ticket.map(|it| it.name).as_ref(), Some(&scene.ticket.name));
    }
    let strange = v1::GetConversationContextRequest {
        name: format!("{}/comments/{}", scene.before.conversations[0], written.name.rsplit('/').next().expect("an id")),
    };
    assert_refused(mia.conversations().get_conversation_context(strange).await, ErrorReason::ResourceNotFound);
});

// R-010, C-004: what is around a ticket is shown within the reader's level, and a ticket beyond it is not there.
both_engines!(a_context_ends_at_the_reach_of_its_reader, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let cole = app.collaborator("cole", AccessLevel::Owned).await;
    let scene = scene(&app, &mia).await;
    let request = || v1::GetTicketContextRequest { name: scene.ticket.name.clone() };
    assert_refused(cole.tickets().get_ticket_context(request()).await, ErrorReason::ResourceNotFound);
    let name = scene.ticket.conversations[0].clone();
    let closed = v1::GetConversationContextRequest { name };
    assert_refused(cole.conversations().get_conversation_context(closed).await, ErrorReason::ResourceNotFound);
    let give =
        v1::AssignTicketRequest { name: scene.ticket.name.clone(), owner: user_name("cole"), ..Default::default() };
    mia.tickets().assign_ticket(give).await.expect("assigned");
    let found = context(&cole, &scene.ticket.name).await;
    assert_eq!((found.contacts.len(), found.companies.len(), found.recent_activities.len()), (1, 1, 1));
    assert_eq!((found.earlier_conversations.len(), found.other_tickets.len()), (0, 0), "they are not cole's");
    let nobody = contact(&mia, "Bob", "bob@a.example").await;
    app.new_account("other").await;
    let stranger = app.user_of("other", "root");
    assert_refused(stranger.tickets().get_ticket_context(request()).await, ErrorReason::ResourceNotFound);
    let get = v1::GetContactRequest { name: nobody.name };
    assert_refused(stranger.contacts().get_contact(get).await, ErrorReason::ResourceNotFound);
});
