//! Tokens for the load, made by the program's own `token` command.

use std::path::{Path, PathBuf};

use super::{clean, run};
use crate::Result;

/// Two key pairs: of users and of operators.
#[derive(Debug, Clone)]
pub struct Keys {
    binary: PathBuf,
    folder: PathBuf,
    /// Verifies users' tokens (setting `auth.key_set`).
    pub users_set: PathBuf,
    /// Verifies operators' tokens (setting `auth.operator_key_set`).
    pub operators_set: PathBuf,
}

impl Keys {
    /// Makes both in a folder below `home`.
    pub fn make(binary: &Path, home: &Path) -> Result<Self> {
        let folder = home.join("keys");
        run(clean(binary).args(["token", "--new-key", "--dir"]).arg(&folder))?;
        run(clean(binary).args(["token", "--new-key", "--operator", "--dir"]).arg(&folder))?;
        let (users_set, operators_set) = (folder.join("users-keys.json"), folder.join("operators-keys.json"));
        Ok(Self { binary: binary.to_owned(), folder, users_set, operators_set })
    }

    /// A token that may make accounts.
    pub fn operator(&self) -> Result<String> {
        self.mint(&["--operator"], "operators-key.pem")
    }

    /// A token of a user.
    pub fn user(&self, account: &str, user: &str) -> Result<String> {
        self.mint(&["--account", account, "--user", user], "users-key.pem")
    }

    fn mint(&self, bearer: &[&str], key: &str) -> Result<String> {
        let mut command = clean(&self.binary);
        command.args(["token", "--life", "4h", "--key"]).arg(self.folder.join(key)).args(bearer);
        Ok(run(&mut command)?.trim().to_owned())
    }
}
