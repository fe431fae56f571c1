//! `validate_only` shows everything but the ids that nothing has (contract 2.8).

use helpdesk::grpc::pb::access::{AccessLevel, Permission};
use helpdesk::grpc::pb::v1;

use crate::support::app::{self, App, account, person};
use crate::support::databases::both_engines;
use crate::support::scene::message;

/// What a dry run answers: `{call: field}` of a client of the account's.
macro_rules! tried {
    ($client:expr, $call:ident, $field:ident, $request:expr) => {
        $client.$call($request).await.expect("it would be").into_inner().$field.expect("it is shown")
    };
}

both_engines!(what_is_only_tried_is_shown_without_an_id, |db| async move {
    let app = App::start(db).await;
    let (root, validate_only, parent) = (app.root(), true, account());
    let user = Some(person("new", AccessLevel::None));
    let user = v1::CreateUserRequest { parent: parent.clone(), user, validate_only, ..Default::default() };
    assert_eq!(tried!(root.users(), create_user, user, user.clone()).name, "");
    let chosen = v1::CreateUserRequest { user_id: "chosen".to_owned(), ..user };
    assert_eq!(tried!(root.users(), create_user, user, chosen).name, app::user_name("chosen"));
    let team = Some(v1::Team { display_name: "Red".to_owned(), ..Default::default() });
    let team = v1::CreateTeamRequest { parent: parent.clone(), team, validate_only, ..Default::default() };
    assert_eq!(tried!(root.teams(), create_team, team, team).name, "");
    let contact = Some(v1::Contact { display_name: "Ann".to_owned(), ..Default::default() });
    let contact = v1::CreateContactRequest { parent: parent.clone(), contact, validate_only, ..Default::default() };
    assert_eq!(tried!(root.contacts(), create_contact, contact, contact).name, "");
    let ticket = Some(app::ticket("Tried"));
    let ticket = v1::CreateTicketRequest { parent: parent.clone(), ticket, validate_only, ..Default::default() };
    let ticket = tried!(root.tickets(), create_ticket, ticket, ticket);
    assert_eq!((ticket.name.as_str(), ticket.number, ticket.subject.as_str()), ("", 0, "Tried"));
    let key = v1::AccessKey {
        display_name: "Key".to_owned(),
        permissions: vec![Permission::UsersView.into()],
        ..Default::default()
    };
    let key = v1::CreateAccessKeyRequest {
        parent: parent.clone(),
        access_key: Some(key),
        validate_only,
        ..Default::default()
    };
    let key = root.access().create_access_key(key).await.expect("it would be").into_inner();
    assert_eq!((key.access_key.expect("a key").name.as_str(), key.secret.as_str()), ("", ""));
});

// Neither do the effects name what will never be there.
both_engines!(a_tried_message_names_no_ticket_anywhere, |db| async move {
    let app = App::start(db).await;
    app.channel("form", v1::ChannelType::Form).await;
    let known = app.arrives("form", "1", "ann@x.example").await;
    let request = v1::IngestMessageRequest { validate_only: true, ..message("form", "2", "ann@x.example", "Again") };
    let answer = app.ingest(request).await;
    assert_eq!(answer.contact.as_ref().map(|contact| &contact.name), Some(&known.contact), "she is known");
    let effects = answer.mutation.expect("mutation").effects;
    assert!(!effects.is_empty() && effects.iter().all(|effect| effect.resource.is_empty()), "{effects:?}");
    assert_eq!(app.arrives("form", "3", "ann@x.example").await.number, known.number + 1, "nothing was used up");
});
