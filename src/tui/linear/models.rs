//! The hall's models by lines: what each is, where it is, and those on their way.

use crate::hall::{FetchView, ModelPlace, ModelView};
use crate::tui::actor::Actor;
use crate::tui::perform::perform;
use crate::tui::request::{Reply, Request};

use super::lines::{LinearError, Lines};
use super::told::tell;

/// Says each of them.
pub async fn models(actor: &Actor, lines: &mut Lines) -> Result<(), LinearError> {
    let desk = match perform(actor, Request::Models, &|_| true).await {
        Ok(Reply::Models(desk)) => desk,
        Ok(_) => return Ok(()),
        Err(trouble) => return tell(lines, &trouble).await,
    };
    if desk.rows.is_empty() {
        lines.say("This hall has no model. Whoever keeps it adds one: guildhall model add, or model connect.").await?;
    }
    for model in &desk.rows {
        lines.say(&model_in_words(model)).await?;
    }
    for fetch in &desk.fetches {
        lines.say(&fetch_in_words(fetch)).await?;
    }
    Ok(())
}

fn model_in_words(model: &ModelView) -> String {
    let of = format!("{}, {}, {} MB", model.family, model.quantization, megabytes(model.bytes));
    let licence = model.licence.as_deref().unwrap_or("not stated");
    match &model.place {
        ModelPlace::Here => format!("Model {}: {of}, licence {licence}, in the hall.", model.name),
        ModelPlace::Linked(path) => {
            format!("Model {}: {of}, licence {licence}, at {}.", model.name, path.display())
        }
        ModelPlace::Endpoint(address, name) => format!("Model {}: asked at {address}, as {name}.", model.name),
    }
}

fn fetch_in_words(fetch: &FetchView) -> String {
    match &fetch.fault {
        Some(why) => format!("{} is not fetched: {why}", fetch.source),
        None => {
            format!("{} is on its way, {} MB of {} MB.", fetch.source, megabytes(fetch.here), megabytes(fetch.all))
        }
    }
}

fn megabytes(bytes: u64) -> u64 {
    bytes.div_ceil(1 << 20)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_is_on_its_way_is_said_with_its_progress() {
        let mut fetch = FetchView { source: "hf:org/a".to_owned(), here: 3 << 20, all: 40 << 20, fault: None };
        assert_eq!(fetch_in_words(&fetch), "hf:org/a is on its way, 3 MB of 40 MB.");
        fetch.fault = Some("no room".to_owned());
        assert_eq!(fetch_in_words(&fetch), "hf:org/a is not fetched: no room");
    }
}
