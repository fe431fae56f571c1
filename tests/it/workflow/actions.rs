//! What workflows do.

use helpdesk::grpc::pb::v1::{self, ChannelType, Priority, WorkflowTriggerKind as On, workflow_step::Kind};

use super::hands::{category, live, on, only_run, outcomes, runs, set_status, steps, work, workflow};
use crate::support::app::{App, status_name, user_name};
use crate::support::databases::both_engines;
use crate::support::scene::message;
use crate::ticket::hands::{chat, made};

fn rotate(users: &[&str], available_only: bool) -> Kind {
    let users = users.iter().map(|id| user_name(id)).collect();
    Kind::RotateOwner(v1::RotateOwnerStep { users, available_only, only_unassigned: true, ..Default::default() })
}

// C-078: data, CRM and communication; each is done or says why not, and the run goes on.
both_engines!(actions_are_done_in_their_order_and_say_what_came_of_them, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    app.agent("mia").await;
    app.agent("ben").await;
    let kinds = vec![
        Kind::SetPriority(v1::SetPriorityStep { priority: Priority::Urgent.into() }),
        category("printer"),
        Kind::ChangeTags(v1::ChangeTagsStep { add: vec!["vip".to_owned()], remove: vec!["old".to_owned()] }),
        Kind::SetOwner(v1::SetOwnerStep { user: user_name("mia") }),
        Kind::AddFollowers(v1::AddFollowersStep { users: vec![user_name("ben")] }),
        Kind::Comment(v1::CommentStep { text: "By itself".to_owned() }),
        set_status(&status_name("waiting-on-us")),
        Kind::Notify(v1::NotifyStep { users: vec![user_name("ben")], owner: true, ..Default::default() }),
        category("printer"),
    ];
    live(&root, "all", workflow(vec![on(On::Created)], kinds)).await;
    app.channel("form", ChannelType::Form).await;
    let ticket = app.ingest(message("form", "1", "ann@x.example", "It smokes")).await.ticket.expect("a ticket").name;
    let mails = app.outbox().await;
    let now = app.ticket_now(&ticket).await;
    assert_eq!((now.priority(), now.category.as_str()), (Priority::Urgent, "printer"));
    assert_eq!(
        (now.tags, now.owner, now.status),
        (vec!["vip".to_owned()], user_name("mia"), status_name("waiting-on-us"))
    );
    let run = only_run(&root, "all").await;
    let told: Vec<&str> = outcomes(&run).into_iter().map(|(_, outcome)| outcome).collect();
    assert_eq!(told, ["DONE", "DONE", "DONE", "DONE", "DONE", "DONE", "DONE", "DONE", "SKIPPED"]);
    let to: Vec<String> = mails.iter().flat_map(|sent| sent.mail.to.iter().map(|one| one.address.clone())).collect();
    for person in ["mia@acme.example", "ben@acme.example"] {
        assert!(to.iter().any(|address| address == person), "{to:?}");
    }
    let by_hand = made(&root, "By hand").await.name;
    work(&app).await;
    let run = runs(&root, "all").await.into_iter().find(|run| run.ticket == by_hand).expect("a run");
    assert_eq!(run.trace[5].outcome, "SKIPPED", "no conversation: {:?}", run.trace[5]);
    assert_eq!(run.trace.last().expect("an entry").outcome, "SKIPPED", "and the run went on");
});

// C-051, C-082: by the original channel to other people, through the allocator: load counts, availability where
// asked; Chat is live chat and Messenger.
both_engines!(a_workflow_rotates_owners_by_the_original_channel, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    for id in ["mia", "ben", "eva"] {
        app.agent(id).await;
    }
    let arm =
        |condition: &str, next: &str| v1::BranchArm { condition: condition.to_owned(), next_step: next.to_owned() };
    let branch = Kind::Branch(v1::BranchStep { arms: vec![arm("source = CHAT", "s2")] });
    let mut kinds = steps(vec![branch, rotate(&["mia", "ben"], false), rotate(&["eva"], true)]);
    "s3".clone_into(&mut kinds[0].next_step);
    kinds[1].next_step.clear();
    let new = v1::Workflow { steps: kinds, ..workflow(vec![on(On::Created)], vec![category("x")]) };
    live(&root, "rotate", new).await;
    app.channel("chat", ChannelType::Chat).await;
    app.channel("messenger", ChannelType::Messenger).await;
    app.channel("form", ChannelType::Form).await;
    app.limit("ben", 1).await;
    app.available("eva", false).await;
    let mut owners = Vec::new();
    for (number, key) in ["a", "b", "c"].iter().enumerate() {
        let ticket = chat(&app, key, &number.to_string(), "Hello").await.ticket.expect("a ticket").name;
        work(&app).await;
        owners.push(app.ticket_now(&ticket).await.owner);
    }
    owners.sort();
    assert_eq!(owners, [user_name("ben"), user_name("mia"), user_name("mia")], "ben takes one");
    let social = app.arrives("messenger", "m1", "zoe@x.example").await.name;
    let form = app.arrives("form", "f1", "ann@x.example").await.name;
    work(&app).await;
    assert_eq!(app.ticket_now(&social).await.owner, user_name("mia"));
    assert_eq!(app.ticket_now(&form).await.owner, "", "eva is away");
});
