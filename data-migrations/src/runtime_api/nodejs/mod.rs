use super::{Rewrite,syntax::Parser};
pub(super) fn rewrite(_parser: &mut Parser, _source: &str) -> Option<Rewrite> { None }
