//! The sources as the rules see them: masked text, the line where tests begin, functions, names.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Where code of ours lies.
const ROOTS: [&str; 8] =
    ["src", "tests", "migrations/src", "proto/src", "proto/build.rs", "examples", "build.rs", "build"];

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Production,
    Test,
    Example,
}

/// One source file.
pub struct Source {
    /// From the root of the repository, with `/`.
    pub path: String,
    pub text: String,
    /// The text without comments and without what stands in strings; lines stay where they are.
    pub code: String,
    /// The text without comments.
    pub uncommented: String,
    pub kind: Kind,
    /// How many lines come before the test module, all of them in a file without one.
    pub production_lines: usize,
}

/// A function, or a test body given to a macro.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    pub name: String,
    /// Of its first line, counted from 1.
    pub line: usize,
    pub lines: usize,
    /// From `fn` to the body.
    pub signature: String,
}

/// Every source file of the repository, read once.
pub fn all() -> &'static [Source] {
    static ALL: OnceLock<Vec<Source>> = OnceLock::new();
    ALL.get_or_init(read_all)
}

fn read_all() -> Vec<Source> {
    let root = root();
    let mut files = Vec::new();
    for part in ROOTS {
        collect(&root.join(part), &mut files);
    }
    files.sort();
    let relative = |file: &Path| file.strip_prefix(&root).expect("below the root").to_string_lossy().replace('\\', "/");
    files.iter().map(|file| Source::new(&relative(file), &fs::read_to_string(file).expect("readable text"))).collect()
}

/// The root of the repository: where cargo runs the tests, else where they were built.
pub fn root() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into()).into()
}

fn collect(path: &Path, into: &mut Vec<PathBuf>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("a readable folder").flatten() {
            collect(&entry.path(), into);
        }
    } else if path.extension().is_some_and(|extension| extension == "rs") && path.exists() {
        into.push(path.to_owned());
    }
}

impl Source {
    pub fn new(path: &str, text: &str) -> Self {
        let [code, uncommented] = mask(text);
        let production_lines = production_lines(&code);
        Self { path: path.to_owned(), text: text.to_owned(), code, uncommented, kind: kind(path), production_lines }
    }

    /// Whether the line (counted from 1) belongs to tests.
    pub fn is_test_line(&self, line: usize) -> bool {
        self.kind == Kind::Test || (self.kind == Kind::Production && line > self.production_lines)
    }

    /// Functions with a body, and the bodies given to `both_engines!`.
    pub fn functions(&self) -> Vec<Function> {
        let named = names(&self.code).into_iter().filter(|name| name.text == "fn" || name.text == "both_engines");
        named.filter_map(|name| function_at(&self.code, &name)).collect()
    }
}

fn production_lines(code: &str) -> usize {
    let lines: Vec<&str> = code.lines().collect();
    let opens = |at: usize| {
        lines[at].trim() == "#[cfg(test)]"
            && lines[at + 1..].iter().find(|line| !line.trim().starts_with('#')).is_some_and(|line| is_mod(line))
    };
    (0..lines.len()).find(|at| opens(*at)).unwrap_or(lines.len())
}

fn is_mod(line: &str) -> bool {
    let line = line.trim();
    line.starts_with("mod ") || line.starts_with("pub mod ") || line.starts_with("pub(crate) mod ")
}

fn kind(path: &str) -> Kind {
    if path.starts_with("examples/") {
        Kind::Example
    } else if path.starts_with("tests/") || path.ends_with("/tests.rs") || path.contains("/tests/") {
        Kind::Test
    } else {
        Kind::Production
    }
}

/// A name in the code.
#[derive(Debug, PartialEq, Eq)]
pub struct Name {
    pub text: String,
    /// Of its first byte.
    pub at: usize,
    pub line: usize,
}

impl Name {
    pub fn end(&self) -> usize {
        self.at + self.text.len()
    }
}

/// Every identifier and keyword of masked code, in order.
pub fn names(code: &str) -> Vec<Name> {
    let mut found: Vec<Name> = Vec::new();
    let mut line = 1;
    for (at, letter) in code.char_indices() {
        line += usize::from(letter == '\n');
        if !is_name_part(letter) {
            continue;
        }
        match found.last_mut() {
            Some(name) if name.end() == at => name.text.push(letter),
            _ => found.push(Name { text: letter.to_string(), at, line }),
        }
    }
    found
}

