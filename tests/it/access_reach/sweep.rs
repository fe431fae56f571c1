//! The twin-tenant sweep (T-01, T-02, T-06): two accounts with the same things; every rpc, every field that names an
//! object, names of the other account, of what the caller may not view, and made up. All are answered alike, nothing of
//! them is shown, and nothing is changed by what was refused.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use heck::ToLowerCamelCase;
use helpdesk::grpc::contract::access::Idempotency;
use helpdesk::grpc::pb::access::CallerKind;
use serde_json::{Value, json};

use super::cast::{map_texts, parts};
use super::contract::{Holds, Place, Rpc, Step, places, rpcs};
use super::ledger::{Ledger, differences};
use super::names::{Casts, Other, without};
use super::requests::{Sample, samples, samples_of};
use super::tickets::Plan;
use super::wire::Answer;
use super::world::World;
use crate::support::databases::both_engines;

const OTHER: &str = "umbra";

/// Words that only what the caller may not view says.
const SECRETS: [&str; 2] = [OTHER, "hidden-words"];

const NOT_ASSOCIATED: &str = "what is not associated stays so";

/// Places whose value decides nothing, with the reason.
const UNREAD: &[(&str, &str, &str)] = &[
    ("PipelineService.CreatePipeline", "pipeline.creation_statuses[0]", "only an update sets creation statuses"),
    ("PipelineService.CreatePipeline", "pipeline.transitions[0].from_status", "only an update sets transitions"),
    ("PipelineService.CreatePipeline", "pipeline.transitions[0].to_status", "only an update sets transitions"),
    ("RoutingService.ListQueueEntries", "channel", "where nothing waits, nothing is listed"),
    ("RoutingService.ListQueueEntries", "team", "where nothing waits, nothing is listed"),
    ("RoutingService.WatchQueue", "channel", "where nothing waits, nothing is told"),
    ("RoutingService.WatchQueue", "team", "where nothing waits, nothing is told"),
    ("TicketService.DissociateTicket", "contacts[0]", NOT_ASSOCIATED),
    ("TicketService.DissociateTicket", "companies[0]", NOT_ASSOCIATED),
    ("TicketService.DissociateTicket", "deals[0]", NOT_ASSOCIATED),
    ("TicketService.DissociateTicket", "activities[0]", NOT_ASSOCIATED),
    ("TicketService.UnfollowTicket", "user", "where nobody follows, nothing changes"),
    ("TicketService.UnshareTicket", "user", "where nothing is shared, nothing changes"),
    ("TicketService.UnshareTicket", "team", "where nothing is shared, nothing changes"),
];

both_engines!(names_of_others_are_answered_like_names_that_were_made_up, |db| async move {
    let mut world = World::start(db).await;
    let casts = casts(&mut world).await;
    let ledger = Ledger::open(&world.url).await;
    let samples = samples();
    let mut findings = Vec::new();
    for rpc in rpcs() {
        let (mut unread, mut read) = (BTreeMap::new(), BTreeSet::new());
        for sample in samples_of(&samples, &rpc) {
            let mut sweep = Sweep::new(&world, &casts, &ledger, &rpc, sample);
            findings.extend(sweep.findings().await.into_iter().map(|finding| format!("{}: {finding}", rpc.name())));
            unread.extend(sweep.unread);
            read.extend(sweep.read);
        }
        let never = unread.into_iter().filter(|(place, _)| !read.contains(place));
        findings.extend(never.map(|(place, answer)| format!("{}: no request looks at {place}: {answer}", rpc.name())));
    }
    assert!(findings.is_empty(), "{} finding(s):\n{}", findings.len(), findings.join("\n"));
});

// The same for a machine that may do everything in its account: it sees all tickets there and nothing elsewhere.
both_engines!(names_of_others_say_nothing_to_an_access_key, |db| async move {
    let mut world = World::start(db).await;
    let casts = casts(&mut world).await;
    let ledger = Ledger::open(&world.url).await;
    let samples = samples();
    let mut findings = Vec::new();
    for rpc in rpcs() {
        let kinds = rpc.rule.callers;
        if !kinds.contains(&CallerKind::User) || !kinds.contains(&CallerKind::AccessKey) {
            continue;
        }
        for sample in samples_of(&samples, &rpc).iter().filter(|sample| sample.caller.is_none()) {
            let mut sweep = Sweep { machine: true, ..Sweep::new(&world, &casts, &ledger, &rpc, sample) };
            findings.extend(sweep.findings().await.into_iter().map(|finding| format!("{}: {finding}", rpc.name())));
        }
    }
    assert!(findings.is_empty(), "{} finding(s):\n{}", findings.len(), findings.join("\n"));
});

