//! Channels, pipelines, contacts and decisions, as they are read and changed.

use helpdesk::grpc::pb::v1::{self, ChannelType, ErrorReason, RoutingOutcome};
use prost_types::FieldMask;

use crate::support::app::{self, App, channel_name, pipeline_name, status_name, user_name};
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;
use crate::support::scene::people;

fn mask(paths: &[&str]) -> FieldMask {
    FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() }
}

// the switch that makes tickets belongs to one channel; a channel in use stays.
both_engines!(a_channel_is_read_changed_and_deleted, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    app.channel("mail", ChannelType::Email).await;
    app.channel("chat", ChannelType::Chat).await;
    app.arrives("mail", "m1", "ann@example.com").await;
    let off = v1::Channel { name: channel_name("chat"), creates_tickets: Some(false), ..Default::default() };
    let request = v1::UpdateChannelRequest {
        channel: Some(off),
        update_mask: Some(mask(&["creates_tickets"])),
        ..Default::default()
    };
    root.channels().update_channel(request).await.expect("changed");
    let silent = app.ingest(crate::support::scene::message("chat", "c1", "ann@example.com", "Hello")).await;
    assert!(silent.ticket.is_none() && silent.message.is_some(), "the message is kept, no ticket is made");
    let get = v1::GetChannelRequest { name: channel_name("chat") };
    let found = root.channels().get_channel(get).await.expect("found").into_inner().channel.expect("a channel");
    assert_eq!(found.creates_tickets, Some(false));
    let list = v1::ListChannelsRequest { parent: app::account(), ..Default::default() };
    assert_eq!(root.channels().list_channels(list).await.expect("listed").into_inner().channels.len(), 2);
    let delete = |id: &str| v1::DeleteChannelRequest { name: channel_name(id), ..Default::default() };
    assert_refused(root.channels().delete_channel(delete("mail")).await, ErrorReason::ResourceInUse);
    app.channel("unused", ChannelType::Form).await;
    root.channels().delete_channel(delete("unused")).await.expect("deleted");
});

// without a seat nobody reads or changes channels and their routing.
both_engines!(a_collaborator_cannot_read_settings, |db| async move {
    let app = App::start(db).await;
    app.channel("mail", ChannelType::Email).await;
    let cole = app.collaborator("cole", helpdesk::grpc::pb::access::AccessLevel::All).await;
    let get = v1::GetChannelRequest { name: channel_name("mail") };
    assert_refused(cole.channels().get_channel(get).await, ErrorReason::StandingTooLow);
    let routing = v1::GetChannelRoutingRequest { name: format!("{}/routing", channel_name("mail")) };
    assert_refused(cole.channels().get_channel_routing(routing).await, ErrorReason::StandingTooLow);
});

// C-070: an account has its default pipeline with four statuses, in order.
both_engines!(the_default_pipeline_has_its_four_statuses, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let list = v1::ListPipelinesRequest { parent: app::account(), ..Default::default() };
    let pipelines = mia.pipelines().list_pipelines(list).await.expect("listed").into_inner().pipelines;
    assert_eq!(pipelines.len(), 1);
    let get = v1::GetPipelineRequest { name: pipeline_name() };
    assert_eq!(
        mia.pipelines().get_pipeline(get).await.expect("found").into_inner().pipeline.as_ref(),
        pipelines.first()
    );
    let list = v1::ListPipelineStatusesRequest { parent: pipeline_name(), ..Default::default() };
    let statuses = mia.pipelines().list_pipeline_statuses(list).await.expect("listed").into_inner().pipeline_statuses;
    let names: Vec<_> = statuses.iter().map(|status| status.name.clone()).collect();
    assert_eq!(names, ["new", "waiting-on-contact", "waiting-on-us", "closed"].map(status_name));
    let get = v1::GetPipelineStatusRequest { name: status_name("closed") };
    let closed = mia.pipelines().get_pipeline_status(get).await.expect("found").into_inner().pipeline_status;
    assert_eq!(closed.as_ref(), statuses.last());
});

