//! What SimulateRouting says is what then happens, however the desk looks: many desks, made by lot.

use std::time::Duration;

use helpdesk::grpc::pb::v1::simulate_routing_request::Subject;
use helpdesk::grpc::pb::v1::{self, ChannelType, Distribution, RoutingOutcome, Weekday, WhenFull};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use crate::support::app::{self, App, channel_name, user_name};
use crate::support::databases::{TestDatabase, both_engines};
use crate::support::scene::{message, people, rule};

const PEOPLE: [&str; 5] = ["ada", "ben", "leo", "mia", "zoe"];
const TEXTS: [&str; 3] = ["Hilfe, bitte", "My tax form", "Hello"];
const STEPS: usize = 40;

/// A desk that chance changes.
struct Desk {
    app: App,
    dice: SmallRng,
    open: Vec<String>,
}

impl Desk {
    async fn start(db: TestDatabase, seed: u64) -> Self {
        let app = App::start(db).await;
        for id in PEOPLE {
            app.agent(id).await;
        }
        app.team("red", &["ada", "ben"]).await;
        app.join("red", "leo", false).await;
        app.skills(&["german", "tax"]).await;
        app.channel("mail", ChannelType::Email).await;
        app.route_to("mail", people(&["leo", "mia", "zoe"], &["red"])).await;
        Self { app, dice: SmallRng::seed_from_u64(seed), open: Vec::new() }
    }

    fn lot(&mut self, sides: usize) -> usize {
        self.dice.random_range(0..sides)
    }

    /// Something changes, or nothing does.
    async fn change(&mut self) {
        let who = PEOPLE[self.lot(PEOPLE.len())];
        match self.lot(8) {
            0 => {
                let there = self.lot(2) == 0;
                self.app.available(who, there).await;
            }
            1 => {
                let limit = i32::try_from(self.lot(4)).expect("small");
                self.app.limit(who, limit).await;
            }
            2 => {
                let levels = [self.lot(3), self.lot(3)].map(|level| i32::try_from(level).expect("small"));
                let skills: Vec<_> =
                    ["german", "tax"].into_iter().zip(levels).filter(|(_, level)| *level > 0).collect();
                self.app.has_skills(&user_name(who), &skills).await;
            }
            3 => self.reroute().await,
            4 => self.rules().await,
            5 => self.hours(who).await,
            6 if !self.open.is_empty() => {
                let index = self.lot(self.open.len());
                let ticket = self.open.swap_remove(index);
                self.app.close(&ticket).await;
            }
            _ => {
                let seconds = u64::try_from(self.lot(7_200)).expect("small");
                self.app.advance(Duration::from_secs(seconds));
                self.app.running().worker.run_until_idle().await.expect("worked");
            }
        }
    }

    async fn reroute(&mut self) {
        let (all, first) = (self.lot(2) == 0, self.lot(PEOPLE.len()));
        let target = if all { people(&PEOPLE, &[]) } else { people(&[PEOPLE[first]], &["red"]) };
        let distribution = if self.lot(3) == 0 { Distribution::Random } else { Distribution::Balanced };
        let when_full = if self.lot(2) == 0 { WhenFull::Queue } else { WhenFull::Hold };
        let routing = v1::ChannelRouting {
            target: Some(target),
            distribution: distribution.into(),
            when_full: when_full.into(),
            available_only: Some(self.lot(3) > 0),
            ..Default::default()
        };
        let paths = ["people", "distribution", "when_full", "available_only"];
        self.app.try_route("mail", routing, &paths).await.expect("saved");
    }

    async fn rules(&mut self) {
        let level = i32::try_from(self.lot(2) + 1).expect("small");
        let german = rule("german", "message.text:bitte", &[("german", level)]);
        let tax = rule("tax", "ticket.subject:tax", &[("tax", 1)]);
        let rules = [vec![], vec![german.clone()], vec![tax.clone(), german.clone()], vec![german, tax]];
        let index = self.lot(rules.len());
        self.app.rules("mail", rules[index].clone()).await;
    }

    async fn hours(&mut self, who: &str) {
        let start = i32::try_from(self.lot(20) * 60).expect("small");
        let block = |day: Weekday| v1::WorkBlock { day: day.into(), start_minute: start, end_minute: start + 240 };
        let blocks = if self.lot(3) == 0 { Vec::new() } else { vec![block(Weekday::Saturday), block(Weekday::Sunday)] };
        let name = format!("{}/workSchedule", user_name(who));
        let time_zone = "Europe/Berlin".to_owned();
        let schedule = v1::WorkSchedule { name, time_zone, blocks, out_of_office: Vec::new() };
        let request = v1::SetWorkScheduleRequest { work_schedule: Some(schedule), ..Default::default() };
        self.app.root().users().set_work_schedule(request).await.expect("set");
    }

    async fn foretold(&self, text: &str) -> v1::RoutingDecision {
        let draft = v1::ImaginedTicket {
            channel: channel_name("mail"),
            subject: text.to_owned(),
            text: text.to_owned(),
            ..Default::default()
        };
        let request = v1::SimulateRoutingRequest {
            parent: app::account(),
            subject: Some(Subject::Draft(draft)),
            ..Default::default()
        };
        let said = self.app.root().routing().simulate_routing(request).await.expect("tried").into_inner();
        said.routing_decisions.into_iter().next().expect("a decision")
    }
}

/// A decision without what only a stored one has, and without whom the lot fell on.
fn essence(decision: v1::RoutingDecision) -> v1::RoutingDecision {
    let by_lot = decision.distribution() == Distribution::Random && decision.outcome() == RoutingOutcome::Assigned;
    let (user, summary) = if by_lot { Default::default() } else { (decision.user, decision.summary) };
    v1::RoutingDecision {
        user,
        summary,
        name: String::new(),
        ticket: String::new(),
        cause_chain: None,
        random_seed: 0,
        ..decision
    }
}

async fn run(db: TestDatabase, seed: u64) {
    let mut desk = Desk::start(db, seed).await;
    for step in 0..STEPS {
        desk.change().await;
        let text = TEXTS[desk.lot(TEXTS.len())];
        let foretold = desk.foretold(text).await;
        let taken = desk.app.ingest(message("mail", &format!("m{step}"), "ann@example.com", text)).await;
        desk.open.extend(taken.ticket.map(|ticket| ticket.name));
        let real = taken.routing_decision.expect("a decision");
        assert_eq!(essence(foretold), essence(real), "seed {seed}, step {step}: {text}");
    }
}

// C-055: the very same decision, with all of its reasons, and nothing of the trial stays.
both_engines!(what_is_foretold_then_happens, |db| async move { Box::pin(run(db, 4)).await });

both_engines!(it_happens_on_another_desk_too, |db| async move { Box::pin(run(db, 20_261_129)).await });
