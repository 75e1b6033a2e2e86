//! Members, their keys and credentials, and who asks to be one; stewards add, admit, decline and attest.

use ratatui::layout::Rect;

use crate::domain::GuildId;
use crate::hall::{MemberRow, PetitionRow};
use crate::tui::ink::Ink;
use crate::tui::keys::{Action, Scope};
use crate::tui::layers::{Card, Fields, Layer};
use crate::tui::parts::{List, Pane};
use crate::tui::place::Place;
use crate::tui::request::{Reply, Request};
use crate::tui::scene::{Cx, Look, Scene};
use crate::tui::session::Session;
use crate::tui::text::Shown;
use crate::tui::theme::Role;

use super::wording::column;

/// How long a credential lasts unless another day is written.
const CREDENTIAL_MS: i64 = 730 * 86_400_000;

/// See the module's first line.
#[derive(Debug, Default)]
pub struct Members {
    /// Before the members in the list.
    petitions: Vec<PetitionRow>,
    rows: Vec<MemberRow>,
    guilds: Vec<(GuildId, std::sync::Arc<crate::domain::Charter>)>,
    list: List,
}

impl Members {
    fn chosen(&self) -> Option<&MemberRow> {
        self.rows.get(self.list.chosen().checked_sub(self.petitions.len())?)
    }

    fn petition(&self) -> Option<&PetitionRow> {
        self.petitions.get(self.list.chosen())
    }

    fn row(&self, n: usize) -> Shown {
        match self.petitions.get(n) {
            Some(petition) => {
                let name = petition.text.as_ref().map_or("", |text| text.name.as_str());
                column(&Shown::new(Role::Warning, name), 18).and(Role::Warning, "asks to be admitted")
            }
            None => self.rows.get(n - self.petitions.len()).map(Self::line).unwrap_or_default(),
        }
    }

    fn asks(petition: &PetitionRow) -> Shown {
        let text = petition.text.clone().unwrap_or_default();
        let mut shown = Shown::new(Role::Quiet, &format!("petition {}, key {}\n", petition.petition, petition.key));
        shown.push(
            Role::Text,
            &format!("{}, {}\n{}\n{}", text.name, text.institution, text.credentials, text.statement),
        );
        shown
    }

    fn line(row: &MemberRow) -> Shown {
        let roles: Vec<String> = row.roles.iter().map(ToString::to_string).collect();
        column(&Shown::plain(&row.handle), 18)
            .and(Role::Good, &format!("{:<40}", roles.join(", ")))
            .and(Role::Quiet, &format!(" {} credentials", row.credentials.len()))
    }

    fn detail(row: &MemberRow) -> Shown {
        let mut text = Shown::new(Role::Quiet, &format!("{}\n{}\n", row.id, row.keys.join("\n")));
        for credential in &row.credentials {
            text.push(Role::Text, &format!("{credential}\n"));
        }
        text
    }

    fn request(&self, action: Action, values: &[String]) -> Option<Request> {
        match (action, values) {
            (Action::AddMember, [handle, key, steward]) => Some(Request::AddMember {
                handle: handle.trim().to_owned(),
                key: key.clone(),
                steward: steward == "yes",
            }),
            (Action::Admit, [petition, handle, steward]) => Some(Request::Admit {
                petition: petition.split(' ').next()?.parse().ok()?,
                handle: handle.trim().to_owned(),
                steward: steward == "yes",
            }),
            (Action::Decline, [petition, reason]) => {
                Some(Request::Decline { petition: petition.split(' ').next()?.parse().ok()?, reason: reason.clone() })
            }
            (Action::Attest, [handle, guild, class, institution, expires]) => {
                let member = self.rows.iter().find(|row| row.handle == *handle)?;
                let class = class.split(' ').next().unwrap_or_default().to_owned();
                Some(Request::Attest {
                    member: member.id.clone(),
                    guild: guild.parse().ok()?,
                    class,
                    institution: institution.clone(),
                    expires: expires.trim().to_owned(),
                })
            }
            _ => None,
        }
    }
}

impl Scene for Members {
    fn place(&self) -> Place {
        Place::Members
    }

    fn scopes(&self) -> Vec<Scope> {
        vec![Scope::List]
    }

    fn actions(&self, session: &Session) -> Vec<Action> {
        let acts = match self.petition() {
            Some(_) => [Action::Admit, Action::Decline, Action::AddMember].as_slice(),
            None => [Action::Attest, Action::AddMember].as_slice(),
        };
        let acts = acts.iter().copied().filter(|_| session.steward);
        let moves = [Action::Down, Action::Up, Action::PageDown, Action::PageUp, Action::First, Action::Last];
        acts.chain(moves).collect()
    }

