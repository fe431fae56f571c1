//! What the generated checks call: it knows where in the request it is and collects what is wrong.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::{Display, Write},
    ops::{Bound, RangeBounds, RangeInclusive},
};

use prost_types::{Duration, FieldMask, Timestamp};

use super::{
    formats::{Format, Span, Text},
    validate::{FieldReason, Violation},
};

/// More are not collected: the answer travels in a header, and nobody reads a hundred.
pub const MOST_VIOLATIONS: usize = 25;

/// Seconds since 1970 that a protobuf timestamp may have.
const YEARS_1_TO_9999: RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;
/// Seconds that a protobuf duration may have in either direction.
const TEN_THOUSAND_YEARS: u64 = 315_576_000_000;
const NANOS_PER_SECOND: i32 = 1_000_000_000;

/// Walks one request.
#[derive(Debug, Default)]
pub struct Checker {
    path: Vec<Step>,
    mask: Option<Mask>,
    violations: Vec<Violation>,
}

/// One step of a field path.
#[derive(Debug)]
enum Step {
    Field(&'static str),
    Index(usize),
    Key(String),
}

/// The parts of a resource that an update reads.
#[derive(Debug)]
struct Mask {
    /// Length of the path to the resource.
    depth: usize,
    paths: Vec<String>,
}

impl Mask {
    /// Whether an update reads the field at this path: it lies in a path of the mask or on the way to one. The name of
    /// the resource is always read.
    fn covers(&self, path: &[Step], field: &str) -> bool {
        let mut below = path.get(self.depth..).unwrap_or_default().iter().filter_map(Step::named).chain([field]);
        let covered = |mask: &String| mask.split('.').zip(below.clone()).all(|(masked, field)| masked == field);
        self.paths.iter().any(covered) || below.all(|field| field == "name")
    }
}

impl Step {
    /// What a mask calls it; places in lists have no name there.
    fn named(&self) -> Option<&str> {
        match self {
            Self::Field(name) => Some(name),
            Self::Key(key) => Some(key),
            Self::Index(_) => None,
        }
    }
}

impl Checker {
    /// What was found.
    pub fn into_violations(self) -> Vec<Violation> {
        self.violations
    }

    /// Checks one field, unless an update leaves it out.
    pub fn field(&mut self, name: &'static str, check: impl FnOnce(&mut Self)) {
        if self.mask.as_ref().is_none_or(|mask| mask.covers(&self.path, name)) {
            self.inside(Step::Field(name), check);
        }
    }

    /// Checks the resource of an update as far as its mask goes. A mask that is not there covers nothing but the name.
    pub fn masked(&mut self, mask: Option<&FieldMask>, check: impl FnOnce(&mut Self)) {
        let paths = mask.map(|mask| mask.paths.clone()).unwrap_or_default();
        let outer = self.mask.replace(Mask { depth: self.path.len(), paths });
        check(self);
        self.mask = outer;
    }

    /// Checks a list: the number of its items, then each, unless there are too many to look at.
    pub fn each<T>(&mut self, items: &[T], counts: RangeInclusive<usize>, check: impl Fn(&mut Self, &T)) {
        if self.count(items.len(), &counts) {
            for (index, item) in items.iter().enumerate() {
                self.inside(Step::Index(index), |checker| check(checker, item));
            }
        }
    }

    /// Checks a map: the number of its entries, then each, unless there are too many to look at.
    pub fn entries<K: Display, V>(
        &mut self,
        map: &BTreeMap<K, V>,
        counts: RangeInclusive<usize>,
        check_key: impl Fn(&mut Self, &K),
        check_value: impl Fn(&mut Self, &V),
    ) {
        if self.count(map.len(), &counts) {
            for (key, value) in map {
                self.inside(Step::Key(key.to_string()), |checker| {
                    check_key(checker, key);
                    check_value(checker, value);
                });
            }
        }
    }

    /// Must be there. Tells whether it is, so that nothing else is said of a value that is not.
    pub fn required(&mut self, is_set: bool) -> bool {
        self.ask(is_set, FieldReason::Required, || "must be set".to_owned())
    }

