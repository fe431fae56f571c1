//! How a customer agent hands over: process, people, messages, triggers; one place per agent.

use std::time::Duration;

use helpdesk::grpc::pb::access::AccessLevel;
use helpdesk::grpc::pb::v1::{self, ErrorReason, HandoffProcess as Process};
use prost_types::FieldMask;
use tonic::{Response, Status};

use super::hands::{agent_name, make};
use crate::support::app::{self, App, team_name, user_name};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;

fn settings_name() -> String {
    format!("{}/handoffSettings", agent_name("ava"))
}

async fn read(caller: &Client) -> Result<v1::HandoffSettings, Status> {
    let request = v1::GetHandoffSettingsRequest { name: settings_name() };
    let found = caller.agents().get_handoff_settings(request).await?.into_inner();
    Ok(found.handoff_settings.expect("settings"))
}

/// Sets these fields of the settings.
pub async fn set(
    caller: &Client,
    settings: v1::HandoffSettings,
    paths: &[&str],
) -> Result<v1::UpdateHandoffSettingsResponse, Status> {
    let request = v1::UpdateHandoffSettingsRequest {
        handoff_settings: Some(v1::HandoffSettings { name: settings_name(), ..settings }),
        update_mask: Some(FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() }),
        ..Default::default()
    };
    caller.agents().update_handoff_settings(request).await.map(Response::into_inner)
}

/// A message in one language.
pub fn text(language: &str, text: &str) -> v1::HandoffText {
    v1::HandoffText { language_code: language.to_owned(), text: text.to_owned() }
}

fn to(users: &[&str], teams: &[&str]) -> Option<v1::HandoffTargets> {
    Some(v1::HandoffTargets {
        users: users.iter().map(|id| user_name(id)).collect(),
        teams: teams.iter().map(|id| team_name(id)).collect(),
        ..Default::default()
    })
}

/// Everything that a hand-off to `mia` needs.
pub fn whole(process: Process) -> v1::HandoffSettings {
    v1::HandoffSettings {
        process: process.into(),
        same_targets: to(&["mia"], &[]),
        available_messages: vec![text("", "Somebody will be with you."), text("de", "Gleich ist jemand da.")],
        unavailable_messages: vec![text("", "We will answer tomorrow.")],
        ..Default::default()
    }
}

/// The fields of [`whole`].
pub const WHOLE: [&str; 4] = ["process", "same_targets", "available_messages", "unavailable_messages"];

fn phrases(of: &[&str]) -> v1::HandoffSettings {
    let trigger_phrases = of.iter().map(|phrase| (*phrase).to_owned()).collect();
    v1::HandoffSettings { trigger_phrases, ..Default::default() }
}

// R-210, R-219, R-222: one place per agent with exactly three processes; a new agent keeps its conversations.
both_engines!(each_agent_has_one_place_that_says_how_it_hands_over, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    app.agent("mia").await;
    assert_refused(read(&root).await, ErrorReason::ResourceNotFound);
    make(&root, "ava").await.expect("made");
    let first = read(&root).await.expect("settings");
    assert_eq!((first.name.clone(), first.process(), first.etag.as_str()), (settings_name(), Process::None, "\"1\""));
    assert_eq!((first.failed_turn_limit, first.acknowledge_within.map(|span| span.seconds)), (Some(3), Some(30)));
    for process in [Process::Live, Process::Asynchronous, Process::None] {
        let fields = if process == Process::None { &WHOLE[..1] } else { &WHOLE[..] };
        let changed = set(&root, whole(process), fields).await.expect("set").handoff_settings.expect("settings");
        assert_eq!(changed.process(), process);
        assert_eq!(read(&root).await.expect("settings"), changed);
    }
    let values = (1..20).filter(|number| Process::try_from(*number).is_ok()).count();
    assert_eq!(values, 3);
    let other = v1::HandoffSettings { process: 9, ..Default::default() };
    assert_refused(set(&root, other, &["process"]).await, ErrorReason::FieldInvalid);
});

