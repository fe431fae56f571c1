//! Where the questions of a replay come from: a file of real ones, or the project's own generator.

use std::path::Path;

use super::CliError;

/// One customer question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What the customer asks.
    pub text: String,
    /// What it is about, in a word or two; may be empty.
    pub topic: String,
}

/// Longest text that a message carries, in characters.
const LONGEST: usize = 65_536;

/// Reads a CSV file with a head line: the questions stand in the column `text`, else in the first; their topics in
/// `category` or `topic`, where there is one. Rows without a question are passed over.
///
/// # Errors
/// [`CliError::Failed`] when the file cannot be read or is not CSV (RFC 4180).
pub fn read_csv(path: &Path) -> Result<Vec<Question>, CliError> {
    let failed = |error: csv::Error| CliError::failed(format!("{}: {error}", path.display()));
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(path).map_err(failed)?;
    let head = reader.headers().map_err(failed)?.clone();
    let column = |names: &[&str]| head.iter().position(|name| names.contains(&name.trim()));
    let (text, topic) = (column(&["text"]).unwrap_or(0), column(&["category", "topic"]));
    let mut questions = Vec::new();
    for row in reader.records() {
        let row = row.map_err(failed)?;
        let cell = |at: usize| row.get(at).unwrap_or("").trim();
        if !cell(text).is_empty() {
            let text = cell(text).chars().take(LONGEST).collect();
            questions.push(Question { text, topic: topic.map_or("", cell).to_owned() });
        }
    }
    Ok(questions)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Question>, CliError> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("questions.csv");
        std::fs::write(&path, text).expect("written");
        read_csv(&path)
    }

    fn question(text: &str, topic: &str) -> Question {
        Question { text: text.to_owned(), topic: topic.to_owned() }
    }

    #[test]
    fn questions_are_read_with_their_topics_and_line_breaks() {
        let read = read("topic,text\nbill,\"Why, \"\"again\"\"?\nPlease\"\n,Hi\nempty,  \n").expect("CSV");
        assert_eq!(read, [question("Why, \"again\"?\nPlease", "bill"), question("Hi", "")]);
    }

    #[test]
    fn without_a_known_name_the_first_column_counts() {
        assert_eq!(read("q\nA\n").expect("CSV"), [question("A", "")]);
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = read_csv(Path::new("/nowhere/a.csv")).expect_err("no file");
        assert!(error.to_string().contains("/nowhere/a.csv"), "{error}");
    }
}
