//! The allow-list of HTML, and making its result stable.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use ammonia::{Builder, UrlRelative};

use super::{budget, limits, paragraph, strip_tags};
use crate::mail::text::{cap_bytes, is_control_in_text};

/// Bytes of HTML that are looked at; what is kept is at most [`limits::HTML_BYTES`].
const MAX_SOURCE: usize = 512 * 1024;
/// Ampersands and angle brackets looked at: they cost the most, and no more of them fit into the result.
const MAX_SPECIAL: usize = 50_000;
/// Passes until the result must have settled. One settles nearly everything; re-nesting by the parser can take a few.
const MAX_PASSES: usize = 6;

const TAGS: [&str; 42] = [
    "a",
    "b",
    "bdi",
    "blockquote",
    "br",
    "caption",
    "cite",
    "code",
    "dd",
    "del",
    "div",
    "dl",
    "dt",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "th",
    "tr",
    "u",
];
const MORE_TAGS: [&str; 4] = ["thead", "tfoot", "ul", "strike"];

/// Elements whose content goes with them: it is code, or another language, or a fallback nobody sees.
const DROPPED_WITH_CONTENT: [&str; 15] = [
    "script", "style", "title", "svg", "math", "template", "noscript", "iframe", "object", "noembed", "noframes",
    "xmp", "textarea", "select", "audio",
];

static ALLOW_LIST: LazyLock<Builder<'static>> = LazyLock::new(allow_list);

/// See [`super::html`].
pub(super) fn sanitize(source: &str) -> String {
    let mut clean = pass_to_size(source);
    for _ in 1..MAX_PASSES {
        let again = pass_to_size(&clean);
        if again == clean {
            return clean;
        }
        clean = again;
    }
    // What never settles is shown as text.
    pass_to_size(&paragraph(&strip_tags(&clean)))
}

/// One pass over as much of the source as fits into [`limits::HTML_BYTES`] afterwards.
fn pass_to_size(source: &str) -> String {
    let special = source.match_indices(['&', '<']).nth(MAX_SPECIAL);
    let mut limit = special.map_or(MAX_SOURCE, |(at, _)| at.min(MAX_SOURCE));
    loop {
        let source = cap_bytes(source, limit);
        let clean = pass(source);
        if clean.len() <= limits::HTML_BYTES {
            return clean;
        }
        // In proportion, and always less than before.
        limit = source.len().saturating_mul(limits::HTML_BYTES) / clean.len() * 9 / 10;
    }
}

/// One pass. What is too costly to build loses its tags but not its words.
fn pass(source: &str) -> String {
    let (affordable, rest) = source.split_at(budget::affordable(source));
    let mut clean = ALLOW_LIST.clean(affordable).to_string();
    if !rest.is_empty() {
        clean.push_str(&paragraph(&strip_tags(rest)));
    }
    // Character references can bring back what the source may not contain.
    clean.retain(|c| !is_control_in_text(c));
    without_empty_images(&clean).trim().to_owned()
}

/// Drops what is left of an image that lost its source and has no words in its place.
fn without_empty_images(clean: &str) -> String {
    let mut out = String::with_capacity(clean.len());
    let mut rest = clean;
    while let Some(start) = rest.find("<img") {
        let end = rest[start..].find('>').map_or(rest.len(), |end| start + end + 1);
        out.push_str(&rest[..start]);
        let tag = &rest[start..end];
        let shows_something = tag.contains(" src=\"") || (tag.contains(" alt=\"") && !tag.contains(" alt=\"\""));
        out.push_str(if shows_something { tag } else { "" });
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

fn allow_list() -> Builder<'static> {
    let mut builder = Builder::empty();
    builder
        .tags(TAGS.into_iter().chain(MORE_TAGS).collect())
        .clean_content_tags(HashSet::from(DROPPED_WITH_CONTENT))
        .generic_attributes(HashSet::from(["dir"]))
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href"])),
            ("img", HashSet::from(["src", "alt", "width", "height"])),
            ("ol", HashSet::from(["start"])),
            ("td", HashSet::from(["colspan", "rowspan"])),
            ("th", HashSet::from(["colspan", "rowspan"])),
        ]))
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel", "cid"]))
        .url_relative(UrlRelative::Deny)
        .attribute_filter(filter_attribute)
        .strip_comments(true)
        .link_rel(Some("noopener noreferrer nofollow"));
    builder
}

/// Images come from the mail itself and links never do; numbers are numbers.
fn filter_attribute<'v>(element: &str, attribute: &str, value: &'v str) -> Option<Cow<'v, str>> {
    let is_cid = value.trim_start().get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("cid:"));
    let keep = match (element, attribute) {
        ("img", "src") => is_cid,
        ("a", "href") => !is_cid,
        (_, "width" | "height" | "colspan" | "rowspan" | "start") => is_small_number(value),
        (_, "dir") => matches!(value, "ltr" | "rtl" | "auto"),
        _ => true,
    };
    keep.then_some(Cow::Borrowed(value))
}

fn is_small_number(value: &str) -> bool {
    (1..=4).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_digit())
}
