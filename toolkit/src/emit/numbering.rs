//! The way from one kind of numbering to another.

use crate::schema::{AutoIncrement, Column};

/// A step of that way, by the name of its method of [`AlterTable`](crate::ddl::AlterTable).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numbering {
    StartCounting,
    StopCounting,
    SerialToIdentity,
    IdentityToSerial,
    ByDefault,
    Always,
    DropIdentity,
}

impl Numbering {
    /// The method.
    pub(super) fn method(self) -> &'static str {
        match self {
            Self::StartCounting => "start_counting",
            Self::StopCounting => "stop_counting",
            Self::SerialToIdentity => "serial_to_identity",
            Self::IdentityToSerial => "identity_to_serial",
            Self::ByDefault => "identity_by_default",
            Self::Always => "identity_always",
            Self::DropIdentity => "drop_identity",
        }
    }
}

/// What has to be done before it is settled whether the column may be NULL, and behind: an identity column may not. What is
/// numbered in no way that is said is numbered by a sequence.
pub(super) fn ways(from: &Column, to: &Column) -> (Vec<Numbering>, Vec<Numbering>) {
    use AutoIncrement::{Identity, IdentityAlways, No, Serial, Yes};
    use Numbering as Way;
    match (from.auto_increment, to.auto_increment) {
        (No, Serial | Yes) => (vec![Way::StartCounting], Vec::new()),
        (No, Identity) => (vec![Way::StartCounting], vec![Way::SerialToIdentity]),
        (No, IdentityAlways) => (vec![Way::StartCounting], vec![Way::SerialToIdentity, Way::Always]),
        (Serial | Yes, No) => (vec![Way::StopCounting], Vec::new()),
        (Identity | IdentityAlways, No) => (vec![Way::DropIdentity], Vec::new()),
        (Serial, Identity) => (Vec::new(), vec![Way::SerialToIdentity]),
        (Serial, IdentityAlways) => (Vec::new(), vec![Way::SerialToIdentity, Way::Always]),
        (Identity | IdentityAlways, Serial) => (vec![Way::IdentityToSerial], Vec::new()),
        (Identity, IdentityAlways) => (Vec::new(), vec![Way::Always]),
        (IdentityAlways, Identity) => (Vec::new(), vec![Way::ByDefault]),
        (No, No)
        | (Serial, Serial)
        | (Identity, Identity)
        | (IdentityAlways, IdentityAlways)
        | (Yes, Serial | Identity | IdentityAlways | Yes)
        | (Serial | Identity | IdentityAlways, Yes) => (Vec::new(), Vec::new()),
    }
}

/// The column as a statement makes it that has only one kind of numbering, where it has another kind.
pub(super) fn as_made(column: &Column) -> Option<Column> {
    matches!(
        column.auto_increment,
        AutoIncrement::Identity | AutoIncrement::IdentityAlways
    )
    .then(|| Column {
        auto_increment: AutoIncrement::Serial,
        ..column.clone()
    })
}
