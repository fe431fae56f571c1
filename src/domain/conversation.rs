//! What is said: conversations, threads, messages, comments.

use serde::{Deserialize, Serialize};

use super::channel::{Channel, ChannelKind};
use super::codes::coded;
use super::control::{Control, Party};
use super::event::Actor;
use super::ids::{
    AttachmentId, ChannelId, CommentId, ContactId, ConversationId, HandoffId, MessageId, ThreadId, TicketNumber, UserId,
};
use super::insert::Insert;
use super::routing::CapacityGroup;
use super::time::Timestamp;
use super::turns::Stretch;

/// All that was said on one ticket. Without a ticket it belongs to a channel that makes none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// Made id.
    pub id: ConversationId,
    /// The ticket it is about.
    pub ticket: Option<TicketNumber>,
    /// The channel it began on.
    pub channel: ChannelId,
    /// The contact, once known.
    pub contact: Option<ContactId>,
    /// Somebody not yet tied to a contact: name or address as given.
    pub visitor: String,
    /// Which visitor began it, before and after a tie to a contact: `cookie:` with the hash of the browser's cookie, else
    /// `alone:` with the conversation's own id. Empty when it began with a contact (C-031, C-032).
    pub visitor_key: String,
    /// It began with a call: comments wait for a mail.
    pub from_call: bool,
    /// Mails sent in it, and drafts of mails that wait in it.
    pub outbound_mails: i64,
    /// Messages so far.
    pub message_count: i64,
    /// Comments so far.
    pub comment_count: i64,
    /// When the last message came or went.
    pub last_message_time: Option<Timestamp>,
    /// Its ticket is deleted (C-016).
    pub archived: bool,
    /// Who speaks in it.
    pub control: Control,
    /// Its open hand-off.
    pub handoff: Option<HandoffId>,
    /// A place that is held for a hand-off of it.
    pub held: Option<HeldPlace>,
    /// What the customer agent that has control owes, or the one that had it last; none: none ever had.
    pub stretch: Option<Box<Stretch>>,
    /// When it began.
    pub create_time: Timestamp,
    /// When the row last changed.
    pub update_time: Timestamp,
    /// The etag.
    pub version: i64,
}

impl Conversation {
    /// Gives control to a party: a customer agent that gets it begins a stretch, and one that loses it owes no answer any
    /// more. Whether that changed anything.
    pub fn pass(&mut self, to: Party, now: Timestamp) -> bool {
        if !self.control.pass(to, now) {
            return false;
        }
        if let Party::Agent(agent) = &self.control.party {
            self.stretch = Some(Box::new(Stretch::new(agent.clone(), self.control.epoch)));
        } else if let Some(stretch) = &mut self.stretch {
            stretch.end();
        }
        true
    }

    /// The stretch of the customer agent that has control.
    pub fn held(&self) -> Option<&Stretch> {
        self.stretch.as_deref().filter(|_| self.control.party.is_agent())
    }
}

/// A place of a person that nobody else gets for a moment: it counts as one more open ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldPlace {
    /// Whose.
    pub user: UserId,
    /// As what kind of work it counts; none: as the channel of the conversation says.
    pub group: Option<CapacityGroup>,
    /// Until when.
    pub until: Timestamp,
}

