//! Small operations on text that every other part needs.

/// The longest prefix of at most `max` bytes that ends between characters.
pub(super) fn cap_bytes(text: &str, max: usize) -> &str {
    &text[..text.floor_char_boundary(max)]
}

/// The longest prefix of at most `max` characters.
pub(super) fn cap_chars(text: &str, max: usize) -> &str {
    text.char_indices().nth(max).map_or(text, |(end, _)| &text[..end])
}

/// Makes one trimmed line of at most `max` characters: runs of white space become one space, invisible controls go.
pub(super) fn one_line(text: &str, max: usize) -> String {
    let mut line = String::with_capacity(text.len().min(max.saturating_mul(4)));
    for word in text.split_whitespace() {
        let start = line.len();
        line.extend(word.chars().filter(|c| !is_invisible(*c)));
        if line.len() > start {
            line.push(' ');
        }
    }
    cap_chars(line.trim_end(), max).trim_end().to_owned()
}

/// Control characters and marks that change how a single line is shown without being seen themselves: direction
/// overrides make `gpj.exe` look like `exe.jpg` (T-35). Joiners stay, several scripts need them.
pub(super) fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Control characters that no text of several lines needs: everything of Unicode class Cc but line feed and tab.
pub(super) fn is_control_in_text(c: char) -> bool {
    c.is_control() && c != '\n' && c != '\t'
}

/// The bytes without white space (and byte order mark) at either end.
pub(super) fn trim_ascii_and_bom(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_loses_breaks_controls_and_direction_overrides() {
        assert_eq!(one_line("  a\r\n\tb\u{0}\u{202e}c \u{7} d ", 99), "a bc d");
    }

    #[test]
    fn caps_never_cut_a_character() {
        assert_eq!(cap_bytes("aöb", 2), "a");
        assert_eq!(cap_chars("aöb", 2), "aö");
        assert_eq!(one_line("ab cd", 3), "ab");
    }
}
