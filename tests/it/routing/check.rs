//! CheckRouting: what can never work is found before it does harm.

use helpdesk::grpc::pb::v1::{self, ChannelType, ErrorReason, Weekday, channel::Config};
use prost_types::FieldMask;

use crate::support::app::{self, App, channel_name, user_name};
use crate::support::client::assert_refused;
use crate::support::databases::{TestDatabase, both_engines};
use crate::support::scene::{people, rule};

async fn desk(db: TestDatabase) -> App {
    let app = App::start(db).await;
    for id in ["ada", "mia"] {
        app.agent(id).await;
    }
    app.channel("mail", ChannelType::Email).await;
    app.route_to("mail", people(&["ada", "mia"], &[])).await;
    app
}

async fn try_check(app: &App, routing_version: &str) -> Result<Vec<(String, String)>, tonic::Status> {
    let request = v1::CheckRoutingRequest { parent: app::account(), routing_version: routing_version.to_owned() };
    let found = app.root().routing().check_routing(request).await?.into_inner();
    Ok(found.problems.into_iter().map(|it| (it.rule, it.code)).collect())
}

async fn check(app: &App) -> Vec<(String, String)> {
    try_check(app, "").await.expect("checked")
}

fn found(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(rule, code)| ((*rule).to_owned(), (*code).to_owned())).collect()
}

async fn schedule(app: &App, user: &str, day: Weekday, out_of_office: Vec<v1::OutOfOffice>) {
    let schedule = v1::WorkSchedule {
        name: format!("{}/workSchedule", user_name(user)),
        time_zone: "UTC".to_owned(),
        blocks: vec![v1::WorkBlock { day: day.into(), start_minute: 540, end_minute: 1_020 }],
        out_of_office,
    };
    let request = v1::SetWorkScheduleRequest { work_schedule: Some(schedule), ..Default::default() };
    app.root().users().set_work_schedule(request).await.expect("set");
}

// Skills that nobody has, teams of nobody, and rules behind one that takes everything.
both_engines!(what_nobody_can_take_is_found, |db| async move {
    let app = desk(db).await;
    assert_eq!(check(&app).await, []);
    app.skills(&["german"]).await;
    app.team("empty", &[]).await;
    let all = rule("all", "", &[]);
    app.rules("mail", vec![rule("german", "ticket.subject:bitte", &[("german", 2)]), all, rule("late", "", &[])]).await;
    app.channel("form", ChannelType::Form).await;
    app.route_to("form", people(&[], &["empty"])).await;
    let expected = [("", "NOBODY"), ("german", "SKILL_OF_NOBODY"), ("german", "NOBODY"), ("late", "NEVER_REACHED")];
    assert_eq!(check(&app).await, found(&expected));
    app.has_skills(&user_name("mia"), &[("german", 1)]).await;
    assert_eq!(check(&app).await, found(&expected), "too low a level is none");
    app.has_skills(&user_name("mia"), &[("german", 3)]).await;
    assert_eq!(check(&app).await, found(&[("", "NOBODY"), ("late", "NEVER_REACHED")]));
});

// C-053: where tickets wait, a skill that is dropped after a while keeps nobody from them; one that is not does.
both_engines!(a_skill_that_is_dropped_leaves_somebody_where_tickets_wait, |db| async move {
    let app = desk(db).await;
    app.skills(&["german", "tax"]).await;
    let mut rules = vec![rule("german", "message.text:bitte", &[("german", 1)]), rule("tax", "", &[("tax", 1)])];
    rules[0].skills[0].drop_after = Some(prost_types::Duration { seconds: 300, nanos: 0 });
    app.rules("mail", rules).await;
    let held = [("german", "SKILL_OF_NOBODY"), ("german", "NOBODY"), ("tax", "SKILL_OF_NOBODY"), ("tax", "NOBODY")];
    assert_eq!(check(&app).await, found(&held), "what is held waits for nobody");
    app.queue("mail", 0).await;
    let expected = [("german", "SKILL_OF_NOBODY"), ("tax", "SKILL_OF_NOBODY"), ("tax", "NOBODY")];
    assert_eq!(check(&app).await, found(&expected));
    app.available("ada", false).await;
    assert_eq!(check(&app).await, found(&expected), "who is away comes back");
});

