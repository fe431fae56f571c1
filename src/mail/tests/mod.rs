//! The project's own mails (`tests/fixtures/mail`), and damage done to them.

use std::{collections::BTreeMap, fs, path::PathBuf};

mod damage;
mod details;
mod expected;

/// Every fixture by its name without the ending.
fn fixtures() -> BTreeMap<String, Vec<u8>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/mail");
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("the fixtures stand in the repository") {
        let path = entry.expect("a readable folder").path();
        if path.extension().is_some_and(|ending| ending == "eml") {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            found.insert(name, fs::read(path).expect("a readable fixture"));
        }
    }
    found
}

fn parse_fixture(name: &str) -> super::InboundMail {
    super::parse(&fixtures()[name]).expect("fixtures are mails")
}
