//! Releases and gold: what was cut, cutting, verifying.

use std::path::PathBuf;

use ratatui::layout::Rect;

use crate::consensus::Tier;
use crate::domain::{GuildId, ItemState};
use crate::hall::{Cut, GuildStatus, ReleaseRow};
use crate::tui::ink::Ink;
use crate::tui::keys::{Action, Scope};
use crate::tui::layers::{Card, Fields, Layer};
use crate::tui::parts::List;
use crate::tui::place::Place;
use crate::tui::request::{Reply, Request, Trouble};
use crate::tui::scene::{Cx, Look, Scene};
use crate::tui::session::Session;
use crate::tui::text::Shown;
use crate::tui::theme::Role;

use super::wording::{column, when};

/// Tiers a release may start at.
const TIERS: [(&str, Tier); 4] =
    [("agreed", Tier::Agreed), ("adjudicated", Tier::Adjudicated), ("gold", Tier::Gold), ("single", Tier::Single)];

/// See the module's first line.
#[derive(Debug, Default)]
pub struct Gold {
    guild: Option<GuildId>,
    releases: Vec<ReleaseRow>,
    guilds: Vec<GuildStatus>,
    list: List,
    loaded: bool,
    cutting: bool,
}

impl Gold {
    /// Of a guild first, or of all.
    pub fn new(guild: Option<GuildId>) -> Self {
        Self { guild, ..Self::default() }
    }

    fn count(&self) -> usize {
        self.guilds.len() + self.releases.len()
    }

    fn chosen_release(&self) -> Option<&ReleaseRow> {
        self.releases.get(self.list.chosen().checked_sub(self.guilds.len())?)
    }

    /// The guild of the chosen row.
    fn chosen_guild(&self) -> Option<&GuildId> {
        let of_row = self.guilds.get(self.list.chosen()).map(|guild| &guild.id);
        of_row.or_else(|| self.chosen_release().map(|release| &release.guild)).or(self.guild.as_ref())
    }

    /// The version after the last one: one more minor.
    fn next_version(&self, guild: &GuildId) -> String {
        let last = self.releases.iter().find(|release| release.guild == *guild);
        let parts: Option<Vec<u64>> =
            last.map(|release| release.version.split('.').filter_map(|part| part.parse().ok()).collect());
        match parts.as_deref() {
            Some([major, minor, _]) => format!("{major}.{}.0", minor + 1),
            _ => "1.0.0".to_owned(),
        }
    }

    fn cut_from(values: &[String]) -> Option<(Cut, PathBuf)> {
        let [guild, version, tier, dir] = values else { return None };
        let (_, lowest) = TIERS.iter().find(|(name, _)| name == tier)?;
        let guild = guild.parse().ok()?;
        let cut = Cut { guild, version: version.trim().to_owned(), lowest: *lowest, tier: tier.clone() };
        Some((cut, PathBuf::from(dir.trim())))
    }

    fn row(&self, n: usize, look: &Look<'_>) -> Shown {
        if let Some(guild) = self.guilds.get(n) {
            let count = |state: ItemState| guild.items.get(&state.to_string()).copied().unwrap_or(0);
            let settled = count(ItemState::Agreed) + count(ItemState::Adjudicated);
            return column(&Shown::plain(guild.id.as_str()), 24)
                .and(Role::Gold, &format!("{:>6} gold", count(ItemState::Gold)))
                .and(Role::Quiet, &format!("   {settled} more settled"));
        }
        let Some(release) = self.releases.get(n - self.guilds.len()) else { return Shown::default() };
        column(&Shown::plain(release.guild.as_str()), 24)
            .and(Role::Strong, &format!("{:<10}", release.version))
            .and(Role::Text, &format!("{:>5} labels, {:<11}", release.labels, release.tier))
            .and(Role::Quiet, &format!("entry {}, {}", release.seq, when(release.at, look.now)))
    }
}

impl Scene for Gold {
    fn place(&self) -> Place {
        Place::Gold(self.guild.clone())
    }

    fn scopes(&self) -> Vec<Scope> {
        vec![Scope::List]
    }

    fn actions(&self, session: &Session) -> Vec<Action> {
        let mut actions = vec![Action::Open];
        if session.steward && !self.cutting {
            actions.push(Action::Cut);
        }
        let rest =
            [Action::Verify, Action::Down, Action::Up, Action::PageDown, Action::PageUp, Action::First, Action::Last];
        actions.into_iter().chain(rest).collect()
    }

