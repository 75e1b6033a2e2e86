//! What talking to servers takes, whoever they are: keys, trust, other tries, and their words made fit to be shown.

mod api_key;
mod backoff;
mod causes;
mod drawn;
mod encryption;
mod local;
mod peer_text;

pub use api_key::{ApiKey, KeyError, KeySource, environment};
pub use backoff::{Backoff, is_passing, told};
pub use causes::{causes, is_about_trust};
pub use drawn::drawn;
pub use encryption::encryption;
pub use local::is_local;
pub use peer_text::visible;
