//! BatchGetContacts: each contact for itself.

use helpdesk::grpc::pb::google::rpc;
use helpdesk::grpc::pb::v1::{self, ErrorReason, batch_contact_result::Result as Outcome};

use super::made;
use crate::support::app::{self, App};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;

async fn get(caller: &Client, names: &[&str]) -> Result<Vec<Outcome>, tonic::Status> {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    let request = v1::BatchGetContactsRequest { parent: app::account(), names };
    let answer = caller.contacts().batch_get_contacts(request).await?.into_inner();
    Ok(answer.results.into_iter().map(|one| one.result.expect("a result")).collect())
}

fn code(outcome: &Outcome) -> i32 {
    match outcome {
        Outcome::Contact(_) => 0,
        Outcome::Error(rpc::Status { code, .. }) => *code,
    }
}

both_engines!(contacts_are_read_together_and_each_for_itself, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let (ada, bob, gone) =
        (made(&mia, "a@x.example").await, made(&mia, "b@x.example").await, made(&mia, "c@x.example").await);
    let delete = v1::DeleteContactRequest { name: gone.name.clone(), ..Default::default() };
    mia.contacts().delete_contact(delete).await.expect("deleted");
    let other = app.caller(&app.new_account("other").await);
    let theirs = bob.name.replace("acme", "other");
    let absent = "accounts/acme/contacts/01890a5d-ac96-774b-bcce-b302099a8057";
    let found = get(&mia, &[&bob.name, &gone.name, absent, &theirs, &ada.name]).await.expect("results");
    assert_eq!(found.iter().map(code).collect::<Vec<_>>(), [0, 5, 5, 5, 0]);
    assert_eq!((&found[0], &found[4]), (&Outcome::Contact(bob.clone()), &Outcome::Contact(ada.clone())));
    let many: Vec<String> =
        (0..101).map(|number| format!("accounts/acme/contacts/01890a5d-ac96-774b-bcce-{number:012}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for wrong in [&[][..], &many, &[&ada.name, &ada.name]] {
        assert_refused(get(&mia, wrong).await, ErrorReason::FieldInvalid);
    }
    assert_refused(get(&other, &[&ada.name]).await, ErrorReason::ResourceNotFound);
});
