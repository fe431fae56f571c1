//! TicketViewService: the default views, custom ones, who gets which, and what they count.

use futures_util::StreamExt;
use helpdesk::grpc::pb::access::AccessLevel;
use helpdesk::grpc::pb::v1::{self, ErrorReason, TicketViewScope as Scope};
use prost_types::FieldMask;
use tonic::{Response, Status};

use crate::conversation::comments::{comment, mailed};
use crate::support::app::{self, App, team_name, user_name};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;

fn view_name(id: &str) -> String {
    format!("{}/ticketViews/{id}", app::account())
}

async fn made(client: &Client, subject: &str) -> v1::Ticket {
    let request =
        v1::CreateTicketRequest { parent: app::account(), ticket: Some(app::ticket(subject)), ..Default::default() };
    client.tickets().create_ticket(request).await.expect("made").into_inner().ticket.expect("a ticket")
}

async fn assign(client: &Client, ticket: &v1::Ticket, owner: &str, teams: &[&str]) {
    let request = v1::AssignTicketRequest {
        name: ticket.name.clone(),
        owner: if owner.is_empty() { String::new() } else { user_name(owner) },
        teams: teams.iter().map(|id| team_name(id)).collect(),
        ..Default::default()
    };
    client.tickets().assign_ticket(request).await.expect("assigned");
}

/// Numbers of the tickets of a view, sorted.
async fn shows(client: &Client, view: &str) -> Result<Vec<i64>, Status> {
    let request = v1::ListTicketsRequest { parent: app::account(), view: view_name(view), ..Default::default() };
    let page = client.tickets().list_tickets(request).await?.into_inner();
    let mut numbers: Vec<_> = page.tickets.iter().map(|ticket| ticket.number).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

async fn listed(client: &Client) -> Vec<String> {
    let (mut ids, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = v1::ListTicketViewsRequest { parent: app::account(), page_size: 3, page_token };
        let page = client.ticket_views().list_ticket_views(request).await.expect("a page").into_inner();
        let id = |view: v1::TicketView| view.name.rsplit('/').next().unwrap_or_default().to_owned();
        ids.extend(page.ticket_views.into_iter().map(id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return ids;
        }
    }
}

async fn get(client: &Client, id: &str) -> Result<v1::TicketView, Status> {
    let request = v1::GetTicketViewRequest { name: view_name(id) };
    client.ticket_views().get_ticket_view(request).await.map(|it| it.into_inner().ticket_view.expect("a view"))
}

async fn create(client: &Client, id: &str, view: v1::TicketView) -> Result<v1::TicketView, Status> {
    let request = v1::CreateTicketViewRequest {
        parent: app::account(),
        ticket_view: Some(view),
        ticket_view_id: id.to_owned(),
        ..Default::default()
    };
    client.ticket_views().create_ticket_view(request).await.map(|it| it.into_inner().ticket_view.expect("a view"))
}

async fn update(client: &Client, view: v1::TicketView, paths: &[&str]) -> Result<v1::TicketView, Status> {
    let request = v1::UpdateTicketViewRequest {
        ticket_view: Some(view),
        update_mask: Some(FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() }),
        ..Default::default()
    };
    client.ticket_views().update_ticket_view(request).await.map(|it| it.into_inner().ticket_view.expect("a view"))
}

async fn delete(client: &Client, id: &str) -> Result<Response<v1::DeleteTicketViewResponse>, Status> {
    let request = v1::DeleteTicketViewRequest { name: view_name(id), ..Default::default() };
    client.ticket_views().delete_ticket_view(request).await
}

async fn count(client: &Client, ids: &[&str]) -> Result<Vec<(i32, bool)>, Status> {
    let views = ids.iter().map(|id| view_name(id)).collect();
    let request = v1::CountTicketViewsRequest { parent: app::account(), views };
    let answer = client.ticket_views().count_ticket_views(request).await?.into_inner();
    Ok(answer.counts.iter().map(|one| (one.count, one.more)).collect())
}

fn named(display_name: &str, filter: &str, scope: Scope) -> v1::TicketView {
    let (display_name, filter) = (display_name.to_owned(), filter.to_owned());
    v1::TicketView { display_name, filter, scope: scope.into(), ..v1::TicketView::default() }
}

// C-043: the unassigned views hold what nobody owns, those of teams what was given to the team; a
// ticket is opened from there and leaves them with its first owner.
both_engines!(the_default_views_show_what_their_names_say, |db| async move {
    let app = App::start(db).await;
    let (mia, ben) = (app.agent("mia").await, app.agent("ben").await);
    app.team("red", &["mia"]).await;
    app.team("blue", &["ben"]).await;
    let (first, conversation) = mailed(&app).await;
    let (of_red, of_mia, closed) = (made(&mia, "two").await, made(&mia, "three").await, made(&mia, "four").await);
    assign(&mia, &of_red, "", &["red"]).await;
    assign(&mia, &of_mia, "mia", &["red"]).await;
    app.close(&closed.name).await;
    comment(&ben, &conversation, "@mia please").await.expect("written");
    let views: [(&str, &[i64]); 10] = [
        ("unassigned", &[1, 2]),
        ("assigned-to-me", &[3]),
        ("all-open", &[1, 2, 3]),
        ("my-mentions", &[1]),
        ("following", &[]),
        ("my-teams-unassigned", &[2]),
        ("my-teams", &[2, 3]),
        ("all-closed", &[4]),
        ("unassigned.red", &[2]),
        ("unassigned.blue", &[]),
    ];
    for (view, numbers) in views {
        assert_eq!(shows(&mia, view).await.expect("a list"), numbers, "{view}");
        let expected = i32::try_from(numbers.len()).expect("a few");
        assert_eq!(count(&mia, &[view]).await.expect("counts"), [(expected, false)], "{view}");
    }
    let ids = listed(&mia).await;
    assert_eq!(ids[..8], views[..8].iter().map(|(id, _)| (*id).to_owned()).collect::<Vec<_>>());
    assert_eq!(ids[8..], ["unassigned.blue", "unassigned.red"]);
    assert_eq!(shows(&ben, "my-mentions").await.expect("a list"), [0_i64; 0]);
    let opened = v1::GetTicketRequest { name: first.name.clone() };
    assert!(mia.tickets().get_ticket(opened).await.is_ok());
    assign(&mia, &first, "ben", &[]).await;
    assert_eq!(shows(&mia, "unassigned").await.expect("a list"), [2]);
    assert_refused(shows(&mia, "unassigned.green").await, ErrorReason::ReferenceNotFound);
    assert_refused(get(&app.machine(), "assigned-to-me").await, ErrorReason::ResourceNotFound);
    assert_eq!(shows(&app.machine(), "unassigned").await.expect("a list"), [2]);
});

// C-002, C-005: without a seat there are My mentions, Following and All open, and no custom view.
both_engines!(without_a_seat_there_are_three_views, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let cole = app.collaborator("cole", AccessLevel::All).await;
    made(&mia, "one").await;
    create(&mia, "vip", named("VIP", "tags = vip", Scope::Account)).await.expect("made");
    assert_eq!(listed(&cole).await, ["all-open", "my-mentions", "following"]);
    assert_eq!(shows(&cole, "all-open").await.expect("a list"), [1]);
    for view in ["unassigned", "assigned-to-me", "all-closed", "unassigned.red", "vip", "nowhere"] {
        assert_refused(get(&cole, view).await, ErrorReason::StandingTooLow);
        assert_refused(shows(&cole, view).await, ErrorReason::StandingTooLow);
        assert_refused(count(&cole, &[view]).await, ErrorReason::StandingTooLow);
    }
    let own = create(&cole, "mine", named("Mine", "", Scope::Private)).await;
    assert_refused(own, ErrorReason::StandingTooLow);
    assert_refused(delete(&cole, "vip").await, ErrorReason::StandingTooLow);
    assert_eq!(count(&cole, &[]).await.expect("counts").len(), 3);
});