// R-223, R-224, R-236, C-104: a hand-off to people needs people and messages before it is stored.
both_engines!(a_hand_off_to_people_is_not_stored_without_people_and_messages, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    app.agent("mia").await;
    make(&root, "ava").await.expect("made");
    for lacking in ["same_targets", "available_messages", "unavailable_messages"] {
        let fields: Vec<&str> = WHOLE.into_iter().filter(|field| *field != lacking).collect();
        let refused = set(&root, whole(Process::Live), &fields).await;
        assert!(format!("{refused:?}").contains(lacking), "{lacking}");
        assert_refused(refused, ErrorReason::FieldInvalid);
    }
    let blank = v1::HandoffSettings { available_messages: vec![text("", " \n ")], ..whole(Process::Live) };
    assert_refused(set(&root, blank, &WHOLE).await, ErrorReason::FieldInvalid);
    let long = v1::HandoffSettings { available_messages: vec![text("", &"ä".repeat(2_001))], ..whole(Process::Live) };
    assert_refused(set(&root, long, &WHOLE).await, ErrorReason::FieldInvalid);
    let twice = v1::HandoffSettings { available_messages: vec![text("de", "a"), text("DE", "b")], ..Default::default() };
    assert_refused(set(&root, twice, &["available_messages"]).await, ErrorReason::FieldInvalid);
    assert_eq!(read(&root).await.expect("settings").etag, "\"1\"");
    set(&root, whole(Process::Live), &WHOLE).await.expect("whole");
    let emptied = set(&root, v1::HandoffSettings::default(), &["same_targets"]).await;
    assert_refused(emptied, ErrorReason::FieldInvalid);
});

// R-224, R-225, R-089: users who may receive tickets, and teams; what is named is kept.
both_engines!(everything_goes_to_the_same_people, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    app.agent("mia").await;
    app.collaborator("cole", AccessLevel::All).await;
    app.team("first", &["mia"]).await;
    make(&root, "ava").await.expect("made");
    let with = |users: &[&str], teams: &[&str]| v1::HandoffSettings { same_targets: to(users, teams), ..whole(Process::Live) };
    let settings = set(&root, with(&["mia"], &["first"]), &WHOLE).await.expect("set").handoff_settings.expect("settings");
    let targets = settings.same_targets.expect("targets");
    assert_eq!(targets.destination(), v1::HandoffDestination::HelpDesk);
    assert_eq!((targets.users, targets.teams), (vec![user_name("mia")], vec![team_name("first")]));
    assert_refused(set(&root, with(&["cole"], &[]), &WHOLE).await, ErrorReason::TargetNotRoutable);
    assert_refused(set(&root, with(&["nobody"], &[]), &WHOLE).await, ErrorReason::ReferenceNotFound);
    assert_refused(set(&root, with(&[], &["none"]), &WHOLE).await, ErrorReason::ReferenceNotFound);
    let member = v1::RemoveTeamMemberRequest { name: team_name("first"), user: user_name("mia"), ..Default::default() };
    root.teams().remove_team_member(member).await.expect("removed");
    let request = v1::DeleteTeamRequest { name: team_name("first"), ..Default::default() };
    assert_refused(root.teams().delete_team(request).await, ErrorReason::ResourceInUse);
});

// R-237, R-238, R-240, R-241, C-104: messages apart from the process; NONE has none to set.
both_engines!(messages_are_edited_apart_from_the_process, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    app.agent("mia").await;
    make(&root, "ava").await.expect("made");
    let refused = set(&root, whole(Process::None), &["available_messages"]).await;
    assert_refused(refused, ErrorReason::FieldInvalid);
    set(&root, whole(Process::Asynchronous), &WHOLE).await.expect("set");
    let other = vec![text("", "Later."), text("pt-BR", "Mais tarde.")];
    let only = v1::HandoffSettings { unavailable_messages: other, ..Default::default() };
    let settings = set(&root, only, &["unavailable_messages"]).await.expect("set").handoff_settings.expect("settings");
    assert_eq!(settings.process(), Process::Asynchronous);
    assert_eq!(settings.unavailable_messages, [text("", "Later."), text("pt-br", "Mais tarde.")]);
    assert_eq!(settings.available_messages.len(), 2);
});

