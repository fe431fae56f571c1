//! A folder that is gone when the command ends.

use std::path::{Path, PathBuf};

use super::CliError;
use crate::clock::{Clock as _, SystemClock};
use crate::ids::Ids;

/// A new, empty folder among the temporary files, deleted with everything in it when this is dropped.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// Makes the folder; `name` begins its name.
    ///
    /// # Errors
    /// [`CliError::Failed`] when it cannot be made.
    pub fn new(name: &str) -> Result<Self, CliError> {
        let folder = std::env::temp_dir().join(format!("{name}-{}", Ids::system().uuid(SystemClock.now())));
        let failed = |error| CliError::failed(format!("cannot make {}: {error}", folder.display()));
        std::fs::create_dir(&folder).map_err(failed)?;
        Ok(Self(folder))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::debug!(%error, folder = %self.0.display(), "a temporary folder is left behind");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_goes_with_its_owner() {
        let scratch = Scratch::new("helpdesk-test").expect("made");
        let path = scratch.path().to_owned();
        std::fs::write(path.join("a"), "b").expect("written");
        drop(scratch);
        assert!(!path.exists());
    }
}
