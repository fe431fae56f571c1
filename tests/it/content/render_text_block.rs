//! RenderTextBlock: a text filled with what is known, to look at it.

use helpdesk::grpc::pb::v1::{self, ErrorReason, inbound_sender::Point};

use super::{made, template};
use crate::conversation::talk;
use crate::support::app::{self, App};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;
use crate::ticket::hands::merge;

async fn rendered(caller: &Client, block: &v1::TextBlock, place: &str) -> v1::RenderTextBlockResponse {
    let request = v1::RenderTextBlockRequest { name: block.name.clone(), place: place.to_owned() };
    caller.contents().render_text_block(request).await.expect("filled").into_inner()
}

fn from_ann(name: &str) -> v1::IngestMessageRequest {
    let mut request = talk::from("chat", "1", Point::Email("ann@example.com".into()));
    let message = request.message.as_mut().expect("a message");
    name.clone_into(&mut message.sender.as_mut().expect("a sender").display_name);
    request
}

both_engines!(a_text_is_filled_for_a_conversation_or_its_ticket, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.channel("chat", v1::ChannelType::Chat).await;
    let arrived = app.ingest(from_ann("Ann Lee")).await;
    let ticket = arrived.ticket.as_ref().expect("a ticket").name.clone();
    let words = r#"Hi {{contact.first_name}}, {{user.name}} here, {{contact.phone | default("no phone")}}"#;
    let block = made(&mia, template("a", "Ticket {{ticket.number}}", words)).await;
    for place in [talk::conversation_of(&arrived), ticket] {
        let found = rendered(&mia, &block, &place).await;
        assert_eq!(found.subject, "Ticket 1");
        assert_eq!(found.body.expect("a body").text, "Hi Ann, mia here, no phone");
        assert_eq!(found.missing_placeholders, [""; 0]);
    }
    let bare = rendered(&mia, &block, "").await;
    assert_eq!(bare.missing_placeholders, ["contact.first_name", "ticket.number"]);
    let nowhere = v1::RenderTextBlockRequest { name: block.name, place: "accounts/acme/tickets/99".to_owned() };
    assert_refused(mia.contents().render_text_block(nowhere).await, ErrorReason::ReferenceNotFound);
});

// C-066: a date is the day in the account's time zone, and there is none where nothing happened.
both_engines!(dates_are_those_of_the_time_zone_of_the_account, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let request =
        v1::CreateTicketRequest { parent: app::account(), ticket: Some(app::ticket("lamp")), ..Default::default() };
    let ticket = mia.tickets().create_ticket(request).await.expect("made").into_inner().ticket.expect("a ticket").name;
    let block = made(&mia, template("a", "", "{{ticket.create_date}} {{ticket.close_date}}")).await;
    assert_eq!(rendered(&mia, &block, &ticket).await.missing_placeholders, ["ticket.close_date"]);
    app.close(&ticket).await;
    assert_eq!(rendered(&mia, &block, &ticket).await.body.expect("a body").text, "2026-11-21 2026-11-21");
    let account = v1::Account { name: app::account(), time_zone: "Pacific/Pago_Pago".to_owned(), ..Default::default() };
    let update_mask = Some(prost_types::FieldMask { paths: vec!["time_zone".to_owned()] });
    let request = v1::UpdateAccountRequest { account: Some(account), update_mask, ..Default::default() };
    app.operator().accounts().update_account(request).await.expect("changed");
    assert_eq!(rendered(&mia, &block, &ticket).await.body.expect("a body").text, "2026-11-20 2026-11-20");
});

// T-37: a customer who calls himself a placeholder is called just that.
both_engines!(the_name_of_a_customer_is_never_looked_at_for_placeholders, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.channel("chat", v1::ChannelType::Chat).await;
    let name = "{{ticket.number}} <b>{% raw %}";
    let conversation = talk::conversation_of(&app.ingest(from_ann(name)).await);
    let block = made(&mia, template("a", "", "Hi {{contact.name}}!")).await;
    let body = rendered(&mia, &block, &conversation).await.body.expect("a body");
    assert_eq!(body.text, format!("Hi {name}!"));
    assert_eq!(body.html, "<p>Hi {{ticket.number}} &lt;b&gt;{% raw %}!</p>");
});

// C-028: whoever nobody knows is not called by the name of the ticket's contact, who is somebody else.
both_engines!(a_visitor_is_never_taken_for_the_contact_of_the_ticket, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.channel("chat", v1::ChannelType::Chat).await;
    let ann = app.ingest(from_ann("Ann Lee")).await.ticket.expect("a ticket").name;
    let visitor = app.ingest(talk::from_browser("chat", "2", "a browser")).await;
    let conversation = talk::conversation_of(&visitor);
    merge(&mia, &ann, &[&visitor.ticket.expect("a ticket").name]).await.expect("merged");
    let block = made(&mia, template("a", "", r#"Hi {{contact.first_name | default("you")}}"#)).await;
    assert_eq!(rendered(&mia, &block, &conversation).await.body.expect("a body").text, "Hi you");
});
