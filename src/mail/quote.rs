//! What of a mail's text is new, and what is quoted or a signature.
//!
//! Works on lines of plain text, once through, in the spirit of what mail clients write and not of any one of them:
//! quoting marks, the line that introduces a quote (in one to three lines, in many languages), the separators and header
//! blocks of clients that quote without marks, signature delimiters, the footers of phones and lists. In doubt a line is
//! new: a customer's words may never be hidden. Nothing is thrown away; the text stays whole and ranges of it are named.

mod marks;

use crate::domain::conversation::{Cut, CutKind};
use marks::{attribution, header_block, is_list_rule, is_phone_footer, is_separator, is_signature_rule};

/// Ranges kept of one text; beyond them everything counts as new.
const MOST_CUTS: usize = 50;
/// Lines of a signature; a longer one is text.
const SIGNATURE_LINES: usize = 20;

/// A line with its place in the text.
#[derive(Debug, Clone, Copy)]
struct Line<'t> {
    text: &'t str,
    start: usize,
    end: usize,
}

/// The ranges of `text` that are not new, in order; none when nothing else would be left.
pub fn cuts(text: &str) -> Vec<Cut> {
    let lines = lines(text);
    let mut cuts = quotes(&lines);
    let stretches = new_stretches(&lines, &cuts);
    cuts.extend(stretches.into_iter().filter_map(|stretch| signature(&lines[stretch.clone()])));
    cuts.sort_by_key(|cut| cut.start);
    cuts.truncate(MOST_CUTS);
    if new_text(text, &cuts).is_empty() { Vec::new() } else { cuts }
}

/// The text without the cut ranges: trimmed, and no more than one empty line in a row where something was cut. Ranges
/// that do not fit the text are passed over.
pub fn new_text(text: &str, cuts: &[Cut]) -> String {
    let mut kept = Vec::new();
    let mut position = 0;
    for cut in cuts {
        let (start, end) = (usize::try_from(cut.start).unwrap_or(0), usize::try_from(cut.end).unwrap_or(0));
        let Some(before) = text.get(position..start).filter(|_| text.get(start..end).is_some()) else { continue };
        kept.push(before.trim());
        position = end;
    }
    kept.push(text.get(position..).unwrap_or_default().trim());
    kept.retain(|piece| !piece.is_empty());
    kept.join("\n\n")
}

fn lines<'t>(text: &'t str) -> Vec<Line<'t>> {
    let line = |end: &mut usize, whole: &'t str| {
        let start = *end;
        *end += whole.len();
        Some(Line { text: whole.trim(), start, end: *end })
    };
    text.split_inclusive('\n').scan(0, line).collect()
}

/// Quoted stretches: marked ones with what introduces them, and everything after a separator that clients write which
/// quote without marks.
fn quotes(lines: &[Line<'_>]) -> Vec<Cut> {
    let texts: Vec<&str> = lines.iter().map(|line| line.text).collect();
    let mut cuts = Vec::new();
    let mut at = 0;
    while at < lines.len() && cuts.len() < MOST_CUTS {
        if is_separator(texts[at]) || header_block(&texts[at..]) {
            cuts.push(cut(CutKind::Quote, &lines[at..]));
            return cuts;
        }
        if let Some(introduced) = attribution(&texts[at..]) {
            let quote = at + introduced + blank(&texts[at + introduced..]);
            let marked = marked(&texts[quote..]);
            if marked == 0 && !texts[at..at + introduced].iter().any(|line| line.contains('@')) {
                at += introduced;
                continue;
            }
            if marked == 0 {
                // The client quotes without marks: what follows is all of it.
                cuts.push(cut(CutKind::Quote, &lines[at..]));
                return cuts;
            }
            cuts.push(cut(CutKind::Quote, &lines[at..quote + marked]));
            at = quote + marked;
            continue;
        }
        let marked = marked(&texts[at..]);
        if marked >= 2 || (marked == 1 && follows_a_quote(&cuts, lines, at)) {
            cuts.push(cut(CutKind::Quote, &lines[at..at + marked]));
        }
        at += marked.max(1);
    }
    cuts
}

/// A single marked line is a quote only among others; alone it may be a figure or a prompt.
fn follows_a_quote(cuts: &[Cut], lines: &[Line<'_>], at: usize) -> bool {
    !cuts.is_empty() || marked_later(lines, at)
}

fn marked_later(lines: &[Line<'_>], at: usize) -> bool {
    lines[at + 1..].iter().take(100).any(|line| line.text.starts_with('>'))
}

/// How many of the first lines carry quoting marks, empty ones between them counted.
fn marked(texts: &[&str]) -> usize {
    let mut count = 0;
    for (index, text) in texts.iter().enumerate() {
        if text.starts_with('>') {
            count = index + 1;
        } else if !text.is_empty() {
            break;
        }
    }
    count
}

fn blank(texts: &[&str]) -> usize {
    texts.iter().take_while(|text| text.is_empty()).count()
}

/// The stretches of lines between the cuts.
fn new_stretches(lines: &[Line<'_>], cuts: &[Cut]) -> Vec<std::ops::Range<usize>> {
    let mut stretches = Vec::new();
    let mut from = 0;
    for cut in cuts {
        let first = lines.partition_point(|line| byte(line.start) < cut.start);
        stretches.push(from..first.max(from));
        from = lines.partition_point(|line| byte(line.start) < cut.end);
    }
    stretches.push(from..lines.len());
    stretches
}

/// The signature or footer at the end of a new stretch.
fn signature(lines: &[Line<'_>]) -> Option<Cut> {
    let end = lines.iter().rposition(|line| !line.text.is_empty())? + 1;
    let begin = end.saturating_sub(SIGNATURE_LINES);
    let texts: Vec<&str> = lines[..end].iter().map(|line| line.text).collect();
    let ruled = (begin..end).find(|at| is_signature_rule(texts[*at]) || is_list_rule(&texts[*at..]));
    let start = ruled.or_else(|| (end.saturating_sub(3)..end).find(|at| is_phone_footer(texts[*at])))?;
    Some(cut(CutKind::Signature, &lines[start..]))
}

fn cut(kind: CutKind, lines: &[Line<'_>]) -> Cut {
    let start = lines.first().map_or(0, |line| line.start);
    let end = lines.last().map_or(start, |line| line.end);
    Cut { kind, start: byte(start), end: byte(end) }
}

fn byte(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
