//! Filling the placeholders of a text (T-37): a value is put in as it is, escaped for where it stands, and never looked at
//! for placeholders of its own.
//!
//! minijinja could do far more. Nothing of that is reachable: no statements, no functions, one filter, and of expressions
//! only `{{ contact.first_name }}` and `{{ contact.first_name | default("there") }}`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};
use regex::Regex;

use crate::domain::text_block::TextBlock;
use crate::mail::sanitize;

/// What a text may ask for, by its two names.
const PLACEHOLDERS: &[(&str, &[&str])] = &[
    ("contact", &["name", "first_name", "last_name", "email", "phone"]),
    ("ticket", &["number", "subject", "create_date", "close_date"]),
    ("user", &["name", "first_name", "email"]),
    ("account", &["name"]),
];

/// The one form of a placeholder. What stands in for a missing value is plain text.
static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| {
    let form = r#"\{\{\s*([a-z_]+)\.([a-z_]+)\s*(?:\|\s*default\(\s*"([^"{}<>&\\]*)"\s*\)\s*)?\}\}"#;
    Regex::new(form).expect("the pattern is good")
});

/// Steps of one rendering; a text of the largest size with nothing but placeholders stays below.
const FUEL: u64 = 200_000;

/// Why a text cannot be filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplateFault {
    /// Braces that are no placeholder.
    Malformed,
    /// A placeholder for something that nobody knows.
    Unknown(String),
}

/// What is known for the placeholders of one reply. What is not known is missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts(BTreeMap<&'static str, BTreeMap<&'static str, String>>);

/// A filled text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rendered {
    /// Subject on one line; may be empty.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// Cleaned HTML.
    pub html: String,
    /// Placeholders without a value and without anything to stand in for it.
    pub missing: BTreeSet<String>,
}

impl Facts {
    /// Adds what is known; nothing for an empty value.
    #[must_use]
    pub fn with(mut self, of: &'static str, what: &'static str, value: &str) -> Self {
        if !value.trim().is_empty() {
            self.0.entry(of).or_default().insert(what, value.trim().to_owned());
        }
        self
    }

    /// Adds a name, with its first and last word.
    #[must_use]
    pub fn with_name(self, of: &'static str, name: &str) -> Self {
        let mut words = name.split_whitespace();
        let first = words.next().unwrap_or_default();
        let last = words.next_back().unwrap_or_default();
        self.with(of, "name", name).with(of, "first_name", first).with(of, "last_name", last)
    }

    fn knows(&self, of: &str, what: &str) -> bool {
        self.0.get(of).is_some_and(|known| known.contains_key(what))
    }
}

/// Whether every brace of the text belongs to a placeholder that exists.
///
/// # Errors
/// The first that does not.
pub fn check(source: &str) -> Result<(), TemplateFault> {
    for found in PLACEHOLDER.captures_iter(source) {
        let (of, what) = (&found[1], &found[2]);
        let known = PLACEHOLDERS.iter().any(|(name, fields)| *name == of && fields.contains(&what));
        if !known {
            return Err(TemplateFault::Unknown(format!("{of}.{what}")));
        }
    }
    let rest = PLACEHOLDER.replace_all(source, "");
    let braces = ["{{", "}}", "{%", "%}", "{#", "#}"];
    if braces.iter().any(|braces| rest.contains(braces)) { Err(TemplateFault::Malformed) } else { Ok(()) }
}

/// Fills a text.
///
/// # Errors
/// As [`check`]: for a text that an older version let in.
pub fn render(block: &TextBlock, facts: &Facts) -> Result<Rendered, TemplateFault> {
    let text = sanitize::plain(&fill(&block.text, AutoEscape::None, facts)?);
    let html = if block.html.is_empty() {
        sanitize::paragraph(&text)
    } else {
        // Cleaned once more: a value may stand in a link.
        sanitize::html(&fill(&block.html, AutoEscape::Html, facts)?)
    };
    let subject = fill(&block.subject, AutoEscape::None, facts)?;
    let subject = crate::domain::ticket::ticket_name(&subject).unwrap_or_default();
    let missing = [&block.subject, &block.text, &block.html].into_iter().flat_map(|source| missing(source, facts));
    Ok(Rendered { subject, text, html, missing: missing.collect() })
}

