//! Customer agents: set up, paused and read; what hands their conversations over; their turns.

mod acting;
mod evaluate;
mod late;
mod read;
mod triggers;
mod turns;
mod watch;
mod write;

pub use acting::{Acknowledge, Acted, Assign, Fail, Report, TurnRef};
pub use evaluate::{Evaluate, evaluate};
pub use late::{
    RELEASE_CONTROL, RESUME_TURNS, WATCH_TURNS, release_control, release_person, resume_turns, watch_turns,
};
pub use read::{Shown, get, list, newest_message};
pub use triggers::{TriggerChanges, UpdateTriggers, triggers};
pub use turns::{
    after_answer, after_inbound, answering, give_unanswered, give_unjudged, look_at, owed_turns, pauses, tell_turns,
    wake_turns, works,
};
pub use watch::{OpenTurn, TurnNews, TurnPlace, TurnWatch, WatchTurns, watch};
pub use write::{Create, Delete, Pause, Update};
