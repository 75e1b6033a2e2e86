//! A second look at a log: who did what, told from bare entries without the rules that wrote them; and the tree's prefixes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use guildhall::domain::{Charter, Event, GuildId, ItemId, MemberId, Route, Separation, Timestamp};
use guildhall::ledger::{
    Entry, HALL_ACTOR, Hash, MemoryNodes, Nodes, NoteVerifier, Seen, consistency_proof, inclusion_proof, leaf_hash,
    open_checkpoint, root_at, split_bundle, verify_consistency, verify_inclusion,
};

/// Kinds of entries that the sequences together must hold.
pub const KINDS: [&str; 51] = [
    "constitution.signed",
    "constitution.adopted",
    "charter.signed",
    "charter.adopted",
    "member.added",
    "petition.filed",
    "petition.attested",
    "attestation.revoked",
    "petition.objected",
    "petition.declined",
    "member.admitted",
    "recovery.vouched",
    "recovery.stopped",
    "key.recovered",
    "institution.joined",
    "interest.declared",
    "interest.ended",
    "member.suspended",
    "suspension.appealed",
    "suspension.lifted",
    "terms.set",
    "credential.attested",
    "items.imported",
    "judgement.submitted",
    "judgement.revised",
    "judgement.withdrawn",
    "item.skipped",
    "item.flagged",
    "flag.resolved",
    "ruling.given",
    "rater.requested",
    "adjudicator.recused",
    "review.signed",
    "review.returned",
    "gold.challenged",
    "item.withdrawn",
    "body.erased",
    "body.erased answers",
    "body.erased rationale",
    "body.erased opinion",
    "release.cut",
    "bodies.opened",
    "item.routed",
    "to another_rater",
    "to agreed",
    "to disputed",
    "to adjudicated",
    "to gold",
    "to upheld",
    "to superseded",
    "to challenged",
];

/// A credential: guild, class, institution, expiry.
type Held = (GuildId, String, String, Timestamp);

/// What happened on an item.
#[derive(Default)]
struct Acts {
    raters: BTreeSet<MemberId>,
    rulers: BTreeSet<MemberId>,
    reviewers: BTreeSet<MemberId>,
    /// Asked for another rater, or stepped aside: saw the judgements side by side.
    aside: BTreeSet<MemberId>,
    recused: BTreeSet<MemberId>,
    /// Who imported it.
    brought: Option<MemberId>,
    /// Entry of each judgement that stands, and its institution.
    live: BTreeMap<u64, (MemberId, String)>,
    /// Institutions of whoever signed the value that stands.
    signed: Vec<String>,
    /// Institution of the ruling that stands.
    ruled: Option<String>,
    ruling: Option<String>,
    challenger: Option<MemberId>,
    requested: usize,
    route: Option<Route>,
}

/// Checks the log of a hall with these charters, whose items these members imported; how often each kind occurs.
pub fn audit(
    entries: &[Vec<u8>],
    charters: &BTreeMap<GuildId, Charter>,
    importers: &BTreeMap<ItemId, MemberId>,
    notes: &[&str],
    vkey: &str,
) -> BTreeMap<String, u64> {
    let mut nodes = MemoryNodes::default();
    let mut roots = vec![root_at(&nodes, 0).unwrap()];
    let mut known = Known::default();
    let mut items: BTreeMap<ItemId, Acts> = BTreeMap::new();
    let mut kinds: BTreeMap<String, u64> = BTreeMap::new();
    for (seq, bytes) in (0..).zip(entries) {
        let entry = Entry::read(bytes).unwrap();
        assert_eq!(entry.header.seq, seq);
        let seen = usize::try_from(entry.core.seen.size).unwrap();
        assert_eq!(Seen::of(entry.core.seen.size, &roots[seen]), entry.core.seen, "entry {seq} saw another log");
        nodes.push(leaf_hash(bytes));
        roots.push(root_at(&nodes, seq + 1).unwrap());
        for kind in kinds_of(&entry.core.event) {
            *kinds.entry(kind).or_default() += 1;
        }
        if let Event::CredentialAttested { class, expires, institution, member, .. } = &entry.core.event {
            let guild = entry.core.guild.clone().unwrap();
            let credential = (guild, class.clone(), institution.to_string(), *expires);
            known.held.entry(member.clone()).or_default().push(credential);
        }
        known.interest(&entry);
        if let Event::InstitutionJoined { institution, into, .. } = &entry.core.event {
            known.houses.join(institution.as_str(), into.as_str());
        }
        if let Some(id) = entry.core.refs.first() {
            let charter = &charters[entry.core.guild.as_ref().unwrap()];
            let acts = items.entry(id.clone()).or_default();
            acts.brought = importers.get(id).cloned();
            if entry.core.actor == HALL_ACTOR {
                acts.routed(&entry, charter, &known.houses);
            } else {
                acts.acted(&entry, charter, &known);
            }
            acts.check(charter, id);
        }
    }
    prefixes(&nodes, &roots);
    let verifier = NoteVerifier::parse(vkey).unwrap();
    for note in notes {
        let head = open_checkpoint(note, &verifier).unwrap();
        assert_eq!(roots[usize::try_from(head.size).unwrap()], head.root, "a receipt's head is of another log");
    }
    kinds
}

