//! What the columns of accounts may hold.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// What an account may do (`users.role`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::N(50))",
    rename_all = "SCREAMING_SNAKE_CASE"
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum UserRole {
    /// Works with what it owns and what is shared.
    User,
    /// Administers the installation.
    Admin,
}

/// Whether an account may be used (`users.status`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::N(50))",
    rename_all = "SCREAMING_SNAKE_CASE"
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum UserStatus {
    /// May sign in.
    Active,
    /// Was invited and has no password yet.
    Invited,
    /// May not sign in any more.
    Disabled,
    /// Waits for an administrator.
    Pending,
}

/// Whether an API token is accepted (`api_tokens.status`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::N(50))",
    rename_all = "SCREAMING_SNAKE_CASE"
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TokenStatus {
    /// Accepted until it expires.
    Active,
    /// Refused for good.
    Revoked,
}
