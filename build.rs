//! Reads the options of the contract and writes what they say, as Rust, into `OUT_DIR`: `access_table.rs`, `reasons.rs`,
//! `calls.rs`, `texts.rs`, `validators.rs`. Messages, clients and servers are a crate of their own, in `proto`.
//!
//! The build stops on an rpc without an access rule, on a rule that names no field of its request, on an error reason
//! without its status code and on a field rule that nothing here can check.

#[path = "build/mod.rs"]
mod contract;

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use contract::Outcome;
use protox::Compiler;

fn main() -> Outcome<()> {
    for watched in ["build", "proto/helpdesk", "third_party"] {
        println!("cargo:rerun-if-changed={watched}");
    }
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let mut compiler = Compiler::new(["proto", "third_party"])?;
    compiler.include_imports(true).open_files(proto_files(Path::new("proto"))?)?;

    // The raw bytes: the typed set has no place for extensions and would lose every option of ours.
    let descriptors = compiler.encode_file_descriptor_set();
    for (name, code) in contract::generate(&descriptors)? {
        fs::write(out.join(name), code)?;
    }
    Ok(())
}

/// Every `.proto` file below `folder`, sorted.
fn proto_files(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(proto_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "proto") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
