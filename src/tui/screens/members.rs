//! Who asks to be a member, and members: their standing, keys, credentials; what one may do of each, and one's own terms.

use ratatui::layout::Rect;

use crate::hall::{MemberRow, PetitionRow, TermsView};
use crate::tui::ink::Ink;
use crate::tui::keys::{Action, Scope};
use crate::tui::layers::{Card, Layer};
use crate::tui::parts::{List, Pane};
use crate::tui::place::Place;
use crate::tui::request::{MembersDesk, Reply, Request};
use crate::tui::scene::{Cx, Look, Scene};
use crate::tui::session::Session;
use crate::tui::text::Shown;
use crate::tui::theme::Role;

use super::member_forms::{Chosen, act, form, name_of, said};
use super::wording::column;

/// See the module's first line.
#[derive(Debug, Default)]
pub struct Members {
    /// Petitions come before the members in the list.
    desk: MembersDesk,
    list: List,
}

impl Members {
    fn chosen(&self) -> Chosen<'_> {
        let (n, petitions) = (self.list.chosen(), &self.desk.petitions);
        let member = || self.desk.rows.get(n.checked_sub(petitions.len())?);
        match petitions.get(n) {
            Some(petition) => Chosen::Petition(petition),
            None => member().map_or(Chosen::Nobody, Chosen::Member),
        }
    }

    fn count(&self) -> usize {
        self.desk.petitions.len() + self.desk.rows.len()
    }

    fn row(&self, n: usize) -> Shown {
        match self.desk.petitions.get(n) {
            Some(petition) => asks_line(petition),
            None => self.desk.rows.get(n - self.desk.petitions.len()).map(line).unwrap_or_default(),
        }
    }

    /// The acts that fit what is chosen and who looks.
    fn acts(&self, session: &Session) -> Vec<Action> {
        let steward = session.steward;
        let table: Vec<(Action, bool)> = match self.chosen() {
            Chosen::Petition(petition) => {
                let own = petition.attested_by.contains(&session.handle);
                vec![
                    (Action::AttestPetition, !own),
                    (Action::TakeBackWord, own),
                    (Action::Object, petition.objection.is_none()),
                    (Action::Admit, steward),
                    (Action::Decline, steward),
                ]
            }
            Chosen::Member(member) => {
                let own = member.id == session.member;
                let suspended = member.standing == "suspended";
                vec![
                    (Action::Appeal, own && suspended),
                    (Action::StopRecovery, own && !self.desk.recoveries.is_empty()),
                    (Action::OwnTerms, own),
                    (Action::Attest, steward),
                    (Action::Suspend, steward && !own && !suspended),
                    (Action::Lift, steward && !own && suspended),
                    (Action::RecoverKey, !own),
                ]
            }
            Chosen::Nobody => Vec::new(),
        };
        table.into_iter().chain([(Action::AddMember, steward)]).filter(|(_, fits)| *fits).map(|(act, _)| act).collect()
    }

    fn detail(&self, look: &Look<'_>) -> Shown {
        match self.chosen() {
            Chosen::Petition(petition) => asks(petition),
            Chosen::Member(member) => {
                let mut text = of_member(member);
                for row in self.desk.terms.iter().filter(|_| member.id == look.session.member) {
                    text.push(Role::Quiet, &terms_line(row));
                }
                text
            }
            Chosen::Nobody => Shown::default(),
        }
    }
}

fn asks_line(petition: &PetitionRow) -> Shown {
    let name = petition.text.as_ref().map_or("", |text| text.name.as_str());
    let line = column(&Shown::new(Role::Warning, name), 18).and(Role::Warning, "asks to be admitted");
    match (petition.attested_by.len(), &petition.objection) {
        (_, Some(_)) => line.and(Role::Bad, "  somebody objects"),
        (0, None) => line,
        (n, None) => line.and(Role::Good, &format!("  {n} attested it")),
    }
}

fn asks(petition: &PetitionRow) -> Shown {
    let text = petition.text.clone().unwrap_or_default();
    let mut shown = Shown::new(Role::Quiet, &format!("petition {}, key {}\n", petition.petition, petition.key));
    let words = [format!("{}, {}", text.name, text.institution), text.credentials, text.statement];
    shown.push(Role::Text, &words.join("\n"));
    if !petition.attested_by.is_empty() {
        shown.push(Role::Good, &format!("\nattested by {}", petition.attested_by.join(", ")));
    }
    if let Some(why) = &petition.objection {
        shown.push(Role::Bad, &format!("\nobjection: {why}"));
    }
    shown.and(Role::Quiet, &format!("\n{}", petition.waits_for()))
}

