//! The closed list of screens, and which one a place opens.

use crate::hall::QueueFilter;
use crate::tui::place::Place;
use crate::tui::scene::Scene;

use super::adjudicate::Adjudicate;
use super::agreement::Agreement;
use super::disputes::Disputes;
use super::evidence::Evidence;
use super::gold::Gold;
use super::hall::Hall;
use super::item::Item;
use super::judge::Judge;
use super::ledger::Ledger;
use super::members::Members;
use super::models::Models;
use super::page::Page;
use super::parting::Parting;
use super::queue::Queue;
use super::stake::Stake;
use super::stuck::Stuck;
use super::verification::Verification;

macro_rules! screens {
    ($($variant:ident),+ $(,)?) => {
        /// A screen; see the file of its name.
        #[derive(Debug)]
        pub enum Screen {
            $($variant($variant)),+
        }

        impl Screen {
            /// The screen, to be asked.
            pub fn scene(&self) -> &dyn Scene {
                match self { $(Self::$variant(scene) => scene),+ }
            }

            /// The screen, to be changed.
            pub fn scene_mut(&mut self) -> &mut dyn Scene {
                match self { $(Self::$variant(scene) => scene),+ }
            }
        }
    };
}

screens!(
    Adjudicate,
    Agreement,
    Disputes,
    Evidence,
    Gold,
    Hall,
    Item,
    Judge,
    Ledger,
    Members,
    Models,
    Page,
    Parting,
    Queue,
    Stake,
    Stuck,
    Verification
);

impl Screen {
    /// The screen at a place.
    pub fn at(place: Place) -> Self {
        match place {
            Place::Hall => Self::Hall(Hall::default()),
            Place::Queue { guild, state, role, search } => {
                Self::Queue(Queue::new(QueueFilter { guild, state, role, search, mark: None }))
            }
            Place::Judge { guild, first } => Self::Judge(Judge::new(guild, first)),
            Place::Revise(item) => Self::Judge(Judge::revise(item)),
            Place::Disputes(guild) => Self::Disputes(Disputes::new(guild)),
            Place::Adjudicate(item) => Self::Adjudicate(Adjudicate::new(item)),
            Place::Evidence(item) => Self::Evidence(Evidence::new(item)),
            Place::Item(item) => Self::Item(Item::new(item)),
            Place::Gold(guild) => Self::Gold(Gold::new(guild)),
            Place::Release(dir) => Self::Verification(Verification::new(dir)),
            Place::Members => Self::Members(Members::default()),
            Place::Models => Self::Models(Models::default()),
            Place::Ledger => Self::Ledger(Ledger::default()),
            Place::Agreement(guild) => Self::Agreement(Agreement::new(guild)),
            Place::Parting { guild, question, pair } => Self::Parting(Parting::new(guild, question, pair)),
            Place::Stake(guild) => Self::Stake(Stake::new(guild)),
            Place::Stuck => Self::Stuck(Stuck::default()),
            place @ (Place::Entry(_) | Place::Constitution | Place::Charter(_)) => Self::Page(Page::new(place)),
        }
    }
}
