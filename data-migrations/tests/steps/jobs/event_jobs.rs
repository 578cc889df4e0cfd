//! `events` → `jobs`.
