//! The command line as a person types it, on real databases.

mod refusals;
mod support;
mod whole_way;
