//! The linter over whole histories, and its book.

mod book;
mod cronium;
mod pending;
mod reading;
