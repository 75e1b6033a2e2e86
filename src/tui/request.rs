//! What screens ask of the hall, and what comes back.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::domain::{Charter, Event, GuildId, ItemId, MemberId, Refusal, Timestamp};
use crate::hall::{
    AgreementView, Answered, Asked, Cut, CutReport, DisputePage, DisputeView, DraftView, DraftsJudged, FetchView,
    GuildStatus, Heard, ItemView, LogLine, MemberRow, ModelView, News, NoteView, PetitionRow, QueueFilter, QueueFrom,
    QueuePage, QueueSort, Receipt, RecoveryRow, ReleaseRow, RerunView, StakeView, Status, StuckItem, TermsView,
    Verified,
};

use super::member_act::MemberAct;

/// Something to be read from the hall or done in it.
#[derive(Debug, Clone)]
pub enum Request {
    /// The first screen.
    Hall,
    /// A page of items.
    Queue {
        /// Which items.
        filter: QueueFilter,
        /// In which order.
        sort: QueueSort,
        /// Which page.
        from: QueueFrom,
        /// At most this many.
        limit: usize,
    },
    /// A page of disputes.
    Disputes {
        /// Of one guild, or of all.
        guild: Option<GuildId>,
        /// Which page.
        from: QueueFrom,
        /// At most this many.
        limit: usize,
    },
    /// An item with all that is needed to act on it; claimed first, if it is to be judged.
    Desk { item: ItemId, claim: Claim },
    /// Releases.
    Releases,
    /// Members and credentials.
    Members,
    /// Lines of the ledger, this many before a place, or the last.
    Log { before: Option<u64>, limit: usize },
    /// An entry's three lines.
    Entry(u64),
    /// Verify the hall.
    Verify,
    /// Verify a release.
    VerifyRelease(PathBuf),
    /// How far raters agree, of a guild or of the first.
    Agreement(Option<GuildId>),
    /// Who made the gold of a guild, or of the first.
    Stake(Option<GuildId>),
    /// Items on which nobody can act.
    Stuck,
    /// A guild's charter.
    Charter(GuildId),
    /// The constitution.
    Constitution,
    /// What its working copy changes.
    Amendment,
    /// Keep a draft.
    Keep { item: ItemId, draft: DraftView },
    /// Submit a judgement.
    Judge { item: ItemId, said: Answered },
    /// Submit a judgement in place of one's last.
    Revise { item: ItemId, said: Answered },
    /// Take one's judgement back.
    WithdrawJudgement(ItemId),
    /// Submit a ruling.
    Rule { item: ItemId, said: Answered },
    /// Another act on an item.
    Act { item: ItemId, event: Event, reason: Option<String> },
    /// Say something of an item.
    Note { item: ItemId, text: String },
    /// What was said of an item.
    Notes(ItemId),
    /// What models said of an item, and the models that there are.
    Evidence(ItemId),
    /// A model answers it again, or scores an output; recorded at its end unless it was stopped.
    Rerun { item: ItemId, model: String, asked: Asked, stop: Arc<AtomicBool> },
    /// Pass on an item.
    Skip { item: ItemId, reason: String },
    /// Cut a release.
    Cut { cut: Cut, dir: PathBuf },
    /// The hall's models.
    Models,
    /// The same again and again while one is on its way, until nobody looks.
    WatchModels(Arc<AtomicBool>),
    /// Compute a model's hashes again.
    VerifyModel(String),
    /// An act on the hall's models.
    Model(ModelAct),
    /// An act on petitions, on members, or on oneself.
    Member(MemberAct),
    /// Destroy a text of one's own.
    Erase { item: ItemId, entry: u64, part: String },
    /// Submit every draft that is whole, under one signature.
    SubmitDrafts,
    /// Keep the lease while somebody works.
    Renew(ItemId),
    /// Give the lease back.
    Unclaim(ItemId),
}

impl Request {
    /// Whether it changes something, so that its order counts.
    pub fn changes(&self) -> bool {
        matches!(
            self,
            Self::Keep { .. }
                | Self::Judge { .. }
                | Self::Revise { .. }
                | Self::WithdrawJudgement(_)
                | Self::Rule { .. }
                | Self::Act { .. }
                | Self::Note { .. }
                | Self::Skip { .. }
                | Self::Cut { .. }
                | Self::Member(_)
                | Self::Model(_)
                | Self::Erase { .. }
                | Self::SubmitDrafts
                | Self::Renew(_)
                | Self::Unclaim(_)
        )
    }

    /// Whether it waits for what was asked before it: what changes something, and what takes a place.
    pub fn waits_its_turn(&self) -> bool {
        self.changes() || matches!(self, Self::Desk { claim: Claim::Take, .. })
    }
}

/// Whether an item is claimed before it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// For judging.
    Take,
    /// Only read.
    No,
}

/// An item with all that is needed to act on it.
#[derive(Debug)]
pub struct Desk {
    /// The item as the member may see it.
    pub view: ItemView,
    /// The charter its answers are under.
    pub charter: Arc<Charter>,
    /// What was typed and not submitted.
    pub draft: Option<DraftView>,
    /// Its dispute, if the member may rule on it.
    pub dispute: Option<DisputeView>,
    /// Until when it is claimed.
    pub until: Option<Timestamp>,
}

