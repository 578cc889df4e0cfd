//! The time and chance of a flow.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::Mutex,
};

use chrono::{NaiveDate, TimeDelta};
use entity::World;
use sea_orm::prelude::DateTime;

/// A world whose time goes on when it is told to, and begins before anything that a real database holds.
#[derive(Debug)]
pub(super) struct FlowWorld {
    now: Mutex<DateTime>,
}

impl FlowWorld {
    pub(super) fn new() -> Self {
        let beginning = NaiveDate::from_ymd_opt(2001, 1, 1).unwrap_or_default();
        Self {
            now: Mutex::new(beginning.and_time(chrono::NaiveTime::MIN)),
        }
    }

    /// Lets time pass.
    pub(super) fn pass(&self, span: TimeDelta) {
        *self.now.lock().unwrap_or_else(std::sync::PoisonError::into_inner) += span;
    }

    /// A name that no row has.
    pub(super) fn name(&self) -> String {
        format!("{:016x}{:016x}", self.random(), self.random())
    }
}

impl World for FlowWorld {
    fn now(&self) -> DateTime {
        *self.now.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn random(&self) -> u64 {
        // The keys of a new hasher are drawn from the operating system.
        RandomState::new().hash_one(std::thread::current().id())
    }
}
