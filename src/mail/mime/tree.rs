//! The tree of parts, bounded in depth and number before it is built.

use super::{HeaderBlock, MediaType, TransferEncoding, charset, scan::line_at};
use crate::mail::text::cap_bytes;

/// Multiparts within multiparts; deeper ones are kept as one opaque part.
const MAX_DEPTH: usize = 12;
/// Parts of one message, the multiparts among them included; the rest of a larger one is left out.
const MAX_PARTS: usize = 500;
/// Encoded bytes of a text part that are decoded; the text that is kept is far shorter.
const MAX_TEXT_SOURCE: usize = 2 * 1024 * 1024;

/// One node of the tree, borrowed from the raw mail.
#[derive(Debug)]
pub(in crate::mail) struct Part<'x> {
    /// The header block of the part.
    pub(in crate::mail) headers: HeaderBlock<'x>,
    /// Its media type, `text/plain` where none is given.
    pub(in crate::mail) media: MediaType,
    /// The body as it travels.
    pub(in crate::mail) body: &'x [u8],
    /// The parts of a multipart; empty for every other type, and for a multipart whose boundary never shows up.
    pub(in crate::mail) children: Vec<Part<'x>>,
}

impl<'x> Part<'x> {
    /// Reads a whole message: header block, body, parts. An attached message stays one opaque part.
    pub(in crate::mail) fn read(input: &'x [u8]) -> Self {
        let mut budget = MAX_PARTS;
        Self::read_part(input, &MediaType::plain("text", "plain"), MAX_DEPTH, &mut budget)
    }

    fn read_part(input: &'x [u8], default: &MediaType, depth: usize, budget: &mut usize) -> Self {
        *budget = budget.saturating_sub(1);
        let (headers, body) = HeaderBlock::split(input);
        let media = media_type(&headers, default);
        let mut part = Self { headers, media, body, children: Vec::new() };
        if part.media.kind() == "multipart" && depth > 0 {
            part.read_children(depth, budget);
        }
        part
    }

    fn read_children(&mut self, depth: usize, budget: &mut usize) {
        let digest = self.media.subtype() == "digest";
        let default = if digest { MediaType::plain("message", "rfc822") } else { MediaType::plain("text", "plain") };
        let declared = self.media.parameter("boundary").map(str::trim_end).filter(|b| !b.is_empty());
        let mut pieces = declared.map(|b| split_at_boundary(self.body, b.as_bytes(), *budget)).unwrap_or_default();
        if pieces.is_empty()
            && let Some(guess) = guess_boundary(self.body)
        {
            pieces = split_at_boundary(self.body, guess, *budget);
        }
        for piece in pieces {
            if *budget == 0 {
                break;
            }
            self.children.push(Self::read_part(piece, &default, depth - 1, budget));
        }
    }

    /// How the body travels.
    pub(in crate::mail) fn encoding(&self) -> TransferEncoding {
        let field = self.headers.first("content-transfer-encoding");
        field.map_or(TransferEncoding::Plain, |field| TransferEncoding::from_value(&field.unfolded(None)))
    }

    /// The body as text, its charset and encoding undone; of an absurdly long one the beginning.
    pub(in crate::mail) fn text(&self, hint: Option<&str>) -> String {
        let source = &self.body[..self.body.len().min(MAX_TEXT_SOURCE)];
        let bytes = self.encoding().decode(source);
        let label = self.media.parameter("charset").map(str::to_owned).or_else(|| {
            let html = self.media.is("text", "html");
            html.then(|| charset_of_html(&bytes)).flatten()
        });
        charset::decode(&bytes, label.as_deref(), hint)
    }
}

/// The media type of a part. A value nobody can read counts as plain text (RFC 2045 section 5.2).
fn media_type(headers: &HeaderBlock<'_>, default: &MediaType) -> MediaType {
    let Some(field) = headers.first("content-type") else {
        return default.clone();
    };
    match field.media_type(None) {
        Some(media) if !media.subtype().is_empty() => media,
        Some(media) if media.kind() == "html" => MediaType::plain("text", "html"),
        _ => MediaType::plain("text", "plain"),
    }
}

/// What stands between the boundary lines. Text before the first and after the last is meant for nobody. A last part
/// without an end goes to the end of the input.
fn split_at_boundary<'x>(body: &'x [u8], boundary: &[u8], max: usize) -> Vec<&'x [u8]> {
    let mut pieces = Vec::new();
    let mut open: Option<usize> = None;
    let mut position = 0;
    while position < body.len() && pieces.len() < max {
        let (line, next) = line_at(body, position);
        if let Some(last) = boundary_line(line, boundary) {
            if let Some(start) = open {
                pieces.push(without_last_break(&body[start..position]));
            }
            open = (!last).then_some(next);
            if last {
                return pieces;
            }
        }
        position = next;
    }
    if let Some(start) = open.filter(|_| pieces.len() < max) {
        pieces.push(&body[start..]);
    }
    pieces
}

