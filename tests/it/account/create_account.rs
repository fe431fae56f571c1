//! CreateAccount: the operator's, and ready to be worked with.

use helpdesk::grpc::pb::access::{Permission, Seat, Standing, Tier};
use helpdesk::grpc::pb::v1::{self, CreateAccountRequest, ErrorReason};

use crate::support::app::App;
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;

fn create(id: &str) -> CreateAccountRequest {
    let administrator =
        v1::User { display_name: "Ada".into(), email: "ada@globex.example".into(), ..v1::User::default() };
    CreateAccountRequest {
        account: Some(v1::Account { display_name: "Globex".into(), ..v1::Account::default() }),
        account_id: id.to_owned(),
        administrator: Some(administrator),
        ..CreateAccountRequest::default()
    }
}

// A5: an account, its pipeline, one super admin, one access key.
both_engines!(a_new_account_can_be_worked_with_at_once, |db| async move {
    let app = App::start(db).await;
    let made = app.operator().accounts().create_account(create("globex")).await.expect("an account").into_inner();
    let (account, ada) = (made.account.expect("an account"), made.administrator.expect("a user"));
    assert_eq!(account.subscription.expect("a subscription").tier(), Tier::Enterprise);
    assert_eq!((ada.name.as_str(), ada.super_admin), ("accounts/globex/users/admin", true));
    assert_eq!((ada.seat(), ada.standing()), (Seat::Service, Standing::Full));
    assert!(made.access_key.expect("a key").permissions().any(|held| held == Permission::IngressWrite));
    assert!(made.secret.starts_with("hd_globex_"));
    let mutation = made.mutation.expect("mutation");
    assert!(!mutation.resume_token.is_empty() && !mutation.replayed);
    let statuses = "accounts/globex/pipelines/support/statuses/new".to_owned();
    let ticket = v1::Ticket {
        subject: "First".into(),
        pipeline: "accounts/globex/pipelines/support".into(),
        status: statuses,
        owner: ada.name,
        ..v1::Ticket::default()
    };
    for client in [app.user_of("globex", "admin"), app.caller(&made.secret)] {
        let request = v1::CreateTicketRequest {
            parent: "accounts/globex".into(),
            ticket: Some(ticket.clone()),
            ..v1::CreateTicketRequest::default()
        };
        client.tickets().create_ticket(request).await.expect("a ticket");
    }
});

// C-108.
both_engines!(a_repeated_request_makes_one_account_and_shows_the_secret_once, |db| async move {
    let app = App::start(db).await;
    let request_id = "0190b6a5-6f3e-7c4e-9f0a-3d1f6f1e2a04".to_owned();
    let request = CreateAccountRequest { request_id, ..create("globex") };
    let first = app.operator().accounts().create_account(request.clone()).await.expect("an account").into_inner();
    let second = app.operator().accounts().create_account(request.clone()).await.expect("the same").into_inner();
    assert_eq!((&first.account, &first.access_key), (&second.account, &second.access_key));
    assert!(!first.secret.is_empty() && second.secret.is_empty());
    let mutation = second.mutation.expect("mutation");
    assert!(mutation.replayed && mutation.warnings.len() == 1);
    let other = CreateAccountRequest { administrator_id: "ada".into(), ..request };
    let refused = app.operator().accounts().create_account(other).await;
    assert_refused(refused, ErrorReason::RequestIdReused);
});

both_engines!(a_taken_id_is_refused_and_a_trial_makes_nothing, |db| async move {
    let app = App::start(db).await;
    let operator = app.operator();
    let taken = operator.accounts().create_account(create("acme")).await;
    assert_refused(taken, ErrorReason::ResourceAlreadyExists);
    let tried = CreateAccountRequest { validate_only: true, ..create("globex") };
    let tried = operator.accounts().create_account(tried).await.expect("valid").into_inner();
    assert!(tried.secret.is_empty() && tried.mutation.expect("mutation").validated_only);
    let request = v1::GetAccountRequest { name: "accounts/globex".into() };
    assert_refused(operator.accounts().get_account(request).await, ErrorReason::ResourceNotFound);
    let starter = v1::Subscription { tier: Tier::Starter.into(), credits: Some(10_000), ..Default::default() };
    let account =
        v1::Account { display_name: "G".into(), subscription: Some(starter.clone()), ..v1::Account::default() };
    let made = CreateAccountRequest { account: Some(account), ..create("globex") };
    let made = operator.accounts().create_account(made).await.expect("an account").into_inner();
    assert_eq!(made.account.expect("an account").subscription, Some(starter));
});

both_engines!(twins_at_the_same_moment_make_one_account, |db| async move {
    let app = App::start(db).await;
    let operator = app.operator();
    let call = || async { operator.accounts().create_account(create("globex")).await };
    let (a, b, c) = tokio::join!(call(), call(), call());
    let (made, refused): (Vec<_>, Vec<_>) = [a, b, c].into_iter().partition(Result::is_ok);
    assert_eq!((made.len(), refused.len()), (1, 2));
    for other in refused {
        assert_refused(other, ErrorReason::ResourceAlreadyExists);
    }
});

both_engines!(only_the_operator_makes_accounts_and_nothing_else, |db| async move {
    let app = App::start(db).await;
    for client in [app.root(), app.machine()] {
        let refused = client.accounts().create_account(create("globex")).await;
        assert_refused(refused, ErrorReason::CallerKindNotAllowed);
    }
    let request = v1::GetUserRequest { name: "accounts/acme/users/root".into() };
    assert_refused(app.operator().users().get_user(request).await, ErrorReason::CallerKindNotAllowed);
    let nobody = CreateAccountRequest { administrator: None, ..create("globex") };
    assert_refused(app.operator().accounts().create_account(nobody).await, ErrorReason::FieldInvalid);
});
