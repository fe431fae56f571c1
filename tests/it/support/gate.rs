//! A closed gate in the lane of an account: what is called meanwhile waits together and makes one batch.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use helpdesk::domain::event::{Actor, EventType, SystemActor};
use helpdesk::domain::ids::AccountId;
use helpdesk::domain::rejection::Rejection;
use helpdesk::storage::lane::{Encoder, Keys, Lanes, Operation, Session, World, WriteContext};

/// Ends the waiting of a lane; dropped, it ends it too.
pub struct Gate {
    opener: Sender<()>,
}

impl Gate {
    /// Closes the lane of `account` and returns once its batch has begun.
    pub async fn close(lanes: &Lanes, account: &str) -> Self {
        let (opener, closed) = channel();
        let (begun, begins) = tokio::sync::oneshot::channel();
        let operation = Waits { closed: Mutex::new(closed), begun: Mutex::new(Some(begun)) };
        let (lanes, account) = (lanes.clone(), AccountId::stored(account));
        drop(tokio::spawn(async move { lanes.submit(&account, operation, context(), unanswered()).await }));
        begins.await.expect("the lane works");
        Self { opener }
    }

    /// Waits until `count` operations wait behind the gate, and opens it.
    pub async fn open_for(self, lanes: &Lanes, count: usize) {
        let wait = async {
            while lanes.waiting() < count {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), wait).await.expect("they come");
        self.opener.send(()).expect("the lane waits");
    }
}

/// An operation of nobody in particular.
pub fn context() -> WriteContext {
    WriteContext {
        actor: Actor::System(SystemActor::Timer),
        request: None,
        validate_only: false,
        deadline: None,
        keep_answer: Duration::from_hours(72),
        seed: [7; 32],
    }
}

/// For operations whose answer is of no interest.
pub fn unanswered<T: 'static>() -> Encoder<T, ()> {
    Encoder { respond: Box::new(|_, _| ()), store: Box::new(|()| Vec::new()) }
}

/// Stands still in the middle of its decision, and leaves an event.
struct Waits {
    closed: Mutex<Receiver<()>>,
    begun: Mutex<Option<tokio::sync::oneshot::Sender<()>>>,
}

impl Operation for Waits {
    type Outcome = ();

    fn needs(&self, _: &World, _: &mut Keys) {}

    fn decide(&self, session: &mut Session<'_>) -> Result<(), Rejection> {
        if let Some(begun) = self.begun.lock().expect("no panic while held").take() {
            begun.send(()).expect("somebody closes the gate");
            // A gate that is gone is open. The thread's other tasks go on elsewhere.
            let closed = self.closed.lock().expect("no panic while held");
            let _ = tokio::task::block_in_place(|| closed.recv());
        }
        session.record(EventType::UserChanged, "users/root".to_owned(), None, Vec::new(), None);
        Ok(())
    }
}
