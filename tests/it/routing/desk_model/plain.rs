//! A plain model of a desk: channels that queue or hold, people with limits per kind of work. Written to be read, not to
//! be fast; it shares no code with the service.

use std::collections::BTreeMap;

pub const PEOPLE: [&str; 4] = ["ada", "leo", "mia", "zoe"];

/// A channel: its name, whom it routes to, whether it is a chat, whether it queues.
#[derive(Debug, Clone, Copy)]
pub struct Channel {
    pub id: &'static str,
    pub people: &'static [&'static str],
    pub chat: bool,
    pub queues: bool,
}

pub const CHANNELS: [Channel; 3] = [
    Channel { id: "chat", people: &["ada", "leo", "mia"], chat: true, queues: true },
    Channel { id: "mail", people: &PEOPLE, chat: false, queues: true },
    Channel { id: "form", people: &["mia", "zoe"], chat: false, queues: false },
];

/// One person: limits and counts of chats and of everything else.
#[derive(Debug, Clone)]
pub struct Person {
    pub available: bool,
    pub limits: [i32; 2],
    pub open: [i32; 2],
    pub last: Option<usize>,
}

/// One ticket.
#[derive(Debug, Clone)]
pub struct Ticket {
    pub channel: Channel,
    pub owner: Option<&'static str>,
    pub open: bool,
    /// Its place among those that wait: urgency, 4 for none, and when it came.
    pub waits: Option<(i32, usize)>,
    pub urgency: i32,
}

/// What happens in one step.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    Comes(i64, Channel),
    Closed(i64),
    Reopened(i64),
    Available(&'static str, bool),
    Limits(&'static str, [i32; 2]),
    RoutedNow(i64),
    Given(i64, &'static str),
    Urgent(i64, i32),
}

#[derive(Debug)]
pub struct Desk {
    pub people: BTreeMap<&'static str, Person>,
    pub tickets: BTreeMap<i64, Ticket>,
    pub step: usize,
}

impl Desk {
    pub fn new(limits: [i32; 2]) -> Self {
        let person = Person { available: true, limits, open: [0, 0], last: None };
        let people = PEOPLE.map(|id| (id, person.clone())).into_iter().collect();
        Self { people, tickets: BTreeMap::new(), step: 0 }
    }

    pub fn happens(&mut self, step: Step) {
        match step {
            Step::Comes(number, channel) => {
                self.tickets.insert(number, Ticket { channel, owner: None, open: true, waits: None, urgency: 4 });
                self.route(number);
            }
            Step::Closed(number) => self.change(number, |ticket| (ticket.open, ticket.waits) = (false, None)),
            Step::Reopened(number) => self.change(number, |ticket| ticket.open = true),
            Step::Available(id, available) => self.person(id).available = available,
            Step::Limits(id, limits) => self.person(id).limits = limits,
            Step::RoutedNow(number) => self.route(number),
            Step::Given(number, id) => {
                self.change(number, |ticket| (ticket.owner, ticket.waits) = (Some(id), None));
            }
            Step::Urgent(number, urgency) => self.change(number, |ticket| {
                ticket.urgency = urgency;
                ticket.waits = ticket.waits.map(|(_, since)| (urgency, since));
            }),
        }
        self.serve();
        self.step += 1;
    }

    fn person(&mut self, id: &str) -> &mut Person {
        self.people.get_mut(id).expect("one of them")
    }

    /// Changes a ticket, and the count of whoever has it as work before and after.
    fn change(&mut self, number: i64, change: impl FnOnce(&mut Ticket)) {
        let ticket = self.tickets.get_mut(&number).expect("it came");
        let before = ticket.clone();
        change(ticket);
        let after = ticket.clone();
        for (ticket, by) in [(before, -1), (after, 1)] {
            if let Some(owner) = ticket.owner.filter(|_| ticket.open) {
                self.person(owner).open[usize::from(!ticket.channel.chat)] += by;
            }
        }
    }

    /// Who gets a ticket of a channel: there, below the limit, with the fewest, then longest without, then by name.
    fn chosen(&self, channel: Channel) -> Option<&'static str> {
        let kind = usize::from(!channel.chat);
        let may = |(id, person): &(&&'static str, &Person)| {
            channel.people.contains(*id) && person.available && person.open[kind] < person.limits[kind]
        };
        let order = |(id, person): &(&&'static str, &Person)| (person.open.iter().sum::<i32>(), person.last, **id);
        self.people.iter().filter(may).min_by_key(order).map(|(id, _)| *id)
    }

    /// Gives a ticket to whom it belongs; where that is nobody it waits, or is held.
    fn route(&mut self, number: i64) {
        let (channel, step) = (self.tickets[&number].channel, self.step);
        let chosen = self.chosen(channel);
        if let Some(id) = chosen {
            self.change(number, |ticket| (ticket.owner, ticket.waits) = (Some(id), None));
            self.person(id).last = Some(step);
        } else if channel.queues {
            self.change(number, |ticket| ticket.waits = ticket.waits.or(Some((ticket.urgency, step))));
        }
    }

    /// The tickets that wait, in order.
    pub fn queue(&self) -> Vec<i64> {
        let place = |(number, ticket): (&i64, &Ticket)| Some((ticket.waits?, *number));
        let mut places: Vec<_> = self.tickets.iter().filter_map(place).collect();
        places.sort_unstable();
        places.into_iter().map(|(_, number)| number).collect()
    }

    fn serve(&mut self) {
        for number in self.queue() {
            if self.chosen(self.tickets[&number].channel).is_some() {
                self.route(number);
            }
        }
    }
}
