//! Compiles the contract without protoc and writes into `OUT_DIR`:
//!
//! - `contract.binpb`: the descriptor set with comments and options, for reflection
//! - `contract.rs`: messages, clients and servers of every package
//!
//! The build script of a package that uses this one is told where the descriptor set is: `DEP_HELPDESK_CONTRACT_DESCRIPTORS`.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use protox::Compiler;

/// Not imported by the contract, yet in the descriptor set: clients print error details with it.
const ERROR_DETAILS: &str = "google/rpc/error_details.proto";

fn main() -> Result<(), Box<dyn Error>> {
    for watched in ["helpdesk", "../third_party"] {
        println!("cargo:rerun-if-changed={watched}");
    }
    let mut compiler = Compiler::new(["../proto", "../third_party"])?;
    compiler.include_imports(true).include_source_info(true);
    compiler.open_files(proto_files(Path::new("../proto/helpdesk"))?)?.open_file(ERROR_DETAILS)?;

    // The raw bytes: the typed set has no place for extensions and would lose every option of ours.
    let descriptors = PathBuf::from(env::var("OUT_DIR")?).join("contract.binpb");
    fs::write(&descriptors, compiler.encode_file_descriptor_set())?;
    println!("cargo::metadata=descriptors={}", descriptors.display());
    generate_messages(&compiler)
}

/// Messages, clients and servers. Packages that hold only options are left out: no message of ours has their types.
fn generate_messages(compiler: &Compiler) -> Result<(), Box<dyn Error>> {
    let mut set = compiler.file_descriptor_set();
    set.file.retain(|file| !matches!(file.package(), "buf.validate" | "google.api"));
    for file in set.file.iter_mut().filter(|file| file.package().starts_with("google.")) {
        file.source_code_info = None; // its comments hold examples that rustdoc would take for Rust
    }
    tonic_prost_build::configure()
        .btree_map(".") // ordered, so that equal requests have equal bytes
        .include_file("contract.rs")
        .compile_fds(set)?;
    Ok(())
}

/// Every `.proto` file below `folder`, sorted.
fn proto_files(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
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
