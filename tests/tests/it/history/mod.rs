//! The history: what it is made of, and how it is run.

mod dry_run;
mod generated;
mod kills;
mod locks;
mod problems;
mod small;
mod squash;
mod unmanaged;
mod waits;