/// Two accounts with the same things. In the first, mia sees only tickets of her own.
async fn casts(world: &mut World) -> Casts {
    world.account(OTHER).await;
    let twin = |account, label, author, owner| Plan { account, label, author, owner, teams: &[] };
    let own = world.settings("acme").await;
    let mine = world.tickets(&twin("acme", "mine", "mia", "mia")).await;
    let mut hidden = world.tickets(&twin("acme", "hidden", "root", "root")).await;
    let foreign = world.settings(OTHER).await;
    let theirs = world.tickets(&twin(OTHER, OTHER, "mia", "mia")).await;
    let owned = json!({"level": "ACCESS_LEVEL_OWNED"});
    let user = json!({"name": own.get("me"), "ticket_view": owned, "ticket_edit": owned, "ticket_delete": owned});
    let request = json!({"user": user, "update_mask": "ticketView,ticketEdit,ticketDelete"});
    world.ok("acme/root", "UserService.UpdateUser", request).await;
    hidden.remove("contact");
    Casts { own: own.over(&mine), hidden, foreign: foreign.over(&theirs) }
}

struct Sweep<'a> {
    world: &'a World,
    casts: &'a Casts,
    ledger: &'a Ledger,
    rpc: &'a Rpc,
    sample: &'a Sample,
    /// An access key calls in the place of a person; it may lack what is personal in a request.
    machine: bool,
    /// Places where a made-up name was not found missing, with the answer, and those where it was.
    unread: BTreeMap<String, String>,
    read: BTreeSet<String>,
}

/// A place with the requests that name something else there.
struct Trial {
    place: String,
    read: bool,
    others: Vec<(Other, Value)>,
}

impl<'a> Sweep<'a> {
    fn new(world: &'a World, casts: &'a Casts, ledger: &'a Ledger, rpc: &'a Rpc, sample: &'a Sample) -> Self {
        let (unread, read) = (BTreeMap::new(), BTreeSet::new());
        Self { world, casts, ledger, rpc, sample, machine: false, unread, read }
    }
}

