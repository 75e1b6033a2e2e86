//! Every command: its arguments and what it does with a hall and injected streams. Terminals and processes are `cli`'s.

mod adjudicate;
mod agreement;
mod arguments;
mod audit;
mod backup;
mod claim;
mod config;
mod consensus;
mod context;
mod credential;
mod demo;
mod demo_script;
mod dispatch;
mod ending;
mod guild;
mod import;
mod init;
mod item;
mod judge;
mod key;
mod ledger;
mod member;
mod release;
mod remote;
mod review;
mod status;
mod templates;
mod verify;
mod votes;

pub use arguments::{AgentArguments, Arguments, Command, ConnectArguments, Globals, Serve};
pub use audit::{AuditArguments, tell as tell_audit};
pub use config::{Config, Serving};
pub use context::{Ask, CommandError, Context, FindingSigner, Keys, Outcome, Tell};
pub use dispatch::run;
pub use ending::{exit_code, words};
pub use remote::from_afar;
