//! The numbers that the constitution's blocks hold, each with the range that makes sense; the rules read them from there.

use std::fmt;

macro_rules! numbers {
    ($($(#[$doc:meta])* $variant:ident = $name:literal in $low:literal..=$high:literal),+ $(,)?) => {
        /// A number of the constitution.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Number {
            $($(#[$doc])* $variant),+
        }

        impl Number {
            /// Every number.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its key in the constitution.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name),+
                }
            }

            /// The least and the largest it may be.
            pub fn range(self) -> (i64, i64) {
                match self {
                    $(Self::$variant => ($low, $high)),+
                }
            }
        }
    };
}

numbers! {
    /// Days of membership before somebody votes.
    FranchiseDays = "franchise_days" in 0..=3650,
    /// Contributions before somebody votes.
    FranchiseContributions = "franchise_contributions" in 0..=1000,
    /// Months in which those were made.
    FranchiseMonths = "franchise_months" in 1..=120,
    /// A new constitution: so many to one.
    ConstitutionMajority = "constitution_majority" in 1..=100,
    /// Its quorum, in Q.
    ConstitutionQuorum = "constitution_quorum" in 1..=100,
    /// Days its vote is open.
    ConstitutionDays = "constitution_days" in 1..=365,
    /// Days until it is in force.
    ConstitutionForceDays = "constitution_force_days" in 0..=365,
    /// A new charter: so many to one.
    CharterMajority = "charter_majority" in 1..=100,
    /// Its quorum, in Q.
    CharterQuorum = "charter_quorum" in 1..=100,
    /// Days its vote is open.
    CharterDays = "charter_days" in 1..=365,
    /// A model update: so many to one.
    ModelMajority = "model_majority" in 1..=100,
    /// Its quorum, in Q.
    ModelQuorum = "model_quorum" in 1..=100,
    /// Its quorum at least, in ballots.
    ModelQuorumAtLeast = "model_quorum_at_least" in 1..=1000,
    /// Days its vote is open.
    ModelDays = "model_days" in 1..=365,
    /// Sponsors that may hold it, in K.
    ModelHoldSponsors = "model_hold_sponsors" in 1..=100,
    /// A newcomer whom somebody objects to: so many to one.
    AdmissionMajority = "admission_majority" in 1..=100,
    /// Quorum of that vote, in Q.
    AdmissionQuorum = "admission_quorum" in 1..=100,
    /// Days it is open.
    AdmissionDays = "admission_days" in 1..=365,
    /// A steward's election: quorum, in Q.
    StewardQuorum = "steward_quorum" in 1..=100,
    /// Days it is open.
    StewardDays = "steward_days" in 1..=365,
    /// Years a steward serves.
    StewardYears = "steward_years" in 1..=10,
    /// Terms in a row.
    StewardTerms = "steward_terms" in 1..=10,
    /// Recalling a steward: so many to one.
    RecallMajority = "recall_majority" in 1..=100,
    /// Quorum of that vote, in Q.
    RecallQuorum = "recall_quorum" in 1..=100,
    /// Days it is open.
    RecallDays = "recall_days" in 1..=365,
    /// Sponsors who call it, in K.
    RecallSponsors = "recall_sponsors" in 1..=100,
    /// Members with whom the founding may end.
    FoundingMembers = "members" in 1..=1000,
    /// Institutions with which it may end.
    FoundingInstitutions = "institutions" in 1..=100,
    /// Days after which it may end.
    FoundingDays = "days" in 0..=3650,
    /// Days after which it ends.
    FoundingLimitDays = "limit_days" in 0..=3650,
    /// Admissions in a quarter of the founding, at least.
    FoundingAdmissionsAtLeast = "admissions_at_least" in 0..=1000,
    /// The same as a share of the members, millionths.
    FoundingAdmissionsShare = "admissions_share" in 0..=1_000_000,
    /// Members who attest a newcomer.
    AdmissionAttestations = "admission_attestations" in 1..=8,
    /// Institutions they are of.
    AdmissionInstitutions = "admission_institutions" in 1..=8,
    /// Days an attestation counts.
    AttestationDays = "attestation_days" in 1..=3650,
    /// Days of membership before somebody attests.
    AttesterDays = "attester_days" in 0..=3650,
    /// Attestations somebody gives in a quarter.
    AttesterLimit = "attester_limit" in 1..=1000,
    /// Days in which an objection may come.
    ObjectionDays = "objection_days" in 1..=365,
    /// Days of a quarter.
    QuarterDays = "quarter_days" in 1..=366,
    /// Admissions in a quarter, at least.
    AdmittedAtLeast = "admitted_at_least" in 0..=1000,
    /// The same as a share of the members, millionths.
    AdmittedShare = "admitted_share" in 0..=1_000_000,
    /// Members who vouch for the key of one who lost theirs.
    RecoveryMembers = "recovery_members" in 2..=8,
    /// Institutions they are of.
    RecoveryInstitutions = "recovery_institutions" in 1..=8,
    /// Days in which an old key may stop it.
    RecoveryDays = "recovery_days" in 1..=365,
    /// Days a suspension lasts.
    SuspensionDays = "suspension_days" in 1..=365,
    /// Days before the same member is suspended again.
    SuspensionAgainDays = "suspension_again_days" in 1..=3650,
    /// Minutes of a lease.
    LeaseMinutes = "lease_minutes" in 1..=1440,
    /// Stake of a label, micro-units.
    LabelUnits = "label_units" in 1..=1_000_000_000,
    /// Most of a guild's stake that a member has, millionths.
    MemberCap = "member_cap" in 0..=1_000_000,
    /// Most of it that an institution has, millionths.
    InstitutionCap = "institution_cap" in 0..=1_000_000,
    /// The same in equal shares, millionths of one.
    CapOfEqualShare = "cap_of_equal_share" in 0..=1_000_000_000,
    /// Herfindahl index of stake above which it is called concentrated, millionths.
    HerfindahlAlarm = "herfindahl_alarm" in 0..=1_000_000,
    /// How many it should take at least to hold more than half of it.
    NakamotoAlarm = "nakamoto_alarm" in 0..=1000,
    /// Largest share above which it is called concentrated, millionths.
    LargestShareAlarm = "largest_share_alarm" in 0..=1_000_000,
}

impl Number {
    /// The number with this key.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|number| number.name() == name)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
