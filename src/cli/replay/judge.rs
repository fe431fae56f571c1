//! What is right and wrong after a replay: pure judgements on what the service's own lists say.

use std::collections::{BTreeMap, BTreeSet};

/// One stored inbound message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredMessage {
    /// Its external id, without the angle brackets of a Message-ID.
    pub external_id: String,
    /// What it says.
    pub text: String,
}

/// One stored ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTicket {
    /// Its name.
    pub name: String,
    /// Name of its owner; empty when it has none.
    pub owner: String,
    /// Whether it is open.
    pub open: bool,
}

/// Everything that the service's lists say about the channels of a replay.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    /// Inbound messages.
    pub messages: Vec<StoredMessage>,
    /// Tickets of the channels.
    pub tickets: Vec<StoredTicket>,
    /// Tickets of the account that have a routing decision.
    pub decided: BTreeSet<String>,
    /// Sequence numbers of the account's events, as listed.
    pub sequence: Vec<i64>,
}

/// What was found wrong, and the figures that are reported either way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Tickets of the channels.
    pub tickets: usize,
    /// Messages beyond the first with the same external id.
    pub duplicates: usize,
    /// Questions that are not there.
    pub lost: usize,
    /// Questions whose text is not what was sent.
    pub changed: usize,
    /// Most open tickets of one agent less fewest.
    pub balance_spread: usize,
    /// Numbers left out of the event sequence, repeated, or out of order.
    pub event_gaps: usize,
    /// Tickets without a routing decision.
    pub undecided: usize,
    /// Distinct messages: as many tickets must be there.
    pub threads: usize,
}

impl Verdict {
    /// One sentence for each thing that is off; none when all is well.
    pub fn complaints(&self) -> Vec<String> {
        let uneven = self.balance_spread > 1;
        let miscounted = self.tickets != self.threads;
        let all = [
            (self.duplicates > 0, format!("{} messages are there twice", self.duplicates)),
            (self.lost > 0, format!("{} questions are not there", self.lost)),
            (self.changed > 0, format!("{} questions were stored with another text", self.changed)),
            (miscounted, format!("{} tickets for {} messages, each of its own thread", self.tickets, self.threads)),
            (self.undecided > 0, format!("{} tickets have no routing decision", self.undecided)),
            (uneven, format!("open tickets of the agents differ by {}", self.balance_spread)),
            (self.event_gaps > 0, format!("the event sequence has {} gaps or repeats", self.event_gaps)),
        ];
        all.into_iter().filter_map(|(is_off, sentence)| is_off.then_some(sentence)).collect()
    }
}

/// Compares what was sent (text by external id) with what is there. `agents` are the names of those who share the work.
pub fn judge(sent: &BTreeMap<String, String>, agents: &[String], found: &Findings) -> Verdict {
    let mut texts: BTreeMap<&str, &str> = BTreeMap::new();
    for message in &found.messages {
        texts.entry(&message.external_id).or_insert(&message.text);
    }
    let lost = sent.keys().filter(|id| !texts.contains_key(id.as_str())).count();
    let is_changed = |(id, text): &(&String, &String)| texts.get(id.as_str()).is_some_and(|it| !same_words(it, text));
    Verdict {
        tickets: found.tickets.len(),
        duplicates: found.messages.len() - texts.len(),
        lost,
        changed: sent.iter().filter(is_changed).count(),
        balance_spread: balance_spread(agents, &found.tickets),
        event_gaps: sequence_faults(&found.sequence),
        undecided: found.tickets.iter().filter(|ticket| !found.decided.contains(&ticket.name)).count(),
        threads: texts.len(),
    }
}

/// Whether two texts say the same, however their lines are broken.
pub fn same_words(one: &str, other: &str) -> bool {
    one.split_whitespace().eq(other.split_whitespace())
}

