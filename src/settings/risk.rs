//! Set-ups that work but are unsafe in production (T-55): each has a name by which it can be accepted.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An unsafe set-up that production refuses unless `accept_risks` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Risk {
    /// The gRPC port is open to others without TLS.
    PlaintextListener,
    /// PostgreSQL on another machine without enforced TLS.
    PlaintextDatabase,
    /// OTLP to another machine without TLS.
    PlaintextTelemetry,
    /// Mail to a mail server on another machine without enforced TLS.
    PlaintextMail,
    /// Files to a store on another machine without TLS.
    PlaintextBlobs,
    /// The metrics page is open to others.
    PublicMetrics,
    /// The database password is one that everybody tries first.
    WeakDatabasePassword,
    /// The HS256 secret is one that can be guessed.
    WeakSecret,
    /// The database lives in memory and dies with the process.
    MemoryDatabase,
    /// The data folder or the database lies where the system cleans up.
    TemporaryData,
    /// Log lines at trace level show what the libraries below put on the wire.
    TraceLogs,
    /// A private signing key is configured beside the service that only has to verify.
    SigningKey,
    /// A key set holds a key that `helpdesk token --new-key` made.
    DevelopmentKey,
    /// Other users of the machine can read a private key.
    ReadableKey,
    /// The program was built without optimization and with debug assertions.
    DebugBuild,
}

/// One reason why the settings are refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The setting that is wrong, for example `server.tls.key`.
    pub key: &'static str,
    /// What is wrong with it, in one line.
    pub text: String,
    /// The risk, when it is one that can be accepted.
    pub risk: Option<Risk>,
}

impl Problem {
    /// A setting that can never work.
    pub(super) fn wrong(key: &'static str, text: impl Into<String>) -> Self {
        Self { key, text: text.into(), risk: None }
    }

    /// A setting that works but is unsafe.
    pub(super) fn unsafe_setup(key: &'static str, risk: Risk, text: impl Into<String>) -> Self {
        Self { key, text: text.into(), risk: Some(risk) }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.text)?;
        match self.risk {
            Some(risk) => write!(f, " (refused in production; to accept it, put \"{risk}\" into accept_risks)"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Risk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_risk_is_shown_by_the_name_that_accepts_it() {
        assert_eq!(Risk::PlaintextListener.to_string(), "plaintext-listener");
        let problem = Problem::unsafe_setup("server.listen", Risk::PlaintextListener, "open without TLS");
        let shown = problem.to_string();
        assert!(shown.starts_with("server.listen: open without TLS") && shown.contains("\"plaintext-listener\""));
    }
}
