//! Views, search and replies of an account with 10,000 and with 1,000,000 tickets.

use super::Bench;
use super::stage::Stage;
use crate::Result;
use crate::drive::{Caller, Method, Shape, Timing, closed, connect};
use crate::report::{Bound, Line, Ratio};
use crate::service::AGENTS;
use crate::store::{CopyRows, Engine, Store, nth_uuid, number, text};

/// Tickets of the two databases. One of ten is open, one of twenty has no owner, all are the team's.
const TICKETS: [u32; 2] = [10_000, 1_000_000];
/// Numbers of the copies begin above those of the set-up.
const FIRST: u32 = 101;
/// Tickets that the agent follows, the same number in both.
const FOLLOWED: u32 = 200;
/// Of a first page of a default view: the large account to the small one.
const AIM: f64 = 1.3;

/// The default views whose first page is compared.
const VIEWS: [&str; 8] = [
    "unassigned",
    "assigned-to-me",
    "all-open",
    "following",
    "my-teams-unassigned",
    "my-teams",
    "all-closed",
    "unassigned.support",
];

/// Beside them: without an aim.
const OTHERS: [Method; 6] = [
    Method::ListTickets,
    Method::CountViews,
    Method::Search(COMMON),
    Method::Search("ticket4711"),
    Method::SendMessage,
    Method::GetTicket,
];

/// Words that the message of each copy has.
const COMMON: &str = "parcel announced";
/// Tickets on the first page of a search.
const PAGE: usize = 20;

/// Runs the part on one engine.
pub async fn run(bench: &mut Bench<'_>) -> Result<()> {
    let mut stages = Vec::new();
    for tickets in TICKETS {
        stages.push(prepared(bench, tickets).await?);
    }
    for view in VIEWS {
        let [small, large] = both(bench, &stages, Method::View(view)).await?;
        let name = format!("{:?}: first page of {view}, p50, 1,000,000 tickets to 10,000", stages[0].store.engine());
        bench.report.add_ratio(Ratio::new(name, large / small.max(0.001), Bound::AtMost, AIM));
    }
    for method in OTHERS {
        both(bench, &stages, method).await?;
    }
    for stage in &mut stages {
        stage.stop().await?;
    }
    Ok(())
}

/// The medians of both, each the best of the rounds, taken in turn.
async fn both(bench: &mut Bench<'_>, stages: &[Stage], method: Method) -> Result<[f64; 2]> {
    let mut medians = [f64::INFINITY; 2];
    let timing = Timing { warm: bench.plan.warm, length: bench.plan.seconds };
    for round in 0..bench.plan.rounds {
        for (at, stage) in stages.iter().enumerate() {
            let measured = closed(&stage.target()?, Shape { method, clients: 1, accounts: 1 }, timing).await?;
            medians[at] = medians[at].min(measured.summary.p50_ms);
            if round + 1 == bench.plan.rounds {
                let what = format!("{}, {}", method.title(), TICKETS[at]);
                bench.report.add(Line::new("scale", stage.store.engine(), &what, 1, 1, measured));
            }
        }
    }
    Ok(medians)
}

async fn prepared(bench: &Bench<'_>, tickets: u32) -> Result<Stage> {
    let mut stage = Stage::open(bench, &format!("scale{tickets}"), 1).await?;
    // A form submission, which the copies are made of; its words are in the index when all is that happened before.
    let account = stage.accounts[0].clone();
    let mut caller = Caller::new(connect(&stage.target()?.address).await?);
    caller.call(Method::IngestMessage, &account).await?;
    let original = account.last_ticket();
    stage.until_indexed(&account).await?;
    stage.stop().await?;
    fill(&stage.store, &account.id, original, tickets)?;
    account.saw_ticket(tickets.into());
    stage.start().await?;
    let mut caller = Caller::new(connect(&stage.target()?.address).await?);
    let found = caller.searched(&account, COMMON).await?.hits.len();
    if found != PAGE {
        return Err(format!("{found} of {tickets} tickets are found by words that all of them have").into());
    }
    Ok(stage)
}

fn fill(store: &Store, account: &str, original: i64, tickets: u32) -> Result<()> {
    let range = (FIRST, FIRST + tickets - 1);
    let closed = store.query(&format!(
        "SELECT id, category FROM pipeline_status WHERE account_id = '{account}' AND category = 'closed'"
    ))?;
    let closed = closed.first().map(|row| text(row, "id")).ok_or("a pipeline has a closed status")?;
    let (id, number) = (nth_uuid(store.engine(), "s.n"), "s.n".to_owned());
    let own = "SELECT c.id FROM conversation AS c WHERE c.account_id = t.account_id AND c.ticket_number";
    let (by_number, by_ticket) = (format!("t.number = {original}"), format!("t.ticket_number = {original}"));
    let by_conversation = format!("t.conversation_id IN ({own} = {original})");
    let unique = |column: &str| format!("CASE WHEN t.{column} = '' THEN '' ELSE 'copy-' || s.n END");
    let copy =
        |table, only_where: &str, changed: &[(&str, String)]| CopyRows { table, only_where, range, changed }.run(store);
    copy("ticket", &by_number, &ticket_columns(store.engine(), &closed))?;
    store.execute(&format!(
        "INSERT INTO ticket_team (account_id, team_id, number, open, free) SELECT account_id, 'support', number, open, \
         open AND owner_id IS NULL FROM ticket WHERE account_id = '{account}' AND number >= {FIRST}"
    ))?;
    copy("conversation", &by_ticket, &[("id", id.clone()), ("ticket_number", number), update_time()])?;
    let key = [("key", unique("key")), ("reply_token", unique("reply_token"))];
    let [key, token] = key;
    copy("thread", &by_conversation, &[("id", id.clone()), ("conversation_id", id.clone()), key, token])?;
    let external = ("external_id", "'copy-' || s.n".to_owned());
    let ids = [("id", id.clone()), ("conversation_id", id.clone()), ("thread_id", id), external];
    copy("message", &by_conversation, &ids)?;
    followed(store, account)?;
    index(store, account, original, range)?;
    count_again(store)
}

