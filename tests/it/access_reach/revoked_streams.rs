//! A right that was taken away ends the streams over one ticket and one conversation within two seconds, and what is
//! written afterwards is told on neither (T-05).

use std::time::{Duration, Instant};

use helpdesk::grpc::pb::access::{AccessLevel, Permission, Seat};
use helpdesk::grpc::pb::v1::{self, ErrorReason, ticket_share, unshare_ticket_request};
use prost_types::FieldMask;
use tonic::{Status, Streaming};

use crate::access::{create, key_name};
use crate::conversation::talk::{conversation_of, text};
use crate::support::app::{App, team_name, user_name};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;
use crate::support::scene::message;

/// The ways to see a ticket, each of which is given and taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Right {
    Share,
    TeamShare,
    Level,
    Access,
    Team,
    Owner,
    Seat,
    Person,
    Key,
}

/// Each with what the stream ends with.
const RIGHTS: [(Right, ErrorReason); 9] = [
    (Right::Share, ErrorReason::ResourceNotFound),
    (Right::TeamShare, ErrorReason::ResourceNotFound),
    (Right::Level, ErrorReason::ResourceNotFound),
    (Right::Access, ErrorReason::ResourceNotFound),
    (Right::Team, ErrorReason::ResourceNotFound),
    (Right::Owner, ErrorReason::ResourceNotFound),
    (Right::Seat, ErrorReason::StandingTooLow),
    (Right::Person, ErrorReason::UserDeactivated),
    (Right::Key, ErrorReason::CredentialInvalid),
];

// C-004: whichever right it was, and whether or not anything is written afterwards.
both_engines!(streams_over_one_ticket_end_with_the_right_to_it, |db| async move {
    let scene = Scene::start(App::start(db).await).await;
    for (number, (right, reason)) in RIGHTS.into_iter().cycle().take(2 * RIGHTS.len()).enumerate() {
        let (id, written) = (format!("viewer-{number}"), number < RIGHTS.len());
        let viewer = scene.give(right, &id).await;
        let mut streams = Open::both(&viewer, &scene).await;
        for stream in &mut streams {
            stream.next().await.unwrap_or_else(|status| panic!("{right:?}: {status:?}"));
        }
        scene.take(right, &id).await;
        let taken = Instant::now();
        if written {
            scene.write(&format!("hush-{number}")).await;
        }
        for stream in &mut streams {
            let (told, status) = stream.rest().await;
            assert_refused::<()>(Err(status), reason);
            assert!(!told.contains(&format!("hush-{number}")), "{right:?}: {told}");
        }
        assert!(taken.elapsed() < Duration::from_secs(2), "{right:?}, written {written}: {:?}", taken.elapsed());
    }
});

/// A ticket of mia's and of team red, which came by chat.
struct Scene {
    app: App,
    mia: Client,
    ticket: String,
    conversation: String,
}

impl Scene {
    async fn start(app: App) -> Self {
        let mia = app.agent("mia").await;
        app.channel("chat", v1::ChannelType::Chat).await;
        app.team("red", &[]).await;
        app.team("blue", &[]).await;
        let came = app.ingest(message("chat", "1", "ana@example.com", "Hello")).await;
        let conversation = conversation_of(&came);
        let scene = Self { app, mia, ticket: came.ticket.expect("a ticket").name, conversation };
        scene.assign("mia").await;
        scene
    }

    async fn assign(&self, owner: &str) {
        let request = v1::AssignTicketRequest {
            name: self.ticket.clone(),
            owner: user_name(owner),
            teams: vec![team_name("red")],
            ..Default::default()
        };
        self.mia.tickets().assign_ticket(request).await.expect("assigned");
    }

    /// Somebody who sees the ticket by this right alone.
    async fn give(&self, right: Right, id: &str) -> Client {
        if right == Right::Key {
            let made = self.app.root().access().create_access_key(create(id, &[Permission::TicketsView])).await;
            return self.app.caller(&made.expect("a key").into_inner().secret);
        }
        let viewer = match right {
            Right::Seat | Right::Person => self.app.agent(id).await,
            Right::Level | Right::Access => self.app.collaborator(id, AccessLevel::All).await,
            Right::Team => self.app.collaborator(id, AccessLevel::Team).await,
            _ => self.app.collaborator(id, AccessLevel::Owned).await,
        };
        match right {
            Right::Share => self.share(ticket_share::Grantee::User(user_name(id))).await,
            Right::TeamShare => {
                self.app.join("blue", id, false).await;
                self.share(ticket_share::Grantee::Team(team_name("blue"))).await;
            }
            Right::Team => self.app.join("red", id, false).await,
            Right::Owner => self.assign(id).await,
            _ => {}
        }
        viewer
    }