fn missing(source: &str, facts: &Facts) -> Vec<String> {
    let open = PLACEHOLDER.captures_iter(source).filter(|found| found.get(3).is_none());
    let unknown = open.filter(|found| !facts.knows(&found[1], &found[2]));
    unknown.map(|found| format!("{}.{}", &found[1], &found[2])).collect()
}

fn fill(source: &str, escape: AutoEscape, facts: &Facts) -> Result<String, TemplateFault> {
    check(source)?;
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    environment.set_auto_escape_callback(move |_| escape);
    environment.set_fuel(Some(FUEL));
    environment.add_filter(
        "default",
        |value: Value, other: String| {
            if value.is_undefined() { Value::from(other) } else { value }
        },
    );
    environment.render_str(source, &facts.0).map_err(|error| {
        tracing::warn!(%error, "a text could not be filled");
        TemplateFault::Malformed
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::TextBlockId;
    use crate::domain::text_block::TextBlockKind;
    use crate::domain::time::Timestamp;

    fn block(text: &str, html: &str) -> TextBlock {
        let time = Timestamp::from_micros(0);
        TextBlock {
            id: TextBlockId::stored("hello"),
            kind: TextBlockKind::Template,
            display_name: "Hello".to_owned(),
            shortcut: String::new(),
            subject: "About {{ticket.subject}}".to_owned(),
            text: text.to_owned(),
            html: html.to_owned(),
            transactional: false,
            archived: false,
            create_time: time,
            update_time: time,
            version: 1,
        }
    }

    #[test]
    fn placeholders_are_filled_and_missing_ones_are_told() {
        let facts = Facts::default().with_name("contact", "Ada King Lovelace").with("ticket", "subject", "a\nlamp");
        let source =
            r#"Hi {{contact.first_name}} {{ contact.last_name }}, {{user.name | default("we")}} {{contact.email}}"#;
        let found = render(&block(source, ""), &facts).expect("it is filled");
        assert_eq!((found.text.as_str(), found.subject.as_str()), ("Hi Ada Lovelace, we", "About a lamp"));
        assert_eq!(found.missing.into_iter().collect::<Vec<_>>(), ["contact.email"]);
    }

    #[test]
    fn nothing_but_placeholders_is_let_in() {
        for good in ["", "a { b } c", "{{contact.name}}", r#"{{ user.first_name|default("there") }}"#] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        let malformed = [
            "{% for x in range(9) %}x{% endfor %}",
            "{{ 7 * 7 }}",
            "{{ 'a' * 1000000000 }}",
            "{{ contact }}",
            "{{ contact.name | upper }}",
            "{{ contact.name }",
            "{# secret #}",
            "{{ contact['name'] }}",
            r#"{{ contact.name | default("{{ user.name }}") }}"#,
        ];
        for bad in malformed {
            assert_eq!(check(bad), Err(TemplateFault::Malformed), "{bad}");
        }
        assert_eq!(check("{{ ticket.secret }}"), Err(TemplateFault::Unknown("ticket.secret".to_owned())));
    }

    // T-37: what a customer is called is put in as it is, whatever it looks like.
    #[test]
    fn a_value_that_looks_like_a_placeholder_stays_text() {
        let facts =
            Facts::default().with("contact", "name", "{{ticket.number}}{% raw %}").with("ticket", "number", "7");
        let found = render(&block("{{contact.name}}", "<p>{{contact.name}}</p>"), &facts).expect("it is filled");
        assert_eq!(found.text, "{{ticket.number}}{% raw %}");
        assert!(found.html.contains("{{ticket.number}}"), "{}", found.html);
    }

    proptest::proptest! {
        // T-37: rendering with customer text T contains T, escaped, and nothing else.
        #[test]
        fn any_value_comes_out_as_it_went_in(value in "[ -~äß漢]{0,40}") {
            let facts = Facts::default().with("contact", "name", &value);
            let found = render(&block("[{{contact.name}}]", "<p>[{{contact.name}}]</p>"), &facts).expect("filled");
            let expected = format!("[{}]", value.trim());
            proptest::prop_assert_eq!(&found.text, &expected);
            let escaped = expected.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            proptest::prop_assert_eq!(found.html, format!("<p>{escaped}</p>"));
        }
    }
}
