//! Rules of a channel: which tickets ask for which skills and people.

use helpdesk::grpc::pb::v1::{
    self, ChannelType, Distribution, ErrorReason, Ineligibility, NobodyTarget, UnassignedReason,
    channel_routing::Target,
};

use crate::support::app::{App, channel_name, team_name, user_name};
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;
use crate::support::scene::{message, people, rule};

async fn desk(db: crate::support::databases::TestDatabase) -> App {
    let app = App::start(db).await;
    for id in ["ada", "mia", "leo"] {
        app.agent(id).await;
    }
    app.skills(&["german", "cards"]).await;
    app.has_skills(&user_name("ada"), &[("german", 2)]).await;
    app.has_skills(&user_name("mia"), &[("german", 4), ("cards", 1)]).await;
    app.channel("mail", ChannelType::Email).await;
    app
}

async fn comes(app: &App, id: &str, text: &str) -> v1::IngestMessageResponse {
    app.ingest(message("mail", id, "ann@example.com", text)).await
}

fn owner(taken: &v1::IngestMessageResponse) -> &str {
    taken.ticket.as_ref().expect("a ticket").owner.rsplit('/').next().expect("an id")
}

// C-053: the first rule that matches decides, by every skill it asks for; without one the channel does.
both_engines!(the_first_rule_that_matches_asks_for_its_skills, |db| async move {
    let app = desk(db).await;
    app.route_to("mail", people(&["leo"], &[])).await;
    let cards = rule("cards", "ticket.subject:card", &[("german", 1), ("cards", 1)]);
    let german = rule("german", "message.text:bitte", &[("german", 3)]);
    let all_german = rule("any", "message.text:hallo", &[("german", 1)]);
    app.rules("mail", vec![cards, german, all_german]).await;
    let taken = comes(&app, "1", "Where is my card, bitte?").await;
    assert_eq!(owner(&taken), "mia");
    assert_eq!(taken.routing_decision.as_ref().expect("a decision").rule, "cards");
    assert_eq!(owner(&comes(&app, "2", "Hilfe, bitte").await), "mia");
    assert_eq!(owner(&comes(&app, "3", "Hallo").await), "ada", "the fewest open tickets among those who speak it");
    let plain = comes(&app, "4", "Hello").await;
    let rule = &plain.routing_decision.as_ref().expect("a decision").rule;
    assert_eq!((owner(&plain), rule.as_str()), ("leo", ""));
});

// C-053, C-054: nobody with the skills leaves it unassigned; with the target "nobody" rules still run first.
both_engines!(rules_run_first_even_where_the_channel_routes_to_nobody, |db| async move {
    let app = desk(db).await;
    app.rules("mail", vec![rule("high", "", &[("cards", 5)])]).await;
    let taken = comes(&app, "1", "Hello").await;
    assert_eq!(taken.ticket.as_ref().expect("a ticket").unassigned_reason(), UnassignedReason::NoSkillMatch);
    app.rules("mail", vec![rule("german", "ticket.subject:bitte", &[("german", 1)])]).await;
    app.route_to("mail", Target::Nobody(NobodyTarget {})).await;
    assert_eq!(owner(&comes(&app, "2", "Hilfe, bitte").await), "ada");
    let unmatched = comes(&app, "3", "Hello").await;
    assert_eq!(unmatched.ticket.expect("a ticket").unassigned_reason(), UnassignedReason::Off);
});

// a rule may name people, whose teams' skills count, and its own distribution.
both_engines!(a_rule_names_people_and_how_they_share, |db| async move {
    let app = desk(db).await;
    app.team("red", &["leo"]).await;
    app.has_skills(&team_name("red"), &[("german", 3)]).await;
    let Target::People(red) = people(&["mia"], &["red"]) else { unreachable!("people") };
    let random = v1::RoutingRule {
        people: Some(red),
        distribution: Distribution::Random.into(),
        ..rule("red", "", &[("german", 3)])
    };
    app.rules("mail", vec![random]).await;
    for index in 0..20 {
        let taken = comes(&app, &index.to_string(), "Hello").await;
        assert!(["leo", "mia"].contains(&owner(&taken)));
        let decision = taken.routing_decision.expect("a decision");
        assert_eq!((decision.distribution(), decision.tie_break.as_str()), (Distribution::Random, "random"));
    }
});

// C-050, R-089: who is named by a rule and loses the seat stays in it, is passed over and flagged.
both_engines!(who_loses_the_seat_is_flagged_in_the_rule, |db| async move {
    let app = desk(db).await;
    let Target::People(two) = people(&["ada", "mia"], &[]) else { unreachable!("people") };
    app.rules("mail", vec![v1::RoutingRule { people: Some(two), ..rule("two", "", &[]) }]).await;
    app.seat("ada", helpdesk::grpc::pb::access::Seat::Core).await;
    let name = format!("{}/routing", channel_name("mail"));
    let request = v1::GetChannelRoutingRequest { name };
    let routing = app.root().channels().get_channel_routing(request).await.expect("found").into_inner().channel_routing;
    let routing = routing.expect("a routing");
    assert_eq!(routing.rules[0].people.as_ref().map(|people| people.users.len()), Some(2));
    let [flag] = routing.target_warnings.as_slice() else { panic!("one flag: {routing:?}") };
    assert_eq!((flag.rule.as_str(), flag.cause()), ("two", Ineligibility::Seat));
    assert_eq!(flag.target, Some(v1::target_warning::Target::User(user_name("ada"))));
    for index in 0..2 {
        assert_eq!(owner(&comes(&app, &index.to_string(), "Hello").await), "mia");
    }
});

// What cannot work is refused when it is saved.
both_engines!(a_rule_that_cannot_work_is_refused, |db| async move {
    let app = desk(db).await;
    app.collaborator("cole", helpdesk::grpc::pb::access::AccessLevel::All).await;
    let Target::People(cole) = people(&["cole"], &[]) else { unreachable!("people") };
    let cases = [
        (vec![rule("a", "ticket.subject:(", &[])], ErrorReason::FilterInvalid),
        (vec![rule("a", "ticket.color:red", &[])], ErrorReason::FilterFieldUnknown),
        (vec![rule("a", "", &[("french", 1)])], ErrorReason::ReferenceNotFound),
        (vec![rule("a", "", &[]), rule("a", "", &[])], ErrorReason::FieldInvalid),
        (vec![v1::RoutingRule { people: Some(cole), ..rule("a", "", &[]) }], ErrorReason::TargetNotRoutable),
    ];
    for (rules, reason) in cases {
        let routing = v1::ChannelRouting { rules, ..Default::default() };
        assert_refused(app.try_route("mail", routing, &["rules"]).await, reason);
    }
    app.channel("calling", ChannelType::Calling).await;
    let routing = v1::ChannelRouting { rules: vec![rule("a", "", &[("german", 1)])], ..Default::default() };
    let refused = app.try_route("calling", routing, &["rules"]).await;
    assert_refused(refused, ErrorReason::RoutingOptionNotOffered);
});