    async fn take(&self, right: Right, id: &str) {
        let root = self.app.root();
        match right {
            Right::Share => self.unshare(unshare_ticket_request::Grantee::User(user_name(id))).await,
            Right::TeamShare => self.unshare(unshare_ticket_request::Grantee::Team(team_name("blue"))).await,
            Right::Level => self.level(id, AccessLevel::Owned).await,
            Right::Access => self.level(id, AccessLevel::None).await,
            Right::Team => {
                let request =
                    v1::RemoveTeamMemberRequest { name: team_name("red"), user: user_name(id), ..Default::default() };
                root.teams().remove_team_member(request).await.expect("left");
            }
            Right::Owner => self.assign("mia").await,
            Right::Seat => self.app.seat(id, Seat::None).await,
            Right::Person => {
                let request = v1::DeactivateUserRequest { name: user_name(id), ..Default::default() };
                root.users().deactivate_user(request).await.expect("deactivated");
            }
            Right::Key => {
                let request = v1::RevokeAccessKeyRequest { name: key_name(id), ..Default::default() };
                root.access().revoke_access_key(request).await.expect("revoked");
            }
        }
    }

    async fn share(&self, grantee: ticket_share::Grantee) {
        let share =
            v1::TicketShare { grantee: Some(grantee), level: v1::ShareLevel::View.into(), ..Default::default() };
        let request =
            v1::ShareTicketRequest { name: self.ticket.clone(), ticket_share: Some(share), ..Default::default() };
        self.mia.tickets().share_ticket(request).await.expect("shared");
    }

    async fn unshare(&self, grantee: unshare_ticket_request::Grantee) {
        let request =
            v1::UnshareTicketRequest { name: self.ticket.clone(), grantee: Some(grantee), ..Default::default() };
        self.mia.tickets().unshare_ticket(request).await.expect("taken back");
    }

    async fn level(&self, id: &str, level: AccessLevel) {
        let access = v1::TicketAccess { level: level.into(), include_unassigned: false };
        let user = v1::User {
            name: user_name(id),
            ticket_view: Some(access),
            ticket_edit: Some(access),
            ..Default::default()
        };
        let paths = vec!["ticket_view".to_owned(), "ticket_edit".to_owned()];
        let request =
            v1::UpdateUserRequest { user: Some(user), update_mask: Some(FieldMask { paths }), ..Default::default() };
        self.app.root().users().update_user(request).await.expect("changed");
    }

    /// Words for those who still see the ticket: in its name, and in a comment.
    async fn write(&self, words: &str) {
        let ticket = v1::Ticket { name: self.ticket.clone(), subject: words.to_owned(), ..Default::default() };
        let update_mask = Some(FieldMask { paths: vec!["subject".to_owned()] });
        let request = v1::UpdateTicketRequest { ticket: Some(ticket), update_mask, ..Default::default() };
        self.mia.tickets().update_ticket(request).await.expect("renamed");
        let comment = Some(v1::Comment { body: text(words), ..Default::default() });
        let request = v1::CreateCommentRequest { parent: self.conversation.clone(), comment, ..Default::default() };
        self.mia.conversations().create_comment(request).await.expect("written");
    }
}

enum Open {
    Ticket(Streaming<v1::WatchTicketResponse>),
    Conversation(Streaming<v1::WatchConversationResponse>),
}

impl Open {
    async fn both(viewer: &Client, scene: &Scene) -> [Self; 2] {
        let request = v1::WatchTicketRequest { name: scene.ticket.clone(), ..Default::default() };
        let ticket = viewer.tickets().watch_ticket(request).await.expect("a stream").into_inner();
        let request = v1::WatchConversationRequest { name: scene.conversation.clone(), ..Default::default() };
        let conversation = viewer.conversations().watch_conversation(request).await.expect("a stream").into_inner();
        [Self::Ticket(ticket), Self::Conversation(conversation)]
    }

    /// The next answer, as text.
    async fn next(&mut self) -> Result<String, Status> {
        let next = async {
            Ok(match self {
                Self::Ticket(stream) => stream.message().await?.map(|answer| format!("{answer:?}")),
                Self::Conversation(stream) => stream.message().await?.map(|answer| format!("{answer:?}")),
            })
        };
        let answer: Result<Option<String>, Status> =
            tokio::time::timeout(Duration::from_secs(20), next).await.expect("the stream says something");
        answer.map(|answer| answer.expect("a stream ends with a reason"))
    }

    /// What it still says, and with what it ends.
    async fn rest(&mut self) -> (String, Status) {
        let mut told = String::new();
        loop {
            match self.next().await {
                Ok(answer) => told.push_str(&answer),
                Err(status) => return (told, status),
            }
        }
    }
}
