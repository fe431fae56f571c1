//! Choosing what of a tree of parts is the message and what is attached to it.

use super::{attachment::Found, mime::Part, sanitize, text::is_control_in_text, uuencode};

/// Attached messages within attached messages that are opened to find any text at all.
const MAX_NESTED: usize = 3;

/// Tags of all HTML pieces together that are put into words next to plain pieces.
const MAX_RENDERED_TAGS: usize = 20_000;

/// The pieces of a message, before sanitizing.
#[derive(Debug, Default)]
pub(super) struct Body<'p, 'x> {
    pieces: Vec<Piece>,
    /// Parts that are not the text, in order.
    pub(super) attachments: Vec<Found<'p, 'x>>,
}

/// One stretch of the message, in one or both forms.
#[derive(Debug, Default)]
struct Piece {
    plain: Option<String>,
    html: Option<String>,
}

impl<'p, 'x> Body<'p, 'x> {
    /// Collects the body of a message from its tree. `hint` is the charset to try for unlabeled bytes.
    pub(super) fn of(root: &'p Part<'x>, hint: Option<&str>) -> Self {
        let mut body = Self::default();
        body.add(root, Place { top: true, ..Place::default() }, hint);
        body
    }

    fn add(&mut self, part: &'p Part<'x>, place: Place, hint: Option<&str>) {
        if !part.children.is_empty() {
            return self.add_children(part, place, hint);
        }
        match form_of(part, place, self.pieces.is_empty()) {
            Form::Plain => self.add_plain(&part.text(hint)),
            Form::Marked => self.add_plain(&sanitize::strip_tags(&part.text(hint))),
            Form::Html => self.pieces.push(Piece { plain: None, html: Some(part.text(hint)) }),
            Form::Attached => self.attachments.push(Found::Part { part, related: place.related }),
            Form::Ignored => {}
        }
    }

    fn add_children(&mut self, part: &'p Part<'x>, place: Place, hint: Option<&str>) {
        if part.media.subtype() == "alternative" {
            return self.add_alternatives(part, place, hint);
        }
        let related = place.related || part.media.subtype() == "related";
        for child in &part.children {
            self.add(child, Place { top: false, related, ..place }, hint);
        }
    }

    /// Of several forms of the same content the first text and the last HTML are taken (RFC 2046 section 5.1.4).
    fn add_alternatives(&mut self, part: &'p Part<'x>, place: Place, hint: Option<&str>) {
        let mut chosen = Piece::default();
        for child in &part.children {
            let mut form = Self::default();
            form.add(child, Place { top: false, alternative: true, ..place }, hint);
            self.attachments.append(&mut form.attachments);
            let (plain, html) = (join(form.pieces.iter().map(|p| p.plain.as_deref())), form.markup());
            chosen.plain = chosen.plain.or(plain.filter(|text| !text.trim().is_empty()));
            chosen.html = html.or(chosen.html);
        }
        self.pieces.push(chosen);
    }

    /// Text, with files that are written into it in the manner of old clients taken out.
    fn add_plain(&mut self, text: &str) {
        let extracted = uuencode::extract(text);
        self.pieces.push(Piece { plain: Some(extracted.text), html: None });
        let files = extracted.files.into_iter().map(Found::Uuencoded);
        self.attachments.extend(files);
    }

    /// The raw HTML of the message, with plain pieces between HTML ones escaped; `None` if no piece is HTML.
    pub(super) fn markup(&self) -> Option<String> {
        self.pieces.iter().any(|piece| piece.html.is_some()).then(|| {
            let pieces = self.pieces.iter().map(|piece| match (&piece.html, &piece.plain) {
                (Some(html), _) => html.clone(),
                (None, Some(plain)) => sanitize::paragraph(plain),
                (None, None) => String::new(),
            });
            pieces.collect::<Vec<_>>().join("\n")
        })
    }

    /// The best plain text: each piece's own, else its HTML in words. `clean` is the sanitized [`Self::markup`].
    pub(super) fn plain(&self, clean: &str) -> String {
        if !self.pieces.iter().any(|piece| piece.plain.as_deref().is_some_and(has_words)) {
            return sanitize::text_of_clean(clean);
        }
        let mut tags_left = MAX_RENDERED_TAGS;
        let texts: Vec<String> = self.pieces.iter().map(|piece| piece.best_text(&mut tags_left)).collect();
        sanitize::plain(&join(texts.iter().map(|text| Some(text.as_str()))).unwrap_or_default())
    }

