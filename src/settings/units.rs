//! How times, sizes and "not set" are written in settings.
//!
//! Each submodule serves one field type through `#[serde(with = "..")]`.

use std::fmt;
use std::time::Duration;

use serde::{Deserializer, Serializer, de};

/// The units of time with their length in milliseconds, longest first.
const TIME_UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1_000), ("ms", 1)];

/// The units of size with their length in bytes, longest first.
const SIZE_UNITS: [(&str, u64); 3] = [("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

/// Reads `"250ms"`, `"5s"`, `"15min"`, `"72h"` or `"7d"`.
pub fn parse_duration(text: &str) -> Option<Duration> {
    scaled(text, &TIME_UNITS).map(Duration::from_millis)
}

/// Reads `"512B"`, `"256KiB"` or `"4MiB"`.
pub fn parse_bytes(text: &str) -> Option<usize> {
    scaled(text, &SIZE_UNITS).and_then(|bytes| usize::try_from(bytes).ok())
}

/// Writes a time with the longest unit that fits exactly; less than a millisecond is dropped.
pub fn format_duration(span: Duration) -> String {
    unscaled(u64::try_from(span.as_millis()).unwrap_or(u64::MAX), &TIME_UNITS, "0s")
}

/// Writes a size with the longest unit that fits exactly.
pub fn format_bytes(bytes: usize) -> String {
    unscaled(bytes as u64, &SIZE_UNITS, "0B")
}

fn scaled(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let (_, factor) = units.iter().find(|(name, _)| *name == unit.trim_start())?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

fn unscaled(amount: u64, units: &[(&str, u64)], zero: &str) -> String {
    if amount == 0 {
        return zero.to_owned();
    }
    let exact = units.iter().find(|(_, factor)| amount.is_multiple_of(*factor));
    exact.map_or_else(|| amount.to_string(), |(name, factor)| format!("{}{name}", amount / factor))
}

/// A time as text with a unit.
pub mod duration {
    use super::{Deserializer, Duration, Serializer, de, fmt, format_duration, parse_duration};

    /// Writes the time as text.
    pub fn serialize<S: Serializer>(span: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format_duration(*span))
    }

    /// Reads the time from text; a bare number is refused, because its unit would be a guess.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        deserializer.deserialize_str(Reader)
    }

    struct Reader;

    impl de::Visitor<'_> for Reader {
        type Value = Duration;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a time such as \"250ms\", \"5s\", \"15min\", \"72h\" or \"7d\"")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Duration, E> {
            parse_duration(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
        }
    }
}

/// A size in bytes, as a number or as text with a unit.
pub mod bytes {
    use super::{Deserializer, Serializer, de, fmt, format_bytes, parse_bytes};

    /// Writes the size as text.
    pub fn serialize<S: Serializer>(bytes: &usize, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format_bytes(*bytes))
    }

    /// Reads the size.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_any(Reader)
    }

    struct Reader;

    impl de::Visitor<'_> for Reader {
        type Value = usize;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a size such as 4096, \"256KiB\" or \"4MiB\"")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<usize, E> {
            let bytes = parse_bytes(text).or_else(|| text.parse().ok());
            bytes.ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
        }

        fn visit_u64<E: de::Error>(self, number: u64) -> Result<usize, E> {
            usize::try_from(number).map_err(|_| E::invalid_value(de::Unexpected::Unsigned(number), &self))
        }

        fn visit_i64<E: de::Error>(self, number: i64) -> Result<usize, E> {
            usize::try_from(number).map_err(|_| E::invalid_value(de::Unexpected::Signed(number), &self))
        }
    }
}

/// A value that is not set when its text is empty.
pub mod optional {
    use std::fmt::Display;
    use std::str::FromStr;

    use super::{Deserializer, Serializer, de};
    use serde::Deserialize as _;

    /// Writes the value, or an empty text.
    pub fn serialize<T: Display, S: Serializer>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => serializer.collect_str(value),
            None => serializer.serialize_str(""),
        }
    }

    /// Reads the value; an empty text is `None`.
    pub fn deserialize<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        let text = String::deserialize(deserializer)?;
        if text.is_empty() {
            return Ok(None);
        }
        text.parse().map(Some).map_err(|error| de::Error::custom(format!("{text:?} is not valid: {error}")))
    }
}

/// A path that is not set when its text is empty.
pub mod path {
    use std::path::PathBuf;

    use super::{Deserializer, Serializer};
    use serde::Deserialize as _;

    /// Writes the path, or an empty text.
    pub fn serialize<S: Serializer>(path: &Option<PathBuf>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&path.as_deref().unwrap_or(std::path::Path::new("")).display())
    }

    /// Reads the path; an empty text is `None`.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<PathBuf>, D::Error> {
        let text = String::deserialize(deserializer)?;
        Ok((!text.is_empty()).then(|| PathBuf::from(text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_written_with_a_unit() {
        let cases =
            [("0s", 0), ("250ms", 250), ("5s", 5_000), ("15min", 900_000), ("71h", 255_600_000), ("7d", 604_800_000)];
        for (text, millis) in cases {
            assert_eq!(parse_duration(text), Some(Duration::from_millis(millis)), "{text}");
            assert_eq!(format_duration(Duration::from_millis(millis)), text);
        }
        assert_eq!(parse_duration("90 s"), Some(Duration::from_secs(90)));
    }

    #[test]
    fn sizes_are_read_and_written_with_a_unit() {
        for (text, bytes) in [("0B", 0), ("512B", 512), ("256KiB", 262_144), ("4MiB", 4_194_304), ("1025B", 1_025)] {
            assert_eq!(parse_bytes(text), Some(bytes), "{text}");
            assert_eq!(format_bytes(bytes), text);
        }
    }

    #[test]
    fn what_is_not_a_time_or_size_is_refused() {
        for text in ["", "5", "s", "-5s", "5m", "1.5h", "5 years", "99999999999999999999s", "300000000000d", "5S"] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
        for text in ["", "KiB", "-1B", "4MB", "4 mib", "99999999999999999999B", "20000000000000MiB"] {
            assert_eq!(parse_bytes(text), None, "{text}");
        }
    }
}
