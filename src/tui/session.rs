//! Who sits at the console, in which hall: what stays the same while they do.

use crate::domain::MemberId;

/// How acts are signed here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignedBy {
    /// A key file.
    Key,
    /// A key behind an agent.
    Agent,
    /// A key behind an agent that shows its holder what it signs.
    ShowingAgent,
    /// Not by the member: the hall attests what they do, for this reason.
    Hall(String),
}

impl SignedBy {
    /// In words, for the top line.
    pub fn words(&self) -> String {
        match self {
            Self::Key => "signed by your key".to_owned(),
            Self::Agent => "signed by your agent".to_owned(),
            Self::ShowingAgent => "signed by your guildhall agent".to_owned(),
            Self::Hall(_) => "not signed by you: the hall attests".to_owned(),
        }
    }

    /// Why the member's own key doesn't sign, if it doesn't.
    pub fn why_not(&self) -> Option<&str> {
        if let Self::Hall(why) = self { Some(why) } else { None }
    }
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