pub fn is_name_part(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

fn function_at(code: &str, keyword: &Name) -> Option<Function> {
    let rest = &code[keyword.end()..];
    let (opening, name_from) = if keyword.text == "fn" { ('{', rest) } else { ('(', rest.strip_prefix("!(")?) };
    let name: String = name_from.trim_start().chars().take_while(|letter| is_name_part(*letter)).collect();
    let start = if opening == '{' { body_start(rest)? } else { rest.find(opening)? };
    let end = start + matching(&rest[start..])?;
    let lines = 1 + rest[..end].matches('\n').count();
    (!name.is_empty()).then(|| Function { name, line: keyword.line, lines, signature: rest[..start].to_owned() })
}

/// Where the body begins; `None` for a declaration without one and for a function type.
fn body_start(rest: &str) -> Option<usize> {
    let mut depth = 0_i32;
    for (at, letter) in rest.char_indices() {
        match letter {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            '{' if depth == 0 => return Some(at),
            ';' | '}' | '=' if depth == 0 => return None,
            _ => {}
        }
        if depth < 0 {
            return None;
        }
    }
    None
}

/// The offset of the bracket that closes the one at the start of `text`.
pub fn matching(text: &str) -> Option<usize> {
    let mut depth = 0_i32;
    text.char_indices().find_map(|(at, letter)| {
        depth += match letter {
            '(' | '[' | '{' => 1,
            ')' | ']' | '}' => -1,
            _ => 0,
        };
        (depth == 0).then_some(at)
    })
}

/// The text twice: without comments and strings, and without comments only.
fn mask(text: &str) -> [String; 2] {
    let letters: Vec<char> = text.chars().collect();
    let mut masked = [String::with_capacity(text.len()), String::with_capacity(text.len())];
    let mut at = 0;
    while at < letters.len() {
        let (part, length) = part_at(&letters, at);
        for letter in &letters[at..at + length] {
            masked[0].push(if part == Part::Code || *letter == '\n' { *letter } else { ' ' });
            masked[1].push(if part != Part::Comment || *letter == '\n' { *letter } else { ' ' });
        }
        at += length;
    }
    masked
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Code,
    Text,
    Comment,
}

/// What begins at `at`, and how many characters it is long.
fn part_at(letters: &[char], at: usize) -> (Part, usize) {
    let rest = &letters[at..];
    let starts_name = at == 0 || !is_name_part(letters[at - 1]);
    match rest {
        ['/', '/', ..] => (Part::Comment, rest.iter().position(|letter| *letter == '\n').unwrap_or(rest.len())),
        ['/', '*', ..] => (Part::Comment, block_comment(rest)),
        ['"', ..] => (Part::Text, 1 + quoted(&rest[1..], '"')),
        ['\'', '\\', ..] => (Part::Text, 1 + quoted(&rest[1..], '\'')),
        ['\'', _, '\'', ..] => (Part::Text, 3),
        ['r', '"' | '#', ..] if starts_name => raw_text(rest, 1),
        ['b', 'r', '"' | '#', ..] if starts_name => raw_text(rest, 2),
        _ => (Part::Code, 1),
    }
}

fn block_comment(rest: &[char]) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at + 1 < rest.len() {
        match (rest[at], rest[at + 1]) {
            ('/', '*') => (depth, at) = (depth + 1, at + 2),
            ('*', '/') if depth == 1 => return at + 2,
            ('*', '/') => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    rest.len()
}

/// The length up to and with the closing quote; a backslash hides what follows it.
fn quoted(rest: &[char], quote: char) -> usize {
    let mut at = 0;
    while at < rest.len() && rest[at] != quote {
        at += if rest[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(rest.len())
}

/// A raw string whose prefix is `prefix` long; a raw name (`r#type`) is code.
fn raw_text(rest: &[char], prefix: usize) -> (Part, usize) {
    let hashes = rest[prefix..].iter().take_while(|letter| **letter == '#').count();
    let start = prefix + hashes + 1;
    if rest.get(start - 1) != Some(&'"') {
        return (Part::Code, prefix);
    }
    let closing: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    let end = rest[start..].windows(closing.len()).position(|window| window == closing);
    (Part::Text, end.map_or(rest.len(), |end| start + end + closing.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_strings_are_masked_and_lines_stay() {
        let text = "let a = \"fn x() {\"; // fn y()\n/* /* fn */ z */ let b = 'q'; let c: &'static str = r#\"}\"\n\"#;\nr#type";
        let source = Source::new("src/a.rs", text);
        assert_eq!(source.code.lines().count(), text.lines().count());
        assert!(!source.code.contains("fn") && !source.code.contains('}') && !source.code.contains('q'));
        assert!(source.code.contains("&'static str") && source.code.contains("r#type"));
        assert!(source.uncommented.contains("fn x() {") && !source.uncommented.contains("fn y"));
    }

    #[test]
    fn an_escaped_quote_does_not_end_a_string() {
        let source = Source::new("src/a.rs", r#"f("\"", '\'', "\\"); g()"#);
        assert!(source.code.ends_with("; g()"), "{}", source.code);
    }

    #[test]
    fn functions_are_measured_and_declarations_are_not() {
        let text = "trait T { fn declared(&self) -> [u8; 4]; }\nfn one() { two(); }\nstruct S { f: fn(u8) -> u8 }\n\
                    async fn long<T>(a: impl Fn(u8) -> T,\n b: u8) -> T where T: Clone {\n if b > 0 { a(b) } else { a(1) }\n}\n\
                    both_engines!(works, |db| async move {\n  db.x();\n});\n";
        let found = Source::new("src/a.rs", text).functions();
        let seen: Vec<_> = found.iter().map(|it| (it.name.as_str(), it.line, it.lines)).collect();
        assert_eq!(seen, [("one", 2, 1), ("long", 4, 4), ("works", 8, 3)]);
    }

    #[test]
    fn the_test_module_ends_the_production_lines() {
        let source =
            Source::new("src/a.rs", "//! A.\nfn a() {}\n#[cfg(test)]\nfn help() {}\n#[cfg(test)]\nmod tests {\n}\n");
        assert_eq!(source.production_lines, 4);
        assert!(source.is_test_line(5) && !source.is_test_line(4));
    }
}