    fn is_waiting(&self) -> bool {
        self.rows.is_empty()
    }

    fn title(&self) -> Shown {
        Shown::new(Role::Title, "members").and(Role::Quiet, &format!(" · {}", self.rows.len()))
    }

    fn load(&mut self, cx: &mut Cx<'_>) {
        cx.ask(Request::Members);
    }

    fn act(&mut self, action: Action, _key: char, cx: &mut Cx<'_>) {
        if self.list.moved(action, self.petitions.len() + self.rows.len()) {
            return;
        }
        let title = Shown::new(Role::HeadingFocused, action.help());
        if let Some(petition) = self.petition() {
            let name = petition.text.as_ref().map_or("", |text| text.name.as_str());
            let which = vec![format!("{} of {name}", petition.petition)];
            let fields = Fields::new(action, title.clone(), None).one_of("Petition", which);
            let fields = match action {
                Action::Admit => fields
                    .line("Handle: letters, digits, - _ .", "")
                    .one_of("Steward", vec!["no".to_owned(), "yes".to_owned()]),
                _ => fields.reason("Why, for the record", ""),
            };
            if matches!(action, Action::Admit | Action::Decline) {
                cx.layer(Layer::Fields(fields));
            }
        }
        match (action, self.chosen()) {
            (Action::AddMember, _) => {
                let fields = Fields::new(action, title, None)
                    .line("Handle: letters, digits, - _ .", "")
                    .line("Public key, one OpenSSH line; empty: a key is made in the hall", "")
                    .one_of("Steward", vec!["no".to_owned(), "yes".to_owned()]);
                cx.layer(Layer::Fields(fields));
            }
            (Action::Attest, Some(member)) => {
                let mut classes: Vec<String> = Vec::new();
                for class in self.guilds.iter().flat_map(|(_, charter)| &charter.classes) {
                    let line = format!("{} ({})", class.key, class.title);
                    if class.key != crate::domain::UNATTESTED && !classes.contains(&line) {
                        classes.push(line);
                    }
                }
                let guilds = self.guilds.iter().map(|(guild, _)| guild.to_string()).collect();
                let fields = Fields::new(action, title, None)
                    .one_of("Whom", vec![member.handle.clone()])
                    .one_of("In which guild", guilds)
                    .one_of("Class", classes)
                    .line("Institution", "")
                    .line("Until the day", &cx.now.plus_ms(CREDENTIAL_MS).day());
                cx.layer(Layer::Fields(fields));
            }
            _ => {}
        }
    }

    fn filled(&mut self, action: Action, values: &[String], cx: &mut Cx<'_>) {
        let body = Shown::plain(&values.iter().filter(|v| !v.is_empty()).cloned().collect::<Vec<_>>().join("\n"));
        let title = Shown::new(Role::HeadingFocused, action.help());
        cx.layer(Layer::Card(Card::new(action, title, body).with_values(values)));
    }

    fn confirmed(&mut self, action: Action, values: &[String], _percent: Option<u8>, cx: &mut Cx<'_>) {
        match self.request(action, values) {
            Some(request) => cx.ask(request),
            None => cx.notice(Shown::new(Role::Warning, "something is missing; fill in every field")),
        }
    }

    fn replied(&mut self, reply: Reply, cx: &mut Cx<'_>) {
        match reply {
            Reply::Members(rows, guilds, petitions) => {
                (self.rows, self.guilds, self.petitions) = (rows, guilds, petitions);
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

    fn draw(&self, ink: &mut Ink<'_>, area: Rect, _look: &Look<'_>) {
        let row = Rect { x: area.x + 1, height: 1, width: area.width.saturating_sub(1), ..area };
        ink.heading(row, &Shown::new(Role::Heading, "Members"), &Shown::default());
        let detail = self.petition().map(Self::asks).or_else(|| self.chosen().map(Self::detail)).unwrap_or_default();
        let pane = Pane::own(detail);
        let lines = u16::try_from(pane.lines(area.width.saturating_sub(4))).unwrap_or(u16::MAX).min(area.height / 2);
        let body = Rect { y: area.y + 1, height: area.height.saturating_sub(lines + 2), ..area };
        self.list.draw(ink, body, self.petitions.len() + self.rows.len(), &|n| self.row(n));
        let about = if self.petition().is_some() { "Petition" } else { "Keys and credentials" };
        ink.heading(Rect { y: body.bottom(), ..row }, &Shown::new(Role::Heading, about), &Shown::default());
        pane.draw(
            ink,
            Rect { x: area.x + 2, y: body.bottom() + 1, width: area.width.saturating_sub(4), height: lines },
        );
    }
}
