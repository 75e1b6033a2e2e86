//! The terms of a contribution: what it may be used for, how its author is named, which models may learn from it. A guild's
//! charter holds the defaults, a member sets their own; which of them hold for an act is asked of the rows.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

/// What taking back and erasing do, before a release and after it; every place where either is offered says it so.
pub const TAKEN_BACK: &str = "Taken back or erased before a release, a contribution is left out of it, and its words are \
destroyed with their salt. After a release it is left out of the next one: copies that are out stay out, and a model that \
was trained isn't untrained.";

/// Something a contribution may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Use {
    /// To train models.
    Train,
    /// To evaluate models.
    Evaluate,
    /// To publish the label that it led to.
    PublishLabel,
    /// To publish the answers themselves.
    PublishAnswers,
    /// To publish the rationale, or the opinion.
    PublishRationale,
}

impl Use {
    /// Every use.
    pub const ALL: [Self; 5] =
        [Self::Train, Self::Evaluate, Self::PublishLabel, Self::PublishAnswers, Self::PublishRationale];
    /// Those without which a release takes no label: it is published, with its answers, for training.
    pub const OF_A_RELEASE: [Self; 3] = [Self::PublishAnswers, Self::PublishLabel, Self::Train];

    /// As charters and commands spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Evaluate => "evaluate",
            Self::PublishLabel => "publish_label",
            Self::PublishAnswers => "publish_answers",
            Self::PublishRationale => "publish_rationale",
        }
    }
}

impl fmt::Display for Use {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How a contributor is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attribution {
    /// Not listed.
    #[serde(rename = "none")]
    Unnamed,
    /// By the random number.
    Pseudonym,
    /// By a name that the member gave for that.
    RealName,
}

impl Attribution {
    /// As charters and commands spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unnamed => "none",
            Self::Pseudonym => "pseudonym",
            Self::RealName => "real_name",
        }
    }
}

/// Which models may learn from it; the stricter first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Models {
    /// Those that the guilds ratified.
    GuildRatified,
    /// Any whose weights are open.
    AnyOpenWeight,
}

impl Models {
    /// As charters and commands spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::GuildRatified => "guild_ratified",
            Self::AnyOpenWeight => "any_open_weight",
        }
    }
}

/// See the module's first line; the licence is the hall's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// How its author is named.
    pub attribution: Attribution,
    /// Which models may learn from it.
    pub models: Models,
    /// What it may be used for.
    pub uses: BTreeSet<Use>,
}

impl Terms {
    /// The first use that a release needs and these terms don't allow.
    pub fn blocks(&self) -> Option<Use> {
        Use::OF_A_RELEASE.into_iter().find(|needed| !self.uses.contains(needed))
    }

    /// The uses by name, separated by commas.
    pub fn uses_named(&self) -> String {
        self.uses.iter().map(|one| one.name()).collect::<Vec<_>>().join(",")
    }

    /// What both allow.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self {
            attribution: self.attribution.min(other.attribution),
            models: self.models.min(other.models),
            uses: self.uses.intersection(&other.uses).copied().collect(),
        }
    }
}
