//! The routing of a channel.

use helpdesk::grpc::pb::access::Seat;
use helpdesk::grpc::pb::v1::channel_routing::Target;
use helpdesk::grpc::pb::v1::{self, ChannelType, Distribution, ErrorReason, Ineligibility};
use prost_types::FieldMask;
use tonic::{Response, Status};

use crate::support::app::{self, App};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;

fn people(users: &[&str], teams: &[&str]) -> Target {
    Target::People(v1::PeopleTarget {
        users: users.iter().map(|id| app::user_name(id)).collect(),
        teams: teams.iter().map(|id| app::team_name(id)).collect(),
    })
}

fn owner() -> Target {
    Target::ContactOwner(v1::OwnerTarget {})
}

async fn set(
    caller: &Client,
    channel: &str,
    routing: v1::ChannelRouting,
    paths: &[&str],
) -> Result<Response<v1::UpdateChannelRoutingResponse>, Status> {
    let request = v1::UpdateChannelRoutingRequest {
        channel_routing: Some(v1::ChannelRouting { name: format!("{channel}/routing"), ..routing }),
        update_mask: Some(FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() }),
        ..v1::UpdateChannelRoutingRequest::default()
    };
    caller.channels().update_channel_routing(request).await
}

fn to(target: Target) -> v1::ChannelRouting {
    v1::ChannelRouting { target: Some(target), ..v1::ChannelRouting::default() }
}

// users and teams in one list, with distribution and availability; each change is a new version.
both_engines!(people_get_the_tickets_of_a_channel_and_every_change_is_a_new_version, |db| async move {
    let app = App::start(db).await;
    app.agent("mia").await;
    app.agent("leo").await;
    app.team("red", &["leo"]).await;
    let mail = app.channel("mail", ChannelType::Email).await;
    let root = app.root();
    let routing = v1::ChannelRouting {
        distribution: Distribution::Random.into(),
        available_only: Some(false),
        ..to(people(&["mia"], &["red"]))
    };
    let paths = ["people", "distribution", "available_only"];
    let set_once = set(&root, &mail, routing.clone(), &paths).await.expect("changed").into_inner();
    let stored = set_once.channel_routing.expect("a routing");
    assert_eq!(stored.target, Some(people(&["mia"], &["red"])));
    assert_eq!((stored.distribution(), stored.available_only), (Distribution::Random, Some(false)));
    assert_eq!((stored.routing_version, stored.etag.as_str()), (2, "\"2\""));
    assert_eq!(stored.target_warnings, []);
    let again = set(&root, &mail, routing, &paths).await.expect("the same").into_inner();
    assert_eq!(again.channel_routing.map(|routing| routing.routing_version), Some(2));
    let nobody = set(&root, &mail, to(Target::Nobody(v1::NobodyTarget {})), &["nobody"]).await.expect("changed");
    let stored = nobody.into_inner().channel_routing.expect("a routing");
    // without people there is no distribution to choose; it is the default again.
    assert_eq!(
        (stored.distribution(), stored.available_only, stored.routing_version),
        (Distribution::Balanced, Some(true), 3)
    );
});

// C-049: what a type does not offer is refused.
both_engines!(options_that_a_type_does_not_offer_are_refused, |db| async move {
    let app = App::start(db).await;
    app.agent("mia").await;
    let root = app.root();
    let chat = app.channel("chat", ChannelType::Chat).await;
    assert_refused(set(&root, &chat, to(owner()), &["contact_owner"]).await, ErrorReason::RoutingOptionNotOffered);
    let random = v1::ChannelRouting { distribution: Distribution::Random.into(), ..to(people(&["mia"], &[])) };
    let paths = ["people", "distribution"];
    assert_refused(set(&root, &chat, random.clone(), &paths).await, ErrorReason::RoutingOptionNotOffered);
    let whatsapp = app.channel("whatsapp", ChannelType::Whatsapp).await;
    set(&root, &whatsapp, to(owner()), &["contact_owner"]).await.expect("offered");
    assert_refused(set(&root, &whatsapp, random, &paths).await, ErrorReason::RoutingOptionNotOffered);
});

