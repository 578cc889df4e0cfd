//! schema × schema → plan.
