//! Random command sequences on real halls: whatever members try, in whatever order, the ledger verifies, the tables can
//! be made again from it, every prefix is part of the whole, and nobody has two roles on an item. What is checked of the
//! log is told again from its bare entries, without the rules that wrote it (`support/audit.rs`).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "support/audit.rs"]
mod audit;
#[path = "support/comings.rs"]
mod comings;
#[path = "support/draw.rs"]
mod draw;
#[path = "support/membership.rs"]
mod membership;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use audit::audit;
use comings::{Cast, Coming, drawn, signs, strangers};
use draw::{Rng, TestClock, TestRandom, answers, charter, mode};
use guildhall::consensus::Tier;
use guildhall::domain::{
    CONSTITUTION, Charter, Event, FlagReason, GuildId, InstitutionId, ItemId, ItemShape, ItemState, LabelKey, MemberId,
    Role,
};
use guildhall::hall::{
    Answered, BadRows, Cut, CutReport, Founder, Founding, Hall, HallError, KeyInMemory, Receipt, found, read_key,
    verify_release,
};
use guildhall::ledger::Entry;

const CHARTERS: [&str; 2] =
    [include_str!("../guilds/cardiology.toml"), include_str!("../guilds/civil-engineering.toml")];

const SEQUENCES: u64 = 48;
const COMMANDS: usize = 110;
const START_MS: i64 = 1_700_000_000_000;
const HOUR_MS: i64 = 3_600_000;

