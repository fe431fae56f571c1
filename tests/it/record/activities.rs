//! Logged activities.

use helpdesk::grpc::pb::access::AccessLevel;
use helpdesk::grpc::pb::v1::{self, ActivityKind, ErrorReason};

use super::associations::{associate, make};
use super::{company, contact, deal, log, mask, nothing};
use crate::support::app::{self, App, ticket, user_name};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;

fn update(activity: v1::Activity, paths: &[&str]) -> v1::UpdateActivityRequest {
    v1::UpdateActivityRequest { activity: Some(activity), update_mask: Some(mask(paths)), ..Default::default() }
}

async fn subjects(caller: &Client, filter: &str, order_by: &str) -> Vec<String> {
    let request = v1::ListActivitiesRequest {
        parent: app::account(),
        filter: filter.to_owned(),
        order_by: order_by.to_owned(),
        ..Default::default()
    };
    let page = caller.activities().list_activities(request).await.expect("a page").into_inner();
    page.activities.into_iter().map(|activity| activity.subject).collect()
}

both_engines!(an_activity_is_logged_read_changed_and_deleted, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let ada = contact(&mia, "Ada", "ada@a.example").await;
    let works = company(&mia, "Rocket Works", &[]).await;
    let made = log(&mia, ActivityKind::Call, "They called", &[&ada.name]).await;
    assert_eq!((made.contacts.as_slice(), made.happen_time), (&[ada.name.clone()][..], made.create_time));
    let get = || v1::GetActivityRequest { name: made.name.clone() };
    let read = mia.activities().get_activity(get()).await.expect("read").into_inner().activity;
    assert_eq!(read.as_ref(), Some(&made));
    let change = v1::Activity {
        kind: ActivityKind::Meeting.into(),
        contacts: Vec::new(),
        companies: vec![works.name.clone()],
        ..made.clone()
    };
    let paths = &["kind", "contacts", "companies"];
    let changed = mia.activities().update_activity(update(change.clone(), paths)).await.expect("changed");
    let changed = changed.into_inner().activity.expect("an activity");
    assert_eq!((changed.kind(), changed.contacts.len(), changed.companies.len()), (ActivityKind::Meeting, 0, 1));
    assert_refused(mia.activities().update_activity(update(change, &["kind"])).await, ErrorReason::EtagMismatch);
    let linked = make(&mia, v1::Ticket { activities: vec![made.name.clone()], ..ticket("A") }).await.expect("a ticket");
    let delete = || v1::DeleteActivityRequest { name: made.name.clone(), ..Default::default() };
    let gone = mia.activities().delete_activity(delete()).await.expect("deleted").into_inner();
    assert_eq!((gone.released_tickets, gone.release_pending), (1, false));
    let now = mia.tickets().get_ticket(v1::GetTicketRequest { name: linked.name }).await.expect("read").into_inner();
    assert!(now.ticket.expect("a ticket").activities.is_empty());
    assert_refused(mia.activities().get_activity(get()).await, ErrorReason::ResourceNotFound);
    assert_refused(mia.activities().delete_activity(delete()).await, ErrorReason::ResourceNotFound);
});

both_engines!(an_activity_says_something_about_somebody, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let ada = contact(&mia, "Ada", "ada@a.example").await;
    let note = |subject: &str, contacts: Vec<String>| v1::Activity {
        kind: ActivityKind::Note.into(),
        subject: subject.to_owned(),
        contacts,
        ..v1::Activity::default()
    };
    for (activity, reason) in [
        (note("Hello", Vec::new()), ErrorReason::FieldInvalid),
        (note("  ", vec![ada.name.clone()]), ErrorReason::FieldInvalid),
        (note("Hello", vec![nothing("contacts")]), ErrorReason::ReferenceNotFound),
        (v1::Activity { kind: 0, ..note("Hello", vec![ada.name.clone()]) }, ErrorReason::FieldInvalid),
    ] {
        let request =
            v1::CreateActivityRequest { parent: app::account(), activity: Some(activity), ..Default::default() };
        assert_refused(mia.activities().create_activity(request).await, reason);
    }
});

