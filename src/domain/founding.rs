//! The founding: how long it lasts, and how many the hall admits in a quarter, then and later.

use std::collections::BTreeSet;

use super::{DAY_MS, Number, State, Timestamp};

impl State {
    /// Whether the founders act for the hall at `at`. Once that has ended it has ended for good.
    pub fn is_founding(&self, at: Timestamp) -> bool {
        let Some(hall) = self.hall.as_ref().filter(|hall| hall.founding_over.is_none()) else { return false };
        let days = (at.ms() - hall.founded.ms()) / DAY_MS;
        if days >= self.number(Number::FoundingLimitDays) {
            return false;
        }
        days < self.number(Number::FoundingDays) || !self.is_grown(at)
    }

    /// Whether the hall has the members and institutions with which the founding may end.
    fn is_grown(&self, at: Timestamp) -> bool {
        let enough = |count: usize, number: Number| i64::try_from(count).is_ok_and(|n| n >= self.number(number));
        let homes: BTreeSet<String> = self.members.values().flat_map(|member| self.homes(member, at)).collect();
        enough(self.members.len(), Number::FoundingMembers) && enough(homes.len(), Number::FoundingInstitutions)
    }

    /// Whether one more may be admitted at `at`, given who came in within a quarter before it.
    pub fn has_room(&self, at: Timestamp) -> bool {
        let since = at.plus_ms(-self.number(Number::QuarterDays) * DAY_MS);
        let came = self.members.values().filter(|member| !member.founder && member.joined > since).count();
        let were = self.members.len() - came;
        let (least, share) = match self.is_founding(at) {
            true => (Number::FoundingAdmissionsAtLeast, Number::FoundingAdmissionsShare),
            false => (Number::AdmittedAtLeast, Number::AdmittedShare),
        };
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let most = (count(were).saturating_mul(self.number(share)) / 1_000_000).max(self.number(least));
        count(came) < most
    }
}
