//! The `helpdesk` program: everything it does is in the library.

use std::process::ExitCode;

/// Fewer page faults and a shorter latency tail under load than the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    helpdesk::cli::main()
}
