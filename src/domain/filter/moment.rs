//! Times and durations as people write them in filters.

use std::time::Duration;

use crate::domain::time::Timestamp;

/// Reads RFC 3339 with at most microseconds: finer digits would be cut off and the comparison would lie.
pub(super) fn time(text: &str) -> Option<Timestamp> {
    let (date_time, rest) = text.split_at_checked(19)?;
    let strict = has_shape(date_time, "0000-00-00T00:00:00") && is_zone(without_fraction(rest)?);
    if strict { Timestamp::parse_rfc3339(text) } else { None }
}

/// What follows the fraction of a second; `None` if there is a bad fraction.
fn without_fraction(rest: &str) -> Option<&str> {
    let Some(fraction) = rest.strip_prefix('.') else {
        return Some(rest);
    };
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
    matches!(digits, 1..=6).then(|| &fraction[digits..])
}

fn is_zone(text: &str) -> bool {
    text == "Z" || has_shape(text, "+00:00") || has_shape(text, "-00:00")
}

/// Whether `text` has a digit where `shape` has a zero and the same character elsewhere.
fn has_shape(text: &str, shape: &str) -> bool {
    let fits = |(c, like): (u8, u8)| if like == b'0' { c.is_ascii_digit() } else { c == like };
    text.len() == shape.len() && text.bytes().zip(shape.bytes()).all(fits)
}

/// Reads a whole number with one of the units `s`, `m`, `h` and `d`: `90s`, `15m`, `2h`, `7d`.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return None,
    };
    if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    number.parse::<u64>().ok()?.checked_mul(seconds).map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rfc_3339_and_nothing_else() {
        let noon = Timestamp::from_micros(1_767_268_800_000_000);
        for good in ["2026-01-01T12:00:00Z", "2026-01-01T13:00:00+01:00", "2026-01-01T12:00:00.000000Z"] {
            assert_eq!(time(good), Some(noon), "{good}");
        }
        for bad in [
            "",
            "2026-01-01",
            "2026-01-01 12:00:00Z",
            "2026-01-01T12:00Z",
            "2026-01-01T12:00:00",
            "2026-01-01T12:00:00.Z",
            "2026-01-01T12:00:00.1234567Z",
            "2026-02-30T12:00:00Z",
            "2026-01-01T12:00:00[UTC]",
            "2026-01-01T12:00:00é",
        ] {
            assert_eq!(time(bad), None, "{bad}");
        }
    }

    #[test]
    fn durations_have_one_number_and_one_unit() {
        for (text, seconds) in [("90s", 90), ("15m", 900), ("2h", 7_200), ("7d", 604_800), ("0s", 0)] {
            assert_eq!(duration(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        for bad in
            ["", "s", "5", "-5s", "+5s", "1.5h", "2w", "2h30m", "99999999999999999999d", "999999999999999999d", "5é"]
        {
            assert_eq!(duration(bad), None, "{bad}");
        }
    }
}
