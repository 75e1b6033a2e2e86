//! The append and projection engines behind one async interface: SQLite now; whatever the ledger means is `domain`'s.

mod appending;
mod error;
mod interface;
mod request;
mod rows;
mod sqlite;
mod work;

pub use appending::{Appending, AuthorTip, NewBody, NewEntry, Tip};
pub use error::StoreError;
pub use interface::Store;
pub use request::{Appended, Fill, Touch, Which};
pub use rows::{BodyRow, EntryRow, Fact, ItemFilter, ItemRow, Page, PageKey, StagedItem, StoredItem};
pub use work::{Claim, Draft, Lease};
