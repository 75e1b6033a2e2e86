//! Who made a guild's gold: members' claims as numbers and bars, how concentrated they are, and what the constitution says of
//! that.

use ratatui::layout::Rect;

use crate::domain::GuildId;
use crate::governance::{REGISTER, percent};
use crate::hall::{StakeRow, StakeView, concentration_in_words, published_in_words};
use crate::tui::ink::Ink;
use crate::tui::keys::{Action, Scope};
use crate::tui::layers::{Layer, Told};
use crate::tui::parts::{List, Pane};
use crate::tui::place::Place;
use crate::tui::request::{Reply, Request};
use crate::tui::scene::{Cx, Look, Scene, Want};
use crate::tui::session::Session;
use crate::tui::text::Shown;
use crate::tui::theme::Role;

use super::wording::column;

/// Cells of a bar.
const BAR: u64 = 20;
/// Least lines for the members, however much there is to say below.
const LIST: u16 = 4;

/// See the module's first line.
#[derive(Debug)]
pub struct Stake {
    guild: Option<GuildId>,
    view: Option<Box<StakeView>>,
    guilds: Vec<GuildId>,
    list: List,
}

impl Stake {
    /// Of a guild, or of the first.
    pub fn new(guild: Option<GuildId>) -> Self {
        Self { guild, view: None, guilds: Vec::new(), list: List::default() }
    }

    fn rows(&self) -> &[StakeRow] {
        self.view.as_ref().map(|view| view.rows.as_slice()).unwrap_or_default()
    }

    /// The guild after this one.
    fn next_guild(&self) -> Option<GuildId> {
        let at = self.guilds.iter().position(|known| Some(known) == self.guild.as_ref())?;
        self.guilds.get((at + 1) % self.guilds.len()).cloned()
    }

    fn line(&self, row: &StakeRow) -> Shown {
        let largest = self.rows().first().map_or(1, |first| first.claim);
        let mut line = column(&Shown::plain(&row.handle), 18);
        let capped = if row.claim < row.share { Role::Warning } else { Role::Text };
        line.append(&Shown::new(capped, &format!("{:>7}  ", percent(row.claim))));
        line.append(&Shown::new(Role::Gold, &bar(row.claim, largest)));
        line.append(&column(&Shown::new(Role::Quiet, &format!("  {}", row.institution_name)), 20));
        if row.claim < row.share { line.and(Role::Warning, " capped") } else { line }
    }

    /// How one member's units come about.
    fn detail(row: &StakeRow) -> Shown {
        let mut text = Shown::new(Role::Quiet, &format!("{}\n{}\n\n", row.member, row.institution_name));
        text.push(Role::Text, &format!("{} of {REGISTER} over {} gold labels\n", row.claim, row.labels));
        if row.claim < row.share {
            text.push(Role::Warning, &format!("{} before the caps; the rest is the commons'\n", row.share));
        }
        text.push(Role::Heading, "\nUnits, a million a label\n");
        for (part, units) in &row.units {
            text.push(Role::Text, &format!("{:12} {units:>10}\n", part.name()));
        }
        text.push(Role::Quiet, &format!("\nlabel by label: guildhall stake explain {}", row.handle));
        text
    }

    /// Commons, measures, alarms.
    fn measures(view: &StakeView) -> Shown {
        let mut text = Shown::plain(&format!("commons {}, without a vote", percent(view.commons)));
        text.push(
            Role::Quiet,
            &format!("; caps: a member {}, an institution {}", percent(view.member_cap), percent(view.institution_cap)),
        );
        text.push(Role::Quiet, &format!("\n{}", published_in_words(view)));
        if view.kept_out > 0 {
            text.push(Role::Quiet, &format!("\n{} more gold labels are kept out by terms or flags", view.kept_out));
        }
        for (of, found) in [("members", &view.by_member), ("institutions", &view.by_institution)] {
            text.push(Role::Text, &format!("\n{}", concentration_in_words(of, found)));
        }
        for alarm in &view.alarms {
            text.push(Role::Bad, &format!("\n! {alarm}"));
        }
        let summed = if view.alarms.is_empty() { "no alarm of" } else { "limits:" };
        text.push(
            if view.alarms.is_empty() { Role::Good } else { Role::Quiet },
            &format!("\n{summed} {}", view.article),
        );
        text
    }
}

