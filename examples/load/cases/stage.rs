//! A service on a database of its own, with accounts.

use std::sync::Arc;

use super::Bench;
use crate::Result;
use crate::drive::{Caller, Target, connect};
use crate::measure::Watched;
use crate::service::{Account, Program, Server, set_up};
use crate::store::{Store, number};

/// The set.
pub struct Stage {
    /// The database.
    pub store: Store,
    /// The accounts.
    pub accounts: Vec<Arc<Account>>,
    program: Program,
    server: Option<Server>,
}

impl Stage {
    /// A new database with so many accounts, and the service running on it.
    pub async fn open(bench: &Bench<'_>, name: &str, accounts: u16) -> Result<Self> {
        let store = bench.place.empty(name);
        let program = bench.program.clone();
        program.migrate(&store.url())?;
        let server = program.start(&store.url()).await?;
        let accounts = set_up(&server.address, &program.keys, accounts).await?;
        Ok(Self { store, accounts, program, server: Some(server) })
    }

    /// What can be loaded; all accounts.
    pub fn target(&self) -> Result<Target> {
        let server = self.server.as_ref().ok_or("the service is stopped")?;
        let watched = Watched { server: server.pid, database: self.store.server_process() };
        Ok(Target { address: server.address.clone(), accounts: self.accounts.clone(), watched })
    }

    /// As [`Stage::target`], with one of the accounts only.
    pub fn target_of(&self, account: usize) -> Result<Target> {
        let mut target = self.target()?;
        target.accounts = vec![target.accounts.swap_remove(account)];
        Ok(target)
    }

    /// Waits until everything that happened so far can be searched for.
    pub async fn until_indexed(&self, account: &Account) -> Result<()> {
        let head =
            self.store.query(&format!("SELECT last_event FROM account_head WHERE account_id = '{}'", account.id))?;
        let last = head.first().map(|row| number(row, "last_event")).ok_or("the account has events")?;
        let mut caller = Caller::new(connect(&self.target()?.address).await?);
        while caller.searched(account, "anything").await?.index_sequence < last {
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// Ends the service, so that the database can be worked on.
    pub async fn stop(&mut self) -> Result<()> {
        match self.server.take() {
            Some(server) => server.stop().await,
            None => Ok(()),
        }
    }

    /// Starts the service again, on a database that has settled.
    pub async fn start(&mut self) -> Result<()> {
        self.store.settle()?;
        self.server = Some(self.program.start(&self.store.url()).await?);
        Ok(())
    }
}
