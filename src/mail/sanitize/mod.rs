//! Making text and HTML from outside safe to store and to show (T-35, T-36).
//!
//! Used for mail, and for what agents and visitors write. Both [`html`] and [`plain`] are idempotent, so that stored
//! content can be passed through them again when it is read.

mod budget;
mod markup;
mod render;

use super::{
    model::limits,
    text::{cap_bytes, is_control_in_text},
};

/// Reduces HTML to a small set of elements: text structure, lists, tables, links and images of the mail itself.
///
/// No scripts, styles, forms, SVG or `MathML`; links to http, https, mailto and tel only; images only as `cid:`, so that
/// reading a message never calls out. At most [`limits::HTML_BYTES`]; source that would cost too much to build (depth,
/// number of elements) is cut.
pub fn html(source: &str) -> String {
    markup::sanitize(source)
}

/// HTML in words: paragraphs and list items on lines of their own, link targets in angle brackets, quotes with `>`.
pub fn text_of_html(source: &str) -> String {
    text_of_clean(&markup::sanitize(source))
}

/// [`text_of_html`] of what [`html`] returned.
pub(super) fn text_of_clean(clean: &str) -> String {
    plain(&render::text(clean))
}

/// Plain text with unified line ends and without control characters, blank lines at its ends or more than
/// [`limits::TEXT_BYTES`].
pub fn plain(source: &str) -> String {
    let mut text = String::with_capacity(source.len().min(limits::TEXT_BYTES + 8));
    let mut previous = '\0';
    for c in source.chars() {
        match c {
            '\n' if previous == '\r' => {}
            '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}' => text.push('\n'),
            '\u{feff}' => {}
            _ if is_control_in_text(c) => {}
            _ => text.push(c),
        }
        previous = c;
        if text.len() > limits::TEXT_BYTES && text.len() > 2 * limits::TEXT_BYTES {
            break;
        }
    }
    cap_bytes(without_blank_start(&text), limits::TEXT_BYTES).trim_end().to_owned()
}

/// Plain text as HTML, one paragraph with line breaks.
pub fn paragraph(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("<p>{}</p>", plain(&escaped).replace('\n', "<br>"))
}

/// Text without anything in angle brackets that starts like a tag.
pub(super) fn strip_tags(source: &str) -> String {
    let mut text = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(start) = rest.find('<') {
        text.push_str(&rest[..start]);
        rest = &rest[start..];
        if rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!') {
            // Where no tag ends any more, the rest is text.
            let Some(end) = rest.find('>') else { break };
            rest = &rest[end + 1..];
        } else {
            text.push('<');
            rest = &rest[1..];
        }
    }
    text + rest
}

fn without_blank_start(text: &str) -> &str {
    let first = text.find(|c: char| !c.is_whitespace()).unwrap_or(text.len());
    &text[text[..first].rfind('\n').map_or(0, |at| at + 1)..]
}

#[cfg(test)]
mod tests;
