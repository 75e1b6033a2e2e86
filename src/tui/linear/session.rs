//! A session by lines: what waits, then judging, ruling, reviewing; the same form, the same requests as the console.

use crate::domain::{Event, GuildId, ItemId, Role};
use crate::hall::{Answered, GuildStatus, QueueFilter, QueueFrom, QueueSort, agreement_in_words, stake_in_words};
use crate::tui::actor::Actor;
use crate::tui::form::{Form, Letters, Prose, words};
use crate::tui::perform::perform;
use crate::tui::request::{Claim, Desk, Reply, Request, Trouble};

use super::evidence::evidence;
use super::fill::{Asides, Filled, fill};
use super::law::{constitution, own_terms, petitions};
use super::lines::{LinearError, Lines};
use super::models::models;
use super::told::{submit, tell};

/// Items listed at once.
const PAGE: usize = 50;

/// Runs a session by lines until it is left or the input ends.
pub async fn linear(actor: &Actor, lines: &mut Lines) -> Result<(), LinearError> {
    match session(actor, lines).await {
        Err(LinearError::Ended) => Ok(()),
        done => done,
    }
}

async fn session(actor: &Actor, lines: &mut Lines) -> Result<(), LinearError> {
    lines.say("guildhall, by lines. Every choice has a number; b goes back, q here leaves.").await?;
    loop {
        let Some(choices) = choices(actor, lines).await? else { return Ok(()) };
        let options: Vec<String> = choices.iter().map(|(words, _)| words.clone()).collect();
        let Some(place) = lines.choose("What next?", &options).await? else { return Ok(()) };
        match choices.into_iter().nth(place) {
            Some((_, Choice::Work(role, guild))) => work(actor, lines, (role, guild)).await?,
            Some((_, Choice::Agreement(guild))) => agreement(actor, lines, guild).await?,
            Some((_, Choice::Stake(guild))) => stake(actor, lines, guild).await?,
            Some((_, Choice::Petitions)) => petitions(actor, lines).await?,
            Some((_, Choice::OwnTerms)) => own_terms(actor, lines).await?,
            Some((_, Choice::Constitution)) => constitution(actor, lines).await?,
            Some((_, Choice::Models)) => models(actor, lines).await?,
            None => {}
        }
    }
}

/// What one can do next.
enum Choice {
    /// Go through what waits in a role.
    Work(Role, GuildId),
    /// Hear how far raters agree.
    Agreement(GuildId),
    /// Hear who made the gold.
    Stake(GuildId),
    /// Answer petitions.
    Petitions,
    /// Hear and set one's terms.
    OwnTerms,
    /// Hear the constitution.
    Constitution,
    /// Hear which models there are.
    Models,
}

/// What waits, by role and guild, then what can be heard; none if the hall can't say.
async fn choices(actor: &Actor, lines: &mut Lines) -> Result<Option<Vec<(String, Choice)>>, LinearError> {
    let home = match ask(actor, Request::Hall).await {
        Ok(Reply::Hall(home)) => home,
        Ok(_) => return Ok(None),
        Err(trouble) => {
            tell(lines, &trouble).await?;
            return Ok(None);
        }
    };
    let mut choices = Vec::new();
    for guild in &home.status.guilds {
        let counts = [
            (Role::Rater, "judge", guild.waiting_for_me.judge),
            (Role::Adjudicator, "rule on disputes", guild.waiting_for_me.adjudicate),
            (Role::Reviewer, "review", guild.waiting_for_me.review),
        ];
        for (role, verb, n) in counts.into_iter().filter(|(.., n)| *n > 0) {
            choices.push((format!("{verb}, {}, {n}", guild.id), Choice::Work(role, guild.id.clone())));
        }
    }
    let agreement = |guild: &GuildStatus| (format!("agreement, {}", guild.id), Choice::Agreement(guild.id.clone()));
    choices.extend(home.status.guilds.iter().map(agreement));
    let stake = |guild: &GuildStatus| (format!("stake, {}", guild.id), Choice::Stake(guild.id.clone()));
    choices.extend(home.status.guilds.iter().map(stake));
    if home.status.petitions > 0 {
        choices.push((format!("petitions, {}", home.status.petitions), Choice::Petitions));
    }
    choices.push(("your terms".to_owned(), Choice::OwnTerms));
    choices.push(("the constitution".to_owned(), Choice::Constitution));
    choices.push(("the hall's models".to_owned(), Choice::Models));
    Ok(Some(choices))
}

