//! The table of who may call what, tried for real: every rpc as every kind of caller, and every rpc that is about a
//! ticket with every level on every kind of ticket (T-03, R-001 to R-016, C-001 to C-006).

use std::collections::BTreeMap;

use futures_util::future::join_all;
use helpdesk::grpc::pb::access::CallerKind;
use serde_json::{Value, json};

use super::cast::{Cast, parts};
use super::contract::{Rpc, rpcs};
use super::requests::{Sample, sample_of, samples};
use super::table::{self, CALLERS, LEVELS, Row, TICKETS, reaches};
use super::tickets::Plan;
use super::wire::Answer;
use super::world::{World, agent};
use crate::support::databases::both_engines;

both_engines!(the_table_says_who_may_call_what, |db| async move {
    let mut world = World::start(db).await;
    let settings = world.settings("acme").await;
    let tickets = world.tickets(&plan("base", "mia")).await;
    let casts = callers(&mut world, &settings.over(&tickets)).await;
    let rows = table::rows();
    let samples = samples();
    let mut found = BTreeMap::new();
    let mut findings = Vec::new();
    for rpc in rpcs() {
        let sample = sample_of(&samples, &rpc);
        let answers = join_all(CALLERS.iter().map(|caller| answer(&world, &casts, &rpc, sample, caller))).await;
        let level = rows.get(&rpc.name()).map_or_else(|| "-".to_owned(), |row| row.level.clone());
        let row = Row { level, callers: answers.iter().map(class).collect() };
        if rows.get(&rpc.name()).is_none_or(|stored| stored.callers != row.callers) {
            let texts: Vec<_> =
                CALLERS.iter().zip(&answers).map(|(caller, it)| format!("{caller}: {}", cut(it))).collect();
            findings.push(format!(
                "{}: {} where the table has {:?}\n    {}",
                rpc.name(),
                row.callers.join(", "),
                rows.get(&rpc.name()).map(|row| row.callers.join(", ")),
                texts.join("\n    ")
            ));
        }
        found.insert(rpc.name(), row);
    }
    let gone = rows.keys().filter(|rpc| !found.contains_key(*rpc));
    findings.extend(gone.map(|rpc| format!("the contract has no {rpc}")));
    table::write(|rows| {
        let level = |rpc: &str| rows.get(rpc).map_or_else(|| "-".to_owned(), |row| row.level.clone());
        found.iter().map(|(rpc, row)| (rpc.clone(), Row { level: level(rpc), ..row.clone() })).collect()
    });
    conclude(&findings);
    // C-001: a super admin without a seat sets routing rules and is no target of them.
    let routing =
        json!({"name": casts["seat"].get("channel_routing"), "people": {"users": ["accounts/acme/users/una"]}});
    let request = json!({"channel_routing": routing, "update_mask": "people"});
    let update = super::contract::rpc("ChannelService.UpdateChannelRouting");
    assert_eq!(world.ask("acme/una", &update, &request).await.class(), "TARGET_NOT_ROUTABLE");
    functions_of_each_class(&found);
});

/// a super admin and a Service seat have every function. R-003: no other class of people has.:
/// service or sales access works on tickets.: settings and routing are for seats, assigning by
/// hand is for all of them. R-016: without any of these there is no help desk.
fn functions_of_each_class(found: &BTreeMap<String, Row>) {
    let of = |rpc: &str, caller: &str| {
        let column = CALLERS.iter().position(|it| *it == caller).expect("a column");
        found[rpc].callers[column].clone()
    };
    let settings =
        ["ChannelService.UpdateChannelRouting", "ChannelService.UpdateChannel", "ContentService.CreateTextBlock"];
    let work = [
        "TicketService.GetTicket",
        "ConversationService.SendMessage",
        "ConversationService.CreateComment",
        "TicketService.UpdateTicket",
        "TicketService.AssignTicket",
    ];
    for caller in ["super_admin", "seat"] {
        for rpc in settings.into_iter().chain(work) {
            assert_eq!(of(rpc, caller), "yes", "{caller} {rpc}");
        }
        assert!(found.keys().all(|rpc| of(rpc, caller) != "standing"), "{caller} has every function");
    }
    for caller in ["service_access", "sales_access"] {
        assert!(settings.iter().all(|rpc| of(rpc, caller) == "standing"), "{caller} has no settings");
        assert!(work.iter().all(|rpc| of(rpc, caller) == "yes"), "{caller} works on tickets");
    }
    for rpc in settings.into_iter().chain(work) {
        assert_eq!(of(rpc, "no_access"), "standing", "{rpc}");
    }
}

