//! Message-IDs, and the id that makes a mail recognizable when it arrives again.

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};

use super::{mime::HeaderBlock, model::limits, text::is_invisible};

/// The Message-ID without angle brackets; `None` when missing or absurdly long.
pub(super) fn message_id(headers: &HeaderBlock<'_>) -> Option<String> {
    headers.all("message-id").find_map(|field| ids_of(&field.unfolded(None)).into_iter().next())
}

/// The last [`limits::REFERENCES`] Message-IDs of all headers called `name`, without repeats.
pub(super) fn references(headers: &HeaderBlock<'_>, name: &str) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for id in headers.all(name).flat_map(|field| ids_of(&field.unfolded(None))) {
        if !ids.contains(&id) {
            if ids.len() == limits::REFERENCES {
                ids.remove(0);
            }
            ids.push(id);
        }
    }
    ids
}

/// Decision C2: the Message-ID, else the SHA-256 of the raw bytes in lower-case hexadecimal.
pub(super) fn external_id(message_id: Option<&str>, raw: &[u8]) -> String {
    message_id.map_or_else(|| sha256_hex(raw), str::to_owned)
}

fn sha256_hex(bytes: &[u8]) -> String {
    digest(&SHA256, bytes).as_ref().iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// The ids in a header value: what stands in angle brackets, else every word that looks like an id. Comments and
/// phrases around them are common in old mail.
fn ids_of(value: &str) -> Vec<String> {
    let bracketed: Vec<String> =
        value.split('<').skip(1).filter_map(|rest| rest.split_once('>')).filter_map(|(id, _)| usable(id)).collect();
    if !bracketed.is_empty() {
        return bracketed;
    }
    value.split_whitespace().filter(|word| word.contains('@')).filter_map(usable).collect()
}

fn usable(id: &str) -> Option<String> {
    let id: String = id.chars().filter(|c| !c.is_whitespace() && !is_invisible(*c) && !"<>".contains(*c)).collect();
    (!id.is_empty() && id.len() <= limits::MESSAGE_ID_BYTES).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_in_brackets_first() {
        assert_eq!(ids_of(" <a@b>\t<c@d> "), ["a@b", "c@d"]);
        assert_eq!(ids_of("Your mail of today, e@f, <a b@c>"), ["ab@c"]);
        assert_eq!(ids_of("a@b c"), ["a@b"]);
        assert!(ids_of("<> nothing").is_empty());
    }

    #[test]
    fn a_missing_or_absurd_id_is_replaced_by_a_hash() {
        let absurd = format!("Message-ID: <{}@b>\n\n", "a".repeat(600));
        let (headers, _) = HeaderBlock::split(absurd.as_bytes());
        assert_eq!(message_id(&headers), None);
        assert_eq!(external_id(None, b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn of_many_references_the_last_ones_are_kept() {
        let ids: Vec<String> = (0..150).map(|n| format!("\n <{n}@x>")).collect();
        let mail = format!("References:{}\n\n", ids.concat());
        let (headers, _) = HeaderBlock::split(mail.as_bytes());
        let ids = references(&headers, "references");
        assert_eq!((ids.len(), ids[0].as_str(), ids[99].as_str()), (100, "50@x", "149@x"));
    }
}