// with a seat one makes views for oneself, a team, everybody; each is seen by those and nobody else.
both_engines!(a_custom_view_is_seen_by_whom_it_is_for, |db| async move {
    let app = App::start(db).await;
    let (mia, ben) = (app.agent("mia").await, app.agent("ben").await);
    app.team("red", &["mia"]).await;
    let urgent = v1::TicketView {
        order_by: "create_time".to_owned(),
        columns: vec!["subject".to_owned(), "owner".to_owned()],
        ..named(" Urgent ", "priority = URGENT AND owner = me()", Scope::Private)
    };
    let private = create(&mia, "urgent", urgent).await.expect("made");
    assert_eq!((private.display_name.as_str(), private.owner.as_str()), ("Urgent", user_name("mia").as_str()));
    let of_team = v1::TicketView { team: team_name("red"), ..named("Red", "team = red", Scope::Team) };
    create(&mia, "red", of_team).await.expect("made");
    let everybody = create(&mia, "all", named("All", "", Scope::Account)).await.expect("made");
    assert!(listed(&mia).await.ends_with(&["all", "red", "urgent"].map(str::to_owned)));
    assert!(listed(&ben).await.ends_with(&["unassigned.red", "all"].map(str::to_owned)));
    for hidden in ["urgent", "red"] {
        assert_refused(get(&ben, hidden).await, ErrorReason::ResourceNotFound);
        assert_refused(shows(&ben, hidden).await, ErrorReason::ReferenceNotFound);
    }
    assert_refused(get(&app.root(), "urgent").await, ErrorReason::ResourceNotFound);
    app.join("red", "ben", false).await;
    assert!(get(&ben, "red").await.is_ok());

    let renamed = v1::TicketView { display_name: "Everything".to_owned(), ..everybody.clone() };
    assert_refused(update(&ben, renamed.clone(), &["display_name"]).await, ErrorReason::OutOfScope);
    assert_refused(delete(&ben, "all").await, ErrorReason::OutOfScope);
    let changed = update(&mia, renamed.clone(), &["display_name"]).await.expect("changed");
    assert_eq!(changed.display_name, "Everything");
    assert_refused(update(&mia, renamed, &["display_name"]).await, ErrorReason::EtagMismatch);
    delete(&app.root(), "all").await.expect("deleted");
    assert_refused(get(&mia, "all").await, ErrorReason::ResourceNotFound);
});

