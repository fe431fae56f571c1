//! Finding where header fields start and end, and where the body begins, in headers that are not as they should be.

use super::Field;

/// Fields read per block; real mails have fewer than a hundred.
const MAX_FIELDS: usize = 1000;
/// Bytes read of one field.
const MAX_VALUE_BYTES: usize = 64 * 1024;
/// Bytes read of one block.
const MAX_BLOCK_BYTES: usize = 256 * 1024;
/// Lines looked at to decide whether a stray line interrupts a header or ends it.
const LOOK_AHEAD_LINES: usize = 20;

/// The fields above a body, and the body. Input that does not start with fields is all body.
pub(super) fn split(input: &[u8]) -> (Vec<Field<'_>>, &[u8]) {
    let mut scan = Scan { input, position: 0, fields: Vec::new() };
    let body_at = scan.run();
    let (first_line, after_first) = line_at(input, 0);
    if scan.fields.iter().any(|field| is_known_name(field.name)) {
        (scan.fields, &input[body_at..])
    } else if first_line.is_empty() {
        (Vec::new(), &input[after_first..])
    } else {
        // Prose that happens to have a colon in its first lines is no header.
        (Vec::new(), input)
    }
}

/// Walks over the lines of a header block.
struct Scan<'x> {
    input: &'x [u8],
    position: usize,
    fields: Vec<Field<'x>>,
}

impl<'x> Scan<'x> {
    /// Collects fields and returns where the body starts.
    fn run(&mut self) -> usize {
        let mut value_start = 0;
        while self.position < self.input.len() {
            let start = self.position;
            let (line, next) = line_at(self.input, start);
            match self.kind_of(line, next) {
                Line::Field(name, offset) => {
                    value_start = start + offset;
                    self.push(Field { name, value: &self.input[value_start..start + line.len()] });
                }
                Line::Continuation => self.extend_last(value_start, start + line.len()),
                Line::Skipped => {}
                Line::Blank => return next,
                Line::Body => return start,
            }
            self.position = next;
        }
        self.input.len()
    }

    fn push(&mut self, mut field: Field<'x>) {
        field.value = &field.value[..field.value.len().min(MAX_VALUE_BYTES)];
        if self.fields.len() < MAX_FIELDS && self.position < MAX_BLOCK_BYTES {
            self.fields.push(field);
        }
    }

    fn extend_last(&mut self, start: usize, end: usize) {
        let input = self.input;
        if let Some(last) = self.fields.last_mut().filter(|_| end - start <= MAX_VALUE_BYTES) {
            last.value = &input[start..end];
        }
    }

    fn kind_of(&self, line: &'x [u8], next: usize) -> Line<'x> {
        if line.is_empty() {
            return Line::Blank;
        }
        if line[0] == b' ' || line[0] == b'\t' {
            return self.kind_of_indented(line, next);
        }
        if let Some((name, offset)) = field_name(line) {
            return Line::Field(name, offset);
        }
        let first = self.fields.is_empty();
        if line.starts_with(b"From ") || line.starts_with(b">From ") {
            return Line::Skipped;
        }
        // A boundary right under a header whose empty line is missing.
        if !first && line.starts_with(b"--") {
            return Line::Body;
        }
        match (known_field_ahead(&self.input[next..]), first) {
            (true, true) => Line::Skipped,
            (true, false) => Line::Continuation,
            (false, _) => Line::Body,
        }
    }

    /// An indented line continues a field; an all-blank one only does when more fields follow.
    fn kind_of_indented(&self, line: &[u8], next: usize) -> Line<'x> {
        let blank = line.trim_ascii().is_empty();
        if self.fields.is_empty() {
            return if blank { Line::Skipped } else { Line::Body };
        }
        if blank && !known_field_ahead(&self.input[next..]) { Line::Blank } else { Line::Continuation }
    }
}

/// What a line is within a header block.
enum Line<'x> {
    Field(&'x str, usize),
    Continuation,
    Skipped,
    Blank,
    Body,
}

/// The line at `start` without its end, and where the next one starts.
pub(super) fn line_at(input: &[u8], start: usize) -> (&[u8], usize) {
    let rest = &input[start..];
    let (line, next) = match rest.iter().position(|&b| b == b'\n') {
        Some(end) => (&rest[..end], start + end + 1),
        None => (rest, input.len()),
    };
    (line.strip_suffix(b"\r").unwrap_or(line), next)
}

/// The name of the field that starts on this line, and the offset of its value.
fn field_name(line: &[u8]) -> Option<(&str, usize)> {
    let colon = line.iter().take(78).position(|&b| b == b':')?;
    let name = std::str::from_utf8(&line[..colon]).ok()?.trim_ascii_end();
    let valid = !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic());
    valid.then_some((name, colon + 1))
}

fn known_field_ahead(rest: &[u8]) -> bool {
    let mut position = 0;
    for _ in 0..LOOK_AHEAD_LINES {
        if position >= rest.len() {
            return false;
        }
        let (line, next) = line_at(rest, position);
        if line.is_empty() {
            return false;
        }
        if field_name(line).is_some_and(|(name, _)| is_known_name(name)) {
            return true;
        }
        position = next;
    }
    false
}

/// Names that prose does not start lines with.
fn is_known_name(name: &str) -> bool {
    const NAMES: [&str; 19] = [
        "from",
        "to",
        "cc",
        "bcc",
        "subject",
        "date",
        "sender",
        "reply-to",
        "message-id",
        "in-reply-to",
        "references",
        "return-path",
        "received",
        "mime-version",
        "delivered-to",
        "importance",
        "auto-submitted",
        "precedence",
        "user-agent",
    ];
    let lower = name.to_ascii_lowercase();
    NAMES.contains(&lower.as_str())
        || ["content-", "x-", "list-", "resent-", "dkim-", "arc-"].iter().any(|prefix| lower.starts_with(prefix))
}
