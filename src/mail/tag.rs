//! Tags of the team address (`team+tag@domain`): what an answer or a delivery report comes back with.

use super::model::limits;

/// Letters of the local part of an address (RFC 5321 section 4.5.3.1.1).
const LOCAL: usize = 64;
/// What the tag of a delivery report begins with. No reply token does: those are hexadecimal.
const BOUNCE: &str = "b.";

/// The address with a tag; none where it would grow too long, or where there is no tag.
pub fn tagged(address: &str, tag: &str) -> Option<String> {
    let (local, domain) = address.rsplit_once('@')?;
    let tagged = format!("{local}+{tag}");
    let fits = tagged.len() <= LOCAL && tagged.len() + 1 + domain.len() <= limits::ADDRESS_BYTES;
    (!tag.is_empty() && fits && !local.contains(['+', '"'])).then(|| format!("{tagged}@{domain}"))
}

/// The tag by which a delivery report names the mail with this token in its Message-ID.
pub fn bounce(token: &str) -> String {
    format!("{BOUNCE}{token}")
}

/// The token of the mail that a tag of a delivery report names.
pub fn bounced(tag: &str) -> Option<&str> {
    tag.strip_prefix(BOUNCE)
}

/// The address without its tag.
pub fn untagged(address: &str) -> String {
    match address.rsplit_once('@').map(|(local, domain)| (local.split('+').next().unwrap_or(local), domain)) {
        Some((local, domain)) if !local.is_empty() => format!("{local}@{domain}"),
        _ => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_takes_a_tag_as_long_as_it_stays_one() {
        assert_eq!(tagged("help@x.example", "ab").as_deref(), Some("help+ab@x.example"));
        assert_eq!(tagged("help@x.example", ""), None);
        assert_eq!(tagged("help+team@x.example", "ab"), None, "a tag of its own may mean something to its server");
        assert_eq!(tagged(&format!("{}@x.example", "h".repeat(40)), &"a".repeat(32)), None);
        assert_eq!(untagged("help+b.12@x.example"), "help@x.example");
        assert_eq!(untagged("help@x.example"), "help@x.example");
    }

    #[test]
    fn a_report_names_its_mail() {
        assert_eq!(bounced(&bounce("0f")), Some("0f"));
        assert_eq!(bounced("0f"), None);
    }
}