    /// A string.
    pub fn text(&mut self, value: &str, rules: &Text) {
        // Both engines must take the same texts, and PostgreSQL has no NUL.
        self.ask(!value.contains('\0'), FieldReason::ControlCharacter, || "must not hold a NUL character".to_owned());
        if rules.counts_characters() {
            self.length(value.chars().count(), "characters", rules.min_len, rules.max_len);
        }
        if let Some(pattern) = rules.pattern {
            self.ask(pattern.matches(value), FieldReason::Pattern, || format!("must match {pattern}"));
        }
        let (format, reason, what) = match rules.format {
            None => return,
            Some(Format::Uuid) => (Format::Uuid, FieldReason::Uuid, "a UUID"),
            Some(Format::Email) => (Format::Email, FieldReason::Email, "an email address"),
            Some(Format::Uri) => (Format::Uri, FieldReason::Uri, "an absolute URI"),
        };
        self.ask(format.fits(value), reason, || format!("must be {what}"));
    }

    /// Data of any kind.
    pub fn bytes(&mut self, value: &[u8], least: usize, most: usize) {
        self.length(value.len(), "bytes", least, most);
    }

    /// A list without repeats.
    pub fn unique<T: Ord>(&mut self, items: &[T]) {
        let mut seen = BTreeSet::new();
        let unique = items.iter().all(|item| seen.insert(item));
        self.ask(unique, FieldReason::NotUnique, || "must not have an entry twice".to_owned());
    }

    /// A number between bounds.
    pub fn range<T: PartialOrd + Display>(&mut self, value: &T, bounds: (Bound<T>, Bound<T>)) {
        self.ask(bounds.contains(value), FieldReason::OutOfRange, || describe(&bounds));
    }

    /// A number with a fraction: neither infinite nor undefined, which the engines store differently.
    pub fn finite(&mut self, value: impl Into<f64>) {
        self.ask(value.into().is_finite(), FieldReason::OutOfRange, || "must be a finite number".to_owned());
    }

    /// A value of an enum; `is_known` tells whether the contract has it.
    pub fn defined(&mut self, is_known: bool) {
        self.ask(is_known, FieldReason::UnknownEnum, || "must be a value that the contract knows".to_owned());
    }

    /// A value of an enum that may stand here.
    pub fn allowed(&mut self, is_allowed: bool) {
        self.ask(is_allowed, FieldReason::NotAllowed, || "must be another value, often a specified one".to_owned());
    }

    /// A point in time from year 1 to 9999, as protobuf defines it, between bounds.
    pub fn timestamp(&mut self, value: &Timestamp, bounds: (Bound<Span>, Bound<Span>)) {
        let valid = YEARS_1_TO_9999.contains(&value.seconds) && (0..NANOS_PER_SECOND).contains(&value.nanos);
        if self.ask(valid, FieldReason::OutOfRange, || "must be a time from year 1 to year 9999".to_owned()) {
            self.range(&Span::from(*value), bounds);
        }
    }

    /// A span of at most 10,000 years whose parts have one sign, as protobuf defines it, between bounds.
    pub fn duration(&mut self, value: &Duration, bounds: (Bound<Span>, Bound<Span>)) {
        let one_sign = value.seconds.signum() * i64::from(value.nanos.signum()) >= 0;
        let valid = one_sign
            && value.seconds.unsigned_abs() <= TEN_THOUSAND_YEARS
            && value.nanos.unsigned_abs() < NANOS_PER_SECOND.unsigned_abs();
        if self.ask(valid, FieldReason::OutOfRange, || "must be a span of at most 10,000 years".to_owned()) {
            self.range(&Span::from(*value), bounds);
        }
    }

    /// The paths of a mask are texts like others; what they may name is the handler's to say.
    pub fn field_mask(&mut self, mask: &FieldMask) {
        self.field("paths", |checker| {
            checker.each(&mask.paths, 0..=usize::MAX, |checker, path| checker.text(path, &Text::ANY));
        });
    }

