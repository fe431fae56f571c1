//! One call of each method, as a client of the service would make it.

use std::sync::atomic::{AtomicU64, Ordering};

use helpdesk::grpc::pb::v1::account_service_client::AccountServiceClient;
use helpdesk::grpc::pb::v1::conversation_service_client::ConversationServiceClient;
use helpdesk::grpc::pb::v1::inbound_sender::Point;
use helpdesk::grpc::pb::v1::ingress_service_client::IngressServiceClient;
use helpdesk::grpc::pb::v1::ticket_service_client::TicketServiceClient;
use helpdesk::grpc::pb::v1::ticket_view_service_client::TicketViewServiceClient;
use helpdesk::grpc::pb::v1::{
    self as api, InboundMessage, InboundSender, IngestMessageRequest, IngestMessageResponse, Message, RichText, Ticket,
};
use tonic::transport::Channel;
use tonic::{Response, Status};
use uuid::Uuid;

use super::Method;
use crate::Result;
use crate::service::{Account, CONTACTS};

/// What the customers write.
const TEXTS: [&str; 4] = [
    "The parcel that was announced for Monday has not come, and the tracking page still says that it was handed over. \
     Could you find out where it is and tell me when I can expect it?",
    "I was charged twice for the same order last week. The bank shows both payments as settled. Please refund one of them.",
    "After the update the application asks me to sign in again every few minutes. I use it on two phones and it happens \
     on both. What can I do?",
    "We would like to move our contract to the yearly plan from next month on. Does the price for ten seats stay the same?",
];

/// Numbers that never come twice in a run, for ids that the caller gives.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// A client of the service on one connection.
#[derive(Clone)]
pub struct Caller {
    ingress: IngressServiceClient<Channel>,
    tickets: TicketServiceClient<Channel>,
    conversations: ConversationServiceClient<Channel>,
    accounts: AccountServiceClient<Channel>,
    views: TicketViewServiceClient<Channel>,
}

/// The mail address of a known contact.
pub fn email(number: u64) -> String {
    format!("customer-{number}@mail.example")
}

impl Caller {
    /// A client on a connection.
    pub fn new(channel: Channel) -> Self {
        Self {
            ingress: IngressServiceClient::new(channel.clone()),
            tickets: TicketServiceClient::new(channel.clone()),
            conversations: ConversationServiceClient::new(channel.clone()),
            accounts: AccountServiceClient::new(channel.clone()),
            views: TicketViewServiceClient::new(channel),
        }
    }

    /// Calls a method once and waits for the answer.
    pub async fn call(&mut self, method: Method, account: &Account) -> std::result::Result<(), Status> {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        match method {
            Method::IngestMessage => self.ingest(account, number).await.map(drop),
            Method::CreateTicket => self.create_ticket(account, number).await.map(drop),
            Method::SendMessage => self.send_message(account, number).await.map(drop),
            Method::GetTicket => self.get_ticket(account, number).await.map(drop),
            Method::ListTickets => self.list_tickets(account).await.map(drop),
            Method::View(view) => self.view(account, view).await.map(drop),
            Method::CountViews => self.count_views(account).await.map(drop),
            Method::Search(query) => self.search(account, query).await.map(drop),
            Method::Empty => self.accounts.get_account(api::GetAccountRequest::default()).await.map(drop),
        }
    }

    async fn ingest(&mut self, account: &Account, number: u64) -> std::result::Result<IngestMessageResponse, Status> {
        let request = inbound(account.name("channels/form"), number);
        let answer = self.ingress.ingest_message(account.adapter.put_on(request)).await?.into_inner();
        let ticket = answer.ticket.as_ref().ok_or_else(|| Status::data_loss("no ticket"))?;
        account.saw_ticket(ticket.number);
        Ok(answer)
    }

    /// The first message of a chat on a channel: the name of its conversation, and its ticket.
    pub async fn first_chat(&self, account: &Account, channel: &str, chat: u64) -> Result<(String, Ticket)> {
        let channel = account.name(&format!("channels/{channel}"));
        let mut request = inbound(channel, NEXT.fetch_add(1, Ordering::Relaxed));
        if let Some(message) = &mut request.message {
            message.external_thread_key = format!("chat-{chat}");
        }
        let answer = self.ingress.clone().ingest_message(account.adapter.put_on(request)).await?.into_inner();
        let message = answer.message.ok_or("an ingested message is answered")?;
        let (conversation, _) = message.name.split_once("/messages/").ok_or("a message lies in a conversation")?;
        Ok((conversation.to_owned(), answer.ticket.ok_or("a chat makes a ticket")?))
    }

