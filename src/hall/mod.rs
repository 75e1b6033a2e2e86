//! The use cases that the front doors share: found, import, claim, judge, adjudicate, review, release, verify.

mod backup;
mod claim;
mod derive;
mod error;
mod found;
mod import;
mod judge;
mod keys;
mod log;
mod members;
mod opened;
mod ports;
mod rebuild;
mod release;
mod replay;
mod submit;
mod verify;
mod verify_release;
mod view;

pub use backup::{backup, restore};
pub use error::HallError;
pub use found::{Founder, Founding, found};
pub use import::{ImportReport, Rejected};
pub use judge::Answered;
pub use keys::{KeyInMemory, origin, read_key};
pub use log::LogLine;
pub use members::{MemberRow, NewMember};
pub use opened::Hall;
pub use ports::{Clock, Random, Signer, Signing, SigningError};
pub use release::{Cut, CutReport};
pub use replay::Fault;
pub use submit::{Proposal, Receipt};
pub use verify::Verified;
pub use verify_release::verify_release;
pub use view::{GuildStatus, ItemView, JudgementView, ListedItem, Status, StuckItem, WhyLabel};