/// What is known of members and institutions.
#[derive(Default)]
struct Known {
    held: BTreeMap<MemberId, Vec<Held>>,
    houses: Houses,
    interests: BTreeMap<MemberId, BTreeSet<String>>,
}

impl Known {
    fn interest(&mut self, entry: &Entry) {
        let who = entry.core.actor.parse();
        match (&entry.core.event, who) {
            (Event::InterestDeclared { institution }, Ok(who)) => {
                let interests: &mut BTreeSet<String> = self.interests.entry(who).or_default();
                assert!(interests.insert(institution.to_string()), "declared twice");
            }
            (Event::InterestEnded { institution }, Ok(who)) => {
                assert!(self.interests.get_mut(&who).unwrap().remove(institution.as_str()), "ended what wasn't");
            }
            _ => {}
        }
    }

    fn is_interested<'a>(&self, who: &MemberId, mut houses: impl Iterator<Item = &'a String>) -> bool {
        let own = self.interests.get(who).into_iter().flatten();
        let own: BTreeSet<&str> = own.map(|house| self.houses.of(house)).collect();
        houses.any(|house| own.contains(self.houses.of(house)))
    }
}

/// Institutions that count as others.
#[derive(Default)]
pub struct Houses(BTreeMap<String, String>);

impl Houses {
    /// One counts as another from now on.
    pub fn join(&mut self, one: &str, other: &str) {
        let (one, other) = (self.of(one).to_owned(), self.of(other).to_owned());
        assert_ne!(one, other, "joined twice");
        self.0.insert(one, other);
    }

    /// The one it counts as.
    pub fn of<'a>(&'a self, one: &'a str) -> &'a str {
        self.0.get(one).map_or(one, |other| self.of(other))
    }
}

fn kinds_of(event: &Event) -> Vec<String> {
    let mut kinds = vec![event.kind()];
    match event {
        Event::BodyErased { part, .. } => kinds.push(format!("body.erased {part}")),
        Event::ItemRouted { to, .. } => {
            kinds.push(format!("to {}", serde_json::to_value(to).unwrap().as_str().unwrap()));
        }
        _ => {}
    }
    kinds
}

/// Every prefix is consistent with the whole and with one between; every entry is in it.
fn prefixes(nodes: &(impl Nodes + ?Sized), roots: &[Hash]) {
    let whole = u64::try_from(roots.len() - 1).unwrap();
    let root = |size: u64| &roots[usize::try_from(size).unwrap()];
    for size in 0..=whole {
        let between = size + (whole - size) * (size % 7) / 7;
        for larger in [between, whole] {
            let proof = consistency_proof(nodes, size, larger).unwrap();
            verify_consistency(size, larger, &proof, root(size), root(larger)).unwrap();
            if size > 1 && size < larger {
                let other = root(size - 1);
                assert!(verify_consistency(size, larger, &proof, other, root(larger)).is_err());
            }
        }
        if size > 0 {
            let leaf = nodes.node(0, size - 1).unwrap();
            let proof = inclusion_proof(nodes, size - 1, whole).unwrap();
            verify_inclusion(&leaf, size - 1, whole, &proof, root(whole)).unwrap();
        }
    }
}

fn institution(held: &BTreeMap<MemberId, Vec<Held>>, who: &MemberId, entry: &Entry) -> (String, String) {
    let guild = entry.core.guild.as_ref().unwrap();
    let counts = |held: &&Held| held.0 == *guild && entry.header.at < held.3;
    let found = held.get(who).and_then(|held| held.iter().rev().find(counts));
    found.map_or(("unattested".into(), "unattested".into()), |(_, class, place, _)| (class.clone(), place.clone()))
}

