//! A ticket that has an owner is routed again.

use helpdesk::grpc::pb::v1::{self, ChannelType};

use crate::support::app::{App, user_name};
use crate::support::databases::{TestDatabase, both_engines};
use crate::support::scene::people;

async fn desk(db: TestDatabase, users: &[&str]) -> App {
    let app = App::start(db).await;
    for user in users {
        app.agent(user).await;
    }
    app.channel("mail", ChannelType::Email).await;
    app.route_to("mail", people(users, &[])).await;
    app
}

async fn again(app: &App, ticket: &v1::Ticket) -> v1::RoutingDecision {
    let request = v1::RouteTicketRequest { name: ticket.name.clone(), ignore_owner: true, ..Default::default() };
    let answer = app.root().routing().route_ticket(request).await.expect("routed").into_inner();
    answer.routing_decision.expect("a decision")
}

// C-039: the ticket itself does not count against its owner, who is one candidate among others.
both_engines!(a_ticket_is_not_counted_against_its_own_owner, |db: TestDatabase| async move {
    let app = desk(db, &["ada", "mia"]).await;
    let first = app.arrives("mail", "1", "ann@example.com").await;
    app.advance(std::time::Duration::from_secs(1));
    let second = app.arrives("mail", "2", "bob@example.com").await;
    assert_eq!((first.owner.as_str(), second.owner.as_str()), (&*user_name("ada"), &*user_name("mia")));
    let decision = again(&app, &second).await;
    let counts: Vec<_> = decision.candidates.iter().map(|it| (it.user.clone(), it.open_ticket_count)).collect();
    assert_eq!(counts, [(user_name("mia"), 0), (user_name("ada"), 1)]);
    assert_eq!(app.ticket_now(&second.name).await.owner, user_name("mia"), "she has fewer others");
    let workloads = v1::ListWorkloadsRequest { parent: crate::support::app::account(), ..Default::default() };
    let loads = app.root().routing().list_workloads(workloads).await.expect("listed").into_inner().workloads;
    let total: i32 = loads.iter().map(|load| load.open_ticket_count).sum();
    assert_eq!(total, 2);
});

// C-051: nor does it fill the last place of its owner.
both_engines!(the_owner_at_the_limit_keeps_a_ticket_that_is_routed_again, |db: TestDatabase| async move {
    let app = desk(db, &["ada"]).await;
    app.limit("ada", 1).await;
    let ticket = app.arrives("mail", "1", "ann@example.com").await;
    assert_eq!(ticket.owner, user_name("ada"));
    again(&app, &ticket).await;
    assert_eq!(app.ticket_now(&ticket.name).await.owner, user_name("ada"));
    assert_eq!(app.arrives("mail", "2", "bob@example.com").await.owner, "", "it still counts for others");
});
