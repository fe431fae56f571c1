//! `order_by`: which fields a list is sorted by.

/// Up or down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

/// Why an order was refused, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} (after {position} characters)")]
pub struct OrderError {
    /// Characters (not bytes) before the entry that is wrong.
    pub position: usize,
    /// The field as it was written; empty when there was none.
    pub field: String,
    /// The mistake in words, for people.
    pub message: String,
}

/// Reads an order such as `update_time desc, number`: fields of the allow-list, each at most once, `asc` where no
/// direction is given. Empty text is no order.
///
/// # Errors
/// [`OrderError`] for what is not on the list, given twice or written otherwise.
pub fn parse_order<F: Clone + PartialEq>(text: &str, allowed: &[(&str, F)]) -> Result<Vec<(F, Direction)>, OrderError> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let mut order: Vec<(F, Direction)> = Vec::new();
    let mut start = 0;
    for entry in text.split(',') {
        let position = start + entry.chars().take_while(|c| c.is_whitespace()).count();
        let (field, direction) = parse_entry(entry, position, allowed)?;
        if order.iter().any(|(known, _)| *known == field) {
            return Err(refused(position, entry, "this field is there already".to_owned()));
        }
        order.push((field, direction));
        start += entry.chars().count() + 1;
    }
    Ok(order)
}

fn parse_entry<F: Clone>(entry: &str, position: usize, allowed: &[(&str, F)]) -> Result<(F, Direction), OrderError> {
    let mut words = entry.split_whitespace();
    let path = words.next().unwrap_or_default();
    let Some((_, field)) = allowed.iter().find(|(known, _)| *known == path) else {
        let known: Vec<_> = allowed.iter().map(|(known, _)| *known).collect();
        return Err(refused(position, entry, format!("lists are ordered by {}", known.join(", "))));
    };
    let direction = match (words.next(), words.next()) {
        (None | Some("asc"), None) => Direction::Ascending,
        (Some("desc"), None) => Direction::Descending,
        _ => return Err(refused(position, entry, "a field is followed by `asc`, `desc` or nothing".to_owned())),
    };
    Ok((field.clone(), direction))
}

fn refused(position: usize, entry: &str, message: String) -> OrderError {
    OrderError { position, field: entry.split_whitespace().next().unwrap_or_default().to_owned(), message }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALLOWED: &[(&str, u8)] = &[("number", 1), ("update_time", 2)];

    #[test]
    fn fields_of_the_list_in_either_direction() {
        use Direction::{Ascending, Descending};
        assert_eq!(parse_order("update_time desc, number", ALLOWED), Ok(vec![(2, Descending), (1, Ascending)]));
        assert_eq!(parse_order(" number  asc ", ALLOWED), Ok(vec![(1, Ascending)]));
        assert_eq!(parse_order("  ", ALLOWED), Ok(vec![]));
    }

    #[test]
    fn everything_else_is_refused_with_its_place_and_field() {
        let cases = [
            ("secret", 0, "secret"),
            ("number, secret desc", 8, "secret"),
            ("number,", 7, ""),
            ("number, number desc", 8, "number"),
            ("number down", 0, "number"),
            ("number desc desc", 0, "number"),
            ("number DESC", 0, "number"),
            ("é,number", 0, "é"),
        ];
        for (text, position, field) in cases {
            let error = parse_order(text, ALLOWED).expect_err(text);
            assert_eq!((error.position, error.field.as_str()), (position, field), "{text}");
        }
    }
}
