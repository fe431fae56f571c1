//! Sanitized HTML in words.

use html2text::{config, render::TextDecorator};

/// Wide enough that lines break where the author broke them.
const WIDTH: usize = 2000;

/// Renders sanitized HTML; what cannot be laid out loses its tags only.
pub(super) fn text(clean: &str) -> String {
    config::with_decorator(Words::default())
        .raw_mode(true)
        .allow_width_overflow()
        .link_footnotes(false)
        .string_from_read(clean.as_bytes(), WIDTH)
        .map_or_else(|_| super::strip_tags(clean), |text| tidy(&text))
}

/// Trailing blanks go; more than one empty line in a row says nothing.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut empty_lines = 0;
    for line in text.lines().map(str::trim_end) {
        empty_lines = if line.is_empty() { empty_lines + 1 } else { 0 };
        if empty_lines < 2 {
            push_without_repeated_targets(line, &mut out);
            out.push('\n');
        }
    }
    out
}

/// `https://x.example <https://x.example/>` says everything twice.
fn push_without_repeated_targets(line: &str, out: &mut String) {
    let mut rest = line;
    while let Some((before, after)) = rest.split_once(" <") {
        out.push_str(before);
        rest = after;
        let label = before.rsplit(char::is_whitespace).next().unwrap_or_default();
        match after.split_once('>') {
            Some((target, behind)) if bare(target).is_some_and(|t| t == bare(label).unwrap_or(label)) => rest = behind,
            _ => out.push_str(" <"),
        }
    }
    out.push_str(rest);
}

/// A link target without what people leave out when they write it.
fn bare(target: &str) -> Option<&str> {
    let schemes = ["https://", "http://", "mailto:", "tel:"];
    schemes.iter().find_map(|scheme| target.strip_prefix(scheme)).map(|rest| rest.trim_end_matches('/'))
}

/// Decorates nothing but links, quotes and lists.
#[derive(Debug, Default)]
struct Words {
    target: String,
}

impl TextDecorator for Words {
    type Annotation = ();

    fn decorate_link_start(&mut self, url: &str) -> (String, ()) {
        url.clone_into(&mut self.target);
        (String::new(), ())
    }

    fn decorate_link_end(&mut self) -> String {
        let target = std::mem::take(&mut self.target);
        if target.is_empty() { target } else { format!(" <{target}>") }
    }

    fn decorate_image(&mut self, _src: &str, title: &str) -> (String, ()) {
        (if title.is_empty() { String::new() } else { format!("[{title}]") }, ())
    }

    fn decorate_em_start(&self) -> (String, ()) {
        Default::default()
    }

    fn decorate_em_end(&self) -> String {
        String::new()
    }

    fn decorate_strong_start(&self) -> (String, ()) {
        Default::default()
    }

    fn decorate_strong_end(&self) -> String {
        String::new()
    }

    fn decorate_strikeout_start(&self) -> (String, ()) {
        Default::default()
    }

    fn decorate_strikeout_end(&self) -> String {
        String::new()
    }

    fn decorate_code_start(&self) -> (String, ()) {
        Default::default()
    }

    fn decorate_code_end(&self) -> String {
        String::new()
    }

    fn decorate_preformat_first(&self) {}

    fn decorate_preformat_cont(&self) {}

    fn header_prefix(&self, _level: usize) -> String {
        String::new()
    }

    fn quote_prefix(&self) -> String {
        "> ".to_owned()
    }

    fn unordered_item_prefix(&self) -> String {
        "- ".to_owned()
    }

    fn ordered_item_prefix(&self, i: i64) -> String {
        format!("{i}. ")
    }

    fn make_subblock_decorator(&self) -> Self {
        Self::default()
    }
}