/// A claim beside the largest; at least one cell for anything.
fn bar(claim: u64, largest: u64) -> String {
    let full = (claim * BAR).div_ceil(largest.max(1)).min(BAR);
    (0..BAR).map(|cell| if cell < full { '▮' } else { '▯' }).collect()
}

impl Scene for Stake {
    fn place(&self) -> Place {
        Place::Stake(self.guild.clone())
    }

    fn scopes(&self) -> Vec<Scope> {
        vec![Scope::List]
    }

    fn actions(&self, _session: &Session) -> Vec<Action> {
        let mut actions = Vec::new();
        if !self.rows().is_empty() {
            actions.push(Action::Open);
        }
        if self.guilds.len() > 1 {
            actions.push(Action::Guild);
        }
        actions.extend([Action::Down, Action::Up, Action::PageDown, Action::PageUp, Action::First, Action::Last]);
        actions
    }

    fn is_waiting(&self) -> bool {
        self.view.is_none()
    }

    fn title(&self) -> Shown {
        let guild = self.guild.as_ref().map_or("", GuildId::as_str);
        Shown::new(Role::Title, &format!("{guild} ▸ stake"))
    }

    fn status(&self, _look: &Look<'_>) -> Shown {
        let Some(view) = &self.view else { return Shown::default() };
        if view.alarms.is_empty() { Shown::default() } else { Shown::new(Role::Warning, "concentrated") }
    }

    fn load(&mut self, cx: &mut Cx<'_>) {
        cx.ask(Request::Stake(self.guild.clone()));
    }

    fn shown_again(&mut self, _cx: &mut Cx<'_>) {}

    fn act(&mut self, action: Action, _key: char, cx: &mut Cx<'_>) {
        match action {
            Action::Guild => {
                if let Some(guild) = self.next_guild() {
                    cx.want(Want::Replace(Place::Stake(Some(guild))));
                }
            }
            Action::Open => {
                if let Some(row) = self.rows().get(self.list.chosen()) {
                    cx.layer(Layer::Told(Told::new(row.handle.as_str(), Self::detail(row))));
                }
            }
            action => {
                let count = self.rows().len();
                self.list.moved(action, count);
            }
        }
    }

    fn replied(&mut self, reply: Reply, _cx: &mut Cx<'_>) {
        if let Reply::Stake(view, guilds) = reply {
            self.guild = Some(view.guild.clone());
            (self.view, self.guilds) = (Some(view), guilds);
        }
    }

    fn draw(&self, ink: &mut Ink<'_>, area: Rect, _look: &Look<'_>) {
        let row = Rect { x: area.x + 1, height: 1, width: area.width.saturating_sub(1), ..area };
        let Some(view) = &self.view else {
            ink.put(Rect { x: area.x + 2, ..row }, &Shown::new(Role::Quiet, "counting …"));
            return;
        };
        let count = format!("{} gold labels, pending; a record, never a vote", view.labels);
        ink.heading(row, &Shown::new(Role::Heading, "Who made the gold"), &Shown::new(Role::Quiet, &count));
        if view.rows.is_empty() {
            let words = "no gold yet, so the whole register is the commons'";
            ink.put(
                Rect { x: area.x + 2, y: area.y + 1, width: area.width.saturating_sub(3), height: 1 },
                &Shown::new(Role::Quiet, words),
            );
            return;
        }
        let pane = Pane::own(Self::measures(view));
        let width = area.width.saturating_sub(4);
        let most = area.height.saturating_sub(LIST + 2);
        let lines = u16::try_from(pane.lines(width)).unwrap_or(most).min(most);
        let body = Rect { y: area.y + 1, height: area.height.saturating_sub(lines + 2), ..area };
        self.list.draw(ink, body, view.rows.len(), &|n| view.rows.get(n).map(|row| self.line(row)).unwrap_or_default());
        ink.heading(Rect { y: body.bottom(), ..row }, &Shown::new(Role::Heading, "Concentration"), &Shown::default());
        pane.draw(ink, Rect { x: area.x + 2, y: body.bottom() + 1, width, height: lines });
    }
}
