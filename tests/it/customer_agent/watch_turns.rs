//! WatchTurns: the open turns, then what becomes of them.

use helpdesk::grpc::pb::v1::{self, ErrorReason};

use super::hands::{agent_name, make, pause, resume, runtime};
use super::scene::Scene;
use crate::conversation::take_control::take;
use crate::handoff::hands::give;
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;

// One turn for each message; what is over is told by name; several messages are several turns of one conversation.
both_engines!(turns_come_and_go, |db| async move {
    let scene = Scene::start(db).await;
    let (first, epoch) = scene.given("ann", "Hello").await;
    scene.says("ann", "2", "Are you there?").await;
    let mut turns = scene.watch("").await;
    let open = turns.next().await;
    assert_eq!((open.turns.len(), open.caught_up, open.reset), (2, true, false));
    let texts: Vec<_> = open.turns.iter().map(|it| it.message.as_ref().expect("a message").body.clone()).collect();
    assert_eq!(
        texts.iter().map(|it| it.as_ref().expect("a body").text.as_str()).collect::<Vec<_>>(),
        ["Hello", "Are you there?"]
    );
    scene.answer(&first, epoch, "Yes").await.expect("answered");
    let ended = turns.next().await;
    let names: Vec<_> = open.turns.iter().map(|turn| turn.name.clone()).collect();
    assert_eq!((ended.turns.len(), ended.ended_turns), (0, names));
    let (second, epoch) = scene.given("bea", "Hi").await;
    let turn = turns.turn().await;
    assert_eq!(turn.conversation, second);
    take(&scene.mia, &second, epoch).await.expect("taken");
    assert_eq!(turns.next().await.ended_turns, [turn.name]);
});

// T-23: a stream that broke goes on where it was: nothing is left out.
both_engines!(a_broken_stream_goes_on, |db| async move {
    let scene = Scene::start(db).await;
    let (first, epoch) = scene.given("ann", "Hello").await;
    let mut turns = scene.watch("").await;
    let seen = turns.next().await;
    drop(turns);
    scene.answer(&first, epoch, "Yes").await.expect("answered");
    let (second, _) = scene.given("bea", "Hi").await;
    let news = scene.watch(&seen.resume_token).await.next().await;
    assert_eq!(news.ended_turns, [seen.turns[0].name.clone()]);
    assert_eq!(
        news.turns.iter().map(|turn| turn.conversation.clone()).collect::<Vec<_>>(),
        std::slice::from_ref(&second)
    );
    let anew = scene.watch("").await.turn().await;
    assert_eq!(anew.conversation, second);
    let request = v1::WatchTurnsRequest { name: agent_name("ava"), resume_token: "made up".to_owned() };
    assert_refused(scene.ava.agents().watch_turns(request).await, ErrorReason::ResumeTokenInvalid);
});

// C-092: a paused agent gets nothing; when it goes on, what is open is told anew.
both_engines!(a_paused_agent_gets_no_turns, |db| async move {
    let scene = Scene::start(db).await;
    let mut turns = scene.watch("").await;
    assert!(!turns.any().await.paused);
    pause(&scene.app.root(), "ava").await.expect("paused");
    let told = turns.any().await;
    assert_eq!((told.paused, told.reset), (true, true));
    resume(&scene.app.root(), "ava").await.expect("resumed");
    let told = turns.any().await;
    assert_eq!((told.paused, told.reset), (false, true));
    let (name, _) = scene.given("ann", "Hello").await;
    assert_eq!(turns.turn().await.conversation, name);
});

both_engines!(nobody_watches_the_turns_of_others, |db| async move {
    let scene = Scene::start(db).await;
    make(&scene.app.root(), "bob").await.expect("another");
    let of = |id: &str| v1::WatchTurnsRequest { name: agent_name(id), ..Default::default() };
    assert_refused(scene.ava.agents().watch_turns(of("bob")).await, ErrorReason::ResourceNotFound);
    assert_refused(scene.mia.agents().watch_turns(of("ava")).await, ErrorReason::CallerKindNotAllowed);
});

// C-111: whoever loses a conversation to another agent hears that its turns are over, and nothing of those that follow.
both_engines!(turns_end_when_another_agent_gets_the_conversation, |db| async move {
    let scene = Scene::start(db).await;
    runtime(&scene.app, "eva").await;
    let (name, _) = scene.given("ann", "Hello").await;
    let mut turns = scene.watch("").await;
    let turn = turns.turn().await;
    give(&scene.app.root(), &name, "eva").await.expect("given to the other");
    let news = turns.next().await;
    assert_eq!((news.turns.len(), news.ended_turns), (0, vec![turn.name]));
    scene.says("ann", "2", "Are you there?").await;
    let (second, _) = scene.given("bea", "Hi").await;
    let news = turns.next().await;
    assert_eq!((news.turns.len(), news.turns[0].conversation.as_str()), (1, second.as_str()));
    assert!(news.ended_turns.is_empty());
});

// T-23: what is left out because too many turns are open is told like every other end.
both_engines!(a_turn_that_is_one_too_many_ends, |db| async move {
    let scene = Scene::start(db).await;
    scene.given("ann", "Hello").await;
    let mut turns = scene.watch("").await;
    turns.turn().await;
    let mut names = Vec::new();
    for number in 2..=20 {
        scene.says("ann", &number.to_string(), "And what of this?").await;
        names.push(turns.turn().await.name);
    }
    scene.says("ann", "21", "And this?").await;
    let (mut ended, mut given) = (Vec::new(), 0);
    while ended.is_empty() || given == 0 {
        let news = turns.next().await;
        ended.extend(news.ended_turns);
        given += news.turns.len();
    }
    assert_eq!((given, ended.as_slice()), (1, &names[..1]));
});
