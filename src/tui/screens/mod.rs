//! One screen a file, and what several of them share: texts, sheet, acts, words.

mod acts;
mod adjudicate;
mod agreement;
mod agreement_questions;
mod disputes;
mod errands;
mod evidence;
mod gold;
mod grid;
mod guide;
mod hall;
mod heat;
mod item;
mod judge;
mod ledger;
mod member_forms;
mod members;
mod models;
mod news;
mod page;
mod parting;
mod queue;
mod record;
mod resume;
mod screen;
mod sheet;
mod stake;
mod strip;
mod stuck;
mod texts;
mod thread;
mod transcript;
mod verification;
mod wording;

pub use screen::Screen;
pub use wording::short;