/// Members, and what whoever looks may know and do of them.
#[derive(Debug, Default)]
pub struct MembersDesk {
    /// Members.
    pub rows: Vec<MemberRow>,
    /// Guilds with the charters in force.
    pub guilds: Vec<(GuildId, Arc<Charter>)>,
    /// Petitions that wait, for those who may answer them.
    pub petitions: Vec<PetitionRow>,
    /// The viewer's own terms.
    pub terms: Vec<TermsView>,
    /// Keys that others vouch for as the viewer's.
    pub recoveries: Vec<RecoveryRow>,
    /// The constitution's articles: `Article 6. Stewards`.
    pub articles: Vec<String>,
}

/// An act on the hall's models.
#[derive(Debug, Clone)]
pub enum ModelAct {
    /// Begin to fetch one from a source, under a name of one's own or not.
    Fetch { source: String, name: Option<String> },
    /// Stop that.
    Stop(String),
    /// Take one out.
    Remove(String),
}

/// The hall's models, and what whoever looks may do.
#[derive(Debug, Default)]
pub struct ModelsDesk {
    /// Models.
    pub rows: Vec<ModelView>,
    /// Those that are on their way.
    pub fetches: Vec<FetchView>,
    /// Whether the viewer may change that.
    pub may_keep: bool,
}

/// What models said of an item, with what is needed to read it.
#[derive(Debug)]
pub struct EvidenceDesk {
    /// The item as the member may see it, with what was recorded.
    pub view: ItemView,
    /// The charter its answers are under.
    pub charter: Arc<Charter>,
    /// Names of the hall's models.
    pub models: Vec<String>,
    /// Those of them that are on this machine, and so can score an output.
    pub local: Vec<String>,
}

/// The first screen's rows.
#[derive(Debug)]
pub struct Home {
    /// Counts, and what waits.
    pub status: Status,
    /// What happened.
    pub news: Vec<News>,
    /// Who is in the hall, by handle.
    pub present: Vec<String>,
    /// Drafts, newest first.
    pub drafts: Vec<(ItemId, GuildId, DraftView)>,
    /// Now.
    pub now: Timestamp,
}

/// Hears what comes before the reply; `false` once nobody does.
pub type Telling<'a> = &'a (dyn Fn(Reply) -> bool + Send + Sync);

/// What came back.
#[derive(Debug)]
pub enum Reply {
    /// To [`Request::Hall`].
    Hall(Box<Home>),
    /// To [`Request::Queue`].
    Queue(QueuePage),
    /// To [`Request::Disputes`].
    Disputes(DisputePage),
    /// To [`Request::Desk`].
    Desk(Box<Desk>),
    /// To [`Request::Releases`]; guilds with their counts come along.
    Releases(Vec<ReleaseRow>, Vec<GuildStatus>),
    /// To [`Request::Members`].
    Members(Box<MembersDesk>),
    /// To [`Request::Log`]: oldest first, the size, the head.
    Log(Vec<LogLine>, u64, String),
    /// To [`Request::Entry`].
    Entry(u64, String),
    /// A verification goes on: done, of all.
    Verifying(u64, u64),
    /// To [`Request::Verify`] and [`Request::VerifyRelease`].
    Verified(Verified),
    /// To [`Request::Agreement`]; all guilds come along.
    Agreement(Box<AgreementView>, Vec<GuildId>),
    /// To [`Request::Stake`]; all guilds come along.
    Stake(Box<StakeView>, Vec<GuildId>),
    /// To [`Request::Stuck`].
    Stuck(Vec<StuckItem>),
    /// To [`Request::Charter`].
    Charter(GuildId, String, Arc<Charter>),
    /// To [`Request::Constitution`].
    Constitution(String),
    /// To [`Request::Amendment`], in words.
    Amendment(String),
    /// To [`Request::Notes`].
    Notes(Vec<NoteView>),
    /// A note is in the ledger; the thread with it.
    Noted(Receipt, Vec<NoteView>),
    /// To [`Request::Evidence`].
    Evidence(Box<EvidenceDesk>),
    /// To [`Request::Models`].
    Models(Box<ModelsDesk>),
    /// To [`Request::VerifyModel`]: which, and what differs or is gone.
    ModelVerified(String, Vec<String>),
    /// To [`Request::Model`]: what was done.
    ModelDone(String),
    /// A model goes on.
    Heard(Heard),
    /// To [`Request::Rerun`]: its receipt, and all that models said; none of both if it was stopped.
    Rerun(Option<(Receipt, Vec<RerunView>)>),
    /// A draft is stored.
    Kept(ItemId),
    /// An act is in the ledger.
    Done(Done),
    /// A release was cut.
    Cut(CutReport, PathBuf),
    /// A member was added; the file of the key made for them, if one was.
    Added(MemberId, Option<PathBuf>),
    /// To [`Request::SubmitDrafts`].
    DraftsJudged(DraftsJudged),
    /// Nothing to say.
    Nothing,
}

/// An act that is in the ledger.
#[derive(Debug, Clone)]
pub struct Done {
    /// On which item.
    pub item: Option<ItemId>,
    /// Proof.
    pub receipt: Receipt,
    /// What was done, in words.
    pub what: String,
}

/// Why something wasn't done.
#[derive(Debug, Clone)]
pub enum Trouble {
    /// A rule said no.
    Refused(Box<Refusal>),
    /// It failed, or can't be done so.
    Failed(String),
}