both_engines!(levels_hold_for_every_rpc_about_a_ticket, |db| async move {
    let mut world = World::start(db).await;
    let settings = world.settings("acme").await;
    let sets = sets(&mut world, &settings).await;
    let samples = samples();
    let about: Vec<Rpc> = rpcs()
        .into_iter()
        .filter(|rpc| is_about_ticket(rpc, sample_of(&samples, rpc), &sets[0].1, &settings))
        .collect();
    let mut seen: BTreeMap<String, Vec<Seen>> = BTreeMap::new();
    for levels in Levels::all() {
        give(&world, &levels).await;
        for rpc in &about {
            let sample = sample_of(&samples, rpc);
            let asked = sets.iter().map(|(_, cast)| async {
                class(&world.ask("acme/lea", rpc, &dry(rpc, &cast.fill(&sample.request))).await)
            });
            let classes = join_all(asked).await;
            let at = seen.entry(rpc.name()).or_default();
            at.extend(sets.iter().zip(classes).map(|((ticket, _), class)| Seen { levels, ticket, class }));
        }
    }
    judge_levels(&seen);
});

/// What one rpc answered for one ticket.
#[derive(Debug)]
struct Seen {
    levels: Levels,
    ticket: &'static str,
    class: String,
}

/// Compares what was seen with the level that the table names.
fn judge_levels(seen: &BTreeMap<String, Vec<Seen>>) {
    let (rows, mut right) = (table::rows(), BTreeMap::new());
    let mut findings = Vec::new();
    for (rpc, row) in &rows {
        let Some(seen) = seen.get(rpc) else {
            if row.level != "-" {
                findings.push(format!("{rpc}: level {} where no ticket is named", row.level));
                right.insert(rpc.clone(), "-");
            }
            continue;
        };
        let differs = |level: &str| seen.iter().find(|it| it.levels.expected(level, it.ticket) != it.class);
        if let Some(other) = differs(&row.level) {
            let fits = ["-", "view", "edit", "delete"].into_iter().find(|level| differs(level).is_none());
            findings.push(format!("{rpc}: level {} in the table, but {other:?}; fits {fits:?}", row.level));
            right.insert(rpc.clone(), fits.unwrap_or("-"));
        }
    }
    table::write(|rows| {
        let level = |rpc: &String, row: Row| right.get(rpc).map_or(row.level, |level| (*level).to_owned());
        let changed = |(rpc, row): (String, Row)| (rpc.clone(), Row { level: level(&rpc, row.clone()), ..row });
        rows.into_iter().map(changed).collect()
    });
    conclude(&findings);
}

fn conclude(findings: &[String]) {
    let advice = "the table is tests/it/access_reach/matrix.csv; its head says how a row is added";
    assert!(findings.is_empty(), "{} finding(s); {advice}:\n{}", findings.len(), findings.join("\n"));
}

fn plan<'a>(label: &'a str, author: &'a str) -> Plan<'a> {
    Plan { account: "acme", label, author, owner: "", teams: &[] }
}

/// People who call; the super admin has no seat.
const PEOPLE: [(&str, &str); 5] =
    [("super_admin", "una"), ("seat", "sam"), ("service_access", "sue"), ("sales_access", "sid"), ("no_access", "nia")];

/// Everybody who calls, each with what is personal on the same tickets.
async fn callers(world: &mut World, base: &Cast) -> BTreeMap<&'static str, Cast> {
    let mut casts = BTreeMap::from([("operator", base.clone()), ("no_access", base.clone())]);
    for (caller, id) in PEOPLE {
        let mut person = agent(id, "acme");
        person["account_access"] = json!(false);
        person["customer_agent_editor"] = json!(false);
        if caller != "seat" {
            person["seat"] = json!("SEAT_CORE");
        }
        person["super_admin"] = json!(caller == "super_admin");
        person["service_access"] = json!(caller == "service_access");
        person["sales_access"] = json!(caller == "sales_access");
        world.person("acme", id, &person).await;
        if caller != "no_access" {
            let cast = world.personal(&plan(caller, id), base.clone()).await;
            casts.insert(caller, cast);
        }
    }
    casts.insert("key", world.personal(&plan("key", "key"), base.clone()).await);
    casts.insert("key_without", base.clone());
    casts.insert("customer_agent", base.clone());
    for rpc in rpcs() {
        remember_key_without(world, &rpc).await;
    }
    casts
}

/// A key with every permission but the one that the rpc asks, under the name of that one.
async fn remember_key_without(world: &World, rpc: &Rpc) {
    use helpdesk::grpc::pb::access::Permission;
    let asked = rpc.rule.permission;
    let others: Vec<&str> = (1..100)
        .filter_map(|number| Permission::try_from(number).ok())
        .filter(|permission| *permission != asked && *permission != Permission::AccountManage)
        .map(|permission| permission.as_str_name())
        .collect();
    let name = format!("acme/without-{}", asked.as_str_name());
    if world.knows(&name) {
        return;
    }
    let id = format!("without-{}", asked.as_str_name().to_lowercase().replace('_', "-"));
    let key = json!({"display_name": id, "permissions": others});
    let request = json!({"parent": "accounts/acme", "access_key": key, "access_key_id": id});
    let made = world.ok("acme/root", "AccessService.CreateAccessKey", request).await;
    world.remember_key(&name, made["secret"].as_str().expect("it is shown once"));
}

