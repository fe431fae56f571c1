//! Objects by the part that they play: `$ticket` in a request is the ticket of whoever's cast it is filled from.

use regex::Regex;
use serde_json::Value;

/// Parts and the names of the objects that play them, in the order in which they are looked up.
#[derive(Clone, Debug, Default)]
pub struct Cast(Vec<(&'static str, String)>);

impl Cast {
    /// Gives a part to an object; a later object takes over.
    pub fn set(&mut self, part: &'static str, name: impl Into<String>) {
        let name = name.into();
        match self.0.iter_mut().find(|(taken, _)| *taken == part) {
            Some(place) => place.1 = name,
            None => self.0.push((part, name)),
        }
    }

    /// Leaves a part to nobody.
    pub fn remove(&mut self, part: &str) {
        self.0.retain(|(name, _)| *name != part);
    }

    /// The object of a part.
    pub fn get(&self, part: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| *name == part).map(|(_, object)| object.as_str())
    }

    /// The part of an object.
    pub fn part(&self, object: &str) -> Option<&'static str> {
        self.0.iter().find(|(_, name)| name == object).map(|(part, _)| *part)
    }

    /// The first part whose object has a name of this form.
    pub fn part_like(&self, form: &Regex) -> Option<&'static str> {
        self.0.iter().find(|(_, name)| form.is_match(name)).map(|(part, _)| *part)
    }

    /// Whether any part is played by this object.
    pub fn has(&self, object: &str) -> bool {
        self.part(object).is_some()
    }

    /// This cast with the parts of another over it.
    pub fn over(mut self, other: &Self) -> Self {
        for (part, name) in &other.0 {
            self.set(part, name.clone());
        }
        self
    }

    /// A request with its parts filled in.
    pub fn fill(&self, request: &Value) -> Value {
        map_texts(request, &|text| {
            parts()
                .replace_all(text, |found: &regex::Captures<'_>| {
                    let part = &found[1];
                    self.get(part)
                        .unwrap_or_else(|| panic!("nobody plays ${part}: tests/it/access_reach/world.rs"))
                        .to_owned()
                })
                .into_owned()
        })
    }
}

/// What a part looks like in a request.
pub fn parts() -> &'static Regex {
    static PARTS: std::sync::OnceLock<Regex> = std::sync::OnceLock::new();
    PARTS.get_or_init(|| Regex::new(r"\$([a-z_]+)").expect("a pattern"))
}

/// A request with every text, keys of maps too, put through `change`.
pub fn map_texts(value: &Value, change: &impl Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(change(text)),
        Value::Array(items) => items.iter().map(|item| map_texts(item, change)).collect(),
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(key, inner)| (change(key), map_texts(inner, change))).collect())
        }
        other => other.clone(),
    }
}