// Conditions that hold for no ticket of the channel, and those that a wider one before them covers.
both_engines!(rules_that_never_match_are_found, |db| async move {
    let app = desk(db).await;
    let other = format!("ticket.channel:\"{}\"", channel_name("mail"));
    let rules = vec![
        rule("both", "ticket.priority:HIGH AND ticket.priority:LOW", &[]),
        rule("form", "ticket.source:FORM", &[]),
        rule("none", "message.text:card AND NOT message.text:card", &[]),
        rule("cards", "message.text:card", &[]),
        rule("urgent", "ticket.priority:URGENT AND message.text:card", &[]),
        rule("again", "message.text:card", &[]),
        rule("tags", "ticket.tags:a AND ticket.tags:b", &[]),
        rule("here", &format!("{other} AND ticket.category:x"), &[]),
        v1::RoutingRule { disabled: true, ..rule("off", "", &[]) },
        rule("mail", "ticket.source:EMAIL OR ticket.category:y", &[]),
        rule("last", "message.text:rest", &[]),
    ];
    app.rules("mail", rules).await;
    let expected = [
        ("both", "NEVER_MATCHES"),
        ("form", "NEVER_MATCHES"),
        ("none", "NEVER_MATCHES"),
        ("urgent", "NEVER_REACHED"),
        ("again", "NEVER_REACHED"),
        ("last", "NEVER_REACHED"),
    ];
    assert_eq!(check(&app).await, found(&expected));
});

// Hours that never open: nobody of the target is at work for a month, and only available people count.
both_engines!(hours_that_never_open_are_found, |db| async move {
    let app = desk(db).await;
    let now = app.now().as_micros() / 1_000_000;
    let at = |days: i64| Some(prost_types::Timestamp { seconds: now + days * 86_400, nanos: 0 });
    let away = |days| vec![v1::OutOfOffice { start_time: at(0), end_time: at(days) }];
    schedule(&app, "ada", Weekday::Monday, away(60)).await;
    assert_eq!(check(&app).await, [], "mia is there");
    schedule(&app, "mia", Weekday::Monday, away(40)).await;
    assert_eq!(check(&app).await, found(&[("", "HOURS_NEVER_OPEN")]));
    let routing = v1::ChannelRouting { available_only: Some(false), ..Default::default() };
    app.try_route("mail", routing, &["available_only"]).await.expect("saved");
    assert_eq!(check(&app).await, []);
    let routing = v1::ChannelRouting { available_only: Some(true), ..Default::default() };
    app.try_route("mail", routing, &["available_only"]).await.expect("saved");
    schedule(&app, "mia", Weekday::Monday, away(20)).await;
    assert_eq!(check(&app).await, [], "she is back in time");
});

// C-060: a calling channel that is open only while nobody works.
both_engines!(a_channel_that_is_open_while_nobody_works_is_found, |db| async move {
    let app = desk(db).await;
    app.channel("phone", ChannelType::Calling).await;
    app.route_to("phone", people(&["ada"], &[])).await;
    let open = |day: Weekday| {
        let block = v1::WorkBlock { day: day.into(), start_minute: 600, end_minute: 720 };
        let hours = v1::OpeningHours { time_zone: "UTC".to_owned(), blocks: vec![block] };
        let voicemail = v1::VoicemailMessage { text: "We are closed.".to_owned(), audio_uri: String::new() };
        let calling =
            v1::CallingConfig { hours: Some(hours), after_hours_voicemail: Some(voicemail), ..Default::default() };
        let channel =
            v1::Channel { name: channel_name("phone"), config: Some(Config::Calling(calling)), ..Default::default() };
        let update_mask = Some(FieldMask { paths: vec!["calling".to_owned()] });
        v1::UpdateChannelRequest { channel: Some(channel), update_mask, ..Default::default() }
    };
    app.root().channels().update_channel(open(Weekday::Tuesday)).await.expect("saved");
    assert_eq!(check(&app).await, [], "whoever has no hours is there");
    schedule(&app, "ada", Weekday::Monday, Vec::new()).await;
    assert_eq!(check(&app).await, found(&[("", "HOURS_NEVER_MEET")]));
    app.root().channels().update_channel(open(Weekday::Monday)).await.expect("saved");
    assert_eq!(check(&app).await, []);
});

// A draft is checked before it becomes active.
both_engines!(a_draft_is_checked_before_it_becomes_active, |db| async move {
    let app = desk(db).await;
    let rules = vec![rule("all", "", &[]), rule("late", "message.text:late", &[])];
    let routing = v1::ChannelRouting { target: Some(people(&["mia"], &[])), rules, ..Default::default() };
    let request =
        v1::CreateRoutingDraftRequest { parent: channel_name("mail"), routing: Some(routing), ..Default::default() };
    let drafted = app.root().channels().create_routing_draft(request).await.expect("drafted").into_inner();
    let name = drafted.routing_version.expect("a version").name;
    assert_eq!(check(&app).await, [], "it decides nothing yet");
    assert_eq!(try_check(&app, &name).await.expect("checked"), found(&[("late", "NEVER_REACHED")]));
    let missing = format!("{}/routingVersions/9", channel_name("mail"));
    assert_refused(try_check(&app, &missing).await, ErrorReason::ReferenceNotFound);
});
