//! `helpdesk account create`: makes an account, through the service where one runs, else in its database.

use std::time::Duration;

use serde::Serialize;

use super::access::NewAccount;
use super::args::{AccountArgs, AccountCommand, AccountCreateArgs, GlobalArgs};
use super::host::Host;
use super::scratch::Scratch;
use super::{CliError, print, runtime};
use crate::auth::{Bearer, TokenOrder, TokenSigner};
use crate::client::{CallError, Code, Connection, Target};
use crate::clock::{Clock as _, SystemClock};
use crate::settings::{Secret, Settings};

/// How long the token is good that the command makes for itself.
const TOKEN_LIFE: Duration = Duration::from_mins(5);

/// What is printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Made {
    account: String,
    administrator: String,
    access_key: String,
    secret: String,
}

impl Made {
    fn text(&self) -> String {
        format!(
            "account        {}\nadministrator  {}\naccess key     {}\nsecret         {}\n\
             The secret is shown this once: hand it to the channel adapters of the account.\n",
            self.account, self.administrator, self.access_key, self.secret,
        )
    }
}

/// Works on accounts.
///
/// # Errors
/// [`CliError`] when it was not done.
pub fn run(args: &AccountArgs, global: &GlobalArgs) -> Result<(), CliError> {
    let AccountCommand::Create(args) = &args.command;
    let settings = global.settings(args.flags())?;
    let made = runtime()?.block_on(create(args, &settings))?;
    if args.json {
        let json = serde_json::to_string(&made).map_err(CliError::failed)?;
        return print(&format!("{json}\n"));
    }
    print(&made.text())
}

async fn create(args: &AccountCreateArgs, settings: &Settings) -> Result<Made, CliError> {
    let id = args.account.as_str();
    let email = args.admin_email.clone().unwrap_or_else(|| format!("{}@{id}.example", args.admin));
    let new = NewAccount {
        id,
        display_name: args.display_name.as_deref().unwrap_or(id),
        time_zone: args.time_zone.as_deref().unwrap_or_default(),
        admin: &args.admin,
        admin_name: &args.admin,
        admin_email: &email,
    };
    if args.database_url.is_some() {
        return in_the_database(&new, settings).await;
    }
    match through_the_service(args, settings, &new).await {
        Err(Unmade::NobodyThere) if args.connect.server.is_none() => in_the_database(&new, settings).await,
        Err(Unmade::NobodyThere) => Err(CliError::failed("no service answers there")),
        Err(Unmade::Failed(error)) => Err(error),
        Ok(made) => Ok(made),
    }
}

/// Why the service did not make the account.
enum Unmade {
    /// None runs there.
    NobodyThere,
    /// It refused, or was not asked.
    Failed(CliError),
}

impl<E: Into<CliError>> From<E> for Unmade {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

async fn through_the_service(
    args: &AccountCreateArgs,
    settings: &Settings,
    new: &NewAccount<'_>,
) -> Result<Made, Unmade> {
    let target = args.connect.target(settings);
    let nobody = Connection::to(&Target { token: None, ..target.clone() })?;
    if let Err(error) = nobody.is_serving("").await {
        return Err(if is_absent(&error) { Unmade::NobodyThere } else { error.into() });
    }
    let token = match target.token {
        Some(token) => token,
        None => own_token(settings)?,
    };
    Ok(ask(&nobody.with_token(&token)?, new).await?)
}

/// Makes it in the database of these settings, through a service that runs for this call alone: one way to make accounts,
/// with the same checks.
async fn in_the_database(new: &NewAccount<'_>, settings: &Settings) -> Result<Made, CliError> {
    let scratch = Scratch::new("helpdesk-account")?;
    let host = Host::start_alone(settings.clone(), scratch.path()).await?;
    let operator = host.operator_token().and_then(|token| host.connect(token));
    let made = match operator {
        Ok(operator) => ask(&operator, new).await,
        Err(error) => Err(error),
    };
    host.stop().await;
    made
}

async fn ask(operator: &Connection, new: &NewAccount<'_>) -> Result<Made, CliError> {
    let answer = operator.accounts().create_account(new.request()).await.map_err(CallError::from)?.into_inner();
    Ok(Made {
        account: answer.account.unwrap_or_default().name,
        administrator: answer.administrator.unwrap_or_default().name,
        access_key: answer.access_key.unwrap_or_default().name,
        secret: answer.secret,
    })
}

/// Whether nobody listens; a service that merely answers late is there.
fn is_absent(error: &CallError) -> bool {
    error.code == Code::Unavailable && error.reason.is_none()
}

/// An operator token from the key of the settings.
fn own_token(settings: &Settings) -> Result<Secret, CliError> {
    let auth = &settings.auth;
    let path = auth.operator_signing_key.as_ref().ok_or_else(|| {
        CliError::Usage(
            "a service runs there: give an operator token (--token), or set auth.operator_signing_key".to_owned(),
        )
    })?;
    let pem =
        std::fs::read(path).map_err(|error| CliError::failed(format!("cannot read {}: {error}", path.display())))?;
    let order = TokenOrder {
        issuer: auth.issuer.clone(),
        audience: auth.audience.clone(),
        bearer: Bearer::Operator { name: "account-create".to_owned() },
        issued: SystemClock.now(),
        life: TOKEN_LIFE,
    };
    Ok(Secret::new(TokenSigner::from_pem(&pem, None)?.sign(&order)?))
}