impl Sweep<'_> {
    async fn findings(&mut self) -> Vec<String> {
        let own = self.casts.own.fill(&self.sample.request);
        let answer = self.ask(&self.dry(&own)).await;
        let mut findings = Vec::from_iter(self.shown("its own request", &answer, ""));
        if let Answer::Refused { whole, .. } = &answer
            && !self.sample.refused
            && !self.machine
        {
            findings.push(format!("its own request must go through, as {}: {whole}", self.caller()));
        }
        let mut refused = Vec::new();
        for trial in self.trials().await {
            findings.extend(self.tried(&trial, &mut refused).await);
        }
        if self.rpc.rule.idempotency != Idempotency::NoSideEffects {
            findings.extend(self.without_effect(&refused).await);
        }
        findings
    }

    /// Tries every name of a place; adds those that were refused, with the answer.
    async fn tried(&mut self, trial: &Trial, refused: &mut Vec<(Value, Answer)>) -> Vec<String> {
        let dry: Vec<Value> = trial.others.iter().map(|(_, request)| self.dry(request)).collect();
        let answers = join_all(dry.iter().map(|request| self.ask(request))).await;
        let Some((last, (model, _))) = answers.last().zip(trial.others.last()) else { return Vec::new() };
        let mut findings = Vec::new();
        let absent = is_absence(last, &model.name);
        if absent {
            self.read.insert(trial.place.clone());
        } else if trial.read && !self.is_unread(&trial.place) {
            self.unread.insert(trial.place.clone(), format!("{} answers {}", model.name, last.text()));
        }
        // Where nobody asks whether it exists, a name outside the account may be told apart, by its looks alone.
        let apart = !absent;
        let mut expected = BTreeMap::new();
        for ((other, request), answer) in trial.others.iter().zip(answers).rev() {
            findings.extend(self.shown(&format!("{} {}", trial.place, other.what), &answer, &other.name));
            let got = without(&answer, &other.name);
            let alike = apart && !other.name.starts_with("accounts/acme/");
            let model = expected.entry(alike).or_insert_with(|| got.clone());
            if got != *model {
                findings.push(format!("{} {} ({}): {got}\n    but {model}", trial.place, other.what, other.name));
            }
            if answer.class() != "OK" {
                refused.push((request.clone(), answer));
            }
        }
        findings
    }

    /// What was refused as a trial is refused in earnest too, and leaves nothing behind in either account.
    async fn without_effect(&self, refused: &[(Value, Answer)]) -> Vec<String> {
        let before = self.ledger.rows().await;
        let answers = join_all(refused.iter().map(|(request, _)| self.ask(request))).await;
        let mut findings = differences(&before, &self.ledger.rows().await);
        for ((request, dry), answer) in refused.iter().zip(answers) {
            if *dry != answer {
                findings.push(format!("{request}: {}\n    but a trial answers {}", answer.text(), dry.text()));
            }
        }
        findings
    }

    /// Words in an answer that the caller may not see.
    fn shown(&self, what: &str, answer: &Answer, asked: &str) -> Option<String> {
        let text = without(answer, asked);
        let secrets = if self.machine { &SECRETS[..1] } else { &SECRETS[..] };
        let word = secrets.iter().find(|word| text.contains(**word))?;
        (self.sample.caller.is_none()).then(|| format!("{what}: shows {word}: {text}"))
    }

    async fn trials(&self) -> Vec<Trial> {
        let input = self.rpc.method.input();
        let places = places(&input);
        let mut trials = Vec::new();
        for place in &places {
            let others = match &place.holds {
                Holds::Name(_) => self.names(place),
                Holds::PageToken | Holds::ResumeToken if place.output_only => continue,
                Holds::PageToken | Holds::ResumeToken => self.tokens(place).await,
            };
            let read = !place.output_only && self.is_in_mask(place);
            trials.push(Trial { place: place.text(), read, others });
        }
        trials.extend(self.texts(&places));
        trials
    }

    /// Other names for a part. An operator is at home in every account.
    fn others(&self, part: &str) -> Vec<Other> {
        let operator = self.sample.caller.as_deref() == Some("operator");
        let mut others = self.casts.others(part, self.sees_parts());
        others.retain(|other| !operator || other.what != "of the other account");
        others
    }

    /// Other names at a place that the descriptors tell of.
    fn names(&self, place: &Place) -> Vec<(Other, Value)> {
        let Holds::Name(form) = &place.holds else { return Vec::new() };
        let written = get(&self.sample.request, &place.path).and_then(|text| text.strip_prefix('$'));
        let part = written.or_else(|| self.casts.own.part_like(form)).unwrap_or_else(|| {
            panic!(
                "{} {}: no part of the cast has such a name: tests/it/access_reach/world.rs",
                self.rpc.name(),
                place.text()
            )
        });
        let filled = self.casts.own.fill(&self.sample.request);
        let others = self.others(part).into_iter();
        others.map(|other| (other.clone(), put(&filled, &place.path, &other.name))).collect()
    }

    /// Tokens of the other account and of other lists, and one that is made up.
    async fn tokens(&self, place: &Place) -> Vec<(Other, Value)> {
        let filled = self.casts.own.fill(&self.sample.request);
        let foreign = self.casts.foreign.fill(&self.sample.request);
        let mut tokens = Vec::new();
        if matches!(place.holds, Holds::PageToken) {
            let page = |request: &Value| {
                let mut request = request.clone();
                request["page_size"] = json!(1);
                request
            };
            let theirs = self.world.ask(&self.caller().replacen("acme", OTHER, 1), self.rpc, &page(&foreign)).await;
            tokens.push(("of the other account", token(&theirs, "next_page_token")));
            for (who, account) in [("acme/root", "accounts/acme"), ("umbra/root", "accounts/umbra")] {
                let other = if self.rpc.rule.method == "ListUsers" { "ListTeams" } else { "ListUsers" };
                let service = if other == "ListTeams" { "TeamService" } else { "UserService" };
                let list = super::contract::rpc(&format!("{service}.{other}"));
                let found = self.world.ask(who, &list, &json!({"parent": account, "page_size": 1})).await;
                tokens.push(("of another list", token(&found, "next_page_token")));
            }
        } else {
            let rpc = super::contract::rpc("EventService.GetResumeToken");
            let request = json!({"parent": "accounts/umbra", "start_point": "START_POINT_OLDEST"});
            let theirs = self.world.ask("umbra/root", &rpc, &request).await;
            tokens.push(("of the other account", token(&theirs, "resume_token")));
        }
        tokens.push(("made up", Some("bm90IGEgdG9rZW4".to_owned())));
        let given = tokens.into_iter().filter_map(|(what, name)| Some(Other { what, name: name? }));
        given.map(|other| (other.clone(), put(&filled, &place.path, &other.name))).collect()
    }

    /// Other names in the texts of the request: filters, map keys, and names that have no form of their own.
    fn texts(&self, places: &[Place]) -> Vec<Trial> {
        let mut rest = self.sample.request.clone();
        for place in places {
            if get(&rest, &place.path).is_some_and(|text| text.starts_with('$')) {
                rest = put(&rest, &place.path, "");
            }
        }
        let text = rest.to_string();
        let mut found: Vec<&str> =
            parts().captures_iter(&text).map(|part| part.get(1).expect("a part").as_str()).collect();
        found.sort_unstable();
        found.dedup();
        found.into_iter().map(|part| self.text_trial(part, places)).collect()
    }

    fn text_trial(&self, part: &str, places: &[Place]) -> Trial {
        let requests = self.others(part).into_iter().map(|other| {
            let mut request = map_texts(&self.sample.request, &|text| replaced(text, part, &other.name));
            for place in places {
                if let Some(text) = get(&self.sample.request, &place.path) {
                    request = put(&request, &place.path, text);
                }
            }
            (other, self.casts.own.fill(&request))
        });
        // A name in a filter may match nothing: that is an answer like any other.
        let filter = self.sample.request.to_string().contains(&format!("\\\"${part}\\\""));
        Trial { place: format!("${part}"), read: !filter, others: requests.collect() }
    }

    /// Whether the caller is a person who does not see every ticket.
    fn sees_parts(&self) -> bool {
        self.caller() == "acme/mia"
    }

    fn caller(&self) -> String {
        let kinds = self.rpc.rule.callers;
        match &self.sample.caller {
            Some(caller) if caller == "operator" => caller.clone(),
            Some(caller) => format!("acme/{caller}"),
            None if self.machine => "acme/key".to_owned(),
            None if kinds.contains(&CallerKind::User) => "acme/mia".to_owned(),
            None => "acme/key".to_owned(),
        }
    }

    async fn ask(&self, request: &Value) -> Answer {
        self.world.ask(&self.caller(), self.rpc, request).await
    }

    fn dry(&self, request: &Value) -> Value {
        let mut request = request.clone();
        if self.rpc.has_dry_run() {
            request["validate_only"] = json!(true);
        }
        request
    }

    /// Whether an update says that it changes this place: masks stand beside what they are about.
    fn is_in_mask(&self, place: &Place) -> bool {
        let mut at = &self.sample.request;
        for steps in place.path.windows(2) {
            let mask = at.get("update_mask").and_then(Value::as_str);
            if mask.is_some_and(|mask| mask.split(',').all(|path| path != steps[1].field.to_lower_camel_case())) {
                return false;
            }
            at = at.get(&steps[0].field).unwrap_or(&Value::Null);
            if steps[0].list {
                at = &at[0];
            }
        }
        true
    }

    fn is_unread(&self, place: &str) -> bool {
        UNREAD.iter().any(|(rpc, at, _)| *rpc == self.rpc.name() && *at == place)
    }
}