// R-089, C-050: a user without seat or access and an empty selection are refused; a team without eligible members is not.
both_engines!(a_rule_names_only_people_who_may_receive, |db| async move {
    let app = App::start(db).await;
    app.collaborator("cole", helpdesk::grpc::pb::access::AccessLevel::All).await;
    app.team("blue", &["cole"]).await;
    let mail = app.channel("mail", ChannelType::Email).await;
    let root = app.root();
    let refused = set(&root, &mail, to(people(&["cole"], &[])), &["people"]).await;
    assert_refused(refused, ErrorReason::TargetNotRoutable);
    assert_refused(set(&root, &mail, to(people(&[], &[])), &["people"]).await, ErrorReason::FieldInvalid);
    assert_refused(set(&root, &mail, to(people(&["nemo"], &[])), &["people"]).await, ErrorReason::ReferenceNotFound);
    let warned = set(&root, &mail, to(people(&[], &["blue"])), &["people"]).await.expect("allowed").into_inner();
    assert_eq!(warned.mutation.map(|mutation| mutation.warnings.len()), Some(1));
    let flags = warned.channel_routing.expect("a routing").target_warnings;
    assert_eq!(flags.first().map(v1::TargetWarning::cause), Some(Ineligibility::NoEligibleMember));
});

// C-050: a user who loses the seat stays in the rule and is flagged.
both_engines!(who_loses_the_seat_is_flagged, |db| async move {
    let app = App::start(db).await;
    app.agent("mia").await;
    let mail = app.channel("mail", ChannelType::Email).await;
    let root = app.root();
    set(&root, &mail, to(people(&["mia"], &[])), &["people"]).await.expect("changed");
    let seat = v1::ChangeUserSeatRequest {
        name: app::user_name("mia"),
        seat: Seat::Core.into(),
        ..v1::ChangeUserSeatRequest::default()
    };
    root.users().change_user_seat(seat).await.expect("changed");
    let request = v1::GetChannelRoutingRequest { name: format!("{mail}/routing") };
    let routing = root.channels().get_channel_routing(request).await.expect("found").into_inner().channel_routing;
    let routing = routing.expect("a routing");
    assert_eq!(routing.target, Some(people(&["mia"], &[])));
    let [flag] = routing.target_warnings.as_slice() else { panic!("one flag") };
    assert_eq!(flag.cause(), Ineligibility::Seat);
    assert_eq!(flag.target, Some(v1::target_warning::Target::User(app::user_name("mia"))));
});

// C-006, C-008: channels and their tickets are on every plan, routing begins with Professional; who lacks the permission
// hears of that first.
both_engines!(routing_needs_a_plan_that_has_it, |db| async move {
    use helpdesk::domain::access::Tier;
    let app = App::start(db).await;
    for (id, tier) in [("free", Tier::Free), ("starter", Tier::Starter), ("professional", Tier::Professional)] {
        app.new_account_of(id, tier).await;
        let root = app.user_of(id, "root");
        let channel = v1::Channel {
            display_name: "Form".to_owned(),
            r#type: ChannelType::Form.into(),
            pipeline: format!("accounts/{id}/pipelines/support"),
            ..Default::default()
        };
        let request = v1::CreateChannelRequest {
            parent: format!("accounts/{id}"),
            channel: Some(channel),
            channel_id: "form".to_owned(),
            ..Default::default()
        };
        root.channels().create_channel(request).await.expect("on every plan");
        let form = format!("accounts/{id}/channels/form");
        let routed = set(&root, &form, to(owner()), &["contact_owner"]).await;
        if tier == Tier::Professional {
            routed.expect("it has routing");
            continue;
        }
        let status = assert_refused(routed, ErrorReason::SubscriptionRequired);
        assert_eq!(status.code(), tonic::Code::FailedPrecondition);
        assert!(format!("{status:?}").contains("PROFESSIONAL"), "{status:?}");
        set(&root, &form, to(Target::Nobody(v1::NobodyTarget {})), &["nobody"]).await.expect("on every plan");
    }
    let user = v1::User { service_access: true, ..app::person("sam", helpdesk::grpc::pb::access::AccessLevel::All) };
    let user = v1::User { email: "sam@starter.example".to_owned(), ..user };
    let request = v1::CreateUserRequest {
        parent: "accounts/starter".to_owned(),
        user: Some(user),
        user_id: "sam".to_owned(),
        ..Default::default()
    };
    app.user_of("starter", "root").users().create_user(request).await.expect("a user");
    let sam = app.user_of("starter", "sam");
    let refused = set(&sam, "accounts/starter/channels/form", to(owner()), &["contact_owner"]).await;
    assert_refused(refused, ErrorReason::StandingTooLow);
});
