//! ExplainRouting: why not that person, and from when.

use std::time::Duration;

use helpdesk::grpc::pb::access::Tier;
use helpdesk::grpc::pb::v1::{self, ChannelType, Ineligibility, Weekday};

use crate::customer_agent::hands::buy;
use crate::support::app::{App, team_name, user_name};
use crate::support::databases::{TestDatabase, both_engines};
use crate::support::scene::{message, people, rule};

async fn desk(db: TestDatabase) -> App {
    let app = App::start(db).await;
    for id in ["ada", "leo", "mia"] {
        app.agent(id).await;
    }
    app.channel("mail", ChannelType::Email).await;
    app.route_to("mail", people(&["ada", "leo"], &[])).await;
    app
}

async fn explain(app: &App, ticket: &str, user: &str) -> v1::ExplainRoutingResponse {
    let request = v1::ExplainRoutingRequest { name: ticket.to_owned(), user: user_name(user) };
    app.root().routing().explain_routing(request).await.expect("explained").into_inner()
}

fn blockers(explained: &v1::ExplainRoutingResponse) -> Vec<Ineligibility> {
    explained.candidate.as_ref().expect("the person").blockers().collect()
}

/// Seconds from now.
fn wait(app: &App, explained: &v1::ExplainRoutingResponse) -> Option<i64> {
    explained.next_eligible_time.map(|time| time.seconds - app.now().as_micros() / 1_000_000)
}

async fn works(app: &App, user: &str, day: Weekday) {
    let schedule = v1::WorkSchedule {
        name: format!("{}/workSchedule", user_name(user)),
        time_zone: "UTC".to_owned(),
        blocks: vec![v1::WorkBlock { day: day.into(), start_minute: 540, end_minute: 1_020 }],
        out_of_office: Vec::new(),
    };
    let request = v1::SetWorkScheduleRequest { work_schedule: Some(schedule), ..Default::default() };
    app.root().users().set_work_schedule(request).await.expect("set");
}

// C-055: by the rule that decided, not by the channel beside it; the skills of the main team count.
both_engines!(who_is_asked_about_is_judged_by_the_rule_that_decided, |db| async move {
    let app = desk(db).await;
    app.skills(&["german"]).await;
    app.has_skills(&user_name("mia"), &[("german", 2)]).await;
    app.rules("mail", vec![rule("german", "message.text:bitte", &[("german", 2)])]).await;
    let taken = app.ingest(message("mail", "1", "ann@example.com", "Hilfe, bitte")).await;
    let ticket = taken.ticket.expect("a ticket");
    assert_eq!(ticket.owner, user_name("mia"));
    let leo = explain(&app, &ticket.name, "leo").await;
    assert_eq!((blockers(&leo), wait(&app, &leo)), (vec![Ineligibility::Skill], None));
    app.agent("new").await;
    app.team("red", &["new"]).await;
    assert_eq!(blockers(&explain(&app, &ticket.name, "new").await), [Ineligibility::Skill]);
    app.has_skills(&team_name("red"), &[("german", 3)]).await;
    assert_eq!(blockers(&explain(&app, &ticket.name, "new").await), []);
    let v1::channel_routing::Target::People(ada) = people(&["ada"], &[]) else { unreachable!("people") };
    app.rules("mail", vec![v1::RoutingRule { people: Some(ada), ..rule("ada", "", &[]) }]).await;
    let named = app.arrives("mail", "2", "ann@example.com").await;
    let leo = explain(&app, &named.name, "leo").await;
    assert_eq!(blockers(&leo), [Ineligibility::NotInTarget], "the channel names leo, the rule does not");
});

// C-055, C-057: from when: at the next working hours, also of somebody who went away by hand.
both_engines!(it_is_told_from_when_somebody_is_there_again, |db| async move {
    let app = desk(db).await;
    // It is Saturday, 2026-11-21, 09:00 UTC.
    works(&app, "ada", Weekday::Saturday).await;
    app.available("ada", false).await;
    app.available("leo", false).await;
    let ticket = app.arrives("mail", "1", "ann@example.com").await;
    assert_eq!(ticket.owner, "");
    let ada = explain(&app, &ticket.name, "ada").await;
    assert_eq!(blockers(&ada), [Ineligibility::Unavailable]);
    assert_eq!(wait(&app, &ada), Some(7 * 86_400), "away until the end of today's hours, back on the next Saturday");
    let leo = explain(&app, &ticket.name, "leo").await;
    assert_eq!((blockers(&leo), wait(&app, &leo)), (vec![Ineligibility::Unavailable], None), "nobody knows");
    app.available("leo", true).await;
    let leo = explain(&app, &ticket.name, "leo").await;
    assert_eq!((blockers(&leo), wait(&app, &leo)), (vec![Ineligibility::Unavailable], Some(0)), "then, not now");
});

// C-053: a skill that is dropped after a while, and the ramp of a backlog.
both_engines!(it_is_told_when_a_skill_is_dropped_and_a_ramp_ends, |db| async move {
    let app = desk(db).await;
    app.skills(&["german"]).await;
    let need = v1::SkillRequirement {
        drop_after: Some(prost_types::Duration { seconds: 600, nanos: 0 }),
        ..rule("", "", &[("german", 1)]).skills.remove(0)
    };
    let v1::channel_routing::Target::People(ada) = people(&["ada"], &[]) else { unreachable!("people") };
    let german = v1::RoutingRule { people: Some(ada), skills: vec![need], ..rule("german", "", &[]) };
    app.rules("mail", vec![german]).await;
    app.queue("mail", 60).await;
    let [first, second] =
        [app.arrives("mail", "1", "ann@example.com").await, app.arrives("mail", "2", "bob@x.example").await];
    app.advance(Duration::from_secs(100));
    let ada = explain(&app, &first.name, "ada").await;
    assert_eq!((blockers(&ada), wait(&app, &ada)), (vec![Ineligibility::Skill], Some(500)));
    app.advance(Duration::from_secs(500));
    app.running().worker.run_until_idle().await.expect("worked");
    assert_eq!(app.ticket_now(&first.name).await.owner, user_name("ada"));
    app.advance(Duration::from_secs(10));
    assert_eq!(wait(&app, &explain(&app, &second.name, "ada").await), Some(50), "the ramp");
});

// C-008, C-055: below its tier routing is off: nobody could have got the ticket, whomever the channel keeps.
both_engines!(where_routing_was_off_nobody_could_have_got_it, |db| async move {
    let app = desk(db).await;
    let starter = v1::Subscription { tier: Tier::Starter.into(), ..Default::default() };
    buy(&app, starter, "subscription.tier").await;
    let ticket = app.arrives("mail", "1", "ann@example.com").await;
    assert_eq!((ticket.owner.as_str(), ticket.unassigned_reason()), ("", v1::UnassignedReason::Off));
    let ada = explain(&app, &ticket.name, "ada").await;
    assert!(blockers(&ada).contains(&Ineligibility::NotInTarget), "{ada:?}");
    assert!(ada.answer.contains("could not get it"), "{}", ada.answer);
    assert_eq!(wait(&app, &ada), None);
});