both_engines!(activities_are_found_by_what_they_are_about_and_say, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let (ada, sale) = (contact(&mia, "Ada", "ada@a.example").await, deal(&mia, "Ten rockets").await);
    let first = log(&mia, ActivityKind::Call, "First call", &[&ada.name]).await;
    log(&mia, ActivityKind::Note, "Große Worte", &[&ada.name, &sale.name]).await;
    log(&mia, ActivityKind::Task, "Offer", &[&sale.name]).await;
    let earlier = v1::Activity { happen_time: Some(prost_types::Timestamp { seconds: 1, nanos: 0 }), ..first.clone() };
    mia.activities().update_activity(update(earlier, &["happen_time"])).await.expect("changed");
    let made = make(&mia, ticket("A")).await.expect("a ticket");
    let add =
        v1::AssociateTicketRequest { name: made.name.clone(), activities: vec![first.name], ..Default::default() };
    associate(&mia, add).await.expect("associated");
    let by = |field: &str, name: &str| format!("{field} = \"{name}\"");
    for (filter, order, wanted) in [
        (String::new(), "", &["Offer", "Große Worte", "First call"][..]),
        (by("contact", &ada.name), "create_time", &["First call", "Große Worte"]),
        (by("deal", &sale.name), "", &["Offer", "Große Worte"]),
        (by("ticket", &made.name), "", &["First call"]),
        ("kind = NOTE".to_owned(), "", &["Große Worte"]),
        ("grosse".to_owned(), "", &["Große Worte"]),
    ] {
        assert_eq!(subjects(&mia, &filter, order).await, wanted, "{filter}");
    }
});

// a ticket out of sight is associated with nothing, as one that was never made.
both_engines!(activities_are_not_found_by_a_ticket_out_of_sight, |db| async move {
    let app = App::start(db).await;
    let (mia, cole) = (app.agent("mia").await, app.collaborator("cole", AccessLevel::Owned).await);
    let ada = contact(&mia, "Ada", "ada@a.example").await;
    let linked = log(&mia, ActivityKind::Call, "First call", &[&ada.name]).await;
    let made = make(&mia, v1::Ticket { activities: vec![linked.name], ..ticket("A") }).await.expect("a ticket");
    let nothing = format!("{}/tickets/999", app::account());
    for name in [&made.name, &nothing] {
        assert_eq!(subjects(&cole, &format!("ticket = \"{name}\""), "").await, Vec::<String>::new());
        assert_eq!(subjects(&cole, &format!("NOT ticket = \"{name}\""), "").await, ["First call"]);
    }
    assert_eq!(subjects(&cole, "ticket:*", "").await, Vec::<String>::new());
    assert_eq!(subjects(&mia, "ticket:*", "").await, ["First call"]);
    let give = v1::AssignTicketRequest { name: made.name.clone(), owner: user_name("cole"), ..Default::default() };
    mia.tickets().assign_ticket(give).await.expect("given");
    assert_eq!(subjects(&cole, &format!("ticket = \"{}\"", made.name), "").await, ["First call"]);
});

both_engines!(activities_leave_a_deleted_contact_and_go_where_it_was_all, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let (ada, sale) = (contact(&mia, "Ada", "ada@a.example").await, deal(&mia, "Ten rockets").await);
    let alone = log(&mia, ActivityKind::Call, "Alone", &[&ada.name]).await;
    let both = log(&mia, ActivityKind::Call, "Both", &[&ada.name, &sale.name]).await;
    let new = v1::Ticket { activities: vec![alone.name.clone(), both.name.clone()], ..ticket("A") };
    let made = make(&mia, new).await.expect("a ticket");
    let gone = v1::DeleteContactRequest { name: ada.name, ..Default::default() };
    assert!(mia.contacts().delete_contact(gone).await.expect("deleted").into_inner().release_pending);
    app.running().worker.run_until_idle().await.expect("the jobs are done");
    assert_eq!(subjects(&mia, "", "").await, ["Both"]);
    let get = v1::GetActivityRequest { name: both.name.clone() };
    let left = mia.activities().get_activity(get).await.expect("read").into_inner().activity.expect("an activity");
    assert_eq!((left.contacts.len(), left.deals), (0, vec![sale.name]));
    let now = mia.tickets().get_ticket(v1::GetTicketRequest { name: made.name }).await.expect("read").into_inner();
    assert_eq!(now.ticket.expect("a ticket").activities, [both.name]);
});