/// What a member tries; people, items and guilds by their place in the world's lists.
#[derive(Debug, Clone)]
enum Command {
    Judge(usize, usize, Answered),
    Revise(usize, usize, Answered),
    Withdraw(usize, usize),
    Skip(usize, usize, &'static str),
    Act(usize, usize, Event, Option<&'static str>),
    Rule(usize, usize, BTreeMap<String, String>, &'static str),
    Erase(usize, usize, (u64, &'static str), Option<u32>),
    Attest(usize, usize, usize, String, i64),
    Claim(usize, usize),
    ClaimNext(usize, usize),
    Import(usize, usize, u64),
    Cut(usize, usize, usize),
    AddGuild(usize, usize),
    Coming(Coming),
    Reopen,
}

struct Person {
    id: MemberId,
    key: KeyInMemory,
}

struct World {
    dir: tempfile::TempDir,
    hall: Hall,
    clock: Arc<TestClock>,
    random: Arc<TestRandom>,
    rng: Rng,
    people: Vec<Person>,
    guilds: Vec<(GuildId, Charter, String)>,
    institutions: Vec<InstitutionId>,
    importers: BTreeMap<ItemId, MemberId>,
    items: Vec<(ItemId, usize, ItemShape)>,
    /// Who wrote which entry on which item.
    written: Vec<(usize, usize, u64)>,
    /// The item that was flagged last.
    flagged: Option<usize>,
    receipts: Vec<Receipt>,
    releases: Vec<PathBuf>,
    trace: Vec<String>,
}

/// Handles; the first two are stewards, the second imports; the last has no credential.
const PEOPLE: [&str; 9] = ["you", "importer", "a-1", "b-1", "a-2", "b-2", "a-3", "b-3", "nobody"];
const TIERS: [(&str, Tier); 4] =
    [("single", Tier::Single), ("agreed", Tier::Agreed), ("adjudicated", Tier::Adjudicated), ("gold", Tier::Gold)];

impl World {
    async fn new(seed: u64) -> Self {
        let mut rng = Rng(seed);
        let dir = tempfile::TempDir::new().unwrap();
        let clock = Arc::new(TestClock(AtomicI64::new(START_MS)));
        let random = Arc::new(TestRandom(Mutex::new(Rng(seed ^ 0x5a5a))));
        let texts: Vec<String> = CHARTERS.iter().map(|text| charter(text, &mut rng)).collect();
        let founder = |(n, handle): (usize, &&str)| Founder { handle: (*handle).to_owned(), key: None, steward: n < 2 };
        let founding = Founding {
            name: "Test".to_owned(),
            licence: "CC-BY-4.0".to_owned(),
            founders: PEOPLE.iter().enumerate().map(founder).collect(),
            charters: texts.clone(),
            constitution: CONSTITUTION.to_owned(),
            demo: false,
        };
        let (hall, ids) = found(&dir.path().join("hall"), founding, clock.clone(), random.clone()).await.unwrap();
        let key = |handle: &str| KeyInMemory::of(read_key(&dir.path().join("hall/keys").join(handle)).unwrap());
        let people = PEOPLE.iter().zip(ids).map(|(handle, id)| Person { id, key: key(handle) }).collect();
        let read = |text: String| {
            let charter = Charter::read(&text).unwrap();
            (charter.id.clone(), charter, text)
        };
        let mut world = Self {
            dir,
            hall,
            clock,
            random,
            rng,
            people,
            guilds: texts.into_iter().map(read).collect(),
            institutions: Vec::new(),
            items: Vec::new(),
            importers: BTreeMap::new(),
            written: Vec::new(),
            flagged: None,
            receipts: Vec::new(),
            releases: Vec::new(),
            trace: Vec::new(),
        };
        // every other hall is past its founding
        if seed % 2 == 1 {
            world.clock.0.fetch_add(361 * 24 * HOUR_MS, Ordering::SeqCst);
        }
        world.admit().await;
        for guild in 0..world.guilds.len() {
            world.import(1, guild, 0, 8 - guild).await.unwrap();
        }
        world
    }

    /// Attests credentials: two classes at each of three institutions, you at a fourth, the importer at a fifth.
    async fn admit(&mut self) {
        for name in ["one", "two", "three", "four", "five"] {
            self.institutions.push(self.hall.institution(name).await.unwrap());
        }
        for guild in 0..self.guilds.len() {
            let (upper, lower) = self.classes(guild);
            let held = [(0, &upper, 3), (1, &lower, 4), (2, &upper, 0), (3, &lower, 0)];
            let more = [(4, &upper, 1), (5, &lower, 1), (6, &upper, 2), (7, &lower, 2)];
            for (who, class, place) in held.into_iter().chain(more) {
                // one of them expires while the work goes on
                let hours = if who == 7 { 20 } else { 9_000 };
                let until = self.hall.now().plus_ms(hours * HOUR_MS);
                let (member, guild) = (self.people[who].id.clone(), self.guilds[guild].0.clone());
                let attester = &self.people[usize::from(who == 0)].key;
                let attester = if who == 1 { &self.people[0].key } else { attester };
                let what = (class.clone(), self.institutions[place].clone(), until);
                self.hall.attest(attester, &member, guild, what).await.unwrap();
            }
        }
    }

    /// A class that may rule, and one that may judge but not rule, if the charter has one.
    fn classes(&self, guild: usize) -> (String, String) {
        let eligible = &self.guilds[guild].1.eligibility;
        let upper = eligible.adjudicator.iter().find(|class| eligible.rater.contains(class)).unwrap();
        let lower = eligible.rater.iter().find(|class| !eligible.adjudicator.contains(class));
        (upper.clone(), lower.unwrap_or(upper).clone())
    }

    async fn import(&mut self, who: usize, guild: usize, batch: u64, count: usize) -> Result<(), HallError> {
        let row = |n: usize| {
            let outputs: Vec<_> = (0..1 + (n % 3).min(1))
                .map(|o| serde_json::json!({"text": format!("Output {o} of {n}/{batch}: σ = 3.5 ± 1‰"), "model": "m"}))
                .collect();
            serde_json::json!({"prompt": format!("Question {n} of {batch}?"), "outputs": outputs}).to_string() + "\n"
        };
        let file = self.dir.path().join("items.jsonl");
        std::fs::write(&file, (0..count).map(row).collect::<String>()).unwrap();
        let id = self.guilds[guild].0.clone();
        let report = self.hall.import(&self.people[who].key, &file, &id, BadRows::Stop).await?;
        assert_eq!(report.imported + report.duplicates, u64::try_from(count).unwrap());
        for listed in self.hall.list_items(&id, None, None).await? {
            if self.items.iter().all(|(known, ..)| *known != listed.id) {
                let mut outputs = self.hall.item(&self.people[0].id, &listed.id).await?.outputs;
                outputs.sort_by_key(|(number, _)| *number);
                let length = |turns: &[guildhall::domain::Turn]| {
                    turns.iter().map(|turn| turn.content.chars().count()).sum::<usize>() + turns.len() - 1
                };
                let shape = outputs.iter().map(|(_, turns)| u32::try_from(length(turns)).unwrap()).collect();
                self.importers.insert(listed.id.clone(), self.people[who].id.clone());
                self.items.push((listed.id, guild, ItemShape(shape)));
            }
        }
        Ok(())
    }

    async fn size(&self) -> u64 {
        self.hall.head().await.unwrap().lines().nth(1).unwrap().parse().unwrap()
    }

    fn answered(&mut self, item: usize, labels: Option<&[LabelKey]>) -> BTreeMap<String, String> {
        let (_, guild, shape) = &self.items[item];
        let mode = mode(&mut self.rng, item);
        answers(&mut self.rng, (&self.guilds[*guild].1, shape), mode, labels)
    }

    fn said(&mut self, item: usize) -> Answered {
        Answered {
            answers: self.answered(item, None),
            rationale: self.rng.chance(85).then(|| "Because ∮ of\u{202e} what it says.".to_owned()),
            confidence: self.rng.chance(50).then_some(70),
            seconds: None,
        }
    }

    fn person(&mut self) -> usize {
        self.rng.below(self.people.len())
    }

    /// An item: mostly one of the few on which much happens.
    fn some_item(&mut self) -> usize {
        if self.rng.chance(75) { *self.rng.pick(&[0, 1, 2, 8, 9]) } else { self.rng.below(self.items.len()) }
    }

    /// Something that seems allowed to somebody, by what the item shows them.
    async fn allowed(&mut self) -> Option<Command> {
        let (who, item) = (self.person(), self.some_item());
        let view = self.hall.item(&self.people[who].id, &self.items[item].0).await.unwrap();
        let roll = self.rng.below(100);
        Some(match view.may.last()? {
            Role::Rater => Command::Judge(who, item, self.said(item)),
            Role::Adjudicator if roll < 70 => {
                Command::Rule(who, item, self.answered(item, Some(&view.disputed)), "Measured by the anchors.")
            }
            Role::Adjudicator if roll < 90 => Command::Act(who, item, Event::RaterRequested {}, None),
            Role::Adjudicator => Command::Act(who, item, Event::AdjudicatorRecused {}, Some("I know them.")),
            _ if roll < 80 => Command::Act(who, item, Event::ReviewSigned {}, None),
            _ => Command::Act(who, item, Event::ReviewReturned {}, Some("Look again.")),
        })
    }

    /// Anything by anybody.
    async fn wild(&mut self) -> Command {
        let (who, mut item) = (self.person(), self.some_item());
        let reason = *self.rng.pick(&[Some("A reason."), Some("A reason."), Some("  "), None]);
        match self.rng.below(34) {
            0..=1 => Command::Judge(who, item, self.said(item)),
            2..=4 => {
                let (who, item) = self.author().unwrap_or((who, item));
                Command::Revise(who, item, self.said(item))
            }
            5..=7 => {
                let (who, item) = self.author().unwrap_or((who, item));
                Command::Withdraw(who, item)
            }
            8 => Command::Skip(who, item, reason.unwrap_or_default()),
            9 => {
                let kinds = [FlagReason::Unsafe, FlagReason::Scope, FlagReason::Personal, FlagReason::Broken];
                Command::Act(who, item, Event::ItemFlagged { flag: *self.rng.pick(&kinds) }, reason)
            }
            10..=11 => Command::Act(self.rng.below(3), self.flagged.unwrap_or(item), Event::FlagResolved {}, None),
            12 => {
                let view = self.hall.item(&self.people[who].id, &self.items[item].0).await.unwrap();
                Command::Rule(who, item, self.answered(item, Some(&view.disputed)), reason.unwrap_or_default())
            }
            13 => Command::Act(who, item, Event::AdjudicatorRecused {}, reason),
            14 => Command::Act(who, item, Event::RaterRequested {}, None),
            15 => Command::Act(who, item, Event::ReviewSigned {}, None),
            16 => Command::Act(who, item, Event::ReviewReturned {}, reason),
            17..=20 => {
                item = self.gold().await.unwrap_or(item);
                Command::Act(who, item, Event::GoldChallenged {}, reason.or(Some("It is wrong.")))
            }
            21 => {
                let article = *self.rng.pick(&[11, 14, 99]);
                Command::Act(self.rng.below(3), item, Event::ItemWithdrawn { article }, reason)
            }
            22..=25 => {
                let on = self.gold().await.filter(|_| self.rng.chance(40));
                self.erasure(who, on.unwrap_or(item), on.is_some())
            }
            26 => {
                let guild = self.rng.below(2);
                let (upper, lower) = self.classes(guild);
                let class = self.rng.pick(&[upper, lower, "unattested".to_owned(), "no-such".to_owned()]).clone();
                let (subject, place) = (self.person(), self.rng.below(500));
                Command::Attest(self.rng.below(3), subject, guild, class, i64::try_from(place).unwrap() - 50)
            }
            27 => Command::Claim(who, item),
            28 => Command::ClaimNext(who, self.rng.below(2)),
            29 => Command::Import(self.rng.below(3), self.rng.below(2), self.rng.next() % 3),
            30..=31 => Command::Cut(self.rng.below(3), self.rng.below(2), self.rng.below(4)),
            32 => Command::AddGuild(self.rng.below(3), self.rng.below(2)),
            _ => Command::Reopen,
        }
    }

    /// Somebody who wrote something, and on what; or nobody in particular.
    fn author(&mut self) -> Option<(usize, usize)> {
        let written = self.rng.pick_of(&self.written).map(|(who, item, _)| (*who, *item));
        written.filter(|_| self.rng.chance(80))
    }

    /// Of anything, or of something on this item.
    fn erasure(&mut self, who: usize, item: usize, here: bool) -> Command {
        let written: Vec<_> = self.written.iter().filter(|(_, on, _)| !here || *on == item).copied().collect();
        let (author, on, entry) = self.rng.pick_of(&written).copied().unwrap_or((who, item, 3));
        let who = *self.rng.pick(&[author, author, who, 0]);
        let part = *self.rng.pick(&["answers", "answers", "rationale", "opinion", "effort", "reason"]);
        let article = if who == author { None } else { *self.rng.pick(&[None, Some(16), Some(99)]) };
        Command::Erase(who, on, (entry, part), article)
    }

    async fn gold(&mut self) -> Option<usize> {
        let mut gold = BTreeSet::new();
        for (guild, ..) in &self.guilds {
            let listed = self.hall.list_items(guild, Some(ItemState::Gold), None).await.unwrap();
            gold.extend(listed.into_iter().map(|listed| listed.id));
        }
        let places: Vec<usize> = (0..self.items.len()).filter(|n| gold.contains(&self.items[*n].0)).collect();
        self.rng.pick_of(&places).copied()
    }

    /// Newcomers act from now on, and whoever was given another key acts with it.
    async fn welcome(&mut self) {
        let state = self.hall.state().await.unwrap();
        for (name, key) in strangers() {
            let Some(member) = state.member_with(&name) else { continue };
            match self.people.iter_mut().find(|person| person.id == member.id) {
                None => self.people.push(Person { id: member.id.clone(), key: KeyInMemory::of(key) }),
                Some(person) if !signs(&state, &person.key) => person.key = KeyInMemory::of(key),
                Some(_) => {}
            }
        }
    }

    async fn come(&self, coming: &Coming) -> Result<(), HallError> {
        let cast = Cast {
            hall: &self.hall,
            keys: self.people.iter().map(|person| &person.key).collect(),
            ids: self.people.iter().map(|person| person.id.clone()).collect(),
            guilds: self.guilds.iter().map(|(id, _, text)| (id.clone(), text.clone())).collect(),
            institutions: &self.institutions,
        };
        cast.run(coming).await
    }

    /// Does it; the receipt, if it is an act that gives one.
    async fn run(&mut self, command: &Command) -> Result<Option<Receipt>, HallError> {
        let key = |who: &usize| &self.people[*who].key;
        let id = |item: &usize| &self.items[*item].0;
        let hall = &self.hall;
        let receipt = match command {
            Command::Judge(who, item, said) => hall.judge(key(who), id(item), said).await?,
            Command::Revise(who, item, said) => hall.revise(key(who), id(item), said).await?,
            Command::Withdraw(who, item) => hall.withdraw(key(who), id(item)).await?,
            Command::Skip(who, item, reason) => hall.skip(key(who), id(item), reason).await?,
            Command::Act(who, item, event, reason) => hall.act(key(who), id(item), event.clone(), *reason).await?,
            Command::Rule(who, item, said, opinion) => hall.adjudicate(key(who), id(item), said, opinion).await?,
            Command::Erase(who, item, what, article) => hall.erase(key(who), id(item), *what, *article).await?,
            Command::Attest(who, whom, guild, class, hours) => {
                let until = hall.now().plus_ms(hours * HOUR_MS);
                let place = self.institutions[whom % self.institutions.len()].clone();
                let guild = self.guilds[*guild].0.clone();
                hall.attest(key(who), &self.people[*whom].id, guild, (class.clone(), place, until)).await?
            }
            Command::Claim(who, item) => return hall.claim(&self.people[*who].id, id(item)).await.map(|_| None),
            Command::ClaimNext(who, guild) => {
                return hall.claim_next(&self.people[*who].id, &self.guilds[*guild].0).await.map(|_| None);
            }
            Command::AddGuild(who, guild) => {
                return hall.add_guild(key(who), self.guilds[*guild].2.clone()).await.map(|_| None);
            }
            Command::Import(who, guild, batch) => return self.import(*who, *guild, *batch, 2).await.map(|()| None),
            Command::Cut(who, guild, tier) => return self.cut(*who, *guild, *tier).await.map(|_| None),
            Command::Coming(coming) => {
                let done = self.come(coming).await;
                self.welcome().await;
                return done.map(|()| None);
            }
            Command::Reopen => {
                let dir = self.hall.dir().to_path_buf();
                self.hall = Hall::open(&dir, self.clock.clone(), self.random.clone()).await?;
                return Ok(None);
            }
        };
        match command {
            Command::Judge(who, item, _) | Command::Revise(who, item, _) | Command::Rule(who, item, ..) => {
                self.written.push((*who, *item, receipt.event));
            }
            Command::Act(who, item, _, Some(_)) => self.written.push((*who, *item, receipt.event)),
            _ => {}
        }
        Ok(Some(receipt))
    }

    async fn cut(&mut self, who: usize, guild: usize, tier: usize) -> Result<CutReport, HallError> {
        let number = self.releases.len();
        let dir = self.dir.path().join(format!("release-{number}"));
        let (tier, lowest) = TIERS[tier];
        let guild = self.guilds[guild].0.clone();
        let cut = Cut { guild, version: format!("0.{number}.0"), lowest, tier: tier.to_owned() };
        let report = self.hall.cut(&self.people[who].key, &cut, &dir).await;
        match report {
            Ok(report) => {
                let verified = verify_release(&dir).unwrap();
                assert!(verified.ok, "{cut:?}: {:?}", verified.fault);
                assert_eq!(verified.entries, report.entries);
                self.releases.push(dir);
                Ok(report)
            }
            Err(error) => {
                assert!(!dir.exists(), "a refused release leaves nothing");
                Err(error)
            }
        }
    }

    /// Lets time pass and one command be tried; checks that a refusal leaves the ledger as it was.
    async fn step(&mut self) {
        let days = if self.rng.chance(5) { *self.rng.pick(&[8, 15]) } else { 0 };
        let passes = i64::try_from(self.rng.below(60)).unwrap() * 60_000 + days * 24 * HOUR_MS;
        let now = self.clock.0.fetch_add(passes, Ordering::SeqCst) + passes;
        let back = *self.rng.pick(&[0, 0, 0, 0, 0, 0, 0, 0, 30_000, 2 * HOUR_MS]);
        let mut command = None;
        if self.rng.chance(20) {
            let state = self.hall.state().await.unwrap();
            let people: Vec<MemberId> = self.people.iter().map(|person| person.id.clone()).collect();
            command = Some(Command::Coming(drawn(&mut self.rng, &state, &people, self.guilds.len())));
        }
        for _ in 0..if command.is_none() && self.rng.chance(70) { 12 } else { 0 } {
            command = self.allowed().await;
            if command.is_some() {
                break;
            }
        }
        let command = match command {
            Some(command) => command,
            None => self.wild().await,
        };
        let before = self.size().await;
        let several = matches!(&command, Command::Coming(Coming::AdoptConstitution | Coming::AdoptCharter(_)));
        self.clock.0.store(now - back, Ordering::SeqCst);
        let done = self.run(&command).await;
        self.clock.0.store(now, Ordering::SeqCst);
        let after = self.size().await;
        let outcome = match &done {
            Ok(Some(receipt)) => format!("entry {}, {:?}", receipt.event, receipt.state),
            Ok(None) => "done".to_owned(),
            Err(error) => error.to_string(),
        };
        self.trace.push(format!("{before}: {command:?} (clock -{back}): {outcome}"));
        if let (Ok(_), Command::Act(_, item, Event::ItemFlagged { .. }, _)) = (&done, &command) {
            self.flagged = Some(*item);
        }
        match done {
            Ok(Some(receipt)) => {
                // a judgement sent again gives the receipt it had; everything else is new
                let same = |known: &Receipt| (known.event, &known.entry_hash) == (receipt.event, &receipt.entry_hash);
                let again = matches!(command, Command::Judge(..)) && self.receipts.iter().any(same) && after == before;
                let first = self.owed(before, receipt.event.min(after)).await;
                assert!(again || (first && after > receipt.event), "{receipt:?} over {before}, {after}");
                self.receipts.push(receipt);
            }
            Ok(None) => {}
            // of what all founders sign the first may be done; and what the days brought is written before any act
            Err(HallError::Refused(_) | HallError::Usage(_)) => {
                let owed = self.owed(before, after).await;
                assert!(owed || before == after || several, "refused, yet appended");
            }
            Err(error) => panic!("neither done nor refused: {error:?}"),
        }
    }

    /// Whether all entries between two places are what the hall owed, and there is none or more.
    async fn owed(&self, from: u64, to: u64) -> bool {
        for seq in from..to {
            if !Entry::read(&self.hall.entry(seq).await.unwrap()).unwrap().core.event.is_due() {
                return false;
            }
        }
        true
    }

    async fn verified(&self) {
        let verified = self.hall.verify().await.unwrap();
        assert!(verified.ok, "{:?}", verified.fault);
        assert_eq!(verified.entries, self.size().await);
    }

    /// Two cuts with nothing between them hold the same labels.
    async fn cut_twice(&mut self) {
        for guild in 0..self.guilds.len() {
            match self.cut(0, guild, 0).await {
                Ok(first) => assert_eq!(self.cut(1, guild, 0).await.unwrap().labels, first.labels),
                Err(HallError::Refused(_)) => continue,
                Err(error) => panic!("{error:?}"),
            }
            let [.., first, second] = self.releases.as_slice() else { panic!("two were cut") };
            assert_eq!(audit::labels_digest(first), audit::labels_digest(second));
        }
    }

    /// Status and lists count alike.
    async fn counted(&self) {
        for guild in self.hall.status(&self.people[0].id).await.unwrap().guilds {
            let mut counted: BTreeMap<String, u64> = guild.items.keys().map(|state| (state.clone(), 0)).collect();
            for listed in self.hall.list_items(&guild.id, None, None).await.unwrap() {
                *counted.get_mut(&listed.state.to_string()).unwrap() += 1;
            }
            assert_eq!(counted, guild.items);
        }
    }

    async fn finish(&mut self) -> BTreeMap<String, u64> {
        self.verified().await;
        assert_eq!(self.hall.rebuild().await.unwrap(), 0, "rows differed from the entries");
        self.verified().await;
        self.counted().await;
        // suspensions have ended then
        self.clock.0.fetch_add(31 * 24 * HOUR_MS, Ordering::SeqCst);
        self.cut_twice().await;
        self.verified().await;
        let mut entries = Vec::new();
        for seq in 0..self.size().await {
            entries.push(self.hall.entry(seq).await.unwrap());
        }
        let notes: Vec<&str> = self.receipts.iter().map(|receipt| receipt.checkpoint.as_str()).collect();
        let charters = self.guilds.iter().map(|(id, charter, _)| (id.clone(), charter.clone())).collect();
        membership::audit(&entries, &charters);
        audit(&entries, &charters, &self.importers, &notes, &self.hall.vkey().await.unwrap())
    }
}

#[test]
fn any_sequence_of_commands_leaves_a_ledger_that_verifies_and_can_be_replayed() {
    let next = AtomicU64::new(0);
    let kinds: Mutex<BTreeMap<String, u64>> = Mutex::default();
    let work = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        loop {
            let seed = next.fetch_add(1, Ordering::SeqCst);
            if seed >= SEQUENCES {
                return;
            }
            let found = sequence(&runtime, seed);
            let mut kinds = kinds.lock().unwrap();
            found.into_iter().for_each(|(kind, count)| *kinds.entry(kind).or_default() += count);
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        scope.spawn(work);
    });
    let kinds = kinds.into_inner().unwrap();
    // the sequences are worth something only if everything occurs in them
    for kind in audit::KINDS {
        assert!(kinds.get(kind).is_some_and(|count| *count > 0), "no sequence has {kind}: {kinds:?}");
    }
}

fn sequence(runtime: &tokio::runtime::Runtime, seed: u64) -> BTreeMap<String, u64> {
    let mut world = runtime.block_on(World::new(seed));
    let mut run = || {
        for _ in 0..COMMANDS {
            runtime.block_on(world.step());
        }
        runtime.block_on(world.finish())
    };
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(&mut run)).unwrap_or_else(|fault| {
        let what = fault.downcast_ref::<String>().cloned().unwrap_or_else(|| "a failed check".to_owned());
        panic!("seed {seed}: {what}\n{}", world.trace.join("\n"))
    })
}
