//! The command line as a whole; each command's own arguments stand in its file.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::{
    adjudicate, agreement, audit, backup, claim, consensus, constitution, credential, demo, generate, guild, import,
    init, institution, item, judge, key, ledger, member, model, release, rerun, review, stake, tally, terms, verify,
};

/// Guilds of experts turn raw model outputs into peer-reviewed, signed gold-standard labels.
#[derive(Debug, Parser)]
#[command(name = "guildhall", version, propagate_version = true)]
pub struct Arguments {
    /// What holds for every command.
    #[command(flatten)]
    pub globals: Globals,
    /// The command; none opens the console at a terminal, and shows the status elsewhere.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What holds for every command.
#[derive(Debug, Args)]
pub struct Globals {
    /// Directory of the hall
    #[arg(long, global = true, display_order = 900, env = "GUILDHALL_HALL", value_name = "DIR")]
    pub hall: Option<PathBuf>,
    /// Key file to act with: a private key, or the .pub file of one behind an agent
    #[arg(id = "as", long = "as", global = true, display_order = 900, env = "GUILDHALL_KEY", value_name = "KEYFILE")]
    pub key: Option<PathBuf>,
    /// Print one JSON document on standard output
    #[arg(long, global = true, display_order = 900)]
    pub json: bool,
    /// The console by lines, for screen readers: append-only, numbered choices
    #[arg(long, global = true, display_order = 900)]
    pub linear: bool,
    /// Colours: dark, light, high-contrast, monochrome, sixteen, or a theme file
    #[arg(long, global = true, display_order = 900, env = "GUILDHALL_THEME", value_name = "THEME")]
    pub theme: Option<String>,
    /// Draw without colours (also NO_COLOR)
    #[arg(long, global = true, display_order = 900)]
    pub no_color: bool,
}

/// All commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a hall, with its constitution, guilds and founders
    Init(init::Init),
    /// Make a throwaway hall with both guilds and the sample queue
    Demo(demo::Demo),
    /// Show where the hall stands and what waits for you
    Status,
    /// Add, list or show guilds
    #[command(subcommand)]
    Guild(guild::Guild),
    /// Show, check or adopt charters
    #[command(subcommand)]
    Charter(guild::CharterCommand),
    /// Show, compare, check or adopt the constitution
    #[command(subcommand)]
    Constitution(constitution::ConstitutionCommand),
    /// Add, admit, suspend or list members, replace lost keys, take everything of yours along
    #[command(subcommand)]
    Member(member::MemberCommand),
    /// List, enrol or revoke the keys a member signs with
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Attest credentials
    #[command(subcommand)]
    Credential(credential::CredentialCommand),
    /// List institutions, or have two count as one
    #[command(subcommand)]
    Institution(institution::InstitutionCommand),
    /// Show or set the terms your contributions are under
    #[command(subcommand)]
    Terms(terms::TermsCommand),
    /// How far the raters of a CSV of judgements agree: coefficients with intervals; needs no hall
    Agreement(agreement::Agreement),
    /// One label an item from a CSV of judgements; needs no hall
    Consensus(consensus::Consensus),
    /// Let a model file of this machine answer a prompt; needs no hall
    Rerun(rerun::Rerun),
    /// Have a model answer prompts, and fill a guild's queue with the answers
    Generate(generate::Generate),
    /// Say how likely a model file of this machine finds an answer, token by token; needs no hall
    Score(rerun::ScoreArguments),
    /// What a model file is, and whether it computes what it should
    #[command(subcommand)]
    Model(model::ModelCommand),
    /// Import model outputs into a guild
    Import(import::Import),
    /// List what you could judge, rule on or review
    Queue(claim::Queue),
    /// List, show or withdraw items
    #[command(subcommand)]
    Item(item::ItemCommand),
    /// Claim an item for judging, or the next one
    Claim(claim::ClaimArguments),
    /// Judge an item
    Judge(judge::Judge),
    /// Replace your judgement while the item is open
    Revise(judge::Revise),
    /// Take your judgement back before gold
    Withdraw(judge::OnItem),
    /// Pass on an item
    Skip(judge::WithReason),
    /// Stop an item for the stewards, or resolve a flag
    Flag(judge::Flag),
    /// Say something of an item that isn't being rated any more
    Note(judge::NoteArguments),
    /// Destroy a text you wrote: salt and content
    Erase(judge::Erase),
    /// Rule on a dispute
    Adjudicate(adjudicate::Adjudicate),
    /// Step aside from a dispute
    Recuse(judge::WithReason),
    /// List disputes, or ask one more rater
    #[command(subcommand)]
    Dispute(adjudicate::DisputeCommand),
    /// Sign off or return a settled item
    Review(review::Review),
    /// Dispute gold
    Challenge(judge::WithReason),
    /// List items on which nobody can act, and who is missing
    Stuck,
    /// Show who made a guild's gold, how concentrated that is, and how each unit comes about
    #[command(subcommand)]
    Stake(stake::StakeCommand),
    /// Count ranked ballots: quorum and majority over the default, then Schwartz sequential dropping
    Tally(tally::Tally),
    /// Cut or list releases
    #[command(subcommand)]
    Release(release::ReleaseCommand),
    /// Verify a release with nothing but its directory
    Verify(verify::Verify),
    /// Verify, read, prove, rebuild or export the ledger
    #[command(subcommand)]
    Ledger(ledger::LedgerCommand),
    /// Copy the hall while it works, and verify the copy
    Backup(backup::Backup),
    /// Put a backup back, never behind a signed head
    Restore(backup::Restore),
    /// Serve the hall over SSH
    Serve(Serve),
    /// One session under OpenSSH's sshd, for its ForceCommand
    Sshd,
    /// Run the agent to forward to a hall: it signs nothing but acts there, each shown to you in words
    Agent(AgentArguments),
    /// Visit a hall by ssh with that agent forwarded, and compare accounts at the end
    Connect(ConnectArguments),
    /// Look through a ledger for all that is in your name
    Audit(audit::AuditArguments),
    /// Show every value of the hall's config.toml, and where it comes from
    Config,
    /// Show the console's keys, and how to change them
    Keys,
    /// Draw scenes of the demo as SVG pictures
    Pictures(Pictures),
}

