//! `helpdesk token`: tokens and key pairs for development.

use std::path::Path;

use super::args::{GlobalArgs, TokenArgs};
use super::{CliError, print};
use crate::auth::dev_keys::{self, KeyPairFiles};
use crate::auth::{Bearer, TokenOrder, TokenSigner};
use crate::clock::{Clock as _, SystemClock};
use crate::domain::time::Timestamp;
use crate::ids::Ids;
use crate::settings::Settings;
use crate::settings::units::format_duration;

/// Prints a token, or makes a key pair and prints the settings that use it.
///
/// # Errors
/// [`CliError`] when there is no key to sign with, or the files of a new one exist already.
pub fn run(args: &TokenArgs, global: &GlobalArgs) -> Result<(), CliError> {
    let settings = global.settings(Vec::new())?;
    let text = if args.new_key {
        new_key(args, &settings, &Ids::system())?
    } else {
        mint(args, &settings, SystemClock.now())?
    };
    print(&format!("{text}\n"))
}

/// A token for the bearer that the arguments name.
pub(super) fn mint(args: &TokenArgs, settings: &Settings, now: Timestamp) -> Result<String, CliError> {
    let longest = settings.auth.token_max_age;
    if args.life > longest {
        let longest = format_duration(longest);
        return Err(CliError::Usage(format!("--life: tokens live at most {longest} (setting auth.token_max_age)")));
    }
    let order = TokenOrder {
        issuer: settings.auth.issuer.clone(),
        audience: settings.auth.audience.clone(),
        bearer: bearer(args)?,
        issued: now,
        life: args.life,
    };
    Ok(signer(args, settings)?.sign(&order)?)
}

fn bearer(args: &TokenArgs) -> Result<Bearer, CliError> {
    match (&args.operator, &args.account, &args.user) {
        (Some(name), ..) => Ok(Bearer::Operator { name: name.clone() }),
        (None, Some(account), Some(user)) => Ok(Bearer::User { account: account.clone(), user: user.clone() }),
        _ => Err(CliError::Usage("give --account and --user, or --operator".to_owned())),
    }
}

/// The key of the arguments, else of the settings, else the shared secret.
fn signer(args: &TokenArgs, settings: &Settings) -> Result<TokenSigner, CliError> {
    let auth = &settings.auth;
    let is_operator = args.operator.is_some();
    let configured = if is_operator { &auth.operator_signing_key } else { &auth.signing_key };
    if let Some(path) = args.key.as_ref().or(configured.as_ref()) {
        return Ok(TokenSigner::from_pem(&read(path)?, args.kid.clone())?);
    }
    if auth.hs256_secret.is_set() && !is_operator {
        return Ok(TokenSigner::from_secret(&auth.hs256_secret));
    }
    let (setting, flag) = if is_operator { ("operator_signing_key", " --operator") } else { ("signing_key", "") };
    Err(CliError::Usage(format!(
        "no key to sign with: give --key or set auth.{setting}; `helpdesk token --new-key{flag}` makes one"
    )))
}

fn read(path: &Path) -> Result<Vec<u8>, CliError> {
    std::fs::read(path).map_err(|error| CliError::failed(format!("cannot read {}: {error}", path.display())))
}

/// Makes a key pair and returns the lines of a settings file that use it.
pub(super) fn new_key(args: &TokenArgs, settings: &Settings, ids: &Ids) -> Result<String, CliError> {
    let default = settings.data_dir.join("keys");
    let folder = args.dir.as_deref().unwrap_or(&default);
    let (name, prefix) = if args.operator.is_some() { ("operators", "operator_") } else { ("users", "") };
    let files = KeyPairFiles::at(folder, name);
    let failed = |error| CliError::failed(format!("cannot write the key pair to {}: {error}", folder.display()));
    files.write(&dev_keys::generate(ids)).map_err(failed)?;
    let line = |key: &str, path: &Path| format!("{prefix}{key} = {}", toml::Value::from(path.display().to_string()));
    let lines = [line("key_set", &files.jwks), line("signing_key", &files.private_pem)];
    Ok(format!("# for development: put this into your settings file\n[auth]\n{}", lines.join("\n")))
}
