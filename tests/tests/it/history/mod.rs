//! The history: what it is made of, and how it is run.

mod cancelled;
mod dry_run;
mod generated;
mod half_back;
mod holding;
mod kills;
mod locks;
mod problems;
mod search_path;
mod small;
mod squash;
mod unmanaged;
mod waits;
