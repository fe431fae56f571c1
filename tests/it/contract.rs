//! The contract as the server holds it: what the build refuses, the tables it writes, the field rules at work.

mod build;
mod fields;
mod tables;
