//! Playing a folder of stored mails, broken ones included.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Serialize;
use tokio::task::JoinSet;

use super::CliError;
use super::desk::MAILS;
use super::lists::{Lists, bare_id};
use super::send::Sender;
use crate::client::{CallError, Code, Connection, Patience, until_answered};
use crate::grpc::pb::v1::{InboundMessage, IngestMessageRequest, IngestMessageResponse};

/// What became of a folder of mails.
#[derive(Debug, Clone, Default, Serialize)]
pub struct MailReport {
    /// Mails in the folder.
    pub sent: usize,
    /// Mails that are messages now and were not before.
    pub messages: usize,
    /// Mails that were there already: in the folder twice, or from an earlier run.
    pub duplicates: usize,
    /// Mails that the service does not take, with its reason.
    pub refused: Vec<Refused>,
    /// Mails that came to nothing for any other reason.
    pub failed: Vec<Refused>,
    /// Answers that blame the service itself.
    pub internal: usize,
    /// Mails that were taken and are not among the messages of the channel, or are there twice.
    pub lost: usize,
    /// What the service keeps its data in.
    pub database: &'static str,
}

/// A mail that did not become a message.
#[derive(Debug, Clone, Serialize)]
pub struct Refused {
    /// Its file, below the folder.
    pub file: String,
    /// Status code and reason.
    pub reason: String,
    /// One English sentence.
    pub message: String,
}

/// What one mail became.
struct Played {
    file: PathBuf,
    answer: Result<IngestMessageResponse, CallError>,
}

impl MailReport {
    /// One sentence for each thing that is off.
    pub fn complaints(&self) -> Vec<String> {
        let failed = self.failed.iter().map(|it| format!("{}: {} {}", it.file, it.reason, it.message));
        let lost = (self.lost > 0).then(|| format!("{} mails are not there exactly once", self.lost));
        failed.chain(lost).collect()
    }

    /// For people.
    pub fn text(&self) -> String {
        let refused = self.refused.iter().map(|it| format!("refused: {}: {} {}", it.file, it.reason, it.message));
        let list: Vec<String> = refused.chain([String::new()]).collect();
        format!(
            "{}{} mails: {} new messages, {} were there already, {} refused with a reason, {} failed ({})\n",
            list.join("\n"),
            self.sent,
            self.messages,
            self.duplicates,
            self.refused.len(),
            self.failed.len(),
            self.database,
        )
    }

    fn add(&mut self, root: &Path, played: &Played) {
        let error = match &played.answer {
            Ok(answer) if answer.duplicate => return self.duplicates += 1,
            Ok(_) => return self.messages += 1,
            Err(error) => error,
        };
        let file = played.file.strip_prefix(root).unwrap_or(&played.file).display().to_string();
        let reason = format!("{} {}", error.code_name(), error.reason.as_deref().unwrap_or("without a reason"));
        let list = if error.code == Code::InvalidArgument { &mut self.refused } else { &mut self.failed };
        list.push(Refused { file, reason, message: error.message.clone() });
        self.internal += usize::from(error.code == Code::Internal);
    }
}

/// Every `.eml` file below `folder`, sorted.
///
/// # Errors
/// [`CliError::Failed`] when a folder cannot be read.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>, CliError> {
    let failed = |error| CliError::failed(format!("cannot read {}: {error}", folder.display()));
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("eml")) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Sends all mails below `folder` and reads back what became of them.
///
/// # Errors
/// [`CliError`] when a file or a list cannot be read.
pub async fn play(folder: &Path, files: Vec<PathBuf>, account: &str, sender: &Sender) -> Result<MailReport, CliError> {
    let mut report = MailReport { sent: files.len(), ..MailReport::default() };
    let mut played = send(Arc::new(files), account, sender).await?;
    played.sort_by(|one, other| one.file.cmp(&other.file));
    for played in &played {
        report.add(folder, played);
    }
    let ids: BTreeSet<&str> = played.iter().filter_map(external_id).collect();
    let lists = Lists::of(&sender.connections[0], account, sender.patience);
    let stored = lists.messages(MAILS).await?;
    let times = |id: &&str| stored.iter().filter(|message| message.external_id == **id).count();
    report.lost = ids.iter().filter(|id| times(id) != 1).count();
    Ok(report)
}

fn external_id(played: &Played) -> Option<&str> {
    let message = played.answer.as_ref().ok()?.message.as_ref()?;
    Some(bare_id(&message.external_id))
}

async fn send(files: Arc<Vec<PathBuf>>, account: &str, sender: &Sender) -> Result<Vec<Played>, CliError> {
    let next = Arc::new(AtomicUsize::new(0));
    let mut clients = JoinSet::new();
    for number in 0..sender.clients.min(files.len()) {
        let connection = sender.connections[number % sender.connections.len()].clone();
        let patience = Patience::of(sender.patience, u64::try_from(number).unwrap_or(0));
        let (files, next, channel) = (Arc::clone(&files), Arc::clone(&next), format!("{account}/channels/{MAILS}"));
        clients.spawn(async move {
            let mut done = Vec::new();
            while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                done.push(one(&connection, patience, &channel, file).await?);
            }
            Ok::<_, CliError>(done)
        });
    }
    let mut all = Vec::new();
    while let Some(done) = clients.join_next().await {
        all.extend(done.map_err(CliError::failed)??);
    }
    Ok(all)
}

async fn one(connection: &Connection, patience: Patience, channel: &str, file: &Path) -> Result<Played, CliError> {
    let raw_mail = tokio::fs::read(file).await;
    let raw_mail = raw_mail.map_err(|error| CliError::failed(format!("cannot read {}: {error}", file.display())))?;
    let message = InboundMessage { raw_mail, ..InboundMessage::default() };
    let request =
        IngestMessageRequest { channel: channel.to_owned(), message: Some(message), ..IngestMessageRequest::default() };
    let answer = until_answered(patience, || {
        let (mut client, request) = (connection.ingress(), request.clone());
        async move { client.ingest_message(request).await }
    });
    Ok(Played { file: file.to_owned(), answer: answer.await })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn played(file: &str, answer: Result<IngestMessageResponse, CallError>) -> Played {
        Played { file: Path::new("/mails").join(file), answer }
    }

    #[test]
    fn each_mail_counts_once_and_only_bad_input_is_a_refusal() {
        let new = IngestMessageResponse::default();
        let known = IngestMessageResponse { duplicate: true, ..new.clone() };
        let mut report = MailReport::default();
        for played in [
            played("a.eml", Ok(new)),
            played("b/c.eml", Ok(known)),
            played("d.eml", Err(CallError::local(Code::InvalidArgument, "nothing to read"))),
            played("e.eml", Err(CallError::local(Code::Internal, "a fault"))),
        ] {
            report.add(Path::new("/mails"), &played);
        }
        assert_eq!((report.messages, report.duplicates, report.internal), (1, 1, 1));
        assert_eq!(report.refused[0].file, "d.eml");
        assert_eq!(report.complaints(), ["e.eml: INTERNAL without a reason a fault"]);
    }

    #[test]
    fn mails_are_found_in_folders_below() {
        let root = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(root.path().join("below")).expect("made");
        for name in ["b.eml", "below/a.EML", "notes.txt"] {
            std::fs::write(root.path().join(name), "x").expect("written");
        }
        let found = files(root.path()).expect("readable");
        let names: Vec<_> = found.iter().filter_map(|path| path.file_name()?.to_str()).collect();
        assert_eq!(names, ["b.eml", "a.EML"]);
        assert!(files(Path::new("/nowhere")).is_err());
    }
}