    /// Number of entries. Tells whether they are few enough to be looked at.
    fn count(&mut self, count: usize, counts: &RangeInclusive<usize>) -> bool {
        let (least, most) = (counts.start(), counts.end());
        self.ask(count >= *least, FieldReason::TooFew, || format!("must have at least {least} entries"));
        self.ask(count <= *most, FieldReason::TooMany, || format!("must have at most {most} entries"))
    }

    fn length(&mut self, length: usize, unit: &str, least: usize, most: usize) {
        self.ask(length >= least, FieldReason::TooShort, || format!("must have at least {least} {unit}"));
        self.ask(length <= most, FieldReason::TooLong, || format!("must have at most {most} {unit}"));
    }

    fn inside(&mut self, step: Step, check: impl FnOnce(&mut Self)) {
        self.path.push(step);
        check(self);
        self.path.pop();
    }

    /// Notes a violation of the field at hand unless the rule is kept. Tells whether it is.
    fn ask(&mut self, kept: bool, reason: FieldReason, description: impl FnOnce() -> String) -> bool {
        if !kept && self.violations.len() < MOST_VIOLATIONS {
            self.violations.push(Violation { field: self.place(), reason, description: description() });
        }
        kept
    }

    /// The path of the field at hand.
    fn place(&self) -> String {
        let mut place = String::new();
        for step in &self.path {
            let dot = if place.is_empty() { "" } else { "." };
            let written = match step {
                Step::Field(name) => write!(place, "{dot}{name}"),
                Step::Index(index) => write!(place, "[{index}]"),
                Step::Key(key) => write!(place, "[{key:?}]"),
            };
            written.expect("a string takes everything");
        }
        place
    }
}

fn describe<T: Display>(bounds: &(Bound<T>, Bound<T>)) -> String {
    let lower = match &bounds.0 {
        Bound::Included(limit) => format!("at least {limit}"),
        Bound::Excluded(limit) => format!("more than {limit}"),
        Bound::Unbounded => String::new(),
    };
    let upper = match &bounds.1 {
        Bound::Included(limit) => format!("at most {limit}"),
        Bound::Excluded(limit) => format!("less than {limit}"),
        Bound::Unbounded => String::new(),
    };
    let and = if lower.is_empty() || upper.is_empty() { "" } else { " and " };
    format!("must be {lower}{and}{upper}")
}

#[cfg(test)]
mod tests {
    use super::{super::formats::Pattern, *};

    fn found(check: impl FnOnce(&mut Checker)) -> Vec<(String, &'static str)> {
        let mut checker = Checker::default();
        checker.field("f", check);
        checker.into_violations().into_iter().map(|broken| (broken.field, broken.reason.name())).collect()
    }

    fn reasons(check: impl FnOnce(&mut Checker)) -> Vec<&'static str> {
        found(check).into_iter().map(|(_, reason)| reason).collect()
    }

    fn mask(paths: &[&str]) -> FieldMask {
        FieldMask { paths: paths.iter().map(ToString::to_string).collect() }
    }

    #[test]
    fn texts_count_characters_not_bytes() {
        let rules = Text { min_len: 2, max_len: 3, ..Text::ANY };
        assert!(reasons(|c| c.text("äöü", &rules)).is_empty());
        assert_eq!(reasons(|c| c.text("ä", &rules)), ["TOO_SHORT"]);
        assert_eq!(reasons(|c| c.text("äöüß", &rules)), ["TOO_LONG"]);
    }

    #[test]
    fn no_text_holds_a_nul_character() {
        assert_eq!(reasons(|c| c.text("a\0b", &Text::ANY)), ["CONTROL_CHARACTER"]);
        assert!(reasons(|c| c.text("line\r\n\ttab", &Text::ANY)).is_empty());
        assert_eq!(found(|c| c.field_mask(&mask(&["a", "\0"]))), [("f.paths[1]".to_owned(), "CONTROL_CHARACTER")]);
    }

    #[test]
    fn patterns_and_formats_have_their_reasons() {
        static DIGITS: Pattern = Pattern::new("^[0-9]+$");
        let pattern = Text { pattern: Some(&DIGITS), ..Text::ANY };
        assert_eq!(reasons(|c| c.text("12a", &pattern)), ["PATTERN"]);
        assert_eq!(reasons(|c| c.text("12\n", &pattern)), ["PATTERN"]);
        for (format, reason) in [(Format::Uuid, "UUID"), (Format::Email, "EMAIL"), (Format::Uri, "URI")] {
            assert_eq!(reasons(|c| c.text("no", &Text { format: Some(format), ..Text::ANY })), [reason]);
        }
    }

