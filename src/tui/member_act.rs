//! Acts on petitions, on members and on one's own standing, as the console asks for them.

use crate::domain::{GuildId, MemberId};
use crate::hall::TermsChange;

/// See the module's first line.
#[derive(Debug, Clone)]
pub enum MemberAct {
    /// Add somebody with a key, or with one made here.
    Add { handle: String, key: String, steward: bool },
    /// Grant a petition.
    Admit { petition: u64, handle: String, steward: bool },
    /// Decline a petition.
    Decline { petition: u64, reason: String },
    /// Attest a petition.
    AttestPetition(u64),
    /// Take that back.
    TakeBack(u64),
    /// Object to a petition.
    Object { petition: u64, reason: String },
    /// Attest a credential until a day.
    AttestCredential { member: MemberId, guild: GuildId, class: String, institution: String, expires: String },
    /// Suspend a member under an article.
    Suspend { member: MemberId, article: u32, reason: String },
    /// Lift a member's suspension.
    Lift { member: MemberId, reason: String },
    /// Appeal against one's own.
    Appeal { reason: String },
    /// Change one's own terms in a guild.
    Terms { guild: GuildId, change: TermsChange },
    /// Vouch for a key of a member who lost theirs.
    VouchForKey { member: MemberId, key: String },
    /// Stop the recovery of a key that isn't one's own.
    StopRecovery { key: String },
}