// R-214, R-215, R-216, R-217, C-088: phrases are added and deleted, trimmed, each once.
both_engines!(phrases_are_a_list_without_doubles, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    make(&root, "ava").await.expect("made");
    let set = async |of: &[&str]| set(&root, phrases(of), &["trigger_phrases"]).await;
    let kept = set(&["  Refund ", "money back"]).await.expect("set").handoff_settings.expect("settings");
    assert_eq!((kept.trigger_phrases.clone(), kept.etag.as_str()), (vec!["Refund".to_owned(), "money back".to_owned()], "\"2\""));
    for bad in [&["refund", " "][..], &["Money back", "money\u{a0} BACK"], &[&"x".repeat(101)]] {
        assert_refused(set(bad).await, ErrorReason::FieldInvalid);
    }
    let many: Vec<String> = (0..101).map(|number| format!("phrase {number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_refused(set(&many).await, ErrorReason::FieldInvalid);
    set(&many[..100]).await.expect("a hundred");
    assert_eq!(set(&["refund"]).await.expect("set").handoff_settings.expect("settings").trigger_phrases, ["refund"]);
    assert_eq!(set(&[]).await.expect("set").handoff_settings.expect("settings").trigger_phrases, Vec::<String>::new());
});

both_engines!(options_are_set_and_unset_one_by_one, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    make(&root, "ava").await.expect("made");
    let span = |seconds| Some(prost_types::Duration { seconds, nanos: 0 });
    let all = v1::HandoffSettings {
        turn_limit: Some(5),
        same_answer_limit: Some(3),
        sentiment: Some(v1::SentimentTrigger { below_percent: -50, times: 0 }),
        inactivity: span(600),
        failed_turn_limit: Some(2),
        acknowledge_within: span(5),
        ..Default::default()
    };
    let paths =
        ["turn_limit", "same_answer_limit", "sentiment", "inactivity", "failed_turn_limit", "acknowledge_within"];
    let settings = set(&root, all, &paths).await.expect("set").handoff_settings.expect("settings");
    assert_eq!(settings.sentiment, Some(v1::SentimentTrigger { below_percent: -50, times: 1 }));
    assert_eq!((settings.turn_limit, settings.inactivity, settings.failed_turn_limit), (Some(5), span(600), Some(2)));
    let none = set(&root, v1::HandoffSettings::default(), &paths).await.expect("set").handoff_settings;
    let none = none.expect("settings");
    assert_eq!((none.turn_limit, none.sentiment, none.inactivity), (None, None, None));
    assert_eq!((none.failed_turn_limit, none.acknowledge_within), (Some(3), span(30)));
    let half = v1::HandoffSettings {
        acknowledge_within: Some(prost_types::Duration { seconds: 5, nanos: 1 }),
        ..Default::default()
    };
    assert_refused(set(&root, half, &["acknowledge_within"]).await, ErrorReason::FieldInvalid);
});

// R-209, R-255, C-006: the settings are the editors', on the plans with customer agents.
both_engines!(the_settings_are_for_editors_on_plans_that_include_agents, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    let mia = app.agent("mia").await;
    make(&root, "ava").await.expect("made");
    read(&mia).await.expect("whoever has full standing reads");
    assert_refused(set(&mia, phrases(&["refund"]), &["trigger_phrases"]).await, ErrorReason::PermissionMissing);
    let stale = v1::HandoffSettings { etag: "\"7\"".to_owned(), ..phrases(&["refund"]) };
    assert_refused(set(&root, stale, &["trigger_phrases"]).await, ErrorReason::EtagMismatch);
    let tier = v1::Subscription { tier: helpdesk::grpc::pb::access::Tier::Starter.into(), ..Default::default() };
    super::hands::buy(&app, tier, "subscription.tier").await;
    assert_refused(set(&root, phrases(&["refund"]), &["trigger_phrases"]).await, ErrorReason::SubscriptionRequired);
    app.advance(Duration::from_secs(1));
    let events = v1::ListEventsRequest { parent: app::account(), page_size: 200, ..Default::default() };
    let events = root.events().list_events(events).await.expect("events").into_inner().events;
    assert!(!events.iter().any(|event| event.resource == settings_name()), "nothing was changed");
});
