//! Chance, and the texts it picks.

use helpdesk::domain::filter::Pattern;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

/// What texts are made of: wildcards of SQL and of the language, brackets, quotes, and letters whose case is unusual.
const PIECES: [&str; 26] = [
    "a", "A", "b", "ab", "%", "_", "*", "?", "[", "]", "[a", "^", "\\", "'", "\"", " ", "-", "ß", "ẞ", "SS", "Σ", "ς",
    "İ", "ı", "é", "e\u{301}",
];

/// A source of chance with a seed.
pub struct Dice(SmallRng);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(SmallRng::seed_from_u64(seed))
    }

    pub fn below(&mut self, limit: usize) -> usize {
        self.0.random_range(0..limit)
    }

    /// Once in `times`.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }

    /// One of `from`, or nothing.
    pub fn maybe<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> Option<&'a T> {
        (!self.once_in(4)).then(|| self.pick(from))
    }

    /// A short text, empty now and then.
    pub fn text(&mut self) -> String {
        (0..self.below(4)).map(|_| self.pick(&PIECES)).collect()
    }

    /// A text of a few lines.
    pub fn lines(&mut self) -> String {
        (0..self.below(3)).map(|_| self.text()).collect::<Vec<_>>().join("\n")
    }

    /// A pattern that is not empty.
    pub fn pattern(&mut self) -> Pattern {
        let wildcards = self.below(3).saturating_sub(usize::from(self.once_in(2)));
        let parts: Vec<String> = (0..=wildcards).map(|_| self.text()).collect();
        let pattern = Pattern::new(parts);
        if pattern.is_empty() { Pattern::from_word("a") } else { pattern }
    }
}