async fn agreement(actor: &Actor, lines: &mut Lines, guild: GuildId) -> Result<(), LinearError> {
    match ask(actor, Request::Agreement(Some(guild))).await {
        Ok(Reply::Agreement(view, _)) => lines.say(&agreement_in_words(&view)).await,
        Ok(_) => Ok(()),
        Err(trouble) => tell(lines, &trouble).await,
    }
}

async fn stake(actor: &Actor, lines: &mut Lines, guild: GuildId) -> Result<(), LinearError> {
    match ask(actor, Request::Stake(Some(guild))).await {
        Ok(Reply::Stake(view, _)) => lines.say(&stake_in_words(&view)).await,
        Ok(_) => Ok(()),
        Err(trouble) => tell(lines, &trouble).await,
    }
}

/// Goes through what waits in a role until it is done or left.
async fn work(actor: &Actor, lines: &mut Lines, (role, guild): (Role, GuildId)) -> Result<(), LinearError> {
    let filter = QueueFilter { guild: Some(guild), role: Some(role), ..QueueFilter::default() };
    let request = Request::Queue { filter, sort: QueueSort::Oldest, from: QueueFrom::Start, limit: PAGE };
    let page = match ask(actor, request).await {
        Ok(Reply::Queue(page)) => page,
        Ok(_) => return Ok(()),
        Err(trouble) => return tell(lines, &trouble).await,
    };
    let count = page.rows.len();
    for (n, row) in (1..).zip(page.rows.into_iter().filter(|row| !row.skipped)) {
        let claim = if role == Role::Rater { Claim::Take } else { Claim::No };
        let desk = match ask(actor, Request::Desk { item: row.id, claim }).await {
            Ok(Reply::Desk(desk)) => desk,
            Ok(_) => continue,
            Err(trouble) => {
                tell(lines, &trouble).await?;
                continue;
            }
        };
        let texts = texts(&desk);
        lines.say(&format!("\nItem {n} of {count}, {}. {texts}", desk.view.id)).await?;
        let goes_on = match role {
            Role::Rater => judge(actor, lines, (&desk, &texts)).await?,
            Role::Adjudicator => rule(actor, lines, (&desk, &texts)).await?,
            _ => review(actor, lines, &desk).await?,
        };
        if !goes_on {
            return Ok(());
        }
    }
    lines.say("That was the last of them.").await
}

async fn ask(actor: &Actor, request: Request) -> Result<Reply, Trouble> {
    perform(actor, request, &|_| true).await
}

fn texts(desk: &Desk) -> String {
    let mut text = String::new();
    for turn in &desk.view.prompt {
        text.push_str(&format!("Prompt, {}: {}\n", turn.role, turn.content));
    }
    let letters = letters(desk);
    for (number, turns) in &desk.view.outputs {
        let said: Vec<&str> = turns.iter().map(|turn| turn.content.as_str()).collect();
        text.push_str(&format!("Output {}: {}\n", letters.of(*number), said.join("\n")));
    }
    desk.view.cautions.iter().for_each(|caution| text.push_str(&format!("Caution: {caution}\n")));
    text
}

fn letters(desk: &Desk) -> Letters {
    Letters::new(desk.view.outputs.iter().map(|(number, _)| *number).collect())
}

fn summary(form: &Form, prose: &str) -> String {
    let mut text = String::from("You would sign:\n");
    for asked in form.asked() {
        let Some(answer) = form.read(&asked.key) else { continue };
        let about = asked.key.output.map_or_else(String::new, |n| format!(", output {}", form.letters().of(n)));
        text.push_str(&format!(
            "{}{about}: {}\n",
            asked.question.title,
            words(&asked.question, form.letters(), &answer)
        ));
    }
    if !prose.is_empty() {
        text.push_str(&format!("And say: {prose}\n"));
    }
    text
}