/// `$part` in a text made another name; `$part_of` is another part.
fn replaced(text: &str, part: &str, name: &str) -> String {
    parts()
        .replace_all(
            text,
            |found: &regex::Captures<'_>| {
                if &found[1] == part { name.to_owned() } else { found[0].to_owned() }
            },
        )
        .into_owned()
}

/// Whether an answer says that what was asked for is not there; in a batch an item says so.
fn is_absence(answer: &Answer, asked: &str) -> bool {
    let missing = ["RESOURCE_NOT_FOUND", "REFERENCE_NOT_FOUND"];
    let text = answer.text();
    match answer.class() {
        "PAGE_TOKEN_INVALID" | "RESUME_TOKEN_INVALID" => true,
        "OK" => missing.iter().any(|reason| text.contains(reason)),
        class => missing.contains(&class) && without(answer, asked).contains("<asked>"),
    }
}

fn token(answer: &Answer, field: &str) -> Option<String> {
    let Answer::Done(answer) = answer else { return None };
    answer.get(field).and_then(Value::as_str).filter(|token| !token.is_empty()).map(str::to_owned)
}

/// The text at a place.
fn get<'a>(request: &'a Value, path: &[Step]) -> Option<&'a str> {
    let mut at = if request.is_array() { &request[0] } else { request };
    for step in path {
        at = at.get(&step.field)?;
        if step.list {
            at = at.get(0)?;
        }
    }
    at.as_str()
}

/// The request with a text at a place; what stands on the way is made, what cannot stand beside it goes.
fn put(request: &Value, path: &[Step], text: &str) -> Value {
    let mut request = request.clone();
    let mut at = &mut request;
    if at.is_array() {
        at = &mut at[0];
    }
    for step in path {
        let fields = at.as_object_mut().expect("a message");
        for rival in &step.rivals {
            fields.remove(rival);
        }
        at = fields.entry(step.field.clone()).or_insert(Value::Null);
        if step.list {
            if !at.is_array() {
                *at = json!([Value::Null]);
            }
            at = &mut at[0];
        }
        if at.is_null() {
            *at = json!({});
        }
    }
    *at = Value::String(text.to_owned());
    request
}