both_engines!(a_contact_is_found_by_its_address_and_keeps_it_for_itself, |db| async move {
    let app = App::start(db).await;
    let ada = app.agent("ada").await;
    let ann = app.contact("ann@example.com", "", false).await;
    let twin = v1::Contact { emails: vec!["ANN@example.com".to_owned()], ..Default::default() };
    let request = v1::CreateContactRequest { parent: app::account(), contact: Some(twin), ..Default::default() };
    assert_refused(ada.contacts().create_contact(request).await, ErrorReason::DuplicateValue);
    let owned = v1::Contact { name: ann.name.clone(), owner: user_name("ada"), ..Default::default() };
    let request =
        v1::UpdateContactRequest { contact: Some(owned), update_mask: Some(mask(&["owner"])), ..Default::default() };
    ada.contacts().update_contact(request).await.expect("changed");
    let list =
        v1::ListContactsRequest { parent: app::account(), filter: "owner = ada".to_owned(), ..Default::default() };
    let found = ada.contacts().list_contacts(list).await.expect("listed").into_inner().contacts;
    assert_eq!(found.iter().map(|contact| &contact.name).collect::<Vec<_>>(), [&ann.name]);
    let get = v1::GetContactRequest { name: ann.name };
    assert_eq!(ada.contacts().get_contact(get).await.expect("found").into_inner().contact.as_ref(), found.first());
});

// C-055: a decision keeps candidates, exclusions with reasons and the winner, and tells why for any person.
both_engines!(a_decision_says_why, |db| async move {
    let app = App::start(db).await;
    let ada = app.agent("ada").await;
    app.agent("bea").await;
    app.available("bea", false).await;
    app.channel("mail", ChannelType::Email).await;
    app.route_to("mail", people(&["ada", "bea"], &[])).await;
    let ticket = app.arrives("mail", "m1", "ann@example.com").await;
    let list = v1::ListRoutingDecisionsRequest { parent: ticket.name.clone(), ..Default::default() };
    let decisions = ada.routing().list_routing_decisions(list).await.expect("listed").into_inner().routing_decisions;
    let [decision] = decisions.as_slice() else { panic!("one decision, not {decisions:?}") };
    assert_eq!((decision.outcome(), decision.user.clone()), (RoutingOutcome::Assigned, user_name("ada")));
    assert_eq!((decision.candidates.len(), decision.exclusions.len()), (2, 1));
    let get = v1::GetRoutingDecisionRequest { name: decision.name.clone() };
    let read = ada.routing().get_routing_decision(get).await.expect("found").into_inner().routing_decision;
    assert_eq!(read.as_ref(), Some(decision));
    let explain = v1::ExplainRoutingRequest { name: ticket.name, user: user_name("bea") };
    let answer = ada.routing().explain_routing(explain).await.expect("explained").into_inner();
    let bea = answer.candidate.expect("how she stood");
    assert!(!bea.eligible && !bea.blockers.is_empty() && !answer.answer.is_empty());
});

both_engines!(a_ticket_is_unassigned_and_moved_between_statuses, |db| async move {
    let app = App::start(db).await;
    let ada = app.agent("ada").await;
    let ticket = v1::Ticket { owner: user_name("ada"), ..app::ticket("One") };
    let request = v1::CreateTicketRequest { parent: app::account(), ticket: Some(ticket), ..Default::default() };
    let name = ada.tickets().create_ticket(request).await.expect("made").into_inner().ticket.expect("a ticket").name;
    let request = v1::UnassignTicketRequest { name: name.clone(), ..Default::default() };
    let free = ada.tickets().unassign_ticket(request).await.expect("unassigned").into_inner().ticket.expect("a ticket");
    assert!(free.owner.is_empty());
    let request = v1::ChangeTicketStatusRequest { name, status: status_name("waiting-on-us"), ..Default::default() };
    let moved =
        ada.tickets().change_ticket_status(request).await.expect("moved").into_inner().ticket.expect("a ticket");
    assert_eq!((moved.status, moved.close_time), (status_name("waiting-on-us"), None));
});
