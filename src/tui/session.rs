//! Who sits at the console, in which hall: what stays the same while they do.

use crate::domain::MemberId;

/// How acts are signed here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedBy {
    /// A key file.
    Key,
    /// A key behind an agent.
    Agent,
}

/// Where the session runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seat {
    /// On the member's own machine: files and `$EDITOR` are theirs.
    Local,
    /// Over SSH.
    Remote,
}

/// See the module's first line.
#[derive(Debug, Clone)]
pub struct Session {
    /// The hall's name.
    pub hall: String,
    /// Who.
    pub member: MemberId,
    /// Their name in the directory.
    pub handle: String,
    /// May curate.
    pub steward: bool,
    /// The hall is a demo.
    pub demo: bool,
    /// See [`SignedBy`].
    pub signed_by: SignedBy,
    /// See [`Seat`].
    pub seat: Seat,
}