async fn answer(
    world: &World,
    casts: &BTreeMap<&'static str, Cast>,
    rpc: &Rpc,
    sample: &Sample,
    caller: &'static str,
) -> Answer {
    let who = match caller {
        "operator" => "operator".to_owned(),
        "super_admin" => "acme/una".to_owned(),
        "seat" => "acme/sam".to_owned(),
        "service_access" => "acme/sue".to_owned(),
        "sales_access" => "acme/sid".to_owned(),
        "no_access" => "acme/nia".to_owned(),
        "key_without" => format!("acme/without-{}", rpc.rule.permission.as_str_name()),
        "customer_agent" => "acme/agent".to_owned(),
        key => format!("acme/{key}"),
    };
    world.ask(&who, rpc, &dry(rpc, &casts[caller].fill(&sample.request))).await
}

fn dry(rpc: &Rpc, request: &Value) -> Value {
    let mut request = request.clone();
    if rpc.has_dry_run() {
        request["validate_only"] = json!(true);
    }
    request
}

/// The word of the table for an answer. In a batch the first item speaks.
fn class(answer: &Answer) -> String {
    let text = answer.text();
    let inner = ["RESOURCE_NOT_FOUND", "OUT_OF_SCOPE"].into_iter().find(|reason| text.contains(*reason));
    let reason = if answer.class() == "OK" { inner.unwrap_or("OK") } else { answer.class() };
    match reason {
        "OK" => "yes",
        "CALLER_KIND_NOT_ALLOWED" => "kind",
        "STANDING_TOO_LOW" => "standing",
        "PERMISSION_MISSING" => "permission",
        "RESOURCE_NOT_FOUND" | "REFERENCE_NOT_FOUND" => "absent",
        "OUT_OF_SCOPE" => "scope",
        other => other,
    }
    .to_owned()
}

fn cut(answer: &Answer) -> String {
    answer.text().chars().take(160).collect()
}

/// Tickets that stand to lea in each way, with what she wrote on them.
pub async fn sets(world: &mut World, settings: &Cast) -> Vec<(&'static str, Cast)> {
    world.person("acme", "lea", &agent("lea", "acme")).await;
    let member = json!({"name": settings.get("team"), "user": "accounts/acme/users/lea"});
    world.ok("acme/root", "TeamService.AddTeamMember", member).await;
    let mut sets = Vec::new();
    for (ticket, owner) in TICKETS.into_iter().zip(["lea", "ben-acme", "", "root"]) {
        let plan = Plan { account: "acme", label: ticket, author: "lea", owner, teams: &[] };
        sets.push((ticket, settings.clone().over(&world.tickets(&plan).await)));
    }
    sets
}

/// Whether people call it and its request names anything that hangs on a ticket: what each set has of its own.
fn is_about_ticket(rpc: &Rpc, sample: &Sample, set: &Cast, settings: &Cast) -> bool {
    const PERSONAL: [&str; 5] = ["contact", "me", "notification_settings", "notification", "view"];
    let text = sample.request.to_string();
    let apart = text.contains("\"filter\"") || sample.caller.is_some() || !rpc.rule.callers.contains(&CallerKind::User);
    let mut named = parts().captures_iter(&text).map(|part| part[1].to_owned());
    !apart && named.any(|part| set.get(&part) != settings.get(&part) && !PERSONAL.contains(&part.as_str()))
}

/// Levels of a person.
#[derive(Clone, Copy, Debug)]
pub struct Levels {
    pub view: &'static str,
    pub edit: &'static str,
    pub delete: &'static str,
}

impl Levels {
    /// Some levels for one use alone, and every level for all uses at once; the last takes her tickets from her.
    fn all() -> Vec<Self> {
        let levels = |view, edit, delete| Self { view, edit, delete };
        let alone = ["team+unassigned", "owned", "none"].into_iter();
        let alone = alone.flat_map(|level| [levels("all", level, "all"), levels("all", "all", level)]);
        alone.chain(LEVELS.into_iter().map(|level| levels(level, level, level))).collect()
    }

    /// What a ticket that stands so to the person is answered with, where this level decides.
    fn expected(self, level: &str, ticket: &str) -> &'static str {
        let of_use = match level {
            "view" => self.view,
            "edit" => self.edit,
            "delete" => self.delete,
            _ => return "yes",
        };
        match (reaches(self.view, ticket), reaches(of_use, ticket)) {
            (false, _) => "absent",
            (true, false) => "scope",
            (true, true) => "yes",
        }
    }
}

/// Gives lea these levels.
pub async fn give(world: &World, levels: &Levels) {
    let access = |level: &str| {
        let (name, unassigned) = level.split_once('+').map_or((level, false), |(name, _)| (name, true));
        let unassigned = unassigned || name == "all";
        json!({"level": format!("ACCESS_LEVEL_{}", name.to_uppercase()), "include_unassigned": unassigned})
    };
    let user = json!({"name": "accounts/acme/users/lea", "ticket_view": access(levels.view),
        "ticket_edit": access(levels.edit), "ticket_delete": access(levels.delete)});
    let request = json!({"user": user, "update_mask": "ticketView,ticketEdit,ticketDelete"});
    world.ok("acme/root", "UserService.UpdateUser", request).await;
}