/// Arguments of `agent`, and of the agent of `connect`.
#[derive(Debug, Args)]
pub struct AgentArguments {
    /// Your guild key: the private key, or the .pub file of one behind the agent of SSH_AUTH_SOCK
    #[arg(long, value_name = "KEYFILE")]
    pub key: PathBuf,
    /// Where it listens, in a folder that is yours alone
    #[arg(long, value_name = "PATH")]
    pub socket: Option<PathBuf>,
    /// The only host it may be forwarded to, by its key's fingerprint, SHA256:...
    #[arg(long, value_name = "FINGERPRINT")]
    pub host: Option<String>,
    /// The only hall it signs for, h_...; without it the first it signed for
    #[arg(long, value_name = "HALL")]
    pub of: Option<String>,
    /// Ask for a yes before each signature, here or by SSH_ASKPASS; stewards' acts are signed only so
    #[arg(long)]
    pub ask: bool,
    /// Seconds to wait for your yes, and then for the agent that holds the key; a hall waits 90 in all by default
    #[arg(long, value_name = "SECONDS", default_value_t = 80, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub wait: u64,
    /// Where it writes down what it signs, before it signs
    #[arg(long, value_name = "FILE")]
    pub journal: Option<PathBuf>,
}

/// Arguments of `connect`.
#[derive(Debug, Args)]
pub struct ConnectArguments {
    /// See [`AgentArguments`].
    #[command(flatten)]
    pub agent: AgentArguments,
    /// Options for ssh, each with its value: --ssh=-p2222
    #[arg(long, allow_hyphen_values = true, value_name = "OPTION")]
    pub ssh: Vec<String>,
    /// Where the hall is served, as ssh takes it
    pub destination: String,
}

/// Arguments of `serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// Where SSH clients come in, such as 0.0.0.0:2222
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// Let strangers ask to be admitted; members answer with `member attest`, `object` or `decline`
    #[arg(long)]
    pub petitions: bool,
    /// Where Prometheus reads `/metrics`, on this machine alone
    #[arg(long, value_name = "ADDR")]
    pub metrics: Option<SocketAddr>,
}

/// Arguments of `pictures`.
#[derive(Debug, Args)]
pub struct Pictures {
    /// The directory to draw into
    pub dir: PathBuf,
}

impl Arguments {
    /// Reads a command line, its first word being the program's name.
    ///
    /// Errors: what is wrong with it, in words.
    pub fn parsed<const N: usize>(words: [&str; N]) -> Result<Self, String> {
        Self::try_parse_from(words).map_err(|error| error.to_string())
    }
}
