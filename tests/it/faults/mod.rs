//! What must be survived: clients that go away, a process that is killed, a database that dies (reliability F-01, F-02, F-07), and
//! several processes that want the same at once (F-09, F-10).

mod cancels;
mod commit_in_doubt;
mod database_killed;
mod disk_full;
pub mod fleet;
mod handoff_race;
mod intake_race;
mod process_killed;
mod replay_killed;
mod routing_race;
pub mod workload;
