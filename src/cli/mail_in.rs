//! `helpdesk mail-in`: hands one raw mail on standard input to a running service. For the pipe of a mail server, so it
//! ends with the statuses of `sysexits.h`, which mail servers understand: 75 means "keep it and try again".

use std::io::Read;

use futures_util::stream::iter;

use super::args::{GlobalArgs, MailInArgs};
use super::{CliError, print, runtime};
use crate::client::{CallError, Code, Connection, Patience, Target, until_answered};
use crate::grpc::pb::v1::upload_attachment_request::Part;
use crate::grpc::pb::v1::{
    InboundMessage, IngestMessageRequest, IngestMessageResponse, UploadAttachmentRequest, UploadHeader,
};

/// Largest mail, in bytes: what the contract takes.
const LARGEST: u64 = 35 << 20;
/// Largest mail inside a message; others are uploaded.
const INLINE: usize = 1 << 20;
/// Bytes of one message of an upload.
const CHUNK: usize = 64 * 1024;

/// `EX_DATAERR`: this mail will never be taken.
const DATA_ERROR: u8 = 65;
/// `EX_NOINPUT`: standard input cannot be read.
const NO_INPUT: u8 = 66;
/// `EX_UNAVAILABLE`: the channel takes no mail.
const UNAVAILABLE: u8 = 69;
/// `EX_TEMPFAIL`: deliver again later.
const TRY_LATER: u8 = 75;
/// `EX_NOPERM`: the credential may not.
const NOT_PERMITTED: u8 = 77;
/// `EX_CONFIG`: the command was set up wrongly.
const SET_UP_WRONGLY: u8 = 78;

/// Delivers the mail. Delivering it again is safe: the service knows it by its Message-ID.
///
/// # Errors
/// [`CliError::Exit`] with a status of `sysexits.h`.
pub fn run(args: &MailInArgs, global: &GlobalArgs) -> Result<(), CliError> {
    let set_up_wrongly = |error: CliError| CliError::exit(SET_UP_WRONGLY, &error);
    let settings = global.settings_unchecked(Vec::new()).map_err(CliError::from).map_err(set_up_wrongly)?;
    let target = args.connect.target(&settings);
    let raw = read(std::io::stdin().lock())?;
    let runtime = runtime().map_err(|error| CliError::exit(TRY_LATER, &error))?;
    let answer = runtime.block_on(deliver(args, &target, raw))?;
    print(&told(&answer))
}

/// The mail, unless it is too large or nothing at all.
fn read(input: impl Read) -> Result<Vec<u8>, CliError> {
    let mut raw = Vec::new();
    input.take(LARGEST + 1).read_to_end(&mut raw).map_err(|error| CliError::exit(NO_INPUT, &error))?;
    match u64::try_from(raw.len()) {
        Ok(1..=LARGEST) => Ok(raw),
        Ok(0) => Err(CliError::exit(NO_INPUT, "there is no mail on standard input")),
        _ => Err(CliError::exit(DATA_ERROR, "the mail is larger than 35 MiB")),
    }
}

async fn deliver(args: &MailInArgs, target: &Target, raw_mail: Vec<u8>) -> Result<IngestMessageResponse, CliError> {
    let connection = Connection::to(target).map_err(|error| CliError::exit(SET_UP_WRONGLY, &error))?;
    let patience = Patience::of(args.timeout, u64::from(std::process::id()));
    let message = if raw_mail.len() > INLINE {
        let messages = upload_of(&args.channel, &raw_mail);
        let uploaded =
            until_answered(patience, async || connection.attachments().upload_attachment(iter(messages.clone())).await);
        let uploaded = uploaded.await.map_err(|error| CliError::exit(status_of(&error), &error))?;
        let raw_mail_attachment = uploaded.attachment.unwrap_or_default().name;
        InboundMessage { raw_mail_attachment, ..InboundMessage::default() }
    } else {
        InboundMessage { raw_mail, ..InboundMessage::default() }
    };
    let request = IngestMessageRequest {
        channel: args.channel.clone(),
        message: Some(message),
        ..IngestMessageRequest::default()
    };
    let answer = until_answered(patience, async || connection.ingress().ingest_message(request.clone()).await).await;
    answer.map_err(|error| CliError::exit(status_of(&error), &error))
}

fn upload_of(channel: &str, raw: &[u8]) -> Vec<UploadAttachmentRequest> {
    let header = UploadHeader {
        parent: channel.to_owned(),
        filename: "mail.eml".to_owned(),
        mime_type: "message/rfc822".to_owned(),
        size_bytes: i64::try_from(raw.len()).unwrap_or(0),
        ..UploadHeader::default()
    };
    let chunks = raw.chunks(CHUNK).map(|chunk| Part::Chunk(chunk.to_vec()));
    let parts = std::iter::once(Part::Header(header)).chain(chunks);
    parts.map(|part| UploadAttachmentRequest { part: Some(part) }).collect()
}

/// What the mail server is to do. In doubt it keeps the mail: a customer's words are never thrown away because of us.
fn status_of(error: &CallError) -> u8 {
    match error.code {
        Code::InvalidArgument | Code::OutOfRange => DATA_ERROR,
        Code::ResourceExhausted if error.is("MESSAGE_TOO_LARGE") => DATA_ERROR,
        Code::PermissionDenied | Code::Unauthenticated => NOT_PERMITTED,
        Code::FailedPrecondition => UNAVAILABLE,
        Code::NotFound | Code::Unimplemented => SET_UP_WRONGLY,
        _ => TRY_LATER,
    }
}

fn told(answer: &IngestMessageResponse) -> String {
    let message = answer.message.as_ref().map_or("", |message| &message.name);
    let ticket = answer.ticket.as_ref().map_or("no ticket", |ticket| &ticket.name);
    let known = if answer.duplicate { " (was here already)" } else { "" };
    format!("{message} {ticket}{known}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_servers_are_told_what_to_do() {
        let status = |code| status_of(&CallError::local(code, "no"));
        for keeps in [Code::Unavailable, Code::DeadlineExceeded, Code::Aborted, Code::Unknown, Code::Internal] {
            assert_eq!(status(keeps), 75, "{keeps:?}");
        }
        assert_eq!(status(Code::InvalidArgument), 65);
        assert_eq!([Code::PermissionDenied, Code::Unauthenticated].map(status), [77, 77]);
        assert_eq!([Code::FailedPrecondition, Code::NotFound].map(status), [69, 78]);
        let mut large = CallError::local(Code::ResourceExhausted, "no");
        assert_eq!(status_of(&large), 75);
        large.reason = Some("MESSAGE_TOO_LARGE".to_owned());
        assert_eq!(status_of(&large), 65);
    }

    #[test]
    fn nothing_and_too_much_are_no_mail() {
        let status =
            |length: usize| read(std::io::Cursor::new(vec![b'x'; length])).map_err(|error| error.exit_status());
        assert_eq!(status(0), Err(66));
        assert_eq!(status(35 << 20).map(|raw| raw.len()), Ok(35 << 20));
        assert_eq!(status((35 << 20) + 1), Err(65));
    }
}
