//! Describing what is attached: names, types and sizes that are safe to show.

use super::{
    mime::{MediaType, Part},
    model::{Attachment, limits},
    text::{cap_chars, is_invisible, one_line},
    uuencode::{self, Written},
};

/// Something attached, before it is described.
#[derive(Debug)]
pub(super) enum Found<'p, 'x> {
    /// A part of the mail; `related` says that it belongs to an HTML document.
    Part { part: &'p Part<'x>, related: bool },
    /// A file written into the text.
    Uuencoded(Written),
}

/// Describes the first [`limits::ATTACHMENTS`] of `found`. `markup` is the raw HTML that may show some of them.
pub(super) fn describe(found: &[Found<'_, '_>], markup: Option<&str>, hint: Option<&str>) -> Vec<Attachment> {
    let markup = markup.map(str::to_ascii_lowercase).unwrap_or_default();
    let listed = found.iter().take(limits::ATTACHMENTS).enumerate();
    listed
        .map(|(index, one)| match one {
            Found::Part { part, related } => describe_part(part, *related, index + 1, &markup, hint),
            Found::Uuencoded(file) => Attachment {
                filename: file_name(&file.name).unwrap_or_else(|| format!("attachment-{}.bin", index + 1)),
                mime_type: "application/octet-stream".to_owned(),
                size_bytes: file.size,
                content_id: None,
                embedded: false,
            },
        })
        .collect()
}

/// The bytes of what is attached, decoded.
pub(super) fn bytes(found: &Found<'_, '_>) -> Vec<u8> {
    match found {
        Found::Part { part, .. } => part.encoding().decode(part.body).into(),
        Found::Uuencoded(file) => uuencode::decode_block(file.block.as_bytes()),
    }
}

fn describe_part(part: &Part<'_>, related: bool, number: usize, markup: &str, hint: Option<&str>) -> Attachment {
    let disposition = part.headers.first("content-disposition").and_then(|field| field.media_type(hint));
    let content_id = content_id(part);
    let shown = content_id.as_deref().is_some_and(|id| refers_to(markup, id));
    let attached = disposition.as_ref().is_some_and(|d| d.kind() == "attachment");
    Attachment {
        filename: name_of(part, disposition.as_ref(), hint)
            .unwrap_or_else(|| format!("attachment-{number}.{}", extension(&part.media))),
        mime_type: part.media.essence(),
        size_bytes: decoded_size(part),
        embedded: shown || (related && !attached && content_id.is_some() && !markup.is_empty()),
        content_id,
    }
}

fn content_id(part: &Part<'_>) -> Option<String> {
    let value = part.headers.first("content-id")?.unfolded(None);
    let id = one_line(value.trim().trim_matches(['<', '>']), limits::MESSAGE_ID_BYTES);
    (!id.is_empty()).then_some(id)
}

fn refers_to(markup: &str, content_id: &str) -> bool {
    let id = content_id.to_ascii_lowercase();
    markup.contains(&format!("cid:{id}")) || markup.contains(&format!("cid:{}", id.replace('@', "%40")))
}

fn name_of(part: &Part<'_>, disposition: Option<&MediaType>, hint: Option<&str>) -> Option<String> {
    let typed = part.headers.first("content-type").and_then(|field| field.media_type(hint));
    let named = disposition.and_then(|d| d.parameter("filename"));
    named.or_else(|| typed.as_ref().and_then(|t| t.parameter("name"))).and_then(file_name).or_else(|| {
        part.media.is_message().then(|| subject_of(part)).flatten().and_then(|s| file_name(&format!("{s}.eml")))
    })
}

/// The subject of an attached message names the file best.
fn subject_of(part: &Part<'_>) -> Option<String> {
    let bytes = part.encoding().decode(part.body);
    let (headers, _) = super::mime::HeaderBlock::split(&bytes);
    let subject = one_line(&headers.text("subject", None)?, limits::FILE_NAME_CHARS - 4);
    (!subject.is_empty()).then_some(subject)
}

/// A name without a path, invisible characters or ones that a file system refuses; `None` if nothing is left. The
/// extension survives shortening.
pub fn file_name(claimed: &str) -> Option<String> {
    let last = claimed.rsplit(['/', '\\']).find(|segment| !segment.trim().is_empty())?;
    let line = one_line(last, usize::MAX);
    let clean = line.replace(['<', '>', ':', '"', '|', '?', '*'], "_");
    let clean = clean.trim_matches(|c: char| c == '.' || c.is_whitespace() || is_invisible(c));
    if clean.chars().all(|c| c == '_') {
        return None;
    }
    let (stem, ending) = match clean.rsplit_once('.') {
        Some((stem, ending)) if ending.len() <= 10 => (stem, format!(".{ending}")),
        _ => (clean, String::new()),
    };
    Some(format!("{}{ending}", cap_chars(stem, limits::FILE_NAME_CHARS - ending.chars().count())))
}

/// An ending for a part without a name.
fn extension(media: &MediaType) -> &'static str {
    match media.essence().as_str() {
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/gif" => "gif",
        "image/svg+xml" => "svg",
        "application/pdf" => "pdf",
        "text/plain" => "txt",
        "text/html" => "html",
        "text/calendar" => "ics",
        "text/csv" => "csv",
        "application/pgp-signature" => "asc",
        "message/rfc822" | "message/global" => "eml",
        kind if kind.starts_with("message/") => "txt",
        _ => "bin",
    }
}

/// Size behind the transfer encoding.
fn decoded_size(part: &Part<'_>) -> u64 {
    part.encoding().decode(part.body).len() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_and_keep_their_ending() {
        assert_eq!(file_name("..\\..\\etc/pass wd.txt").as_deref(), Some("pass wd.txt"));
        assert_eq!(file_name("inv\u{202e}gpj.exe").as_deref(), Some("invgpj.exe"));
        assert_eq!(file_name("a:b?.pdf\n").as_deref(), Some("a_b_.pdf"));
        assert_eq!(file_name(" .. "), None);
        assert_eq!(file_name("///"), None);
        let long = file_name(&format!("{}.tar.gz", "ä".repeat(400))).unwrap_or_default();
        assert_eq!((long.chars().count(), long.strip_suffix(".gz").is_some()), (255, true));
    }

    #[test]
    fn the_size_of_base64_is_counted_exactly() {
        let mail = b"Content-Transfer-Encoding: base64\n\naGVs\r\nbG8=\r\n";
        assert_eq!(decoded_size(&Part::read(mail)), 5);
    }
}
