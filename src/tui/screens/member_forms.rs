//! Forms of the members' screen: what an act asks for, what it says before the yes, and the act that comes of it.

use crate::domain::{Timestamp, UNATTESTED};
use crate::hall::{MemberRow, PetitionRow, TermsChange};
use crate::tui::keys::Action;
use crate::tui::layers::Fields;
use crate::tui::member_act::MemberAct;
use crate::tui::request::MembersDesk;
use crate::tui::text::Shown;
use crate::tui::theme::Role;

/// How long a credential lasts unless another day is written.
const CREDENTIAL_MS: i64 = 730 * 86_400_000;
/// Leaves a term as it is.
const AS_IT_IS: &str = "as it is";
/// Allows no use at all.
const NOTHING: &str = "nothing";

const HANDLE: &str = "Handle: letters, digits, - _ .";

/// The row that an act is about.
#[derive(Debug, Clone, Copy)]
pub enum Chosen<'a> {
    /// Somebody who asks.
    Petition(&'a PetitionRow),
    /// A member.
    Member(&'a MemberRow),
    /// Nobody.
    Nobody,
}

/// The form of an act, if it needs one that fits what is chosen.
pub fn form(action: Action, chosen: Chosen<'_>, (desk, now): (&MembersDesk, Timestamp)) -> Option<Fields> {
    let fields = Fields::new(action, Shown::new(Role::HeadingFocused, action.help()), None);
    let yes_no = || vec!["no".to_owned(), "yes".to_owned()];
    Some(match (action, chosen) {
        (Action::AddMember, _) => fields
            .line(HANDLE, "")
            .line("Public key, one OpenSSH line; empty: a key is made in the hall", "")
            .one_of("Steward", yes_no()),
        (Action::OwnTerms, _) => own_terms(fields, desk),
        (Action::Appeal, _) => fields.reason("Why, for the record", ""),
        (Action::StopRecovery, _) => {
            fields.one_of("Which key isn't yours", desk.recoveries.iter().map(|row| row.key.clone()).collect())
        }
        (action, Chosen::Petition(petition)) => {
            let fields = fields.one_of("Petition", vec![name_of(petition)]);
            match action {
                Action::Admit => fields.line(HANDLE, "").one_of("Steward", yes_no()),
                Action::Decline | Action::Object => fields.reason("Why, for the record", ""),
                _ => return None,
            }
        }
        (action, Chosen::Member(member)) => {
            let fields = fields.one_of("Whom", vec![member.handle.clone()]);
            match action {
                Action::Attest => credential(fields, (desk, now)),
                Action::Suspend => {
                    fields.one_of("Under which article", desk.articles.clone()).reason("Why, for the record", "")
                }
                Action::Lift => fields.reason("Why, for the record", ""),
                Action::RecoverKey => fields.line("Their new public key, one OpenSSH line", ""),
                _ => return None,
            }
        }
        _ => return None,
    })
}

/// A petition as forms name it; its number comes first.
pub fn name_of(petition: &PetitionRow) -> String {
    let name = petition.text.as_ref().map_or("", |text| text.name.as_str());
    format!("{} of {name}", petition.petition)
}

fn credential(fields: Fields, (desk, now): (&MembersDesk, Timestamp)) -> Fields {
    let mut classes: Vec<String> = Vec::new();
    for class in desk.guilds.iter().flat_map(|(_, charter)| &charter.classes) {
        let line = format!("{} ({})", class.key, class.title);
        if class.key != UNATTESTED && !classes.contains(&line) {
            classes.push(line);
        }
    }
    fields
        .one_of("In which guild", desk.guilds.iter().map(|(guild, _)| guild.to_string()).collect())
        .one_of("Class", classes)
        .line("Institution", "")
        .line("Until the day", &now.plus_ms(CREDENTIAL_MS).day())
}

fn own_terms(fields: Fields, desk: &MembersDesk) -> Fields {
    let options = |words: &[&str]| [AS_IT_IS].iter().chain(words).map(|word| (*word).to_owned()).collect();
    fields
        .one_of("In which guild", desk.terms.iter().map(|row| row.guild.to_string()).collect())
        .line("train, evaluate, publish_label, publish_answers, publish_rationale", AS_IT_IS)
        .one_of("How releases name you", options(&["pseudonym", "real_name", "none"]))
        .line("With real_name: the name", "")
        .one_of("Models that may learn from it", options(&["any_open_weight", "guild_ratified"]))
}

/// The act that was filled in; none if something is missing.
pub fn act(action: Action, values: &[String], desk: &MembersDesk) -> Option<MemberAct> {
    let petition = values.first().and_then(|value| value.split(' ').next()?.parse().ok());
    Some(match (action, values) {
        (Action::AddMember, [handle, key, steward]) => {
            MemberAct::Add { handle: handle.trim().to_owned(), key: key.clone(), steward: steward == "yes" }
        }
        (Action::Admit, [_, handle, steward]) => {
            MemberAct::Admit { petition: petition?, handle: handle.trim().to_owned(), steward: steward == "yes" }
        }
        (Action::Decline, [_, reason]) => MemberAct::Decline { petition: petition?, reason: reason.clone() },
        (Action::AttestPetition, _) => MemberAct::AttestPetition(petition?),
        (Action::TakeBackWord, _) => MemberAct::TakeBack(petition?),
        (Action::Object, [_, reason]) => MemberAct::Object { petition: petition?, reason: reason.clone() },
        (Action::Appeal, [reason]) => MemberAct::Appeal { reason: reason.clone() },
        (Action::StopRecovery, [key]) => MemberAct::StopRecovery { key: key.clone() },
        (Action::OwnTerms, [guild, ..]) => MemberAct::Terms { guild: guild.parse().ok()?, change: change(values) },
        (action, [handle, rest @ ..]) => return on_member(action, (handle, rest), desk),
        _ => return None,
    })
}

fn on_member(action: Action, (handle, values): (&str, &[String]), desk: &MembersDesk) -> Option<MemberAct> {
    let member = desk.rows.iter().find(|row| row.handle == handle)?.id.clone();
    Some(match (action, values) {
        (Action::Attest, [guild, class, institution, expires]) => MemberAct::AttestCredential {
            member,
            guild: guild.parse().ok()?,
            class: class.split(' ').next().unwrap_or_default().to_owned(),
            institution: institution.clone(),
            expires: expires.trim().to_owned(),
        },
        (Action::Suspend, [article, reason]) => {
            let article = article.strip_prefix("Article ")?.split('.').next()?.parse().ok()?;
            MemberAct::Suspend { member, article, reason: reason.clone() }
        }
        (Action::Lift, [reason]) => MemberAct::Lift { member, reason: reason.clone() },
        (Action::RecoverKey, [key]) => MemberAct::VouchForKey { member, key: key.clone() },
        _ => return None,
    })
}

/// What the form of one's terms changes.
fn change(values: &[String]) -> TermsChange {
    let given = |n: usize| {
        let value = values.get(n).map(|value| value.trim()).filter(|value| *value != AS_IT_IS && !value.is_empty());
        value.map(ToOwned::to_owned)
    };
    let uses = given(1).map(|uses| if uses == NOTHING { String::new() } else { uses });
    TermsChange { uses, attribution: given(2), name: given(3), models: given(4) }
}

/// What is said before the yes; what is wrong with what was filled in, if something is.
pub fn said(action: Action, values: &[String], desk: &MembersDesk) -> Result<Shown, String> {
    let mut text = Shown::default();
    match (action, values) {
        (Action::OwnTerms, [guild, ..]) => {
            let now = desk.terms.iter().find(|row| row.guild.as_str() == guild).ok_or("choose a guild")?;
            let terms = change(values).of(now.terms.clone()).map_err(|error| error.to_string())?;
            let uses: Vec<&str> = terms.uses.iter().map(|one| one.name()).collect();
            let uses = if uses.is_empty() { NOTHING.to_owned() } else { uses.join(", ") };
            let words = [
                format!("{guild}, licence {}", now.licence),
                format!("uses         {uses}"),
                format!("attribution  {}", terms.attribution.name()),
                format!("models       {}", terms.models.name()),
            ];
            text.push(Role::Text, &format!("{}\n", words.join("\n")));
            if let Some(needed) = terms.blocks() {
                let why = format!("No release will take a label that rests on yours, for want of {needed}.\n");
                text.push(Role::Warning, &why);
            }
        }
        _ => values
            .iter()
            .filter(|value| !value.is_empty())
            .for_each(|value| text.push(Role::Text, &format!("{value}\n"))),
    }
    text.push(Role::Quiet, consequence(action));
    Ok(text)
}

/// What an act means, beyond what was filled in.
fn consequence(action: Action) -> &'static str {
    match action {
        Action::AttestPetition => {
            "\nYou say that you know who asks, and that what they say of themselves is true. It can be taken back."
        }
        Action::Object => "\nYour reason stays in the record, and the petition waits for a vote of the members.",
        Action::Suspend => {
            "\nIt lasts as long as the constitution says. They keep what is theirs, and may appeal: another steward lifts it."
        }
        Action::OwnTerms => "\nThey hold for what you contribute from now on; what you gave stays under its terms.",
        Action::RecoverKey => {
            "\nYou say that they lost their keys and that this one is theirs. Somebody of another institution says so too, \
             then time runs, and any old key of theirs may stop it."
        }
        _ => "",
    }
}
