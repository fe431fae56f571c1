//! Why a command ended without doing what it was asked for.

use std::error::Error;

use crate::auth::MintError;
use crate::settings::{Problem, SettingsError};

/// Why a command failed. Its text is for people, one finding per line.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// Arguments that do not go together.
    #[error("{0}")]
    Usage(String),
    /// Settings that cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A token that cannot be made.
    #[error(transparent)]
    Mint(#[from] MintError),
    /// Anything that went wrong on the way.
    #[error("{0}")]
    Failed(Box<dyn Error + Send + Sync>),
}

impl CliError {
    /// Wraps what went wrong on the way.
    pub fn failed(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Failed(error.into())
    }

    /// Settings that were read but are refused.
    pub fn refused(problems: Vec<Problem>) -> Self {
        Self::Settings(SettingsError::Refused(problems))
    }

    /// The exit status of the process.
    pub const fn exit_status(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Settings(_) | Self::Mint(_) | Self::Failed(_) => 1,
        }
    }
}