    fn is_waiting(&self) -> bool {
        !self.loaded
    }

    fn title(&self) -> Shown {
        Shown::new(Role::Title, "gold and releases")
    }

    fn status(&self, _look: &Look<'_>) -> Shown {
        if self.cutting { Shown::new(Role::Warning, "cutting …") } else { Shown::default() }
    }

    fn load(&mut self, cx: &mut Cx<'_>) {
        cx.ask(Request::Releases);
    }

    fn act(&mut self, action: Action, _key: char, cx: &mut Cx<'_>) {
        if self.list.moved(action, self.count()) {
            return;
        }
        let guild = self.chosen_guild().cloned();
        match (action, guild) {
            (Action::Open, Some(guild)) => match self.chosen_release() {
                Some(release) => cx.open(Place::Entry(release.seq)),
                None => cx.open(Place::queue(Some(guild), Some(ItemState::Gold), None)),
            },
            (Action::Cut, Some(guild)) => {
                let version = self.next_version(&guild);
                let tiers = TIERS.iter().map(|(name, _)| (*name).to_owned()).collect();
                let fields = Fields::new(action, "Cut a release", None)
                    .one_of("Guild", vec![guild.to_string()])
                    .line("Version: major.minor.patch, newer than the last", &version)
                    .one_of("From which tier on", tiers)
                    .line("Directory to make", &format!("{guild}-{version}"));
                cx.layer(Layer::Fields(fields));
            }
            (Action::Verify, guild) => {
                let known = guild.map_or_else(String::new, |guild| {
                    format!("{guild}-{}", self.releases.first().map_or("", |r| r.version.as_str()))
                });
                let fields = Fields::new(action, "Verify a release", None).line("Its directory", &known);
                cx.layer(Layer::Fields(fields));
            }
            _ => {}
        }
    }

    fn filled(&mut self, action: Action, values: &[String], cx: &mut Cx<'_>) {
        match action {
            Action::Verify => {
                let dir = values.first().map(|dir| dir.trim().to_owned()).unwrap_or_default();
                cx.open(Place::Release(PathBuf::from(dir)));
            }
            Action::Cut => {
                let Some((cut, dir)) = Self::cut_from(values) else { return };
                let mut body =
                    Shown::plain(&format!("{} {}, labels from tier {} on", cut.guild, cut.version, cut.tier));
                body.push(Role::Text, &format!("\ninto {}\n", dir.display()));
                body.push(Role::Quiet, "\nIt ships the whole ledger and discloses the answers its labels rest on.");
                body.push(Role::Quiet, "\nA version is spent once: what was released stays released.");
                let title = Shown::new(Role::HeadingFocused, "You sign this release");
                cx.layer(Layer::Card(Card::new(action, title, body).with_values(values)));
            }
            _ => {}
        }
    }

    fn confirmed(&mut self, action: Action, values: &[String], _percent: Option<u8>, cx: &mut Cx<'_>) {
        if let (Action::Cut, Some((cut, dir)), false) = (action, Self::cut_from(values), self.cutting) {
            self.cutting = true;
            cx.ask(Request::Cut { cut, dir });
        }
    }

    fn replied(&mut self, reply: Reply, cx: &mut Cx<'_>) {
        match reply {
            Reply::Releases(releases, guilds) => {
                (self.releases, self.guilds, self.loaded) = (releases, guilds, true);
            }
            Reply::Cut(report, dir) => {
                self.cutting = false;
                let words = format!("✓ {} labels cut into {}; its verification runs", report.labels, dir.display());
                cx.notice(Shown::new(Role::Good, &words));
                cx.open(Place::Release(dir));
            }
            _ => {}
        }
    }

    fn failed(&mut self, _trouble: &Trouble, _cx: &mut Cx<'_>) -> bool {
        self.cutting = false;
        false
    }

    fn draw(&self, ink: &mut Ink<'_>, area: Rect, look: &Look<'_>) {
        let row = Rect { x: area.x + 1, height: 1, width: area.width.saturating_sub(1), ..area };
        ink.heading(row, &Shown::new(Role::Heading, "Guilds, then releases, newest first"), &Shown::default());
        let body = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
        self.list.draw(ink, body, self.count(), &|n| self.row(n, look));
    }
}
