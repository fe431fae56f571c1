//! Playing the day through the public API.

use std::collections::BTreeMap;

use super::account::ID;
use super::letters::{last, outcome, owner};
use super::request_id;
use super::story::{DAY, Letter, Step};
use crate::cli::host::Host;
use crate::cli::{CliError, print};
use crate::client::{CallError, Connection};
use crate::grpc::pb::v1::{
    AvailabilityState, CloseTicketRequest, Comment, CreateCommentRequest, Message, RichText, SendMessageRequest,
    SetAvailabilityRequest, Ticket,
};

/// What is known of a letter that came in.
#[derive(Debug, Clone)]
struct Received {
    letter: Letter,
    ticket: Ticket,
    /// Message-ID of our last reply to it.
    replied: String,
}

/// Plays the day; each step is told as it happens.
pub struct Day<'a> {
    host: &'a Host,
    /// Hands in messages.
    adapter: Connection,
    account: String,
    received: BTreeMap<&'static str, Received>,
}

impl<'a> Day<'a> {
    /// A day on which nothing has happened.
    pub fn new(host: &'a Host, adapter: Connection) -> Self {
        Self { host, adapter, account: format!("accounts/{ID}"), received: BTreeMap::new() }
    }

    /// The whole day.
    ///
    /// # Errors
    /// The first call that is refused, or a terminal that is gone.
    pub async fn play(&mut self) -> Result<(), CliError> {
        for (number, step) in (1_u8..).zip(DAY) {
            let told = self.step(number, *step).await?;
            print(&format!("{number:>3}  {told}\n"))?;
        }
        Ok(())
    }

    async fn step(&mut self, number: u8, step: Step) -> Result<String, CliError> {
        match step {
            Step::Write(letter) => self.write(letter).await,
            Step::Again(id) => {
                let letter = self.of(id)?.letter;
                self.write(letter).await.map(|told| format!("once more: {told}"))
            }
            Step::Reply(who, id, text) => self.reply(number, who, id, text).await,
            Step::Comment(who, id, text) => self.comment(number, who, id, text).await,
            Step::Close(id) => self.close(number, id).await,
            Step::Away(who) => self.availability(who, AvailabilityState::Away).await,
            Step::Back(who) => self.availability(who, AvailabilityState::Available).await,
        }
    }

    async fn write(&mut self, letter: Letter) -> Result<String, CliError> {
        let answered = self.received.get(letter.answers).map_or("", |received| received.replied.as_str());
        let request = letter.request(&self.account, answered);
        let answer = self.adapter.ingress().ingest_message(request).await.map_err(CallError::from)?.into_inner();
        let told = format!("{:<4}  {}\n           -> {}", letter.way.channel(), letter.title(), outcome(&answer));
        let ticket = answer.ticket.unwrap_or_default();
        self.received.insert(letter.id, Received { letter, ticket, replied: String::new() });
        Ok(told)
    }

    async fn reply(&mut self, number: u8, who: &str, id: &'static str, text: &str) -> Result<String, CliError> {
        let (who, received) = (self.who(who, id)?, self.of(id)?);
        let message = Message { body: Some(rich(text)), ..Message::default() };
        let request = SendMessageRequest {
            parent: conversation(&received.ticket),
            message: Some(message),
            request_id: request_id(1, number),
            ..SendMessageRequest::default()
        };
        let ticket = received.ticket.number;
        let answer = self.person(&who)?.conversations().send_message(request).await.map_err(CallError::from)?;
        let answer = answer.into_inner();
        if let Some(received) = self.received.get_mut(id) {
            received.replied = answer.message.unwrap_or_default().mail_id;
        }
        let taken = if answer.new_owner.is_empty() { "" } else { ", and has the ticket now" };
        Ok(format!("{who} replies on ticket {ticket}{taken}: {text}"))
    }

    async fn comment(&self, number: u8, who: &str, id: &'static str, text: &str) -> Result<String, CliError> {
        let ticket = &self.of(id)?.ticket;
        let request = CreateCommentRequest {
            parent: conversation(ticket),
            comment: Some(Comment { body: Some(rich(text)), ..Comment::default() }),
            request_id: request_id(1, number),
            ..CreateCommentRequest::default()
        };
        self.person(who)?.conversations().create_comment(request).await.map_err(CallError::from)?;
        Ok(format!("{who} comments on ticket {}, for colleagues only: {text}", ticket.number))
    }

    async fn close(&self, number: u8, id: &'static str) -> Result<String, CliError> {
        let (who, ticket) = (self.who("", id)?, &self.of(id)?.ticket);
        let request = CloseTicketRequest {
            name: ticket.name.clone(),
            request_id: request_id(1, number),
            ..CloseTicketRequest::default()
        };
        self.person(&who)?.tickets().close_ticket(request).await.map_err(CallError::from)?;
        Ok(format!("{who} closes ticket {}", ticket.number))
    }

    async fn availability(&self, who: &str, state: AvailabilityState) -> Result<String, CliError> {
        let name = format!("{}/users/{who}", self.account);
        let request = SetAvailabilityRequest { name, state: state.into(), ..SetAvailabilityRequest::default() };
        self.person(who)?.users().set_availability(request).await.map_err(CallError::from)?;
        let state = if state == AvailabilityState::Away { "goes away: no new tickets" } else { "is back" };
        Ok(format!("{who} {state}"))
    }

    /// A connection as a person of the account.
    fn person(&self, who: &str) -> Result<Connection, CliError> {
        self.host.connect(self.host.user_token(ID, who)?)
    }

    /// The person named, or the owner of the ticket of a letter.
    fn who(&self, who: &str, id: &'static str) -> Result<String, CliError> {
        let ticket = &self.of(id)?.ticket;
        match (who, ticket.owner.as_str()) {
            ("", "") => Err(CliError::failed(format!("ticket {} has no owner to act for it", ticket.number))),
            ("", owner) => Ok(last(owner).to_owned()),
            (who, _) => Ok(who.to_owned()),
        }
    }

    fn of(&self, id: &'static str) -> Result<&Received, CliError> {
        self.received.get(id).ok_or_else(|| CliError::failed(format!("the story has no letter {id} so far")))
    }
}

/// One line for a ticket that was found again.
pub fn line(ticket: &Ticket) -> String {
    let state = if ticket.close_time.is_some() { "closed" } else { "open" };
    format!("{:>5}  {state:<6}  {:<10}  {}\n", ticket.number, owner(ticket), ticket.subject)
}

fn conversation(ticket: &Ticket) -> String {
    ticket.conversations.first().cloned().unwrap_or_default()
}

fn rich(text: &str) -> RichText {
    RichText { text: text.to_owned(), html: String::new() }
}
