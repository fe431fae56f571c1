//! Addresses: reading them out of headers, checking and normalizing them.

use mail_parser::Addr;

use super::{
    mime::HeaderBlock,
    model::{Mailbox, limits},
    text::{is_invisible, one_line},
};

/// Headers that name whom the mail was delivered to, in the order of trust for finding a reply token.
const RECIPIENT_HEADERS: [&str; 8] =
    ["to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "apparently-to", "resent-to"];

/// Every usable address of all headers called `name`, without repeats.
pub(super) fn mailboxes(headers: &HeaderBlock<'_>, name: &str, hint: Option<&str>) -> Vec<Mailbox> {
    let mut found: Vec<Mailbox> = Vec::new();
    for mailbox in headers.all(name).flat_map(|field| field.addresses(hint)).filter_map(|addr| mailbox(&addr)) {
        if found.len() == limits::ADDRESSES {
            break;
        }
        if !found.iter().any(|known| known.address == mailbox.address) {
            found.push(mailbox);
        }
    }
    found
}

/// Who sent the mail: From, else Sender, else Return-Path; the name of an unusable From stays with the address.
pub(super) fn sender(headers: &HeaderBlock<'_>, hint: Option<&str>) -> Option<Mailbox> {
    let names = ["from", "sender", "return-path"];
    let mut sender = names.iter().find_map(|name| mailboxes(headers, name, hint).into_iter().next())?;
    if sender.display_name.is_none() {
        let written = headers.first("from").and_then(|field| field.addresses(hint).into_iter().next());
        sender.display_name = written.and_then(|addr| display_name(addr.name.as_deref()?, &sender.address));
    }
    Some(sender)
}

/// The tokens of tagged recipients (`local+token@domain`).
pub(super) fn reply_tokens(headers: &HeaderBlock<'_>) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    for mailbox in RECIPIENT_HEADERS.iter().flat_map(|name| mailboxes(headers, name, None)) {
        if let Some(token) = reply_token(&mailbox.address)
            && tokens.len() < limits::REPLY_TOKENS
            && !tokens.contains(&token)
        {
            tokens.push(token);
        }
    }
    tokens
}

/// The tag of one address, if it has the letters of a token: those of base64url, dot, equals sign and tilde.
fn reply_token(address: &str) -> Option<String> {
    let (local, _) = address.rsplit_once('@')?;
    let (_, token) = local.split_once('+')?;
    let valid = !token.is_empty() && token.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.=~".contains(&b));
    valid.then(|| token.to_owned())
}

fn mailbox(addr: &Addr<'_>) -> Option<Mailbox> {
    let written = addr.address.as_deref().unwrap_or_default().trim();
    let (words, written) = match written.rsplit_once(char::is_whitespace) {
        // `Eva Berg eva@x.example`, the angle brackets forgotten.
        Some((words, last)) if !last.starts_with('@') => (words, last),
        _ => ("", written),
    };
    let name = addr.name.as_deref().unwrap_or(words);
    let address = normalize(written).or_else(|| normalize(name))?;
    let display_name = display_name(name, &address);
    Some(Mailbox { address, display_name })
}

/// The name on one line, unless it only repeats the address.
fn display_name(name: &str, address: &str) -> Option<String> {
    let name = one_line(name.trim().trim_matches(['"', '\'']), limits::DISPLAY_NAME_CHARS);
    (!name.is_empty() && !name.eq_ignore_ascii_case(address)).then_some(name)
}

/// `local@domain` with the domain in lower case, or `None` for what cannot be an address. Lenient about the local part:
/// providers hand out ones that the grammar forbids, such as two dots in a row.
pub(super) fn normalize(address: &str) -> Option<String> {
    let address = address.trim_matches(|c: char| c.is_whitespace() || c == '<' || c == '>');
    let address = address.strip_prefix("mailto:").unwrap_or(address);
    let (local, domain) = without_route(address).rsplit_once('@')?;
    let local = local_part(local.trim())?;
    let domain = domain_part(domain.trim().trim_end_matches('.'))?;
    let whole = format!("{local}@{domain}");
    (whole.len() <= limits::ADDRESS_BYTES).then_some(whole)
}