    #[test]
    fn paths_name_fields_indexes_and_keys() {
        let map = BTreeMap::from([("a \"b\"".to_owned(), ["x", "\0"])]);
        let item = |c: &mut Checker, item: &&str| c.field("inner", |c| c.text(item, &Text::ANY));
        let broken = found(|c| c.entries(&map, 0..=1, |_, _| {}, |c, items| c.each(items, 0..=2, item)));
        assert_eq!(broken, [(r#"f["a \"b\""][1].inner"#.to_owned(), "CONTROL_CHARACTER")]);
    }

    #[test]
    fn a_list_that_is_too_long_is_not_walked() {
        assert_eq!(reasons(|c| c.each(&["\0", "\0"], 0..=1, |c, item| c.text(item, &Text::ANY))), ["TOO_MANY"]);
        assert_eq!(
            reasons(|c| c.each(&["\0"], 2..=3, |c, item| c.text(item, &Text::ANY))),
            ["TOO_FEW", "CONTROL_CHARACTER"]
        );
        assert_eq!(reasons(|c| c.unique(&[1, 2, 1])), ["NOT_UNIQUE"]);
    }

    #[test]
    fn numbers_and_times_keep_their_bounds() {
        let bounds = (Bound::Included(0), Bound::Excluded(10));
        assert!(reasons(|c| c.range(&9, bounds)).is_empty());
        assert_eq!(reasons(|c| c.range(&10, bounds)), ["OUT_OF_RANGE"]);
        assert_eq!(describe(&bounds), "must be at least 0 and less than 10");
        assert_eq!(reasons(|c| c.finite(f64::NAN)), ["OUT_OF_RANGE"]);
        let any = (Bound::Unbounded, Bound::Unbounded);
        let minute = (Bound::Unbounded, Bound::Included(Span { seconds: 60, nanos: 0 }));
        assert!(reasons(|c| c.duration(&Duration { seconds: 60, nanos: 0 }, minute)).is_empty());
        assert_eq!(reasons(|c| c.duration(&Duration { seconds: 60, nanos: 1 }, minute)), ["OUT_OF_RANGE"]);
        assert_eq!(reasons(|c| c.duration(&Duration { seconds: 1, nanos: -1 }, any)), ["OUT_OF_RANGE"]);
        assert_eq!(reasons(|c| c.timestamp(&Timestamp { seconds: i64::MAX, nanos: 0 }, any)), ["OUT_OF_RANGE"]);
        assert_eq!(reasons(|c| c.timestamp(&Timestamp { seconds: 0, nanos: -1 }, any)), ["OUT_OF_RANGE"]);
    }

    #[test]
    fn an_update_is_checked_only_where_its_mask_reaches() {
        let all = |c: &mut Checker| {
            for field in ["name", "subject", "owner"] {
                c.field(field, |c| c.text("\0", &Text::ANY));
            }
            c.field("address", |c| c.field("city", |c| c.text("\0", &Text::ANY)));
        };
        let fields = |paths: &[&str]| -> Vec<String> {
            let broken = found(|c| c.masked(Some(&mask(paths)), all));
            broken.into_iter().map(|(field, _)| field).collect()
        };
        assert_eq!(fields(&["subject"]), ["f.name", "f.subject"]);
        assert_eq!(fields(&["address"]), ["f.name", "f.address.city"]);
        assert_eq!(fields(&["address.city"]), ["f.name", "f.address.city"]);
        assert_eq!(fields(&["address.street", "sub"]), ["f.name"]);
        assert_eq!(found(|c| c.masked(None, all)).len(), 1);
    }

    #[test]
    fn violations_are_capped() {
        let items = vec!["\0"; 1000];
        assert_eq!(found(|c| c.each(&items, 0..=1000, |c, item| c.text(item, &Text::ANY))).len(), MOST_VIOLATIONS);
    }
}
