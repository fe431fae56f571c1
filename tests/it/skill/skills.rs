//! Skills: made, renamed, given to people and teams, asked for by rules, deleted when nobody needs them.

use helpdesk::domain::access::Tier;
use helpdesk::grpc::pb::access::{AccessLevel, Tier as WireTier};
use helpdesk::grpc::pb::v1::{self, ChannelType, ErrorReason};
use prost_types::FieldMask;

use crate::pipeline::hands::set_tier;
use crate::support::app::{self, App, team_name, user_name};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;
use crate::support::scene::rule;

fn skill(id: &str) -> String {
    format!("{}/skills/{id}", app::account())
}

fn making(id: &str, name: &str, category: &str) -> v1::CreateSkillRequest {
    let skill = v1::Skill { display_name: name.to_owned(), category: category.to_owned(), ..Default::default() };
    v1::CreateSkillRequest { parent: app::account(), skill: Some(skill), skill_id: id.to_owned(), ..Default::default() }
}

async fn uses(caller: &Client, id: &str) -> v1::ListSkillUsesResponse {
    let request = v1::ListSkillUsesRequest { name: skill(id) };
    caller.skills().list_skill_uses(request).await.expect("uses").into_inner()
}

// skills of categories are made, read, listed and renamed.
both_engines!(skills_are_made_read_listed_and_renamed, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    let made = root.skills().create_skill(making("german", "German", "Language")).await.expect("made").into_inner();
    let made = made.skill.expect("a skill");
    assert_eq!((made.name.as_str(), made.category.as_str()), (skill("german").as_str(), "Language"));
    assert_refused(
        root.skills().create_skill(making("german", "French", "Language")).await,
        ErrorReason::ResourceAlreadyExists,
    );
    let twice = root.skills().create_skill(making("deutsch", "german", "language")).await;
    assert_refused(twice, ErrorReason::DuplicateValue);
    root.skills().create_skill(making("", "Cards", "Product")).await.expect("an id is made");
    let renamed = v1::Skill { name: skill("german"), display_name: "Deutsch".to_owned(), ..Default::default() };
    let request = v1::UpdateSkillRequest {
        skill: Some(renamed),
        update_mask: Some(FieldMask { paths: vec!["display_name".to_owned()] }),
        ..Default::default()
    };
    root.skills().update_skill(request).await.expect("renamed");
    let found = root.skills().get_skill(v1::GetSkillRequest { name: skill("german") }).await.expect("found");
    assert_eq!(found.into_inner().skill.expect("a skill").display_name, "Deutsch");
    let list = v1::ListSkillsRequest { parent: app::account(), ..Default::default() };
    assert_eq!(root.skills().list_skills(list).await.expect("listed").into_inner().skills.len(), 2);
    let cole = app.collaborator("cole", AccessLevel::All).await;
    let refused = cole.skills().get_skill(v1::GetSkillRequest { name: skill("german") }).await;
    assert_refused(refused, ErrorReason::StandingTooLow);
});

// people and teams have skills, rules ask for them, and one in use is not deleted.
both_engines!(a_skill_in_use_stays_until_nobody_needs_it, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    app.skills(&["german"]).await;
    app.agent("mia").await;
    app.team("red", &["mia"]).await;
    app.channel("mail", ChannelType::Email).await;
    app.has_skills(&user_name("mia"), &[("german", 3)]).await;
    app.has_skills(&team_name("red"), &[("german", 0)]).await;
    app.rules("mail", vec![rule("r1", "", &[("german", 2)])]).await;
    let all = uses(&root, "german").await;
    assert_eq!((all.users, all.teams), (vec![user_name("mia")], vec![team_name("red")]));
    assert_eq!(all.routings, vec![format!("{}/channels/mail/routing", app::account())]);
    let read = root.users().get_user(v1::GetUserRequest { name: user_name("mia") }).await.expect("found").into_inner();
    let expected = [v1::SkillAssignment { skill: skill("german"), level: 3 }];
    assert_eq!(read.user.expect("a user").skills, expected);
    let delete = || v1::DeleteSkillRequest { name: skill("german"), ..Default::default() };
    assert_refused(root.skills().delete_skill(delete()).await, ErrorReason::ResourceInUse);
    app.has_skills(&user_name("mia"), &[]).await;
    app.has_skills(&team_name("red"), &[]).await;
    assert_refused(root.skills().delete_skill(delete()).await, ErrorReason::ResourceInUse);
    app.rules("mail", Vec::new()).await;
    root.skills().delete_skill(delete()).await.expect("deleted");
    let gone = root.skills().get_skill(v1::GetSkillRequest { name: skill("german") }).await;
    assert_refused(gone, ErrorReason::ResourceNotFound);
});

// C-007, C-008: below ENTERPRISE skills stay, may be given again as they are, lowered and taken away; nothing more is given.
both_engines!(a_lower_plan_keeps_skills_and_adds_none, |db| async move {
    let app = App::start(db).await;
    app.skills(&["german", "french"]).await;
    app.agent("mia").await;
    app.team("red", &["mia"]).await;
    let holders = [user_name("mia"), team_name("red")];
    for holder in &holders {
        app.has_skills(holder, &[("german", 3)]).await;
    }
    set_tier(&app, app::ACCOUNT, WireTier::Professional).await;
    for holder in &holders {
        app.has_skills(holder, &[("german", 3)]).await;
        for (more, level) in [("german", 4), ("french", 1)] {
            let more = v1::SkillAssignment { skill: skill(more), level };
            let more = v1::AssignSkillsRequest { name: holder.clone(), skills: vec![more], ..Default::default() };
            assert_refused(app.root().skills().assign_skills(more).await, ErrorReason::SubscriptionRequired);
        }
        app.has_skills(holder, &[("german", 2)]).await;
    }
    let holding = uses(&app.root(), "german").await;
    assert_eq!((holding.users, holding.teams), (vec![user_name("mia")], vec![team_name("red")]));
    for holder in &holders {
        app.has_skills(holder, &[]).await;
    }
    assert_eq!(uses(&app.root(), "german").await, v1::ListSkillUsesResponse::default());
});

// C-008: skills are on the highest plan only.
both_engines!(skills_need_the_highest_plan, |db| async move {
    let app = App::start(db).await;
    app.new_account_of("pro", Tier::Professional).await;
    let request =
        v1::CreateSkillRequest { parent: "accounts/pro".to_owned(), ..making("german", "German", "Language") };
    let refused = app.user_of("pro", "root").skills().create_skill(request).await;
    assert_refused(refused, ErrorReason::SubscriptionRequired);
});