impl Acts {
    fn acted(&mut self, entry: &Entry, charter: &Charter, known: &Known) {
        let who: MemberId = entry.core.actor.parse().unwrap();
        let Known { held, houses, .. } = known;
        let (class, place) = institution(held, &who, entry);
        let seq = entry.header.seq;
        match &entry.core.event {
            Event::JudgementSubmitted {} => {
                assert!(self.raters.insert(who.clone()), "entry {seq}: {who} judges twice");
                assert!(!self.aside.contains(&who), "entry {seq}: {who} judges what they acted on as adjudicator");
                assert!(charter.eligibility.rater.contains(&class), "entry {seq}: a {class} judges");
                self.live.insert(seq, (who, place));
            }
            Event::JudgementRevised { replaces } => {
                let (author, _) = self.live.remove(replaces).expect("it stood");
                assert_eq!(author, who);
                self.live.insert(seq, (who, place));
            }
            Event::JudgementWithdrawn { judgement } => {
                let (author, _) = self.live.remove(judgement).expect("it stood");
                assert_eq!(author, who);
            }
            Event::BodyErased { entry, part, .. } if part == "answers" => {
                self.live.remove(entry);
            }
            Event::RulingGiven {} => {
                assert!(!self.recused.contains(&who), "entry {seq}: {who} rules on what they stepped aside from");
                self.rulers.insert(who.clone());
                assert!(charter.eligibility.adjudicator.contains(&class), "entry {seq}: a {class} rules");
                assert_ne!(self.challenger.as_ref(), Some(&who), "entry {seq}: the challenger rules");
                assert!(
                    !known.is_interested(&who, self.live.values().map(|(_, of)| of)),
                    "entry {seq}: {who} has an interest"
                );
                let shared = self.live.values().any(|(_, of)| houses.of(of) == houses.of(&place));
                assert!(charter.separation != Separation::Strict || !shared, "entry {seq}: of a rater's institution");
                self.ruling = Some(place);
            }
            Event::RaterRequested {} => {
                self.requested += 1;
                self.aside.insert(who);
            }
            Event::AdjudicatorRecused {} => {
                self.recused.insert(who.clone());
                self.aside.insert(who);
            }
            Event::ReviewSigned {} => {
                let had_part = self.live.values().map(|(_, of)| of).chain(&self.ruled);
                assert!(!known.is_interested(&who, had_part), "entry {seq}: {who} has an interest");
                assert!(!self.recused.contains(&who), "entry {seq}: {who} reviews what they stepped aside from");
                assert!(self.reviewers.insert(who), "entry {seq}: reviewed twice");
                assert!(charter.eligibility.reviewer.contains(&class), "entry {seq}: a {class} reviews");
                self.signed.push(place);
            }
            Event::ReviewReturned {} => assert!(self.reviewers.insert(who), "entry {seq}: reviewed twice"),
            Event::GoldChallenged {} => self.challenger = Some(who),
            _ => {}
        }
    }

    fn routed(&mut self, entry: &Entry, charter: &Charter, houses: &Houses) {
        let Event::ItemRouted { to, .. } = &entry.core.event else { return };
        let seq = entry.header.seq;
        match to {
            Route::Agreed => {
                assert!(self.live.len() >= charter.overlap.min as usize, "entry {seq}: agreed by too few");
                (self.ruled, self.signed) = (None, Vec::new());
            }
            Route::Adjudicated | Route::Superseded => {
                (self.ruled, self.signed) = (self.ruling.take(), Vec::new());
                self.challenger = None;
            }
            Route::Gold => {
                assert_eq!(charter.separation, Separation::Strict, "entry {seq}: gold without separation");
                assert!(self.signed.len() >= charter.sign_offs as usize, "entry {seq}: gold by too few");
                let ruler = self.ruled.as_ref().map(|place| houses.of(place));
                let outside = ruler.is_none() || self.signed.iter().any(|place| Some(houses.of(place)) != ruler);
                assert!(outside, "entry {seq}: gold by the ruler's institution alone");
            }
            Route::Upheld => self.challenger = None,
            _ => {}
        }
        self.route = Some(*to);
    }

    fn check(&self, charter: &Charter, id: &ItemId) {
        let author = self.brought.iter().cloned().collect();
        let roles = [&self.raters, &self.rulers, &self.reviewers, &author];
        for (n, role) in roles.iter().enumerate() {
            assert!(roles[n + 1..].iter().all(|other| role.is_disjoint(other)), "{id}: somebody has two roles");
        }
        assert!(self.requested <= 1, "{id}: one more rater was asked for twice");
        let most = charter.overlap.max as usize + self.requested;
        assert!(self.live.len() <= most, "{id}: {} judgements, {most} at most", self.live.len());
    }
}

/// The digest of the labels that a release's entry signs.
pub fn labels_digest(release: &Path) -> String {
    let mut last = None;
    let mut waiting = vec![release.join("ledger/tile/entries")];
    while let Some(next) = waiting.pop() {
        for found in std::fs::read_dir(next).unwrap() {
            let path = found.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            let entry = Entry::read(split_bundle(&bytes).unwrap().last().unwrap()).unwrap();
            let at = entry.header.seq;
            if last.as_ref().is_none_or(|(seq, _)| *seq < at) {
                last = Some((at, entry.core.event));
            }
        }
    }
    match last {
        Some((_, Event::ReleaseCut { digest, labels, .. })) => format!("{digest} over {labels}"),
        other => panic!("the last entry is no release's: {other:?}"),
    }
}
