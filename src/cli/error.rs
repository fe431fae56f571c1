//! Why a command ended without doing what it was asked for.

use std::error::Error;

use crate::auth::MintError;
use crate::client::{CallError, TargetError};
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
    /// A call that the service did not answer as asked.
    #[error(transparent)]
    Call(#[from] CallError),
    /// A service that cannot be called at all.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// A failure whose exit status means something to whoever started the command.
    #[error("{text}")]
    Exit {
        /// The exit status.
        status: u8,
        /// What went wrong.
        text: String,
    },
    /// Anything that went wrong on the way.
    #[error("{0}")]
    Failed(Box<dyn Error + Send + Sync>),
}

impl CliError {
    /// Wraps what went wrong on the way.
    pub fn failed(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Failed(error.into())
    }

    /// A failure with an exit status of its own.
    pub fn exit(status: u8, error: &(impl ToString + ?Sized)) -> Self {
        Self::Exit { status, text: error.to_string() }
    }

    /// Settings that were read but are refused.
    pub fn refused(problems: Vec<Problem>) -> Self {
        Self::Settings(SettingsError::Refused(problems))
    }

    /// The exit status of the process.
    pub const fn exit_status(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Exit { status, .. } => *status,
            Self::Settings(_) | Self::Mint(_) | Self::Call(_) | Self::Target(_) | Self::Failed(_) => 1,
        }
    }
}
