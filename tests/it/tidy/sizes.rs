//! Small files, short functions.

use super::source::{Function, Source};

const FILE: usize = 500;
const FUNCTION: usize = 70;
const TEST_FUNCTION: usize = 80;
const HANDLER: usize = 30;

/// Files and functions above their limits.
pub fn findings(sources: &[Source]) -> Vec<String> {
    sources.iter().flat_map(|source| file(source).into_iter().chain(functions(source))).collect()
}

fn file(source: &Source) -> Option<String> {
    let lines = source.production_lines;
    (lines > FILE).then(|| format!("{}:1: {lines} lines before the tests, at most {FILE}", source.path))
}

fn functions(source: &Source) -> Vec<String> {
    let measured = source.functions().into_iter().map(|function| (limit(source, &function), function));
    let long = measured.filter(|(limit, function)| function.lines > *limit);
    long.map(|(limit, it)| format!("{}:{}: {} has {} lines, at most {limit}", source.path, it.line, it.name, it.lines))
        .collect()
}

fn limit(source: &Source, function: &Function) -> usize {
    let is_handler = source.path.starts_with("src/grpc/handlers") && function.signature.contains("Request<");
    if source.is_test_line(function.line) {
        TEST_FUNCTION
    } else if is_handler {
        HANDLER
    } else {
        FUNCTION
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(lines: usize) -> String {
        format!("fn it(request: Request<u8>) {{{}}}\n", "\n".repeat(lines - 1))
    }

    #[test]
    fn each_kind_of_function_has_its_limit() {
        let count = |path: &str, lines: usize| findings(&[Source::new(path, &body(lines))]).len();
        assert_eq!((count("src/a.rs", 70), count("src/a.rs", 71)), (0, 1));
        assert_eq!((count("tests/it/a.rs", 80), count("tests/it/a.rs", 81)), (0, 1));
        assert_eq!((count("src/grpc/handlers/a.rs", 30), count("src/grpc/handlers/a.rs", 31)), (0, 1));
    }

    #[test]
    fn tests_do_not_count_for_the_length_of_a_file() {
        let text = format!("{}#[cfg(test)]\nmod tests {{\n{}}}\n", "//\n".repeat(499), "//\n".repeat(100));
        assert_eq!(findings(&[Source::new("src/a.rs", &text)]).len(), 0);
        assert_eq!(findings(&[Source::new("src/a.rs", &"//\n".repeat(501))]).len(), 1);
    }
}