/// Later numbers are later tickets.
fn update_time() -> (&'static str, String) {
    ("update_time", "t.update_time + s.n * 1000".to_owned())
}

fn ticket_columns(engine: Engine, closed: &str) -> Vec<(&'static str, String)> {
    let open = "s.n % 10 = 0";
    let flag = if engine == Engine::Postgres { format!("({open})") } else { format!("iif({open}, 1, 0)") };
    let owner = format!("CASE WHEN s.n % 20 = 0 THEN NULL ELSE 'agent-' || ((s.n / 10) % {AGENTS}) END");
    vec![
        ("number", "s.n".to_owned()),
        ("subject", "'Question ticket' || s.n".to_owned()),
        ("text_folded", "'question ticket' || s.n".to_owned()),
        ("owner_id", owner),
        ("teams", "'[\"support\"]'".to_owned()),
        ("open", flag),
        ("status_id", format!("CASE WHEN {open} THEN t.status_id ELSE '{closed}' END")),
        ("status_category", format!("CASE WHEN {open} THEN t.status_category ELSE 'closed' END")),
        ("close_time", format!("CASE WHEN {open} THEN NULL ELSE t.update_time + s.n * 1000 END")),
        ("create_time", "t.create_time + s.n * 1000".to_owned()),
        update_time(),
    ]
}

fn followed(store: &Store, account: &str) -> Result<()> {
    let (last, time) = (FIRST + FOLLOWED - 1, "'{\"agent-0\": 1700000000000000}'");
    store.execute(&format!(
        "UPDATE ticket SET followers = {time} WHERE account_id = '{account}' AND number BETWEEN {FIRST} AND {last}; \
         INSERT INTO ticket_follower (account_id, user_id, number) SELECT account_id, 'agent-0', number FROM ticket \
         WHERE account_id = '{account}' AND number BETWEEN {FIRST} AND {last}"
    ))
}

/// What the message of each copy says to the index.
const BODY: &str =
    "the parcel that was announced for monday has not come and the tracking page still says that it was handed over";

/// The words of the copies: subject, contact and message of each.
fn index(store: &Store, account: &str, original: i64, range: (u32, u32)) -> Result<()> {
    let head = store.query(&format!("SELECT slot FROM search_head WHERE account_id = '{account}'"))?;
    let slot = head.first().map(|row| number(row, "slot")).ok_or("the account has an index")?;
    let only_where = format!("t.account_id = '{account}' AND t.number = {original}");
    let part = (
        "part_id",
        format!("CASE WHEN t.field = 'message' THEN {} ELSE t.part_id END", nth_uuid(store.engine(), "s.n")),
    );
    let at = ("number", "s.n".to_owned());
    let body: Vec<String> = BODY.split(' ').map(|word| format!("{slot}x{word}")).collect();
    if store.engine() == Engine::Postgres {
        let subject = format!("('''{slot}xquestion'':1 ''{slot}xticket' || s.n || ''':2')::tsvector");
        let body: Vec<String> = (1..).zip(&body).map(|(place, word)| format!("''{word}'':{place}")).collect();
        let message = format!("'{}'::tsvector", body.join(" "));
        let words =
            format!("CASE t.field WHEN 'subject' THEN {subject} WHEN 'message' THEN {message} ELSE t.words END");
        let changed = &[at, part, ("words", words)];
        return CopyRows { table: "search_part", only_where: &only_where, range, changed }.run(store);
    }
    // A contentless index does not tell its words: those of the message are made again.
    let kinds = 4;
    let doc = format!("1000000 + s.n * {kinds} + CASE t.field WHEN 'subject' THEN 0 WHEN 'message' THEN 1 ELSE 2 END");
    CopyRows { table: "search_part", only_where: &only_where, range, changed: &[at, part, ("doc", doc)] }.run(store)?;
    let body = body.join(" ");
    store.execute(&format!(
        "INSERT INTO search_words (rowid, words) SELECT doc, CASE field \
         WHEN 'subject' THEN '{slot}xquestion {slot}xticket' || number WHEN 'message' THEN '{body}' \
         ELSE '{slot}xcustomer {slot}x' || (number % 100) END FROM search_part WHERE account_id = '{account}' AND doc >= 1000000"
    ))
}

/// Brings the counters in line with the copies.
fn count_again(store: &Store) -> Result<()> {
    store.execute(
        "UPDATE agent_load SET open_tickets = (SELECT count(*) FROM ticket AS t WHERE t.account_id = \
         agent_load.account_id AND t.owner_id = agent_load.user_id AND t.open); \
         UPDATE account_head SET last_ticket = (SELECT max(t.number) FROM ticket AS t WHERE t.account_id = \
         account_head.account_id)",
    )
}