/// One strand on one channel: a mail thread, a chat session, a form submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thread {
    /// Made id.
    pub id: ThreadId,
    /// Its conversation.
    pub conversation: ConversationId,
    /// Its channel.
    pub channel: ChannelId,
    /// The kind of that channel.
    pub kind: ChannelKind,
    /// What finds it again: the adapter's key, or the sender; empty where nothing may (mail, forms).
    pub key: String,
    /// Whether it is open; an open one is continued, at most one per channel and key is.
    pub open: bool,
    /// An open one that was ended with a hand-off: it counts as closed until the contact writes again (C-102).
    pub resting: bool,
    /// Its ticket is deleted: nothing continues it (C-016).
    pub archived: bool,
    /// Who writes on the other side, as an address to answer to.
    pub address: String,
    /// Subject of a mail thread.
    pub subject: String,
    /// The 128 random bits that a reply to our mail carries, in lower-case hexadecimal; empty outside mail.
    pub reply_token: String,
    /// When the contact last wrote on it; from then on the reply window of its channel runs.
    pub last_contact_time: Option<Timestamp>,
    /// Nothing is answered on it automatically: what came in last a machine wrote, or it came through a list, or its sender
    /// failed the check (T-24).
    pub mute: bool,
    /// When it began.
    pub create_time: Timestamp,
    /// When the row last changed.
    pub update_time: Timestamp,
}

impl Thread {
    /// Whether it counts as open for whoever looks at it.
    pub const fn is_open(&self) -> bool {
        self.open && !self.resting
    }

    /// When the reply window of its channel closes; none where there is no window, and while the contact has not written.
    pub fn window_closes(&self, channel: &Channel) -> Option<Timestamp> {
        Some(self.last_contact_time?.plus(channel.window()?))
    }
}

coded! {
    /// Which way a message goes.
    Direction { Inbound = "inbound", Outbound = "outbound" }
}

coded! {
    /// How far an outgoing message has come. Ordered, but FAILED may follow any.
    Delivery { Received = "received", Queued = "queued", Sent = "sent", Delivered = "delivered", Read = "read", Failed = "failed" }
}

impl Delivery {
    /// Whether a report may move an outgoing message from this state to `next`: forward only, and never out of READ.
    pub fn may_become(self, next: Self) -> bool {
        match next {
            Self::Received | Self::Queued => false,
            Self::Failed => matches!(self, Self::Queued | Self::Sent),
            _ => self != Self::Received && self != Self::Failed && self < next,
        }
    }
}

coded! {
    /// What a part of a mail's text is that is not new.
    CutKind { Quote = "quote", Signature = "signature" }
}

/// A stretch of a mail's text that is not new, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    /// What it is.
    #[serde(rename = "k")]
    pub kind: CutKind,
    /// Where it begins.
    #[serde(rename = "s")]
    pub start: u32,
    /// Where it ends.
    #[serde(rename = "e")]
    pub end: u32,
}

coded! {
    /// Whether something about a sender holds, as the adapter found.
    Verdict { Pass = "pass", Fail = "fail", None = "none" }
}

/// What the adapter found about the sender of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SenderCheck {
    /// Whether the sender is who it says.
    pub verdict: Verdict,
    /// Whether the sending host may send for the envelope's domain (RFC 7208).
    pub spf: Verdict,
    /// Whether a signature of the sender's domain holds (RFC 6376).
    pub dkim: Verdict,
    /// Whether the shown sender is covered by either (RFC 7489).
    pub dmarc: Verdict,
}

impl SenderCheck {
    /// Nobody looked.
    pub const NONE: Self =
        Self { verdict: Verdict::None, spf: Verdict::None, dkim: Verdict::None, dmarc: Verdict::None };

    /// From single findings and, where the adapter came to one, its verdict. Left to us, DMARC decides: it alone speaks of
    /// the address that people see. Without it nothing proves the sender, and failing of both SPF and DKIM disproves it.
    pub fn of(verdict: Option<Verdict>, spf: Verdict, dkim: Verdict, dmarc: Verdict) -> Self {
        let ours = match dmarc {
            Verdict::None if spf == Verdict::Fail && dkim == Verdict::Fail => Verdict::Fail,
            found => found,
        };
        Self { verdict: verdict.unwrap_or(ours), spf, dkim, dmarc }
    }
}

impl Delivery {
    /// Whether a mail server may still say that it will not arrive: also after another one said that it has.
    pub fn may_bounce(self) -> bool {
        matches!(self, Self::Queued | Self::Sent | Self::Delivered)
    }
}

