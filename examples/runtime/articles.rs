//! A brain that answers from a folder of articles: the best one by full-text search, when it is good enough.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use helpdesk::client::{Brain, Thought};
use helpdesk::domain::search::words;
use helpdesk::domain::triggers::Phrases;
use helpdesk::grpc::pb::v1::{HandoffSignals, Turn};
use rusqlite::{Connection, OptionalExtension, params};

use crate::Failure;
use crate::script::said;

/// Ways to ask for a person.
const ASKS: [&str; 6] =
    ["talk to a human", "talk to a person", "talk to somebody", "speak to a human", "real person", "human being"];
/// Words that say nothing about what a question is about.
const EMPTY: [&str; 40] = [
    "a", "an", "and", "are", "can", "could", "did", "do", "does", "for", "from", "have", "how", "i", "in", "is", "it",
    "me", "my", "not", "of", "on", "or", "please", "that", "the", "there", "this", "to", "was", "what", "when",
    "where", "which", "why", "will", "with", "would", "you", "your",
];
/// Paragraphs of an article that an answer quotes.
const QUOTED: usize = 2;

/// See the module.
#[derive(Debug)]
pub struct Articles {
    /// An index in memory, one thought at a time.
    index: Mutex<Connection>,
    asks: Phrases,
}

impl Articles {
    /// Reads every `*.md` of a folder: the first line is the title, the rest the text.
    pub fn read(folder: &Path) -> Result<Self, Failure> {
        let index = Connection::open_in_memory()?;
        index.execute_batch("CREATE VIRTUAL TABLE article USING fts5(title, text, tokenize = 'porter unicode61')")?;
        let files = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let mut count = 0;
        for file in files.flatten().map(|entry| entry.path()) {
            if file.extension().is_some_and(|kind| kind == "md") {
                let whole = std::fs::read_to_string(&file)?;
                let (title, text) = whole.split_once('\n').unwrap_or((&whole, ""));
                let title = title.trim_start_matches('#').trim();
                index.execute("INSERT INTO article (title, text) VALUES (?1, ?2)", params![title, text.trim()])?;
                count += 1;
            }
        }
        if count == 0 {
            return Err(format!("{} has no articles (*.md)", folder.display()).into());
        }
        let asks = ASKS.iter().map(|text| (*text).to_owned()).collect();
        Ok(Self { index: Mutex::new(index), asks: Phrases::stored(asks) })
    }

    /// The best article for a question that shares at least two telling words with it, or all that the question has.
    fn best(&self, question: &str) -> rusqlite::Result<Option<(String, String)>> {
        let mut terms: Vec<String> = words(question).into_iter().map(|word| word.text).collect();
        terms.retain(|term| !EMPTY.contains(&term.as_str()));
        terms.sort_unstable();
        terms.dedup();
        if terms.is_empty() {
            return Ok(None);
        }
        let quoted = |term: &String| format!("\"{}\"", term.replace('"', ""));
        let any = terms.iter().map(quoted).collect::<Vec<_>>().join(" OR ");
        let index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        let found: Option<(i64, String, String)> = index
            .query_row(
                "SELECT rowid, title, text FROM article WHERE article MATCH ?1 ORDER BY bm25(article, 4.0, 1.0) LIMIT 1",
                params![any],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
            .optional()?;
        let Some((id, title, text)) = found else { return Ok(None) };
        let mut shared = 0;
        for term in &terms {
            let sql = "SELECT count(*) FROM article WHERE article MATCH ?1 AND rowid = ?2";
            let has: i64 = index.query_row(sql, params![quoted(term), id], |row| row.get(0))?;
            shared += usize::from(has > 0);
        }
        Ok((shared >= 2.min(terms.len())).then_some((title, text)))
    }
}

impl Brain for Articles {
    fn think(&self, turn: &Turn) -> Thought {
        let question = said(turn);
        if !self.asks.found_in(question).is_empty() {
            return Thought::Signal(HandoffSignals { contact_asked: true, ..HandoffSignals::default() });
        }
        match self.best(question) {
            Ok(Some((title, text))) => {
                let paragraphs: Vec<&str> = text.split("\n\n").take(QUOTED).map(str::trim).collect();
                Thought::Answer(format!("{title}\n\n{}", paragraphs.join("\n\n")))
            }
            Ok(None) => Thought::Signal(HandoffSignals { cannot_answer: true, ..HandoffSignals::default() }),
            Err(_) => Thought::Fail,
        }
    }
}
