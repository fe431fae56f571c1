//! Update masks: explicit, relative to the resource, without wildcards (contract 2.5).

use prost_types::FieldMask;

use crate::domain::rejection::Rejection;

/// The paths that an update is about, each once, in the order of `known`.
///
/// `known` are the paths that the method can change, and immutable ones, whose values the caller of this function
/// compares. Paths of `output_only`, and paths below one of them, are left out, so that a record that was read can be
/// sent back under its full mask.
///
/// # Errors
/// [`Rejection::UpdateMask`] for an absent or empty mask, for `*`, and for a path that is in neither list.
pub fn paths<'k>(mask: Option<&FieldMask>, known: &[&'k str], output_only: &[&str]) -> Result<Vec<&'k str>, Rejection> {
    let asked: &[String] = mask.map_or(&[], |mask| &mask.paths);
    let refused = |path: &str| Rejection::UpdateMask { path: path.to_owned() };
    if asked.is_empty() {
        return Err(refused(""));
    }
    let fixed = |path: &str| output_only.iter().any(|given| *given == path || is_below(path, given));
    if let Some(unknown) = asked.iter().find(|path| !known.contains(&path.as_str()) && !fixed(path)) {
        return Err(refused(unknown));
    }
    Ok(known.iter().copied().filter(|path| asked.iter().any(|asked| asked == path)).collect())
}

/// The same for a resource with the map `field`, whose entries the mask may name one by one (`field.key`): the other paths,
/// and the keys that are named.
///
/// # Errors
/// As [`paths`], and for a path below an entry.
pub fn paths_and_keys<'k>(
    mask: Option<&FieldMask>,
    field: &str,
    known: &[&'k str],
    output_only: &[&str],
) -> Result<(Vec<&'k str>, Vec<String>), Rejection> {
    let asked = mask.map(|mask| mask.paths.clone()).unwrap_or_default();
    let (entries, others): (Vec<String>, Vec<String>) = asked.into_iter().partition(|path| is_below(path, field));
    let keys: Vec<String> = entries.iter().map(|path| path[field.len() + 1..].to_owned()).collect();
    if let Some(deep) = keys.iter().position(|key| key.contains('.')) {
        return Err(Rejection::UpdateMask { path: entries[deep].clone() });
    }
    if others.is_empty() && !keys.is_empty() {
        return Ok((Vec::new(), keys));
    }
    Ok((paths(Some(&FieldMask { paths: others }), known, output_only)?, keys))
}

fn is_below(path: &str, parent: &str) -> bool {
    path.strip_prefix(parent).is_some_and(|rest| rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(asked: &[&str]) -> Result<Vec<&'static str>, Rejection> {
        let mask = FieldMask { paths: asked.iter().map(|path| (*path).to_owned()).collect() };
        paths(Some(&mask), &["subject", "priority"], &["name", "times"])
    }

    fn refused(path: &str) -> Result<Vec<&'static str>, Rejection> {
        Err(Rejection::UpdateMask { path: path.to_owned() })
    }

    #[test]
    fn a_mask_names_known_paths_once_each() {
        assert_eq!(choose(&["priority", "subject", "priority"]), Ok(vec!["subject", "priority"]));
    }

    #[test]
    fn output_only_paths_are_ignored_with_all_below_them() {
        assert_eq!(choose(&["name", "times.close_time", "subject"]), Ok(vec!["subject"]));
        assert_eq!(choose(&["name"]), Ok(vec![]));
    }

    #[test]
    fn a_mask_names_the_entries_of_a_map_one_by_one() {
        let choose = |asked: &[&str]| {
            let mask = FieldMask { paths: asked.iter().map(|path| (*path).to_owned()).collect() };
            paths_and_keys(Some(&mask), "properties", &["subject", "properties"], &["name"])
        };
        let keys = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
        assert_eq!(choose(&["properties.b", "subject"]), Ok((vec!["subject"], keys(&["b"]))));
        assert_eq!(choose(&["properties.b", "properties.a"]), Ok((vec![], keys(&["b", "a"]))));
        assert_eq!(choose(&["properties"]), Ok((vec!["properties"], vec![])));
        assert_eq!(choose(&["properties.b.text"]), Err(Rejection::UpdateMask { path: "properties.b.text".to_owned() }));
        assert_eq!(choose(&["properties.b", "*"]), Err(Rejection::UpdateMask { path: "*".to_owned() }));
        assert_eq!(choose(&[]), Err(Rejection::UpdateMask { path: String::new() }));
    }

    #[test]
    fn an_empty_mask_a_wildcard_and_an_unknown_path_are_refused() {
        assert_eq!(paths(None, &["subject"], &[]), refused(""));
        assert_eq!(choose(&[]), refused(""));
        assert_eq!(choose(&["*"]), refused("*"));
        assert_eq!(choose(&["subject", "subjects"]), refused("subjects"));
        assert_eq!(choose(&["timeset"]), refused("timeset"));
    }
}
