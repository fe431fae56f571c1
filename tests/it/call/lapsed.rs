//! Calls that nobody ends: the adapter of the telephone system died, or forgot them.

use std::time::Duration;

use helpdesk::grpc::pb::v1::{self, CallState, ChannelType, ErrorReason};
use prost_types::FieldMask;

use super::calls::{answer, comes, desk, end, names};
use crate::conversation::talk;
use crate::support::app::{App, channel_name};
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;
use crate::support::scene::people;

const SECOND: Duration = Duration::from_secs(1);

/// Time goes by, and what is due is done.
async fn pass(app: &App, span: Duration) {
    app.advance(span);
    app.running().worker.run_until_idle().await.expect("worked");
}

async fn now(app: &App, call: &v1::Call) -> v1::Call {
    let request = v1::GetCallRequest { name: call.name.clone() };
    app.root().calls().get_call(request).await.expect("found").into_inner().call.expect("a call")
}

async fn texts(app: &App, ticket: &str) -> Vec<String> {
    let parent = app.ticket_now(ticket).await.conversations[0].clone();
    let list = v1::ListMessagesRequest { parent, ..Default::default() };
    let messages = app.root().conversations().list_messages(list).await.expect("listed").into_inner().messages;
    messages.into_iter().map(|message| message.body.expect("a text").text).collect()
}

async fn states(app: &App) -> Vec<String> {
    let told = talk::events(app, v1::EventType::CallChanged).await;
    told.into_iter().map(|event| event.fields[0].after.clone()).collect()
}

async fn disable(app: &App, channel: &str) {
    let channel = v1::Channel { name: channel_name(channel), enabled: Some(false), ..Default::default() };
    let update_mask = Some(FieldMask { paths: vec!["enabled".to_owned()] });
    let request = v1::UpdateChannelRequest { channel: Some(channel), update_mask, ..Default::default() };
    app.root().channels().update_channel(request).await.expect("disabled");
}

// R-142, C-061, C-062: a call that nobody answers and nobody ends is a missed one five minutes after its ring timeout, with
// the ticket and the event of one; nobody can take it after that, it ends once, and whoever it rang at is rung again.
both_engines!(a_call_that_rings_and_is_never_ended_is_a_missed_one, |db| async move {
    let app = desk(db).await;
    let call = comes(&app, "c1").await;
    assert_eq!(call.ring_timeout.map(|ring| ring.seconds), Some(30));
    pass(&app, Duration::from_secs(329)).await;
    assert_eq!(now(&app, &call).await, call, "it may still be answered");
    pass(&app, SECOND).await;
    let over = now(&app, &call).await;
    assert_eq!((over.state(), over.end_time.is_some()), (CallState::Missed, true));
    let ticket = app.ticket_now(&over.ticket).await;
    assert_eq!((ticket.owner.as_str(), ticket.subject.as_str()), ("", "Call from Ann"));
    assert_eq!(texts(&app, &over.ticket).await, ["Missed call from Ann."]);
    assert_eq!(states(&app).await, ["RINGING", "MISSED"]);
    assert_refused(answer(&app, &call, "mia").await, ErrorReason::StateTransitionNotAllowed);
    assert_eq!(end(&app, &call, v1::EndCallRequest::default()).await, over, "told late");
    assert_eq!(comes(&app, "c1").await, over, "the same call again");
    pass(&app, Duration::from_hours(24)).await;
    assert_eq!(now(&app, &call).await, over);
    assert_eq!(states(&app).await.len(), 2, "it ended once");
    assert_eq!(comes(&app, "c2").await.ringing_users, names(&["ada", "mia"]));
});

// R-142, C-062: a call in the voicemail ends by itself after an hour; what was recorded and is told late is not lost: it is
// one more message on the ticket, once.
both_engines!(what_the_voicemail_recorded_is_taken_in_late, |db| async move {
    let app = desk(db).await;
    for user in ["ada", "mia"] {
        app.available(user, false).await;
    }
    let call = comes(&app, "c1").await;
    assert_eq!(call.state(), CallState::Voicemail);
    pass(&app, Duration::from_secs(3_599)).await;
    assert_eq!(now(&app, &call).await, call, "the caller may still speak");
    pass(&app, SECOND).await;
    let over = now(&app, &call).await;
    assert_eq!(over.state(), CallState::Missed);
    let said = v1::EndCallRequest { transcript: "My card is lost.".to_owned(), ..Default::default() };
    for _ in 0..2 {
        assert_eq!(end(&app, &call, said.clone()).await, over, "its ticket stays");
    }
    assert_eq!(texts(&app, &over.ticket).await, ["Missed call from Ann.", "My card is lost."]);
    let told = comes(&app, "c2").await;
    let told = end(&app, &told, v1::EndCallRequest::default()).await;
    end(&app, &told, said).await;
    assert_eq!(texts(&app, &told.ticket).await, ["Missed call from Ann."], "what was ended by hand stays as it is");
});

// C-061: whoever took a call that nobody ends is on the phone for four hours and is rung again after that.
both_engines!(whoever_took_a_call_that_is_never_ended_is_rung_again, |db| async move {
    let app = desk(db).await;
    let call = comes(&app, "c1").await;
    let taken = answer(&app, &call, "mia").await.expect("taken");
    pass(&app, Duration::from_secs(14_399)).await;
    assert_eq!(now(&app, &call).await, taken);
    assert_eq!(comes(&app, "c2").await.ringing_users, names(&["ada"]), "she may still be on the phone");
    pass(&app, SECOND).await;
    let over = now(&app, &call).await;
    assert_eq!((over.state(), over.end_time.is_some()), (CallState::Ended, true));
    assert_eq!((&over.answerer, &over.ticket), (&taken.answerer, &taken.ticket));
    assert_eq!(comes(&app, "c3").await.ringing_users, names(&["ada", "mia"]));
    let late = v1::EndCallRequest { transcript: "Bye.".to_owned(), ..Default::default() };
    assert_eq!(end(&app, &call, late).await, over, "told late");
    assert_refused(answer(&app, &call, "mia").await, ErrorReason::StateTransitionNotAllowed);
});

// C-062: a channel that was disabled meanwhile takes nothing in; its calls end without a ticket, and hold up no others.
both_engines!(calls_of_a_disabled_channel_end_without_a_ticket, |db| async move {
    let app = desk(db).await;
    app.channel("mobile", ChannelType::Calling).await;
    app.route_to("mobile", people(&["leo"], &[])).await;
    let call = comes(&app, "c1").await;
    disable(&app, "phone").await;
    app.advance(SECOND);
    let request = v1::RouteCallRequest {
        channel: channel_name("mobile"),
        external_id: "c1".to_owned(),
        caller_name: "Ben".to_owned(),
        ..Default::default()
    };
    let other = app.machine().calls().route_call(request).await.expect("taken in").into_inner().call.expect("a call");
    pass(&app, Duration::from_mins(6)).await;
    let over = now(&app, &call).await;
    assert_eq!((over.state(), over.ticket.as_str()), (CallState::Missed, ""));
    let other = now(&app, &other).await;
    assert_eq!(other.state(), CallState::Missed);
    assert_eq!(texts(&app, &other.ticket).await, ["Missed call from Ben."]);
});