    async fn create_ticket(
        &mut self,
        account: &Account,
        number: u64,
    ) -> std::result::Result<Response<api::CreateTicketResponse>, Status> {
        let ticket = Ticket {
            subject: format!("Call back {number}"),
            description: text(number),
            pipeline: account.pipeline.clone(),
            status: account.status.clone(),
            ..Default::default()
        };
        let request = api::CreateTicketRequest {
            parent: format!("accounts/{}", account.id),
            ticket: Some(ticket),
            request_id: request_id(number),
            validate_only: false,
        };
        self.tickets.create_ticket(account.person.put_on(request)).await
    }

    async fn send_message(
        &mut self,
        account: &Account,
        number: u64,
    ) -> std::result::Result<Response<api::SendMessageResponse>, Status> {
        let body = Some(RichText { text: text(number), html: String::new() });
        let request = api::SendMessageRequest {
            parent: pick(&account.conversations, number).to_owned(),
            message: Some(Message { body, ..Default::default() }),
            request_id: request_id(number),
            ..Default::default()
        };
        self.conversations.send_message(account.person.put_on(request)).await
    }

    async fn get_ticket(
        &mut self,
        account: &Account,
        number: u64,
    ) -> std::result::Result<Response<api::GetTicketResponse>, Status> {
        let known = u64::try_from(account.last_ticket()).unwrap_or(1).max(1);
        // A stride that shares no factor with most counts visits all tickets out of order.
        let name = account.name(&format!("tickets/{}", 1 + number.wrapping_mul(7_919) % known));
        self.tickets.get_ticket(account.person.put_on(api::GetTicketRequest { name })).await
    }

    async fn list_tickets(
        &mut self,
        account: &Account,
    ) -> std::result::Result<Response<api::ListTicketsResponse>, Status> {
        let request = api::ListTicketsRequest {
            parent: format!("accounts/{}", account.id),
            page_size: 50,
            filter: "state = OPEN".to_owned(),
            ..Default::default()
        };
        self.tickets.list_tickets(account.person.put_on(request)).await
    }
}

impl Caller {
    async fn view(
        &mut self,
        account: &Account,
        view: &str,
    ) -> std::result::Result<Response<api::ListTicketsResponse>, Status> {
        let request = api::ListTicketsRequest {
            parent: format!("accounts/{}", account.id),
            page_size: 50,
            view: account.name(&format!("ticketViews/{view}")),
            ..Default::default()
        };
        self.tickets.list_tickets(account.agent.put_on(request)).await
    }

    async fn count_views(
        &mut self,
        account: &Account,
    ) -> std::result::Result<Response<api::CountTicketViewsResponse>, Status> {
        let request = api::CountTicketViewsRequest { parent: format!("accounts/{}", account.id), ..Default::default() };
        self.views.count_ticket_views(account.agent.put_on(request)).await
    }

    async fn search(
        &mut self,
        account: &Account,
        query: &str,
    ) -> std::result::Result<Response<api::SearchTicketsResponse>, Status> {
        let request = api::SearchTicketsRequest {
            parent: format!("accounts/{}", account.id),
            query: query.to_owned(),
            ..Default::default()
        };
        self.tickets.search_tickets(account.agent.put_on(request)).await
    }

    /// What the first page of a search has.
    pub async fn searched(&mut self, account: &Account, query: &str) -> Result<api::SearchTicketsResponse> {
        Ok(self.search(account, query).await?.into_inner())
    }
}

fn inbound(channel: String, number: u64) -> IngestMessageRequest {
    let contact = number % u64::from(CONTACTS);
    let sender = InboundSender {
        display_name: format!("Customer {contact}"),
        point: Some(Point::Email(email(contact))),
        ..Default::default()
    };
    let message = InboundMessage {
        external_id: format!("load-{number}"),
        sender: Some(sender),
        body: Some(RichText { text: text(number), html: String::new() }),
        subject: format!("Question {number}"),
        ..Default::default()
    };
    IngestMessageRequest { channel, message: Some(message), ..Default::default() }
}

fn text(number: u64) -> String {
    pick(&TEXTS, number).to_owned()
}

fn pick<T: AsRef<str>>(from: &[T], number: u64) -> &str {
    let count = u64::try_from(from.len()).unwrap_or(1).max(1);
    usize::try_from(number % count).ok().and_then(|at| from.get(at)).map_or("", AsRef::as_ref)
}

/// A UUID for a request that is made once.
pub(super) fn new_request_id() -> String {
    request_id(NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A UUID that no other request of this run has.
fn request_id(number: u64) -> String {
    Uuid::from_u64_pair(0x0190_0000_0000_7000, 0x8000_0000_0000_0000 | number).to_string()
}
