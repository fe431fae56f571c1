//! The service and a plain model of it, side by side: people come and go, tickets come and are closed, limits change.

use std::collections::BTreeMap;
use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use helpdesk::grpc::pb::v1::{self, ChannelType};

use crate::support::app::{self, App, user_name};
use crate::support::databases::{TestDatabase, both_engines};
use crate::support::scene::people;

const PEOPLE: [&str; 4] = ["ada", "leo", "mia", "zoe"];
const STEPS: usize = 50;

/// One person of the model.
#[derive(Debug, Clone, Default)]
struct Person {
    available: bool,
    limit: i32,
    open: i32,
    last: Option<usize>,
}

/// The desk as it should be. Written to be read, not to be fast.
#[derive(Debug, Default)]
struct Model {
    people: BTreeMap<&'static str, Person>,
    /// Owner of each open ticket; none waits. In order of age.
    tickets: BTreeMap<i64, Option<&'static str>>,
    step: usize,
}

impl Model {
    fn new() -> Self {
        let person = Person { available: true, limit: 2, ..Person::default() };
        let people = PEOPLE.map(|id| (id, person.clone())).into_iter().collect();
        Self { people, ..Self::default() }
    }

    /// Gives out whatever can be given out, oldest first, each to whom has the fewest.
    fn serve(&mut self) {
        let waiting: Vec<i64> =
            self.tickets.iter().filter(|(_, owner)| owner.is_none()).map(|(number, _)| *number).collect();
        for number in waiting {
            let free = self.people.iter().filter(|(_, person)| person.available && person.open < person.limit);
            let Some(id) = free.min_by_key(|(id, person)| (person.open, person.last, **id)).map(|(id, _)| *id) else {
                return;
            };
            let person = self.people.get_mut(id).expect("one of them");
            person.open += 1;
            person.last = Some(self.step);
            self.tickets.insert(number, Some(id));
        }
    }

    fn close(&mut self, number: i64) {
        if let Some(Some(owner)) = self.tickets.remove(&number) {
            self.people.get_mut(owner).expect("one of them").open -= 1;
        }
    }
}

/// What happens in one step.
#[derive(Debug)]
enum Step {
    Comes,
    Closed(i64),
    Available(&'static str, bool),
    Limit(&'static str, i32),
}

fn choose(dice: &mut SmallRng, model: &Model) -> Step {
    let who = PEOPLE[dice.random_range(0..PEOPLE.len())];
    let open: Vec<i64> = model.tickets.keys().copied().collect();
    match dice.random_range(0..10) {
        0..=4 => Step::Comes,
        5 | 6 if !open.is_empty() => Step::Closed(open[dice.random_range(0..open.len())]),
        7 | 8 => Step::Available(who, !model.people[who].available),
        _ => Step::Limit(who, dice.random_range(0..4)),
    }
}

async fn play(app: &App, model: &mut Model, step: &Step) {
    match step {
        Step::Comes => {
            let ticket = app.arrives("mail", &format!("m{}", model.step), "ann@example.com").await;
            model.tickets.insert(ticket.number, None);
        }
        Step::Closed(number) => {
            app.close(&format!("{}/tickets/{number}", app::account())).await;
            model.close(*number);
        }
        Step::Available(who, available) => {
            app.available(who, *available).await;
            model.people.get_mut(who).expect("one of them").available = *available;
        }
        Step::Limit(who, limit) => {
            app.limit(who, *limit).await;
            model.people.get_mut(who).expect("one of them").limit = *limit;
        }
    }
    model.serve();
    model.step += 1;
    app.advance(Duration::from_secs(1));
}

/// Every open ticket with its owner, as the service has it.
async fn owners(app: &App) -> BTreeMap<i64, String> {
    let request = v1::ListTicketsRequest {
        parent: app::account(),
        filter: "state:OPEN".to_owned(),
        page_size: 200,
        ..Default::default()
    };
    let page = app.root().tickets().list_tickets(request).await.expect("listed").into_inner();
    page.tickets.into_iter().map(|ticket| (ticket.number, ticket.owner)).collect()
}

async fn run(db: TestDatabase, seed: u64) {
    let app = App::start(db).await;
    for id in PEOPLE {
        app.agent(id).await;
        app.limit(id, 2).await;
    }
    app.channel("mail", ChannelType::Email).await;
    app.route_to("mail", people(&PEOPLE, &[])).await;
    app.queue("mail", 0).await;
    let (mut dice, mut model) = (SmallRng::seed_from_u64(seed), Model::new());
    for _ in 0..STEPS {
        let step = choose(&mut dice, &model);
        play(&app, &mut model, &step).await;
        let expected: BTreeMap<i64, String> =
            model.tickets.iter().map(|(number, owner)| (*number, owner.map(user_name).unwrap_or_default())).collect();
        assert_eq!(owners(&app).await, expected, "seed {seed}, step {} {step:?}: {model:?}", model.step);
    }
    let request = v1::ListStuckTicketsRequest { parent: app::account() };
    let stuck = app.root().routing().list_stuck_tickets(request).await.expect("listed").into_inner();
    assert_eq!(stuck.stuck_tickets, []);
}

// C-037, C-039, C-051: never above a limit, never out of order, never stuck, whatever happens in whatever order.
both_engines!(the_service_and_a_plain_model_agree_step_by_step, |db| async move { run(db, 1).await });

both_engines!(they_agree_on_another_history_too, |db| async move { run(db, 20_261_128).await });
