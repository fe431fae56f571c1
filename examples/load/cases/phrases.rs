//! How long it takes to look for a hundred phrases of a hundred characters in a message of 2 KiB, in this process.

use std::hint::black_box;
use std::time::{Duration, Instant};

use helpdesk::domain::triggers::{LONGEST_PHRASE, MOST_PHRASES, Phrases};

use crate::Result;
use crate::report::{Bound, Ratio, Report};

/// Characters of the message.
const MESSAGE: usize = 2_048;
/// Tries before anything is counted, and those of which the middle one counts.
const TRIES: (usize, usize) = (200, 2_001);
/// Microseconds.
const AIM: f64 = 100.0;

/// Runs the part: once, whatever the engines.
pub fn run(report: &mut Report) -> Result<()> {
    let texts: Vec<String> = (0..MOST_PHRASES as u64).map(|seed| text(seed + 1, LONGEST_PHRASE)).collect();
    let phrases = Phrases::new(&texts).map_err(|bad| format!("a phrase is none: {bad:?}"))?;
    let plain = text(7_000, MESSAGE);
    let folded: String = plain.chars().map(|letter| if letter == 'e' { 'É' } else { letter }).collect();
    for (what, said) in [("ASCII", plain), ("with É for e", folded)] {
        let took = middle(&phrases, &said).as_secs_f64() * 1e6;
        let name = format!("µs, {MOST_PHRASES} phrases in {} bytes, {what}", said.len());
        report.note(format!("{took:.1} {name}"));
        report.add_ratio(Ratio::new(name, took, Bound::AtMost, AIM));
    }
    Ok(())
}

fn middle(phrases: &Phrases, said: &str) -> Duration {
    let once = |_| {
        let begun = Instant::now();
        black_box(phrases.found_in(black_box(said)));
        begun.elapsed()
    };
    (0..TRIES.0).map(once).for_each(drop);
    let mut took: Vec<Duration> = (0..TRIES.1).map(once).collect();
    took.sort_unstable();
    took[took.len() / 2]
}

/// Words of three to nine letters, the same each time.
fn text(seed: u64, characters: usize) -> String {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % 100
    };
    let mut text = String::with_capacity(characters);
    while text.len() < characters {
        let length = 3 + next() % 7;
        text.extend(
            (0..length).map(|_| char::from(b"etaoinshrdlucmfwypvbgkjqxz"[usize::try_from(next() % 26).unwrap_or(0)])),
        );
        text.push(' ');
    }
    text.truncate(characters);
    text.trim().to_owned()
}
