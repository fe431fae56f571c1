//! `helpdesk demo`: the service with a sample account and a short day of messages, all through the public API.

mod account;
mod day;
mod letters;
mod paste;
mod story;

use std::time::Duration;

use super::access::{new_agent_key, new_key};
use super::args::{DemoArgs, GlobalArgs};
use super::furnish::Furnisher;
use super::host::Host;
use super::{CliError, print, runtime};
use crate::client::{CallError, Connection, Patience, every_page};
use crate::grpc::pb::access::Permission;
use crate::grpc::pb::v1::{ListMessagesRequest, ListTicketsRequest, Ticket};
use crate::settings::Settings;
use day::Day;
use paste::Shell;

/// How long a call of the set-up is tried.
const PATIENCE: Patience = Patience::of(Duration::from_secs(20), 0);

/// Runs the demonstration.
///
/// # Errors
/// [`CliError`] when the service does not start or the day does not go as it should.
pub fn run(args: &DemoArgs, global: &GlobalArgs) -> Result<(), CliError> {
    let settings = global.settings_to_serve(args.serve.flags())?;
    runtime()?.block_on(async {
        let place = data_place(&settings);
        let host = Host::start(settings).await?;
        let shown = show(&host, &place).await;
        if args.once || shown.is_err() {
            host.stop().await;
            return shown;
        }
        print("\nServing until Ctrl-C.\n")?;
        host.until_signal().await
    })
}

async fn show(host: &Host, place: &str) -> Result<(), CliError> {
    print(&format!("The help desk runs at {}; its data is in {place}.\n\n", host.url()))?;
    let token = host.account_admin(account::ID, "Sample Company").await?;
    let admin = host.connect(token.clone())?;
    let name = format!("accounts/{}", account::ID);
    let key = new_key(&admin, &name, "Channel adapter of the demonstration", vec![Permission::IngressWrite]).await?;
    let furnisher = Furnisher { connection: admin.clone(), account: name.clone(), patience: PATIENCE };
    if is_over(&admin, &name).await? {
        print("The sample account is here from an earlier start.\n\n")?;
    } else {
        account::furnish(&furnisher).await?;
        print("A short day at the sample company:\n\n")?;
        Day::new(host, host.connect(key.clone())?).play().await?;
        print("\nIn the evening:\n\n")?;
    }
    // After the people that it hands over to.
    let agent = account::customer_agent(&furnisher).await?;
    let agent_key = new_agent_key(&admin, &name, "Runtime of the demonstration", &agent).await?;
    let tickets = tickets(&admin, &name).await?;
    print(&tickets.iter().map(day::line).collect::<String>())?;
    let server = host.url().trim_start_matches("http://");
    let ticket = tickets.last().map_or("", |ticket| &ticket.name);
    let (agent, agent_key) = (agent.as_str(), &agent_key);
    let lines = Shell { server, account: &name, token: &token, key: &key, agent, agent_key, ticket }.lines();
    print(&format!("\nTo paste into a shell (the credentials are good for a day):\n\n{lines}"))
}

/// Whether the day was played before.
async fn is_over(admin: &Connection, account: &str) -> Result<bool, CallError> {
    let request = ListMessagesRequest {
        parent: format!("{account}/conversations/-"),
        filter: format!("external_id = \"{}\" OR external_id = \"<{}>\"", story::LAST, story::LAST),
        ..ListMessagesRequest::default()
    };
    let answer = admin.conversations().list_messages(request).await?;
    Ok(!answer.into_inner().messages.is_empty())
}

async fn tickets(admin: &Connection, account: &str) -> Result<Vec<Ticket>, CallError> {
    let request = ListTicketsRequest {
        parent: account.to_owned(),
        order_by: "number".to_owned(),
        ..ListTicketsRequest::default()
    };
    every_page(async |page_token| {
        let page =
            admin.tickets().list_tickets(ListTicketsRequest { page_token, ..request.clone() }).await?.into_inner();
        Ok((page.tickets, page.next_page_token))
    })
    .await
}

/// Where the data lies, in words that show no password.
fn data_place(settings: &Settings) -> String {
    settings.database.url.to_string()
}

/// A request id that is the same at every start: a day that was broken off is gone on with, and nothing is done twice.
fn request_id(group: u8, number: u8) -> String {
    format!("de300000-0000-4000-8000-0000000{group:02x}{number:03x}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn request_ids_are_uuids() {
        let id = super::request_id(1, 200);
        assert_eq!(id.len(), 36);
        assert!(uuid::Uuid::try_parse(&id).is_ok(), "{id}");
    }
}