fn line(row: &MemberRow) -> Shown {
    let roles: Vec<String> = row.roles.iter().map(ToString::to_string).collect();
    let line = column(&Shown::plain(&row.handle), 18).and(Role::Good, &format!("{:<40}", roles.join(", ")));
    match row.standing {
        "suspended" => line.and(Role::Bad, " suspended"),
        _ => line.and(Role::Quiet, &format!(" {} credentials", row.credentials.len())),
    }
}

fn of_member(row: &MemberRow) -> Shown {
    let head = format!("{}, since {}\n{}\n", row.id, row.joined.day(), row.keys.join("\n"));
    let mut text = Shown::new(Role::Quiet, &head);
    row.notes.iter().for_each(|note| text.push(Role::Warning, &format!("{note}\n")));
    row.credentials.iter().for_each(|credential| text.push(Role::Text, &format!("{credential}\n")));
    text
}

fn terms_line(row: &TermsView) -> String {
    let uses: Vec<&str> = row.terms.uses.iter().map(|one| one.name()).collect();
    let whose = if row.own { "your terms" } else { "the charter's terms" };
    let (named, models) = (row.terms.attribution.name(), row.terms.models.name());
    format!("{}, {whose}: {}; {named}; {models}\n", row.guild, uses.join(", "))
}

impl Scene for Members {
    fn place(&self) -> Place {
        Place::Members
    }

    fn scopes(&self) -> Vec<Scope> {
        vec![Scope::Members, Scope::List]
    }

    fn actions(&self, session: &Session) -> Vec<Action> {
        let moves = [Action::Down, Action::Up, Action::PageDown, Action::PageUp, Action::First, Action::Last];
        self.acts(session).into_iter().chain(moves).collect()
    }

    fn is_waiting(&self) -> bool {
        self.desk.rows.is_empty()
    }

    fn title(&self) -> Shown {
        Shown::new(Role::Title, "members").and(Role::Quiet, &format!(" · {}", self.desk.rows.len()))
    }

    fn load(&mut self, cx: &mut Cx<'_>) {
        cx.ask(Request::Members);
    }

    fn act(&mut self, action: Action, _key: char, cx: &mut Cx<'_>) {
        if self.list.moved(action, self.count()) {
            return;
        }
        // a word for or against is a yes alone
        if let (Action::AttestPetition | Action::TakeBackWord, Chosen::Petition(petition)) = (action, self.chosen()) {
            let which = [name_of(petition)];
            self.filled(action, &which, cx);
        } else if let Some(fields) = form(action, self.chosen(), (&self.desk, cx.now)) {
            cx.layer(Layer::Fields(fields));
        }
    }

    fn filled(&mut self, action: Action, values: &[String], cx: &mut Cx<'_>) {
        match said(action, values, &self.desk) {
            Ok(body) => {
                let title = Shown::new(Role::HeadingFocused, action.help());
                cx.layer(Layer::Card(Card::new(action, title, body).with_values(values)));
            }
            Err(why) => cx.notice(Shown::new(Role::Warning, &why)),
        }
    }

    fn confirmed(&mut self, action: Action, values: &[String], _percent: Option<u8>, cx: &mut Cx<'_>) {
        match act(action, values, &self.desk) {
            Some(act) => cx.ask(Request::Member(act)),
            None => cx.notice(Shown::new(Role::Warning, "something is missing; fill in every field")),
        }
    }

    fn replied(&mut self, reply: Reply, cx: &mut Cx<'_>) {
        match reply {
            Reply::Members(desk) => {
                self.desk = *desk;
                self.list.choose(self.list.chosen().min(self.count().saturating_sub(1)));
            }
            Reply::Added(_, file) => {
                let made = file.map_or_else(String::new, |file| format!("; hand the key over: {}", file.display()));
                cx.notice(Shown::new(Role::Good, &format!("✓ member added{made}")));
                self.load(cx);
            }
            Reply::Done(_) => self.load(cx),
            _ => {}
        }
    }

    fn draw(&self, ink: &mut Ink<'_>, area: Rect, look: &Look<'_>) {
        let row = Rect { x: area.x + 1, height: 1, width: area.width.saturating_sub(1), ..area };
        ink.heading(row, &Shown::new(Role::Heading, "Members"), &Shown::default());
        let pane = Pane::own(self.detail(look));
        let lines = u16::try_from(pane.lines(area.width.saturating_sub(4))).unwrap_or(u16::MAX).min(area.height / 2);
        let body = Rect { y: area.y + 1, height: area.height.saturating_sub(lines + 2), ..area };
        self.list.draw(ink, body, self.count(), &|n| self.row(n));
        let petition = matches!(self.chosen(), Chosen::Petition(_));
        let about = if petition { "Petition" } else { "Standing, keys, credentials" };
        ink.heading(Rect { y: body.bottom(), ..row }, &Shown::new(Role::Heading, about), &Shown::default());
        let below = Rect { x: area.x + 2, y: body.bottom() + 1, width: area.width.saturating_sub(4), height: lines };
        pane.draw(ink, below);
    }
}