/// `Some(false)` for `--boundary`, `Some(true)` for `--boundary--`.
fn boundary_line(line: &[u8], boundary: &[u8]) -> Option<bool> {
    let rest = line.strip_prefix(b"--")?.strip_prefix(boundary)?.trim_ascii_end();
    match rest {
        b"" => Some(false),
        b"--" => Some(true),
        _ => None,
    }
}

/// The line break before a boundary belongs to the boundary.
fn without_last_break(piece: &[u8]) -> &[u8] {
    let piece = piece.strip_suffix(b"\n").unwrap_or(piece);
    piece.strip_suffix(b"\r").unwrap_or(piece)
}

/// The boundary that a multipart without a usable one seems to use: the first line that starts with two hyphens and has
/// a field of a part under it.
fn guess_boundary(body: &[u8]) -> Option<&[u8]> {
    let mut position = 0;
    while position < body.len() {
        let (line, next) = line_at(body, position);
        if let Some(name) = line.strip_prefix(b"--").map(<[u8]>::trim_ascii_end).filter(|name| !name.is_empty()) {
            let (under, _) = line_at(body, next);
            if under.len() >= 8 && under[..8].eq_ignore_ascii_case(b"content-") {
                return Some(name);
            }
        }
        position = next;
    }
    None
}

/// The charset an HTML document names for itself.
fn charset_of_html(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]).to_ascii_lowercase();
    let value = head.split_once("charset=")?.1.trim_start_matches(['"', '\'', ' ']);
    let end = value.find(['"', '\'', ' ', '>', ';', '/']).unwrap_or(value.len());
    let label = cap_bytes(&value[..end], 40);
    // A document that can be read this far is not in UTF-16, whatever its author's editor wrote.
    (!label.is_empty() && !label.starts_with("utf-16")).then(|| label.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(part: &Part<'_>) -> String {
        let children: Vec<String> = part.children.iter().map(shape).collect();
        if children.is_empty() {
            part.media.essence()
        } else {
            format!("{}[{}]", part.media.subtype(), children.join(" "))
        }
    }

    fn read(text: &str) -> String {
        shape(&Part::read(text.as_bytes()))
    }

    #[test]
    fn parts_are_split_at_whole_boundary_lines_only() {
        let mail = "Content-Type: multipart/mixed; boundary=a\n\npre\n--a\n\none --a two\n--ab\nx\n--a \nContent-Type: text/html\n\n--a--\nepilogue";
        assert_eq!(read(mail), "mixed[text/plain text/html]");
        assert_eq!(Part::read(mail.as_bytes()).children[0].text(None), "one --a two\n--ab\nx");
    }

    #[test]
    fn a_boundary_that_is_missing_or_misspelled_is_guessed() {
        for kind in ["multipart/mixed", "multipart/mixed; boundary=B1"] {
            let mail = format!("Content-Type: {kind}\n\n--b1\nContent-Type: text/plain\n\nx\n--b1--\n");
            assert_eq!(read(&mail), "mixed[text/plain]");
        }
    }

    #[test]
    fn a_multipart_without_any_boundary_keeps_its_body() {
        let part_shape = read("Content-Type: multipart/mixed; boundary=b\n\nonly text\n");
        assert_eq!(part_shape, "multipart/mixed");
    }

    #[test]
    fn depth_and_number_of_parts_are_bounded() {
        let deep = "Content-Type: multipart/mixed; boundary=a\n\n--a\n".repeat(5000);
        let _ = Part::read(deep.as_bytes());
        let nested: Vec<String> =
            (0..5000).map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n")).collect();
        let nested = nested.concat();
        let mut depth = 0;
        let tree = Part::read(nested.as_bytes());
        let mut part = &tree;
        while let Some(child) = part.children.first() {
            (depth, part) = (depth + 1, child);
        }
        assert_eq!(depth, MAX_DEPTH);
        let wide = format!("Content-Type: multipart/mixed; boundary=a\n\n{}", "--a\n\nx\n".repeat(5000));
        assert!(Part::read(wide.as_bytes()).children.len() < MAX_PARTS + 1);
    }

    #[test]
    fn a_document_names_its_own_charset() {
        let html = b"Content-Type: text/html\n\n<meta http-equiv=x content=\"text/html; charset=koi8-r\">\xf0\xd2\xc9";
        assert!(Part::read(html).text(None).ends_with("При"));
    }
}
