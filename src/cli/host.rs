//! A service that runs inside a command, with keys to sign tokens for it.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::CliError;
use super::access::NewAccount;
use super::args::reachable;
use crate::app::{self, RunningApp, Surroundings};
use crate::auth::dev_keys::{self, KeyPairFiles};
use crate::auth::{Bearer, TokenOrder, TokenSigner};
use crate::client::{Connection, Patience, Target};
use crate::clock::{Clock as _, SystemClock};
use crate::domain::ids::{AccountId, UserId};
use crate::ids::Ids;
use crate::settings::{AuthSettings, Secret, Settings};

/// How long a service that was just started may take to serve.
const START: Duration = Duration::from_secs(30);
/// Who signs as operator.
const OPERATOR: &str = "command-line";
/// Id of the first person of accounts that commands make.
pub const ADMIN: &str = "ada";

/// A running service.
pub struct Host {
    running: RunningApp,
    url: String,
    auth: AuthSettings,
    users: TokenSigner,
    operators: TokenSigner,
}

impl Host {
    /// Starts the service on its own address and waits until it serves. Keys that the settings do not name are made in
    /// the data folder, once.
    ///
    /// # Errors
    /// [`CliError`] when a key cannot be used or the service does not start.
    pub async fn start(mut settings: Settings) -> Result<Self, CliError> {
        let folder = settings.data_dir.join("keys");
        let (users, operators) = signers(&mut settings.auth, &folder)?;
        Self::serve(settings, users, operators).await
    }

    /// Starts the service for this command alone: on some free port of loopback, without TLS, and believing only keys
    /// that are made in `scratch` now.
    ///
    /// # Errors
    /// [`CliError`] when the keys cannot be made or the service does not start.
    pub async fn start_alone(mut settings: Settings, scratch: &Path) -> Result<Self, CliError> {
        settings.server.listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let tls = &mut settings.server.tls;
        (tls.cert, tls.key, tls.client_ca) = (None, None, None);
        let auth = &mut settings.auth;
        (auth.key_set, auth.signing_key) = (None, None);
        (auth.operator_key_set, auth.operator_signing_key) = (None, None);
        let (users, operators) = signers(auth, &scratch.join("keys"))?;
        Self::serve(settings, users, operators).await
    }

    async fn serve(settings: Settings, users: TokenSigner, operators: TokenSigner) -> Result<Self, CliError> {
        let auth = settings.auth.clone();
        let running = start_service(&settings).await?;
        let url = format!("http://{}", reachable(running.address));
        let host = Self { running, url, auth, users, operators };
        let nobody = Connection::to(&Target { url: host.url.clone(), ..Target::default() })?;
        nobody.until_serving(Patience::of(START, 0)).await?;
        Ok(host)
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A connection with this credential.
    ///
    /// # Errors
    /// [`CliError::Failed`] when the credential cannot be sent.
    pub fn connect(&self, token: Secret) -> Result<Connection, CliError> {
        let target = Target { url: self.url.clone(), token: Some(token), ca: None };
        Ok(Connection::to(&target)?)
    }

    /// A token for a user of an account, good for as long as tokens may be.
    ///
    /// # Errors
    /// [`CliError`] when an id is none, or the token cannot be signed.
    pub fn user_token(&self, account: &str, user: &str) -> Result<Secret, CliError> {
        let account = AccountId::parse(account).map_err(CliError::failed)?;
        let user = UserId::parse(user).map_err(CliError::failed)?;
        self.token(&self.users, Bearer::User { account, user })
    }

    /// An operator's token.
    ///
    /// # Errors
    /// [`CliError`] when it cannot be signed.
    pub fn operator_token(&self) -> Result<Secret, CliError> {
        self.token(&self.operators, Bearer::Operator { name: OPERATOR.to_owned() })
    }

    /// A token for the administrator of an account, which is made when it is not there.
    ///
    /// # Errors
    /// [`CliError`] when the account can be neither found nor made.
    pub async fn account_admin(&self, account: &str, display_name: &str) -> Result<Secret, CliError> {
        let new = NewAccount {
            id: account,
            display_name,
            time_zone: "",
            admin: ADMIN,
            admin_name: "Ada Admin",
            admin_email: &format!("{ADMIN}@{account}.example"),
        };
        new.make(&self.connect(self.operator_token()?)?).await?;
        self.user_token(account, ADMIN)
    }

    /// Serves until Ctrl-C or SIGTERM, then drains.
    ///
    /// # Errors
    /// [`CliError::Failed`] when signals cannot be listened to.
    pub async fn until_signal(self) -> Result<(), CliError> {
        self.running.until_signal().await.map_err(CliError::failed)
    }

    /// Ends the service without the time that a load balancer would need.
    pub async fn stop(self) {
        self.running.shutdown.close();
        self.running.stop().await;
    }

    fn token(&self, signer: &TokenSigner, bearer: Bearer) -> Result<Secret, CliError> {
        let order = TokenOrder {
            issuer: self.auth.issuer.clone(),
            audience: self.auth.audience.clone(),
            bearer,
            issued: SystemClock.now(),
            life: self.auth.token_max_age,
        };
        Ok(Secret::new(signer.sign(&order)?))
    }
}

/// The one place where a command starts the service.
async fn start_service(settings: &Settings) -> Result<RunningApp, CliError> {
    Box::pin(app::start(settings, Surroundings::default())).await.map_err(CliError::failed)
}

/// Signers of users' and operators' tokens that the service will believe.
fn signers(auth: &mut AuthSettings, folder: &Path) -> Result<(TokenSigner, TokenSigner), CliError> {
    let users = ready("users", folder, &mut auth.key_set, &mut auth.signing_key)?;
    let operators = ready("operators", folder, &mut auth.operator_key_set, &mut auth.operator_signing_key)?;
    Ok((users, operators))
}

/// A signer for one key set; where the settings name none, a pair of files that is made once.
fn ready(
    name: &str,
    folder: &Path,
    key_set: &mut Option<PathBuf>,
    signing_key: &mut Option<PathBuf>,
) -> Result<TokenSigner, CliError> {
    if key_set.is_some() != signing_key.is_some() {
        return Err(CliError::Usage(format!(
            "the settings name a key set for {name} without its signing key, or the reverse"
        )));
    }
    let made = KeyPairFiles::at(folder, name);
    if key_set.is_none() && !made.private_pem.exists() {
        let failed = |error| CliError::failed(format!("cannot write keys to {}: {error}", folder.display()));
        made.write(&dev_keys::generate(&Ids::system())).map_err(failed)?;
    }
    key_set.get_or_insert(made.jwks);
    let path = signing_key.get_or_insert(made.private_pem);
    let pem =
        std::fs::read(&*path).map_err(|error| CliError::failed(format!("cannot read {}: {error}", path.display())))?;
    Ok(TokenSigner::from_pem(&pem, None)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_made_once_and_found_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let found = || {
            let mut auth = Settings::defaults().auth;
            signers(&mut auth, folder.path()).expect("made or found");
            std::fs::read(auth.key_set.expect("named")).expect("there")
        };
        assert_eq!(found(), found());
    }

    #[test]
    fn half_a_pair_is_refused() {
        let mut auth = Settings::defaults().auth;
        auth.key_set = Some("keys.json".into());
        assert!(matches!(signers(&mut auth, Path::new("/nowhere")), Err(CliError::Usage(_))));
    }
}
