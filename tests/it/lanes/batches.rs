//! How much a batch holds (W7), and what one operation does to the others (W2).

use std::time::Duration;

use futures_util::future::join_all;
use helpdesk::domain::event::EventType;
use helpdesk::domain::ids::{AccountId, TicketNumber};
use helpdesk::domain::rejection::Rejection;
use helpdesk::storage::Store;
use helpdesk::storage::lane::{Answer, Keys, LaneLimits, Lanes, Operation, Session, World};
use sea_orm::{ConnectionTrait, Statement};

use crate::support::app::{ACCOUNT, App};
use crate::support::databases::{TestDatabase, both_engines};
use crate::support::gate::{Gate, context, unanswered};

/// Writes so many events, or goes wrong.
#[derive(Clone, Copy)]
enum Does {
    Events(usize),
    PanicsOverNeeds,
    NeedsTooLittle,
    Panics,
}

impl Operation for Does {
    type Outcome = ();

    fn needs(&self, _: &World, _: &mut Keys) {
        assert!(!matches!(self, Self::PanicsOverNeeds), "needs that panic");
    }

    fn decide(&self, session: &mut Session<'_>) -> Result<(), Rejection> {
        let count = if let Self::Events(count) = self { *count } else { 3 };
        for _ in 0..count {
            session.record(EventType::UserChanged, "users/root".to_owned(), None, Vec::new(), None);
        }
        match self {
            Self::NeedsTooLittle => {
                session.world.tickets.get(&TicketNumber(77)).map(|_| ()).ok_or(Rejection::PageToken)
            }
            Self::Panics => panic!("a decision that panics"),
            _ => Ok(()),
        }
    }
}

/// Runs `operations` behind a gate, so that they wait together; the answers in order.
async fn together(store: &Store, limits: LaneLimits, operations: &[Does]) -> Vec<Result<Answer<()>, Rejection>> {
    let lanes = Lanes::start(store, limits, |worker| drop(tokio::spawn(worker)));
    let gate = Gate::close(&lanes, ACCOUNT).await;
    let account = AccountId::stored(ACCOUNT);
    let calls = join_all(operations.iter().map(|it| lanes.submit(&account, *it, context(), unanswered())));
    let (answers, ()) = tokio::join!(calls, gate.open_for(&lanes, operations.len()));
    lanes.settled().await;
    answers
}

async fn count(store: &Store, table: &str) -> i64 {
    let sql = format!("SELECT count(*) AS n FROM {table}");
    let row = store.reader().query_one_raw(Statement::from_string(store.backend(), sql)).await.expect("counted");
    row.expect("a row").try_get("", "n").expect("a number")
}

/// How many batches and events the operations made, the gate's own left out.
async fn made(db: TestDatabase, limits: LaneLimits, operations: &[Does]) -> (i64, i64) {
    let app = App::start(db).await;
    let store = &app.running().service.store;
    let before = (count(store, "lane_batch").await, count(store, "event").await);
    let answers = together(store, limits, operations).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    (count(store, "lane_batch").await - before.0 - 1, count(store, "event").await - before.1 - 1)
}

both_engines!(what_waits_together_is_stored_together, |db: TestDatabase| async move {
    assert_eq!(made(db, LaneLimits::default(), &[Does::Events(1); 64]).await, (1, 64));
});

both_engines!(a_batch_holds_so_many_operations_and_no_more, |db: TestDatabase| async move {
    assert_eq!(made(db, LaneLimits::default(), &[Does::Events(1); 65]).await, (2, 65));
});

both_engines!(a_batch_writes_so_many_rows_and_no_more, |db: TestDatabase| async move {
    let limits = LaneLimits { rows: 100, ..LaneLimits::default() };
    // Two have room in each batch; one that is larger than a batch may be runs alone.
    let operations = [40, 40, 40, 40, 40, 150, 40].map(Does::Events);
    assert_eq!(made(db, limits, &operations).await, (5, 390));
});

both_engines!(a_batch_that_has_no_time_left_leaves_the_rest_to_the_next, |db: TestDatabase| async move {
    let limits = LaneLimits { time: Duration::ZERO, ..LaneLimits::default() };
    assert_eq!(made(db, limits, &[Does::Events(1); 5]).await, (5, 5));
});

both_engines!(an_operation_that_goes_wrong_spoils_only_itself, |db: TestDatabase| async move {
    let app = App::start(db).await;
    let store = &app.running().service.store;
    let before = (count(store, "lane_batch").await, count(store, "event").await);
    let wrong = [Does::PanicsOverNeeds, Does::NeedsTooLittle, Does::Panics];
    let operations = [wrong.as_slice(), &[Does::Events(2)], &wrong, &[Does::Events(5)]].concat();
    let answers = together(store, LaneLimits::default(), &operations).await;
    for (operation, answer) in operations.iter().zip(answers) {
        match operation {
            Does::Events(_) => assert!(answer.is_ok(), "{answer:?}"),
            _ => assert!(matches!(answer, Err(Rejection::Internal(_))), "{answer:?}"),
        }
    }
    let after = (count(store, "lane_batch").await, count(store, "event").await);
    assert_eq!((after.0 - before.0, after.1 - before.1), (2, 1 + 7), "one batch behind the gate's");
});

both_engines!(beyond_the_queue_callers_are_turned_away, |db: TestDatabase| async move {
    let app = App::start(db).await;
    let limits = LaneLimits { queue: 3, ..LaneLimits::default() };
    let lanes = Lanes::start(&app.running().service.store, limits, |worker| drop(tokio::spawn(worker)));
    let gate = Gate::close(&lanes, ACCOUNT).await;
    let account = AccountId::stored(ACCOUNT);
    let call = || lanes.submit(&account, Does::Events(1), context(), unanswered());
    let calls = async {
        let (first, second, third, fourth) = tokio::join!(call(), call(), call(), call());
        [first, second, third, fourth].map(Result::err)
    };
    let (answers, ()) = tokio::join!(calls, gate.open_for(&lanes, 3));
    assert_eq!(answers, [None, None, None, Some(Rejection::Overloaded)]);
});
