//! A folder in the form of a Maildir: each mail is a file that appears whole in `new`.
//!
//! A file is named after its mail, so one that is handed over twice lies there once, unless somebody took it away
//! between.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::SendFault;
use crate::mail::compose::Parcel;

/// See the module.
#[derive(Debug, Clone)]
pub struct Maildir(PathBuf);

impl Maildir {
    /// The folder; made with the first mail.
    pub fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// Puts a mail into `new`, on the disk.
    pub async fn keep(&self, parcel: &Parcel) -> Result<(), SendFault> {
        let (folder, parcel) = (self.0.clone(), parcel.clone());
        let kept = tokio::task::spawn_blocking(move || keep(&folder, &parcel)).await;
        let kept = kept.map_err(|_| SendFault::Later("writing to the Maildir panicked".to_owned()))?;
        kept.map_err(|error| SendFault::OutOfReach(format!("the Maildir cannot be written: {error}")))
    }
}

fn keep(folder: &Path, parcel: &Parcel) -> io::Result<()> {
    for part in ["tmp", "new", "cur"] {
        fs::create_dir_all(folder.join(part))?;
    }
    let name = name_of(parcel);
    if is_there(folder, &name)? {
        return Ok(());
    }
    let draft = folder.join("tmp").join(&name);
    let mut file = File::create(&draft)?;
    file.write_all(&parcel.bytes)?;
    file.sync_all()?;
    let new = folder.join("new");
    fs::rename(&draft, new.join(&name))?;
    File::open(new)?.sync_all()
}

/// A name that only this mail has; the Message-ID itself may have letters that a file name cannot.
fn name_of(parcel: &Parcel) -> String {
    let hash = digest(&SHA256, parcel.message_id.as_bytes());
    format!("{}.helpdesk", URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16]))
}

/// Whether the mail is there, read or not: readers move it to `cur` and add `:2,` and flags.
fn is_there(folder: &Path, name: &str) -> io::Result<bool> {
    if folder.join("new").join(name).exists() {
        return Ok(true);
    }
    for entry in fs::read_dir(folder.join("cur"))? {
        if entry?.file_name().to_string_lossy().starts_with(name) {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parcel(id: &str) -> Parcel {
        let (message_id, bytes) = (id.to_owned(), b"Subject: Hi\r\n\r\nHello\r\n".to_vec());
        Parcel { message_id, sender: None, recipients: vec!["ann@x.example".to_owned()], bytes }
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("a folder");
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
    }

    #[tokio::test]
    async fn a_mail_that_is_handed_over_twice_lies_there_once() {
        let place = tempfile::tempdir().expect("a folder");
        let maildir = Maildir::new(place.path().join("outbox"));
        for id in ["a@x", "a@x", "b@x"] {
            maildir.keep(&parcel(id)).await.expect("kept");
        }
        let new = place.path().join("outbox/new");
        assert_eq!(names(&new).len(), 2);
        let first = names(&new).remove(0);
        assert_eq!(fs::read(new.join(&first)).expect("there"), parcel("a@x").bytes);
        fs::rename(new.join(&first), place.path().join("outbox/cur").join(format!("{first}:2,S"))).expect("read");
        for id in ["a@x", "b@x"] {
            maildir.keep(&parcel(id)).await.expect("kept");
        }
        assert_eq!(names(&new).len(), 1, "what was read does not come again");
        assert!(names(&place.path().join("outbox/tmp")).is_empty());
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_written_is_tried_again() {
        let place = tempfile::tempdir().expect("a folder");
        fs::write(place.path().join("outbox"), "in the way").expect("written");
        let refused = Maildir::new(place.path().join("outbox")).keep(&parcel("a@x")).await;
        assert!(matches!(refused, Err(SendFault::OutOfReach(_))), "{refused:?}");
    }
}