/// Whether to go on with the next item.
async fn judge(actor: &Actor, lines: &mut Lines, (desk, texts): (&Desk, &str)) -> Result<bool, LinearError> {
    let view = &desk.view;
    let mut form = Form::new(desk.charter.clone(), view.shape.clone(), (letters(desk), &view.asked), Prose::Rationale);
    let draft = desk.draft.clone().unwrap_or_default();
    form.set_answers(&draft.answers);
    match fill(&mut form, lines, &Asides { texts, models: false }).await? {
        Filled::Back | Filled::Models => return unclaimed(actor, &view.id).await,
        Filled::Skip => {
            let reason = lines.ask("Why do you skip it?").await?;
            submit(actor, lines, Request::Skip { item: view.id.clone(), reason }).await?;
            return Ok(true);
        }
        Filled::Whole => {}
    }
    let asks = form.asks_for_prose().map_or_else(|| "may be left empty".to_owned(), |why| format!("asked for: {why}"));
    let typed = lines.ask(&format!("Rationale, {asks}")).await?;
    let prose = if typed.trim().is_empty() { draft.rationale } else { typed.trim().to_owned() };
    lines.say(&summary(&form, &prose)).await?;
    if lines.yes("Sign and submit?").await? {
        let rationale = (!prose.is_empty()).then_some(prose);
        let said = Answered { answers: form.answers(), rationale, ..Answered::default() };
        submit(actor, lines, Request::Judge { item: view.id.clone(), said }).await?;
        return Ok(true);
    }
    let kept = crate::hall::DraftView { answers: form.answers(), rationale: prose, ..Default::default() };
    match ask(actor, Request::Keep { item: view.id.clone(), draft: kept }).await {
        Ok(_) => lines.say("Nothing was signed; your answers are kept as a draft.").await?,
        Err(trouble) => tell(lines, &trouble).await?,
    }
    Ok(true)
}

async fn unclaimed(actor: &Actor, item: &ItemId) -> Result<bool, LinearError> {
    // a lease that stays runs out by itself
    let _ = ask(actor, Request::Unclaim(item.clone())).await;
    Ok(false)
}

async fn rule(actor: &Actor, lines: &mut Lines, (desk, texts): (&Desk, &str)) -> Result<bool, LinearError> {
    let view = &desk.view;
    for judgement in &view.judgements {
        for (key, answer) in judgement.answers.iter().flatten() {
            lines.say(&format!("Rater {}, {key}: {answer}", judgement.rater)).await?;
        }
        if let Some(rationale) = &judgement.rationale {
            lines.say(&format!("Rater {} says: {rationale}", judgement.rater)).await?;
        }
    }
    let asked = (letters(desk), view.disputed.as_slice());
    let mut form = Form::new(desk.charter.clone(), view.shape.clone(), asked, Prose::Opinion);
    if view.may_note {
        lines.say("m in place of an answer hears what models say of it, or runs one.").await?;
    }
    loop {
        match fill(&mut form, lines, &Asides { texts, models: view.may_note }).await? {
            Filled::Back => return Ok(false),
            Filled::Skip => return Ok(true),
            Filled::Models => evidence(actor, lines, &view.id).await?,
            Filled::Whole => break,
        }
    }
    let opinion = lines.ask("Opinion, why you rule so").await?;
    lines.say(&summary(&form, &opinion)).await?;
    if lines.yes("Sign and submit?").await? {
        let said = Answered { answers: form.answers(), rationale: Some(opinion), ..Answered::default() };
        submit(actor, lines, Request::Rule { item: view.id.clone(), said }).await?;
    }
    Ok(true)
}

async fn review(actor: &Actor, lines: &mut Lines, desk: &Desk) -> Result<bool, LinearError> {
    let view = &desk.view;
    for label in &view.labels {
        lines.say(&format!("{} is {}, {:?}", label.label, label.value, label.tier).to_lowercase()).await?;
    }
    for ruling in &view.rulings {
        lines.say(&format!("Ruled, because: {}", ruling.opinion.as_deref().unwrap_or("(erased)"))).await?;
    }
    let mut options = ["sign off", "return it, with a reason", "the next one"].map(str::to_owned).to_vec();
    options.extend(view.may_note.then(|| "hear what models say of it".to_owned()));
    let item = view.id.clone();
    let chosen = loop {
        match lines.choose("What do you do?", &options).await? {
            Some(3) => evidence(actor, lines, &item).await?,
            chosen => break chosen,
        }
    };
    match chosen {
        None => Ok(false),
        Some(0) => {
            if lines.yes("You read it and the values stand; sign?").await? {
                submit(actor, lines, Request::Act { item, event: Event::ReviewSigned {}, reason: None }).await?;
            }
            Ok(true)
        }
        Some(1) => {
            let reason = lines.ask("What is wrong with it?").await?;
            if lines.yes("Sign and return it?").await? {
                let request = Request::Act { item, event: Event::ReviewReturned {}, reason: Some(reason) };
                submit(actor, lines, request).await?;
            }
            Ok(true)
        }
        Some(_) => Ok(true),
    }
}
