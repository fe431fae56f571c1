//! Coming by a credential that may hand in messages: from an access key, a person's token, or an operator's.

use std::time::Duration;

use super::CliError;
use crate::client::{CallError, Code, Connection, Patience, Timestamp, until_answered};
use crate::clock::{Clock as _, SystemClock};
use crate::grpc::pb::access::{CallerKind, Permission};
use crate::grpc::pb::v1::{
    AccessKey, Account, Caller, CreateAccessKeyRequest, CreateAccountRequest, GetCallerRequest, PermissionGrant, User,
};
use crate::settings::Secret;

/// How long a key that a command makes for itself is good.
const KEY_LIFE: Duration = Duration::from_hours(24);

/// Who the credential of a connection stands for.
///
/// # Errors
/// [`CallError`] when it stands for nobody, or the service cannot be reached.
pub async fn caller(connection: &Connection, patience: Patience) -> Result<Caller, CallError> {
    let answer = until_answered(patience, async || connection.access().get_caller(GetCallerRequest {}).await);
    Ok(answer.await?.caller.unwrap_or_default())
}

/// A connection that may hand in messages, and the name of its account: the given one when it is an access key's, else
/// one with a new key that expires within a day.
///
/// # Errors
/// [`CliError::Usage`] for an operator's token, which belongs to no account; [`CliError::Call`] when the person may not
/// make keys.
pub async fn as_adapter(connection: &Connection, patience: Patience) -> Result<(Connection, String), CliError> {
    let caller = caller(connection, patience).await?;
    match caller.kind() {
        CallerKind::AccessKey => Ok((connection.clone(), caller.account)),
        CallerKind::User => {
            let permissions = caller.grants.iter().map(PermissionGrant::permission);
            let permissions: Vec<Permission> = permissions.chain([Permission::IngressWrite]).collect();
            let key = new_key(connection, &caller.account, "For one run of the command line", permissions).await?;
            Ok((connection.with_token(&key)?, caller.account))
        }
        _ => Err(CliError::Usage(
            "this token belongs to no account: give an access key of one (`helpdesk account create` prints it)"
                .to_owned(),
        )),
    }
}

/// Makes an access key that expires within a day.
///
/// # Errors
/// [`CallError`] when the caller may not.
pub async fn new_key(
    connection: &Connection,
    account: &str,
    purpose: &str,
    permissions: Vec<Permission>,
) -> Result<Secret, CallError> {
    let mut permissions: Vec<i32> = permissions.into_iter().map(i32::from).filter(|number| *number != 0).collect();
    permissions.sort_unstable();
    permissions.dedup();
    let expires = SystemClock.now().plus(KEY_LIFE).as_micros() / 1_000_000;
    let key = AccessKey {
        display_name: purpose.to_owned(),
        expire_time: Some(Timestamp { seconds: expires, nanos: 0 }),
        permissions,
        ..AccessKey::default()
    };
    let request = CreateAccessKeyRequest {
        parent: account.to_owned(),
        access_key: Some(key),
        ..CreateAccessKeyRequest::default()
    };
    let answer = connection.access().create_access_key(request).await?;
    Ok(Secret::new(answer.into_inner().secret))
}

/// Makes an access key of a customer agent's runtime that expires within a day.
///
/// # Errors
/// [`CallError`] when the caller may not.
pub async fn new_agent_key(
    connection: &Connection,
    account: &str,
    purpose: &str,
    agent: &str,
) -> Result<Secret, CallError> {
    let expires = SystemClock.now().plus(KEY_LIFE).as_micros() / 1_000_000;
    let key = AccessKey {
        display_name: purpose.to_owned(),
        expire_time: Some(Timestamp { seconds: expires, nanos: 0 }),
        permissions: vec![Permission::CustomerAgentsAct.into()],
        customer_agent: agent.to_owned(),
        ..AccessKey::default()
    };
    let request = CreateAccessKeyRequest {
        parent: account.to_owned(),
        access_key: Some(key),
        ..CreateAccessKeyRequest::default()
    };
    let answer = connection.access().create_access_key(request).await?;
    Ok(Secret::new(answer.into_inner().secret))
}

/// Who the first person of a new account is.
#[derive(Debug, Clone, Copy)]
pub struct NewAccount<'a> {
    /// Id of the account.
    pub id: &'a str,
    /// Name for people.
    pub display_name: &'a str,
    /// Where its days begin; empty: UTC.
    pub time_zone: &'a str,
    /// Id of the first person.
    pub admin: &'a str,
    /// That person's name.
    pub admin_name: &'a str,
    /// That person's mail address.
    pub admin_email: &'a str,
}

impl NewAccount<'_> {
    /// The call that makes it.
    pub fn request(&self) -> CreateAccountRequest {
        let account = Account {
            display_name: self.display_name.to_owned(),
            time_zone: self.time_zone.to_owned(),
            ..Account::default()
        };
        let administrator =
            User { display_name: self.admin_name.to_owned(), email: self.admin_email.to_owned(), ..User::default() };
        CreateAccountRequest {
            account: Some(account),
            account_id: self.id.to_owned(),
            administrator: Some(administrator),
            administrator_id: self.admin.to_owned(),
            ..CreateAccountRequest::default()
        }
    }

    /// Makes the account unless it is there; whether it is new.
    ///
    /// # Errors
    /// [`CallError`] when the caller is no operator, or the service cannot be reached.
    pub async fn make(&self, operator: &Connection) -> Result<bool, CallError> {
        match operator.accounts().create_account(self.request()).await.map_err(CallError::from) {
            Ok(_) => Ok(true),
            Err(error) if error.code == Code::AlreadyExists => Ok(false),
            Err(error) => Err(error),
        }
    }
}
