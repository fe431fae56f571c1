//! Valid requests for every rpc, one line each: `requests/<Service>.txt`.
//!
//! `Rpc {json}`, or `Rpc as root {json}` where the usual caller may not. `$ticket` and the like are parts of a cast
//! (`world.rs`). Lines that begin with `#` are remarks. An rpc
//! may have several lines (`Rpc refused {json}` for one that is refused for the state of its object), where places exclude each other; the first is the one that the access table is tried with.

use std::collections::BTreeMap;

use serde_json::Value;

use super::contract::{Rpc, rpcs};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/access_reach/requests");

/// A valid request.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Who sends it, where it is not the usual caller.
    pub caller: Option<String>,
    /// It is refused for what state its object is in; others are answered as ever.
    pub refused: bool,
    /// The request, with parts where objects are named.
    pub request: Value,
}

/// The requests by rpc, `TicketService.GetTicket`.
pub fn samples() -> BTreeMap<String, Vec<Sample>> {
    let files = std::fs::read_dir(FOLDER).expect("the folder of the requests").flatten();
    let mut found: BTreeMap<String, Vec<Sample>> = BTreeMap::new();
    for file in files.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|it| it == "txt")) {
        let service = file.file_stem().expect("a name").to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&file).expect("readable text");
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (method, sample) = sample(line).unwrap_or_else(|why| panic!("{service}.txt: {why}: {line}"));
            found.entry(format!("{service}.{method}")).or_default().push(sample);
        }
    }
    found
}

fn sample(line: &str) -> Result<(String, Sample), String> {
    let brace = line.find(['{', '[']).ok_or("no request")?;
    let words: Vec<&str> = line[..brace].split_whitespace().collect();
    let request = serde_json::from_str(&line[brace..]).map_err(|error| error.to_string())?;
    match words.as_slice() {
        [method] => Ok(((*method).to_owned(), Sample { caller: None, refused: false, request })),
        [method, "refused"] => Ok(((*method).to_owned(), Sample { caller: None, refused: true, request })),
        [method, "as", caller] => {
            Ok(((*method).to_owned(), Sample { caller: Some((*caller).to_owned()), refused: false, request }))
        }
        _ => Err("expected: Rpc {json} or Rpc as somebody {json}".to_owned()),
    }
}

/// The first request of an rpc.
pub fn sample_of<'a>(samples: &'a BTreeMap<String, Vec<Sample>>, rpc: &Rpc) -> &'a Sample {
    &samples_of(samples, rpc)[0]
}

/// The requests of an rpc; what to do where there is none.
pub fn samples_of<'a>(samples: &'a BTreeMap<String, Vec<Sample>>, rpc: &Rpc) -> &'a [Sample] {
    let service = rpc.method.parent_service();
    samples.get(&rpc.name()).unwrap_or_else(|| {
        panic!(
            "{} has no request: add the line `{} {{..}}` to tests/it/access_reach/requests/{}.txt",
            rpc.name(),
            rpc.method.name(),
            service.name()
        )
    })
}

#[test]
fn every_rpc_has_a_request_and_every_request_an_rpc() {
    let samples = samples();
    let rpcs = rpcs();
    for rpc in &rpcs {
        sample_of(&samples, rpc);
    }
    let gone: Vec<_> = samples.keys().filter(|name| !rpcs.iter().any(|rpc| rpc.name() == **name)).collect();
    assert!(gone.is_empty(), "the contract has no {gone:?}");
}
