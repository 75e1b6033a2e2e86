//! The guild's law by lines: petitions that wait for one's word, one's own terms, the constitution article by article.

use crate::hall::{PetitionRow, TermsChange, TermsView};
use crate::tui::actor::Actor;
use crate::tui::member_act::MemberAct;
use crate::tui::perform::perform;
use crate::tui::request::{MembersDesk, Reply, Request};

use super::lines::{LinearError, Lines};
use super::told::{submit, tell};

async fn desk(actor: &Actor, lines: &mut Lines) -> Result<Option<Box<MembersDesk>>, LinearError> {
    match perform(actor, Request::Members, &|_| true).await {
        Ok(Reply::Members(desk)) => Ok(Some(desk)),
        Ok(_) => Ok(None),
        Err(trouble) => tell(lines, &trouble).await.map(|()| None),
    }
}

/// Goes through the petitions that wait.
pub async fn petitions(actor: &Actor, lines: &mut Lines) -> Result<(), LinearError> {
    let Some(desk) = desk(actor, lines).await? else { return Ok(()) };
    for petition in &desk.petitions {
        lines.say(&petition_in_words(petition)).await?;
        let options = ["attest it", "take your word back", "object, with a reason", "the next one"].map(str::to_owned);
        let number = petition.petition;
        let act = match lines.choose("What do you do?", &options).await? {
            None => return Ok(()),
            Some(0) => {
                let sure = "You know who asks, and what they say of themselves is true; sign?";
                lines.yes(sure).await?.then_some(MemberAct::AttestPetition(number))
            }
            Some(1) => lines.yes("Sign and take it back?").await?.then_some(MemberAct::TakeBack(number)),
            Some(2) => {
                let reason = lines.ask("Why? It stays in the record").await?;
                lines.yes("Sign and object?").await?.then_some(MemberAct::Object { petition: number, reason })
            }
            Some(_) => None,
        };
        if let Some(act) = act {
            submit(actor, lines, Request::Member(act)).await?;
        }
    }
    lines.say("That was the last of them.").await
}

fn petition_in_words(petition: &PetitionRow) -> String {
    let text = petition.text.clone().unwrap_or_default();
    let mut words = format!(
        "\nPetition {}, key {}. {}, {}. {}. {}.",
        petition.petition, petition.key, text.name, text.institution, text.credentials, text.statement
    );
    if !petition.attested_by.is_empty() {
        words.push_str(&format!(" Attested by {}.", petition.attested_by.join(", ")));
    }
    if let Some(why) = &petition.objection {
        words.push_str(&format!(" Objection: {why}."));
    }
    words + &format!(" {}.", petition.waits_for())
}

/// Tells the member's terms, and sets those of a guild.
pub async fn own_terms(actor: &Actor, lines: &mut Lines) -> Result<(), LinearError> {
    let Some(desk) = desk(actor, lines).await? else { return Ok(()) };
    let guilds: Vec<String> = desk.terms.iter().map(terms_in_words).collect();
    let Some(row) = lines.choose("Set which?", &guilds).await?.and_then(|n| desk.terms.get(n)) else { return Ok(()) };
    lines.say("An empty line leaves a term as it is.").await?;
    let uses = lines.ask("Uses, by commas: train, evaluate, publish_label, publish_answers, publish_rationale").await?;
    let attribution = lines.ask("How releases name you: pseudonym, real_name, none").await?;
    let name = if attribution.trim() == "real_name" { lines.ask("By which name").await? } else { String::new() };
    let models = lines.ask("Models that may learn from it: any_open_weight, guild_ratified").await?;
    let given = |text: String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let change =
        TermsChange { uses: given(uses), attribution: given(attribution), models: given(models), name: given(name) };
    if change == TermsChange::default() {
        return lines.say("Nothing changes.").await;
    }
    if lines.yes("They hold for what you contribute from now on; sign?").await? {
        let act = MemberAct::Terms { guild: row.guild.clone(), change };
        submit(actor, lines, Request::Member(act)).await?;
    }
    Ok(())
}

fn terms_in_words(row: &TermsView) -> String {
    let uses: Vec<&str> = row.terms.uses.iter().map(|one| one.name()).collect();
    let whose = if row.own { "your own" } else { "the charter's" };
    let (named, models) = (row.terms.attribution.name(), row.terms.models.name());
    format!("{}, {whose}: uses {}; attribution {named}; models {models}", row.guild, uses.join(", "))
}

/// Reads the constitution, article by article.
pub async fn constitution(actor: &Actor, lines: &mut Lines) -> Result<(), LinearError> {
    let text = match perform(actor, Request::Constitution, &|_| true).await {
        Ok(Reply::Constitution(text)) => text,
        Ok(_) => return Ok(()),
        Err(trouble) => return tell(lines, &trouble).await,
    };
    let parts: Vec<&str> = text.split("\n## ").skip(1).collect();
    let headings: Vec<String> = parts.iter().map(|part| part.lines().next().unwrap_or_default().to_owned()).collect();
    while let Some(n) = lines.choose("Read which?", &headings).await? {
        lines.say(parts.get(n).copied().unwrap_or_default()).await?;
    }
    Ok(())
}
