//! Write lanes: what a batch holds, what it leaves behind, and who is told what (decisions W1 to W8).

mod batches;
mod dry;
mod together;
mod waiting;
