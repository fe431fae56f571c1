//! What must be survived: clients that go away, a process that is killed, a database that dies (reliability F-01, F-02, F-07).

mod cancels;
mod commit_in_doubt;
mod database_killed;
mod disk_full;
mod process_killed;
mod replay_killed;
pub mod workload;