/// A file that came with a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// The file it is; none for files that are listed only.
    #[serde(default)]
    pub id: Option<AttachmentId>,
    /// Name as given, without folders.
    pub filename: String,
    /// Media type as given.
    pub mime_type: String,
    /// Size in bytes.
    pub size_bytes: i64,
    /// Content-ID of an embedded part; may be empty.
    pub content_id: String,
    /// Shown inside the text.
    pub embedded: bool,
    /// It is the whole mail, and not listed among its files.
    #[serde(default)]
    pub raw: bool,
}

/// One message between the contact and us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Made id.
    pub id: MessageId,
    /// Its conversation.
    pub conversation: ConversationId,
    /// Its thread.
    pub thread: ThreadId,
    /// Its channel.
    pub channel: ChannelId,
    /// Which way it goes.
    pub direction: Direction,
    /// Who wrote it.
    pub sender: Actor,
    /// The sender's name as given.
    pub sender_name: String,
    /// The sender's address as given.
    pub sender_address: String,
    /// Where it goes or went.
    pub recipients: Vec<String>,
    /// Subject of a mail.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// Cleaned HTML; may be empty.
    pub html: String,
    /// What was inserted.
    pub inserts: Vec<Insert>,
    /// Files.
    pub attachments: Vec<Attachment>,
    /// How far it has come.
    pub delivery: Delivery,
    /// Why delivery failed.
    pub delivery_error: String,
    /// The adapter's id: what keeps one message from being stored twice.
    pub external_id: Option<String>,
    /// Message-ID of a mail, ours or theirs.
    pub mail_id: Option<String>,
    /// SHA-256 of the raw mail kept beside it.
    pub raw_sha256: Option<String>,
    /// Written by a machine (C-076).
    pub auto_reply: bool,
    /// A delivery report (C-076).
    pub bounce: bool,
    /// A forwarded mail (C-072).
    pub forwarded: bool,
    /// Came through a mailing list, or as a bulk mailing.
    pub list: bool,
    /// What the adapter found about the sender; none for what we send.
    pub check: Option<SenderCheck>,
    /// The parts of a mail's text that are quoted or a signature.
    pub cuts: Vec<Cut>,
    /// The outgoing message that this delivery report is about.
    pub bounce_of: Option<MessageId>,
    /// When `delivery` last changed, or a try to deliver failed; none while nothing happened.
    pub delivery_time: Option<Timestamp>,
    /// How often the service tried to deliver it.
    pub delivery_tries: i64,
    /// Which control of the conversation an outgoing one was sent under: its epoch; 0 for one that came in.
    pub control_epoch: i64,
    /// When it was written.
    pub send_time: Timestamp,
    /// When it was stored.
    pub create_time: Timestamp,
    /// Place in the account's event order.
    pub sequence: i64,
}

impl Message {
    /// Whether the sender is not proven to be who it says.
    pub fn sender_unverified(&self) -> bool {
        self.check.is_some_and(|check| check.verdict != Verdict::Pass)
    }

    /// Written by a machine: nothing may follow from it by itself (C-076, T-24).
    pub fn by_machine(&self) -> bool {
        self.auto_reply || self.bounce || self.list
    }
}

/// One internal comment. Never leaves the house: it lies in a table of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Made id.
    pub id: CommentId,
    /// Its conversation.
    pub conversation: ConversationId,
    /// Who wrote it.
    pub author: Actor,
    /// Plain text.
    pub text: String,
    /// Cleaned HTML; may be empty.
    pub html: String,
    /// Users it mentions, in the order of the text.
    pub mentions: Vec<UserId>,
    /// Files.
    pub attachments: Vec<Attachment>,
    /// When it was written.
    pub create_time: Timestamp,
    /// When its text last changed.
    pub edit_time: Option<Timestamp>,
    /// The etag.
    pub version: i64,
    /// Place in the account's event order.
    pub sequence: i64,
}
