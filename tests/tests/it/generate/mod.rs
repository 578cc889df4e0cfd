//! The example project through a year of changes: its program writes the migrations, which are compiled and run up and
//! down on databases that hold rows.

mod cronium;
mod databases;
mod freezing;
mod life;
mod project;
mod squash;
