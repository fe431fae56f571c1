//! Reads the options of the contract and writes what they say, as Rust, into `OUT_DIR`: `access_table.rs`, `reasons.rs`,
//! `calls.rs`, `texts.rs`, `validators.rs`. Messages, clients and servers are a crate of their own, in `proto`.
//!
//! The build stops on an rpc without an access rule, on a rule that names no field of its request, on an error reason
//! without its status code and on a field rule that nothing here can check.

#[path = "build/mod.rs"]
mod contract;

use std::path::PathBuf;
use std::{env, fs};

use contract::Outcome;

fn main() -> Outcome<()> {
    let descriptors = env::var("DEP_HELPDESK_CONTRACT_DESCRIPTORS")?;
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed={descriptors}");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    for (name, code) in contract::generate(&fs::read(descriptors)?)? {
        fs::write(out.join(name), code)?;
    }
    Ok(())
}
