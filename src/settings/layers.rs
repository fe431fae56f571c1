//! Turning environment variables and flags into layers of settings, and refusing keys that do not exist.
//!
//! The default file lists every key, so it is also the list of what may be set and of which type each value is.

use figment::value::{Dict, Map, Num, Tag, Value};
use figment::{Error, Metadata, Profile, Provider, Source};

use super::load::SettingsError;

/// The beginning of every environment variable that is a setting.
pub(super) const PREFIX: &str = "HELPDESK__";

/// Settings from one source, with a name for error messages.
pub(super) struct Layer {
    metadata: Metadata,
    values: Dict,
}

impl Layer {
    /// The keys of a TOML text that was read from `place`.
    pub(super) fn from_toml(text: &str, place: &str, path: Option<&std::path::Path>) -> Result<Self, SettingsError> {
        let values = toml::from_str(text).map_err(|error| not_toml(text, place, &error))?;
        let metadata = match path {
            Some(path) => Metadata::from("settings file", Source::File(path.to_owned())),
            None => Metadata::named(place.to_owned()),
        };
        Ok(Self { metadata, values })
    }

    /// Environment variables `HELPDESK__SECTION__KEY`; others are left alone.
    pub(super) fn from_environment(variables: &[(String, String)], known: &Dict) -> Result<Self, SettingsError> {
        let metadata = Metadata::named("the environment")
            .interpolater(|_, keys| format!("{PREFIX}{}", keys.join("__").to_uppercase()));
        let mut values = Dict::new();
        for (name, text) in variables {
            let Some(rest) = name.strip_prefix(PREFIX) else { continue };
            let path: Vec<String> = rest.split("__").map(str::to_lowercase).collect();
            insert(&mut values, known, &path, text, || format!("environment variable {name}"))?;
        }
        Ok(Self { metadata, values })
    }

    /// Flags, as pairs of a dotted key and a text.
    pub(super) fn from_flags(flags: &[(String, String)], known: &Dict) -> Result<Self, SettingsError> {
        let mut values = Dict::new();
        for (key, text) in flags {
            let path: Vec<String> = key.split('.').map(str::to_owned).collect();
            insert(&mut values, known, &path, text, || format!("flag --set {key}"))?;
        }
        Ok(Self { metadata: Metadata::named("the command line"), values })
    }

    /// Refuses the first key that `known` does not have.
    pub(super) fn refuse_unknown(&self, known: &Dict, place: &str) -> Result<(), SettingsError> {
        match unknown_key(&self.values, known, "") {
            Some(key) => Err(SettingsError::unknown(key, place, known)),
            None => Ok(()),
        }
    }

    /// The values themselves.
    pub(super) fn values(&self) -> &Dict {
        &self.values
    }
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        self.metadata.clone()
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        Ok(Profile::Default.collect(self.values.clone()))
    }
}

/// The error without the line it is about, which may hold a secret.
fn not_toml(text: &str, place: &str, error: &toml::de::Error) -> SettingsError {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    SettingsError::NotToml { place: place.to_owned(), line, reason: error.message().to_owned() }
}

/// Puts `text` at `path`, read as the type that the default has there.
fn insert(
    values: &mut Dict,
    known: &Dict,
    path: &[String],
    text: &str,
    place: impl Fn() -> String,
) -> Result<(), SettingsError> {
    let unknown = || SettingsError::unknown(path.join("."), &place(), known);
    let (last, sections) = path.split_last().ok_or_else(unknown)?;
    let (mut target, mut model) = (values, known);
    for section in sections {
        model = model.get(section).and_then(Value::as_dict).ok_or_else(unknown)?;
        let entry = target.entry(section.clone()).or_insert_with(|| Value::Dict(Tag::Default, Dict::new()));
        let Value::Dict(_, inner) = entry else { return Err(unknown()) };
        target = inner;
    }
    let default = model.get(last).filter(|value| value.as_dict().is_none()).ok_or_else(unknown)?;
    target.insert(last.clone(), read_like(default, text));
    Ok(())
}

/// Reads `text` as the type of `default`. What does not fit stays text, so that the error names key and source.
fn read_like(default: &Value, text: &str) -> Value {
    match default {
        Value::Bool(..) => text.parse::<bool>().map_or_else(|_| text.into(), Value::from),
        Value::Num(_, Num::F32(_) | Num::F64(_)) => text.parse::<f64>().map_or_else(|_| text.into(), Value::from),
        Value::Num(..) => text.parse::<i64>().map_or_else(|_| text.into(), Value::from),
        Value::Array(..) => read_list(text),
        _ => text.into(),
    }
}

/// A list is written with commas: `EdDSA,ES256`.
fn read_list(text: &str) -> Value {
    let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
    Value::from(items.map(Value::from).collect::<Vec<_>>())
}

/// The first key of `values` that `known` does not have, as a dotted path.
fn unknown_key(values: &Dict, known: &Dict, prefix: &str) -> Option<String> {
    values.iter().find_map(|(name, value)| {
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match (value, known.get(name)) {
            (_, None) => Some(path),
            (Value::Dict(_, inner), Some(Value::Dict(_, model))) => unknown_key(inner, model, &path),
            // A value where a section belongs, or the reverse, is an error of type that figment reports with its place.
            (_, Some(_)) => None,
        }
    })
}

/// Every key of `known` as a dotted path.
pub(super) fn all_keys(known: &Dict) -> Vec<String> {
    known
        .iter()
        .flat_map(|(name, value)| match value {
            Value::Dict(_, inner) => all_keys(inner).iter().map(|key| format!("{name}.{key}")).collect(),
            _ => vec![name.clone()],
        })
        .collect()
}

/// The known key that is written most like `wrong`, when one is near.
pub(super) fn nearest_key(wrong: &str, known: &Dict) -> Option<String> {
    let last = |key: &str| key.rsplit('.').next().map(str::to_owned);
    let score = |key: &String| if last(key) == last(wrong) { 0 } else { distance(key, wrong) };
    all_keys(known).into_iter().map(|key| (score(&key), key)).min().filter(|(score, _)| *score <= 3).map(|(_, key)| key)
}

/// How many letters must be put in, left out or changed to make `left` into `right` (Levenshtein).
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.bytes().enumerate() {
            let changed = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_single_letters() {
        assert_eq!(distance("listen", "listen"), 0);
        assert_eq!(distance("listne", "listen"), 2);
        assert_eq!(distance("", "abc"), 3);
    }

    #[test]
    fn lists_are_written_with_commas() {
        let items = read_list("EdDSA, ES256,");
        assert_eq!(items.as_array().map(<[Value]>::len), Some(2));
        assert_eq!(read_list("").as_array().map(<[Value]>::len), Some(0));
    }
}
