//! Files written into the plain text as uuencode blocks, as clients did before MIME and some scripts still do.

/// A text without its uuencode blocks, and the blocks.
pub(super) struct Extracted {
    /// What is left of the text.
    pub(super) text: String,
    /// Each file, in order.
    pub(super) files: Vec<Written>,
}

/// A file that is written into a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Written {
    /// Its name.
    pub(super) name: String,
    /// Size in bytes.
    pub(super) size: u64,
    /// The lines that it is written in.
    pub(super) block: String,
}

/// Takes the complete uuencode blocks (`begin 644 name` to `end`) out of `text`.
pub(super) fn extract(text: &str) -> Extracted {
    let mut out = Extracted { text: String::new(), files: Vec::new() };
    if !text.contains("begin ") {
        text.clone_into(&mut out.text);
        return out;
    }
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut at = 0;
    while at < lines.len() {
        if let Some(block) = read_block(&lines[at..]) {
            let lines = lines[at..at + block.lines].concat();
            out.files.push(Written { name: block.name.to_owned(), size: block.size, block: lines });
            at += block.lines;
        } else {
            out.text.push_str(lines[at]);
            at += 1;
        }
    }
    out
}

/// The bytes of the first block in a part that is one, or nothing.
pub(super) fn decode_block(body: &[u8]) -> Vec<u8> {
    let mut lines = body.split(|&b| b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let started = lines.any(|line| line.starts_with(b"begin "));
    if !started {
        return Vec::new();
    }
    lines.take_while(|line| *line != b"end").flat_map(decode_line).collect()
}

struct Block<'t> {
    name: &'t str,
    size: u64,
    lines: usize,
}

/// A block that starts on the first line; the shape of every line is checked, so that prose is never swallowed.
fn read_block<'t>(lines: &[&'t str]) -> Option<Block<'t>> {
    let name = file_name(lines.first()?)?;
    let mut size = 0;
    for (index, line) in lines.iter().enumerate().skip(1) {
        let line = line.trim_end_matches(['\r', '\n']);
        if line == "end" {
            return Some(Block { name, size, lines: index + 1 });
        }
        size += line_length(line.as_bytes())?;
    }
    None
}

fn file_name(line: &str) -> Option<&str> {
    let (mode, name) = line.trim_end().strip_prefix("begin ")?.split_once(' ')?;
    let is_mode = (3..=4).contains(&mode.len()) && mode.bytes().all(|b| (b'0'..=b'7').contains(&b));
    (is_mode && !name.trim().is_empty()).then(|| name.trim())
}

/// How many bytes a line says it holds; `None` if its length cannot be true.
fn line_length(line: &[u8]) -> Option<u64> {
    let Some(&first) = line.first() else { return Some(0) };
    let bytes = usize::from(sextet(first)?);
    let digits = line.len() - 1;
    // Trailing spaces, which stand for zero, get lost on the way.
    let possible = digits <= bytes.div_ceil(3) * 4 + 2 && (bytes == 0 || digits > 0);
    possible.then_some(bytes as u64)
}

fn decode_line(line: &[u8]) -> Vec<u8> {
    let Some((&first, digits)) = line.split_first() else { return Vec::new() };
    let length = usize::from(sextet(first).unwrap_or(0));
    let mut bytes = Vec::with_capacity(length + 3);
    for group in digits.chunks(4) {
        let value = (0..4).fold(0u32, |sum, i| {
            let digit = group.get(i).and_then(|b| sextet(*b)).unwrap_or(0);
            sum << 6 | u32::from(digit)
        });
        bytes.extend_from_slice(&value.to_be_bytes()[1..]);
    }
    bytes.resize(length, 0);
    bytes
}

/// The six bits of a character; the grave accent is another zero.
fn sextet(byte: u8) -> Option<u8> {
    (b' '..=b'`').contains(&byte).then(|| (byte - b' ') & 0x3f)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: &str = "begin 644 note.txt\n+:&5L;&\\@=V]R;&0`\n`\nend\n";

    #[test]
    fn a_block_is_taken_out_of_the_text() {
        let out = extract(&format!("before\n{BLOCK}after\n"));
        assert_eq!(out.text, "before\nafter\n");
        let file = Written { name: "note.txt".to_owned(), size: 11, block: BLOCK.to_owned() };
        assert_eq!(out.files, [file]);
        assert_eq!(decode_block(BLOCK.as_bytes()), b"hello world");
    }

    #[test]
    fn prose_is_never_swallowed() {
        for text in [
            "begin 644 things today\nand many more words than fit\nend\n",
            "begin with 1\nend\n",
            "begin 644 a\nno end\n",
        ] {
            assert_eq!(extract(text).text, text);
        }
    }
}
