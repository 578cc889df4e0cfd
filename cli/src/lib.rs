//! What the command line works with beside the toolkit: Cronium's own databases.

pub mod seeds;