    /// Whether nothing readable was found.
    pub(super) fn is_blank(&self) -> bool {
        self.pieces.iter().all(Piece::is_blank)
    }
}

impl Piece {
    fn best_text(&self, tags_left: &mut usize) -> String {
        match (&self.plain, &self.html) {
            (Some(plain), html) if html.is_none() || has_words(plain) => plain.clone(),
            (_, Some(html)) => words_within(html, tags_left),
            _ => String::new(),
        }
    }

    fn is_blank(&self) -> bool {
        !self.html.as_deref().is_some_and(has_words) && !self.plain.as_deref().is_some_and(has_words)
    }
}

/// The HTML in words while `tags_left` lasts.
fn words_within(html: &str, tags_left: &mut usize) -> String {
    let affordable = *tags_left > 0;
    *tags_left = tags_left.saturating_sub(html.matches('<').count());
    if affordable { sanitize::text_of_html(html) } else { String::new() }
}

/// Calls `take` with the first attached message, and the first one within that one, until `take` answers.
pub(super) fn search_attached<T>(root: &Part<'_>, take: &mut dyn FnMut(&Part<'_>) -> Option<T>) -> Option<T> {
    search(root, MAX_NESTED, take)
}

fn search<T>(part: &Part<'_>, depth: usize, take: &mut dyn FnMut(&Part<'_>) -> Option<T>) -> Option<T> {
    if part.media.is_message() && depth > 0 {
        let bytes = part.encoding().decode(part.body);
        let nested = Part::read(&bytes);
        return take(&nested).or_else(|| search(&nested, depth - 1, take));
    }
    part.children.iter().find_map(|child| search(child, depth, take))
}

/// Where in the tree a part stands.
#[derive(Debug, Default, Clone, Copy)]
struct Place {
    top: bool,
    alternative: bool,
    related: bool,
}

enum Form {
    Plain,
    Html,
    /// text/enriched and text/richtext: tags in angle brackets, otherwise text.
    Marked,
    Attached,
    Ignored,
}

fn form_of(part: &Part<'_>, place: Place, first: bool) -> Form {
    let media = &part.media;
    // A multipart without parts: what it has is text.
    if media.kind() == "multipart" {
        return Form::Plain;
    }
    if media.kind() != "text" || is_attached(part, place, first) {
        return Form::Attached;
    }
    match media.subtype() {
        "plain" => Form::Plain,
        "html" => Form::Html,
        "enriched" | "richtext" => Form::Marked,
        // Forms of the same content for special viewers.
        "x-amp-html" | "watch-html" => Form::Ignored,
        "calendar" | "csv" | "vcard" | "x-vcard" | "directory" => Form::Attached,
        // Some other kind of text that stands for nothing else in the mail.
        _ if first && !place.alternative => Form::Plain,
        _ => Form::Attached,
    }
}

/// Whether a text part is a file: it says so, or it has a name and is not where the message itself stands.
fn is_attached(part: &Part<'_>, place: Place, first: bool) -> bool {
    let disposition = part.headers.first("content-disposition").and_then(|field| field.media_type(None));
    let named = part.media.parameter("name").is_some()
        || disposition.as_ref().is_some_and(|d| d.parameter("filename").is_some());
    let says_so = disposition.as_ref().is_some_and(|d| d.kind() == "attachment");
    if says_so { named || !place.top } else { named && !(first || place.alternative) }
}

fn has_words(text: &str) -> bool {
    text.chars().any(|c| !c.is_whitespace() && !is_control_in_text(c) && c != '\u{feff}')
}

fn join<'t>(texts: impl Iterator<Item = Option<&'t str>>) -> Option<String> {
    let mut joined: Option<String> = None;
    for text in texts.flatten() {
        match joined.as_mut() {
            Some(whole) if has_words(text) => {
                whole.truncate(whole.trim_end().len());
                whole.push_str(if whole.is_empty() { "" } else { "\n\n" });
                whole.push_str(text);
            }
            Some(_) => {}
            None => joined = Some(text.to_owned()),
        }
    }
    joined
}
