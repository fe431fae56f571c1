//! From raw bytes to an [`InboundMail`].

use super::{
    address, attachment,
    body::{self, Body},
    bounce, classify, ids,
    mime::{Field, HeaderBlock, Part},
    model::{HeaderField, InboundMail, MailRefusal, limits},
    sanitize,
    text::{cap_bytes, one_line, trim_ascii_and_bom},
};

/// Dates outside 1970 to 2200 are inventions.
const DATE_SECONDS: std::ops::Range<i64> = 0..7_258_118_400;

/// Headers that stay next to the message, beside those that became fields of their own.
const KEPT_HEADERS: [&str; 24] = [
    "auto-submitted",
    "precedence",
    "return-path",
    "list-id",
    "list-unsubscribe",
    "authentication-results",
    "received-spf",
    "x-spam-flag",
    "x-spam-status",
    "x-spam-score",
    "importance",
    "priority",
    "x-priority",
    "user-agent",
    "x-mailer",
    "organization",
    "content-language",
    "x-auto-response-suppress",
    "x-forwarded-for",
    "x-forwarded-to",
    "resent-from",
    "resent-to",
    "delivered-to",
    "x-original-to",
];

/// Reads one raw mail.
///
/// # Errors
///
/// [`MailRefusal`] for input that is empty, larger than [`limits::RAW_BYTES`], or has neither a header field nor readable
/// text. Everything else is accepted, however broken.
pub fn parse(raw: &[u8]) -> Result<InboundMail, MailRefusal> {
    if raw.len() > limits::RAW_BYTES {
        return Err(MailRefusal::TooLarge { size: raw.len(), limit: limits::RAW_BYTES });
    }
    let input = trim_ascii_and_bom(raw);
    if input.is_empty() {
        return Err(MailRefusal::Empty);
    }
    let unified = with_line_feeds(input);
    let root = Part::read(unified.as_deref().unwrap_or(input));
    if root.headers.is_empty() && !is_readable(root.body) {
        return Err(MailRefusal::NotAMessage);
    }
    Ok(assemble(&root, raw))
}

/// The bytes of one of the files of a mail, by its place in [`InboundMail::attachments`].
pub fn file_of(raw: &[u8], index: usize) -> Option<Vec<u8>> {
    let input = trim_ascii_and_bom(raw);
    let unified = with_line_feeds(input);
    let root = Part::read(unified.as_deref().unwrap_or(input));
    let body = Body::of(&root, charset_hint(&root).as_deref());
    body.attachments.get(index).filter(|_| index < limits::ATTACHMENTS).map(attachment::bytes)
}

/// Old Macintosh mail ends its lines with a carriage return alone.
fn with_line_feeds(input: &[u8]) -> Option<Vec<u8>> {
    let lone_returns = input.contains(&b'\r') && !input.contains(&b'\n');
    lone_returns.then(|| input.iter().map(|&b| if b == b'\r' { b'\n' } else { b }).collect())
}

/// Text rather than the bytes of some program: no NUL, and more printable bytes than control ones.
fn is_readable(body: &[u8]) -> bool {
    let sample = &body[..body.len().min(4096)];
    let controls = sample.iter().filter(|b| b.is_ascii_control() && !b.is_ascii_whitespace()).count();
    !sample.contains(&0) && controls * 8 < sample.len()
}

fn assemble(root: &Part<'_>, raw: &[u8]) -> InboundMail {
    let headers = &root.headers;
    let hint = charset_hint(root);
    let hint = hint.as_deref();
    let message_id = ids::message_id(headers);
    let sender = address::sender(headers, hint);
    let subject = one_line(&headers.text("subject", hint).unwrap_or_default(), limits::SUBJECT_CHARS);
    let local = sender.as_ref().and_then(|s| s.address.rsplit_once('@')).map_or("", |(local, _)| local).to_owned();
    let content = Content::of(root, hint);
    let bounce = classify::is_bounce(root, &local);
    InboundMail {
        report: bounce.then(|| bounce::read(root, &subject, &content.text)),
        external_id: ids::external_id(message_id.as_deref(), raw),
        message_id,
        in_reply_to: ids::references(headers, "in-reply-to"),
        references: ids::references(headers, "references"),
        sender,
        reply_to: address::mailboxes(headers, "reply-to", hint),
        to: address::mailboxes(headers, "to", hint),
        cc: address::mailboxes(headers, "cc", hint),
        date: date_micros(headers),
        text: content.text,
        html: content.html,
        attachments: content.attachments,
        auto_reply: classify::is_auto_reply(root, &subject),
        bounce,
        list: classify::is_list(headers),
        forwarded: classify::is_forwarded(root, &subject),
        reply_tokens: address::reply_tokens(headers),
        headers: kept_headers(headers, hint),
        subject,
    }
}

/// Text, HTML and attachments.
struct Content {
    text: String,
    html: Option<String>,
    attachments: Vec<super::Attachment>,
}

impl Content {
    fn of(root: &Part<'_>, hint: Option<&str>) -> Self {
        let body = Body::of(root, hint);
        let markup = body.markup();
        let attachments = attachment::describe(&body.attachments, markup.as_deref(), hint);
        // A mail that is nothing but another mail shows the text of that one.
        let inner = body.is_blank().then(|| text_of_attached(root)).flatten();
        let (text, html) = inner.unwrap_or_else(|| both_forms(&body, markup.as_deref()));
        Self { text, html, attachments }
    }
}

fn text_of_attached(root: &Part<'_>) -> Option<(String, Option<String>)> {
    body::search_attached(root, &mut |nested| {
        let inner = Body::of(nested, charset_hint(nested).as_deref());
        (!inner.is_blank()).then(|| both_forms(&inner, inner.markup().as_deref()))
    })
}

fn both_forms(body: &Body<'_, '_>, markup: Option<&str>) -> (String, Option<String>) {
    let html = sanitized(markup);
    (body.plain(html.as_deref().unwrap_or_default()), html)
}

fn sanitized(markup: Option<&str>) -> Option<String> {
    // Nothing to see: a document that shows neither a word nor an image.
    markup.map(sanitize::html).filter(|html| html.contains("<img ") || !sanitize::strip_tags(html).trim().is_empty())
}

/// The first charset any part names; the best guess for bytes that come without one.
fn charset_hint(part: &Part<'_>) -> Option<String> {
    let own = part.media.parameter("charset").map(str::to_owned);
    own.or_else(|| part.children.iter().find_map(charset_hint))
}

fn date_micros(headers: &HeaderBlock<'_>) -> Option<i64> {
    let seconds = headers.all("date").find_map(Field::date)?;
    DATE_SECONDS.contains(&seconds).then(|| seconds * 1_000_000)
}

fn kept_headers(headers: &HeaderBlock<'_>, hint: Option<&str>) -> Vec<HeaderField> {
    let named = headers.iter().map(|field| (field.name().to_ascii_lowercase(), field));
    let kept = named.filter(|(name, _)| KEPT_HEADERS.contains(&name.as_str())).filter_map(|(name, field)| {
        let value = one_line(&field.text(hint), limits::HEADER_VALUE_BYTES);
        let value = cap_bytes(&value, limits::HEADER_VALUE_BYTES).trim_end().to_owned();
        (!value.is_empty()).then_some(HeaderField { name, value })
    });
    kept.take(limits::HEADERS).collect()
}