/// Most open tickets of one of `agents` less fewest. Nobody is left out: an agent without tickets counts as zero.
pub fn balance_spread(agents: &[String], tickets: &[StoredTicket]) -> usize {
    let mut loads: BTreeMap<&str, usize> = agents.iter().map(|agent| (agent.as_str(), 0)).collect();
    for ticket in tickets.iter().filter(|ticket| ticket.open) {
        if let Some(load) = loads.get_mut(ticket.owner.as_str()) {
            *load += 1;
        }
    }
    let most = loads.values().max().copied().unwrap_or(0);
    most - loads.values().min().copied().unwrap_or(0)
}

/// How many steps of a sequence are not one forward: a gap counts each missing number, a repeat or a step back counts
/// one. The first number may be any, because a log is not kept for ever.
pub fn sequence_faults(numbers: &[i64]) -> usize {
    let fault = |pair: &[i64]| match pair[1] - pair[0] {
        1 => 0,
        step if step > 1 => usize::try_from(step - 1).unwrap_or(usize::MAX),
        _ => 1,
    };
    numbers.windows(2).map(fault).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(ids: &[&str]) -> BTreeMap<String, String> {
        ids.iter().map(|id| ((*id).to_owned(), format!("text of {id}"))).collect()
    }

    fn message(id: &str) -> StoredMessage {
        StoredMessage { external_id: id.to_owned(), text: format!("text  of\n{id}") }
    }

    fn ticket(name: &str, owner: &str) -> StoredTicket {
        StoredTicket { name: name.to_owned(), owner: owner.to_owned(), open: true }
    }

    fn agents() -> Vec<String> {
        vec!["ada".to_owned(), "ben".to_owned()]
    }

    fn sound() -> Findings {
        Findings {
            messages: vec![message("a"), message("b")],
            tickets: vec![ticket("1", "ada"), ticket("2", "ben")],
            decided: ["1".to_owned(), "2".to_owned()].into(),
            sequence: vec![1, 2, 3],
        }
    }

    #[test]
    fn all_is_well_when_everything_is_there_once() {
        let verdict = judge(&sent(&["a", "b"]), &agents(), &sound());
        assert_eq!(verdict.complaints(), Vec::<String>::new());
        assert_eq!((verdict.tickets, verdict.threads), (2, 2));
    }

    #[test]
    fn each_fault_is_found_and_told() {
        let mut found = sound();
        found.messages.push(message("a"));
        let verdict = judge(&sent(&["a", "b", "c"]), &agents(), &found);
        assert_eq!((verdict.duplicates, verdict.lost), (1, 1));
        found.messages[1].text = "something else".to_owned();
        found.tickets.push(ticket("3", "ada"));
        found.tickets.push(ticket("4", "ada"));
        found.sequence = vec![1, 3];
        let verdict = judge(&sent(&["a", "b", "c"]), &agents(), &found);
        assert_eq!((verdict.changed, verdict.undecided, verdict.balance_spread, verdict.event_gaps), (1, 2, 2, 1));
        assert_eq!(verdict.complaints().len(), 7);
    }

    #[test]
    fn an_agent_without_tickets_counts_and_closed_tickets_and_strangers_do_not() {
        let mut tickets = vec![ticket("1", "ada"), ticket("2", "ada"), ticket("3", "zoe"), ticket("4", "")];
        assert_eq!(balance_spread(&agents(), &tickets), 2);
        tickets[0].open = false;
        assert_eq!(balance_spread(&agents(), &tickets), 1);
        assert_eq!(balance_spread(&[], &tickets), 0);
    }

    #[test]
    fn gaps_repeats_and_steps_back_are_counted() {
        assert_eq!(sequence_faults(&[]), 0);
        assert_eq!(sequence_faults(&[7, 8, 9]), 0, "a log need not begin at 1");
        assert_eq!(sequence_faults(&[1, 2, 5, 6]), 2);
        assert_eq!(sequence_faults(&[1, 1, 2]), 1);
        assert_eq!(sequence_faults(&[1, 2, 1]), 1);
    }
}