// pages go on behind a view that was deleted meanwhile.
both_engines!(a_view_that_is_deleted_between_pages_hides_no_other, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    for id in ["one", "three", "two"] {
        create(&root, id, named(id, "state = OPEN", Scope::Account)).await.expect("made");
    }
    let (mut ids, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = v1::ListTicketViewsRequest { parent: app::account(), page_size: 1, page_token };
        let page = root.ticket_views().list_ticket_views(request).await.expect("a page").into_inner();
        let name = page.ticket_views[0].name.clone();
        if name == view_name("one") {
            delete(&root, "one").await.expect("deleted");
        }
        ids.push(name);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert!(ids.ends_with(&["one", "three", "two"].map(view_name)), "{ids:?}");
});

both_engines!(a_view_that_does_not_hold_is_refused, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let new = |filter: &str| named("New", filter, Scope::Private);
    assert_refused(create(&mia, "new", new("state =")).await, ErrorReason::FilterInvalid);
    assert_refused(create(&mia, "new", new("color = red")).await, ErrorReason::FilterFieldUnknown);
    let ordered = v1::TicketView { order_by: "subject".to_owned(), ..new("") };
    assert_refused(create(&mia, "new", ordered).await, ErrorReason::OrderByInvalid);
    assert_refused(create(&mia, "new", named("  ", "", Scope::Private)).await, ErrorReason::FieldInvalid);
    assert_refused(create(&mia, "new", named("New", "", Scope::Team)).await, ErrorReason::FieldInvalid);
    let nowhere = v1::TicketView { team: team_name("green"), ..named("New", "", Scope::Team) };
    assert_refused(create(&mia, "new", nowhere).await, ErrorReason::ReferenceNotFound);
    assert_refused(create(&mia, "all-open", new("")).await, ErrorReason::ResourceAlreadyExists);
    create(&mia, "new", new("")).await.expect("made");
    assert_refused(create(&mia, "new", new("")).await, ErrorReason::ResourceAlreadyExists);
    let default = v1::TicketView { name: view_name("all-open"), ..new("") };
    assert_refused(update(&mia, default, &["filter"]).await, ErrorReason::OutOfScope);
    assert_refused(delete(&mia, "all-open").await, ErrorReason::OutOfScope);
    let machine = create(&app.machine(), "bot", new("")).await;
    assert_refused(machine, ErrorReason::FieldInvalid);
});

// R-010, C-003: a view shows and counts what is within the caller's reach and nothing else, narrowed by the list's own filter.
both_engines!(a_view_shows_only_what_is_within_reach, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let cole = app.collaborator("cole", AccessLevel::Owned).await;
    let (one, two) = (made(&mia, "one").await, made(&mia, "two").await);
    assign(&mia, &one, "cole", &[]).await;
    assign(&mia, &two, "mia", &[]).await;
    assert_eq!(shows(&cole, "all-open").await.expect("a list"), [1]);
    assert_eq!(count(&cole, &["all-open"]).await.expect("counts"), [(1, false)]);
    let request = v1::ListTicketsRequest {
        parent: app::account(),
        view: view_name("all-open"),
        filter: "owner = mia".to_owned(),
        ..Default::default()
    };
    let found = mia.tickets().list_tickets(request).await.expect("a page").into_inner().tickets;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].number, 2);
});

// T4: a count is exact up to 1,000, and beyond that says that there are more; pages go on all the same.
both_engines!(a_view_counts_exactly_to_a_thousand, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let tagged = |tags: &[&str]| v1::Ticket {
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        ..app::ticket("One of many")
    };
    let ticket = |ticket: v1::Ticket| async {
        let request = v1::CreateTicketRequest { parent: app::account(), ticket: Some(ticket), ..Default::default() };
        mia.tickets().create_ticket(request).await.expect("made");
    };
    let many = futures_util::stream::iter((0..999).map(|_| ticket(tagged(&["many"]))));
    many.buffer_unordered(8).collect::<Vec<()>>().await;
    create(&mia, "many", named("Many", "tags = many", Scope::Private)).await.expect("made");
    for expected in [(999, false), (1_000, false), (1_000, true), (1_000, true)] {
        assert_eq!(count(&mia, &["all-open", "many"]).await.expect("counts"), [expected; 2]);
        ticket(tagged(&["many"])).await;
    }
});