/// Drops the source route of RFC 822, `@relay,@relay:local@domain`.
fn without_route(address: &str) -> &str {
    match address.split_once(':') {
        Some((route, rest)) if route.starts_with('@') => rest,
        _ => address,
    }
}

fn local_part(local: &str) -> Option<String> {
    let bare = local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(local);
    if bare.is_empty() || bare.len() > 64 || bare.chars().any(is_invisible) {
        return None;
    }
    let is_atom = |c: char| c.is_alphanumeric() || !c.is_ascii() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    if bare.chars().all(is_atom) {
        return Some(bare.to_owned());
    }
    // The quotes are lost where a header is taken apart; without them the address could not be written to.
    let escaped: String = bare.chars().filter(|c| *c != '\\').flat_map(escape).collect();
    Some(format!("\"{escaped}\""))
}

fn escape(c: char) -> impl Iterator<Item = char> {
    (c == '"').then_some('\\').into_iter().chain([c])
}

fn domain_part(domain: &str) -> Option<String> {
    let is_literal = domain.len() > 2
        && domain.starts_with('[')
        && domain.ends_with(']')
        && domain[1..domain.len() - 1].bytes().all(|b| b.is_ascii_alphanumeric() || b".:-".contains(&b));
    let is_name = !domain.is_empty()
        && domain
            .split('.')
            .all(|label| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_'));
    (is_literal || is_name).then(|| domain.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(value: &str) -> Option<(String, Option<String>)> {
        let mail = format!("From: {value}\n\n");
        let (headers, _) = HeaderBlock::split(mail.as_bytes());
        sender(&headers, None).map(|m| (m.address, m.display_name))
    }

    #[expect(clippy::unnecessary_wraps, reason = "compared with what may be nothing")]
    fn found(address: &str, name: &str) -> Option<(String, Option<String>)> {
        Some((address.to_owned(), (!name.is_empty()).then(|| name.to_owned())))
    }

    #[test]
    fn common_spellings() {
        assert_eq!(from("Eva Maria <Eva@Example.COM>"), found("Eva@example.com", "Eva Maria"));
        assert_eq!(from("eva@example.com (Eva)"), found("eva@example.com", "Eva"));
        assert_eq!(from("\"Berg, Eva\" <eva@example.com>"), found("eva@example.com", "Berg, Eva"));
        assert_eq!(from("=?utf-8?Q?Berg=2C_J=C3=B6rg?= <j@example.com>"), found("j@example.com", "Berg, Jörg"));
        assert_eq!(from("Group: a@example.com, b@example.com;"), found("a@example.com", ""));
    }

    #[test]
    fn broken_spellings() {
        assert_eq!(from("eva@example.com <eva@example.com>"), found("eva@example.com", ""));
        assert_eq!(from("\"eva@example.com\""), found("eva@example.com", ""));
        assert_eq!(from("Eva Berg eva@example.com"), found("eva@example.com", "Eva Berg"));
        assert_eq!(from("<mailto:eva@example.com>"), found("eva@example.com", ""));
        assert_eq!(from("<@relay.example,@b.example:eva@example.com>"), found("eva@example.com", ""));
        assert_eq!(from("'Eva' <a..b@example.com.>"), found("a..b@example.com", "Eva"));
    }

    #[test]
    fn unusable_addresses_are_none() {
        for value in
            ["", "<>", "Eva Berg", "eva@", "@example.com", "MAILER-DAEMON", "a@b..c", "undisclosed-recipients:;"]
        {
            assert_eq!(from(value), None, "{value}");
        }
        assert_eq!(normalize(&format!("{}@example.com", "a".repeat(65))), None);
    }

    #[test]
    fn a_local_part_that_needs_quotes_gets_them() {
        assert_eq!(normalize("eva berg@example.com").as_deref(), Some("\"eva berg\"@example.com"));
        assert_eq!(normalize("\"eva berg\"@example.com").as_deref(), Some("\"eva berg\"@example.com"));
    }

    #[test]
    fn tokens_come_from_tagged_recipients_in_order() {
        let mail = b"To: Help <help+AbC-_9@desk.example>, help@desk.example\nCc: me+shop@x.example\nDelivered-To: help+AbC-_9@desk.example\n\n";
        let (headers, _) = HeaderBlock::split(mail);
        assert_eq!(reply_tokens(&headers), ["AbC-_9", "shop"]);
    }
}
