//! `generate`: a model, of this machine or behind an endpoint, answers prompts, and its answers fill a guild's queue.
//!
//! Answers are written to a file as they come, so that whoever is interrupted goes on where it ends; the file is then
//! imported like any other.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde_json::{Map, Value, json};

use crate::domain::{Rule, Turn};
use crate::engine::endpoint::{Endpoint, EndpointPrompt, EndpointSample, LogProbabilities};
use crate::engine::text::{Chat, Sampling};
use crate::engine::{Local, RemoteModel, Settings, Unheard, made_by, stopped};

use super::context::{CommandError, Context, Outcome};
use super::endpoint::{EndpointArguments, connected};
use super::import::{Import, run as import};
use super::local_model::{Loaded, Located, load, located, today};

/// Arguments of `generate`.
#[derive(Debug, Args)]
pub struct Generate {
    /// The guild that judges the answers
    #[arg(long)]
    guild: String,
    /// A GGUF file, a directory with config.json, safetensors and tokenizer.json, or a model of the hall by its name
    #[arg(long)]
    model: String,
    /// Threads; they change no token
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    threads: u16,
    #[command(flatten)]
    endpoint: EndpointArguments,
    /// Prompts: a text file with one a line, or a .jsonl with {"prompt", "id"?, "meta"?} a line
    #[arg(long)]
    prompts: PathBuf,
    /// Where the answers are written, as `import` reads them; else beside the prompts
    #[arg(long)]
    output: Option<PathBuf>,
    /// The system's message for every prompt; text or @file
    #[arg(long)]
    system: Option<String>,
    /// Answers to each prompt
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..))]
    samples: u16,
    /// The most tokens of an answer
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..))]
    max_tokens: u32,
    /// 0 takes the likeliest token, more is more varied
    #[arg(long, default_value_t = 0.7, allow_negative_numbers = true)]
    temperature: f64,
    /// Where chance begins; the same seed gives the same answers
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Runs `generate`.
pub async fn run(arguments: Generate, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    // who may not import learns it before anything is computed
    let (hall, signer) = context.enter().await?;
    hall.find_guild(&arguments.guild).await?;
    let member = hall.member(signer.as_ref()).await?;
    let state = hall.state().await?;
    let steward = state.members.get(&member).is_some_and(|member| member.steward);
    let refused = state.require(steward, Rule::StewardOnly, "a steward imports outputs");
    refused.map_err(|refusal| CommandError::Refused(Box::new(refusal)))?;
    let prompts = read_prompts(&arguments.prompts, context)?;
    let output = arguments.output.clone().unwrap_or_else(|| arguments.prompts.with_extension("outputs.jsonl"));
    let settings = arguments.settings()?;
    let system = arguments.system.as_deref().map(|given| context.text(given)).transpose()?;
    let asked = asked(&settings, system.as_deref());
    let place = located(&arguments.model, &arguments.endpoint, context)?;
    let (model, endpoint) = match &place {
        Located::Here(_) => (arguments.model.clone(), Value::Null),
        Located::There(remote) => (remote.model.clone(), json!(remote.address)),
    };
    let (mut file, done, first) = go_on(&output, &prompts, &Asked { params: &asked, model, endpoint })?;
    if done < prompts.len() {
        let answerer = Answerer::new(&arguments, place)?;
        if answerer.digest().zip(first).is_some_and(|(digest, first)| first != *digest) {
            let why = "its first answers are of other weights under this name; name another file with --output";
            return Err(CommandError::Usage(format!("{}: {why}", output.display())));
        }
        let day = context.clock.now().day();
        let tell = context.progress("prompts");
        for (number, row) in (1_u64..).zip(&prompts).skip(done) {
            let turns = turns_of(row)?;
            let outputs = answerer.outputs(turns, system.clone(), (&settings, &day, &asked)).await;
            let outputs = outputs.map_err(|error| at(&arguments.prompts, number, &error))?;
            write(&mut file, row, outputs)
                .map_err(|error| CommandError::Usage(format!("{}: {error}", output.display())))?;
            tell(number, u64::try_from(prompts.len()).unwrap_or(u64::MAX));
        }
    }
    import(Import::of(output, arguments.guild), context).await
}

/// What answers.
enum Answerer {
    Here { model: Arc<Local>, name: String, named: Value },
    There { endpoint: Box<Endpoint>, remote: Box<RemoteModel> },
}

impl Generate {
    fn settings(&self) -> Result<Settings, CommandError> {
        let sampling = Sampling { temperature: self.temperature, seed: self.seed, ..Sampling::default() };
        sampling.check().map_err(|error| CommandError::Usage(error.to_string()))?;
        let max_tokens = usize::try_from(self.max_tokens).unwrap_or(usize::MAX);
        Ok(Settings { samples: usize::from(self.samples), max_tokens, stops: Vec::new(), sampling })
    }
}

fn at(path: &Path, line: u64, why: &dyn std::fmt::Display) -> CommandError {
    CommandError::Usage(format!("{}:{line}: {why}", path.display()))
}

/// Each prompt as a row to be completed.
fn read_prompts(path: &Path, context: &Context<'_>) -> Result<Vec<Map<String, Value>>, CommandError> {
    let text = context.file(path)?;
    let is_json = path.extension().is_some_and(|end| end == "jsonl");
    let mut rows = Vec::new();
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        if !is_json {
            rows.push(Map::from_iter([("prompt".to_owned(), json!(line.trim()))]));
            continue;
        }
        let row: Map<String, Value> = serde_json::from_str(line).map_err(|error| at(path, number, &error))?;
        turns_of(&row).map_err(|error| at(path, number, &error))?;
        if row.contains_key("outputs") {
            return Err(at(path, number, &"it has outputs already; `guildhall import` takes it as it is"));
        }
        rows.push(row);
    }
    match rows.is_empty() {
        true => Err(CommandError::Usage(format!("{}: there is no prompt in it", path.display()))),
        false => Ok(rows),
    }
}

/// A prompt's turns.
fn turns_of(row: &Map<String, Value>) -> Result<Vec<Turn>, CommandError> {
    let wrong = || CommandError::Usage("`prompt` is to be a text, or turns with `role` and `content`".to_owned());
    match row.get("prompt") {
        Some(Value::String(text)) if !text.trim().is_empty() => {
            Ok(vec![Turn { role: "user".to_owned(), content: text.clone() }])
        }
        Some(turns @ Value::Array(_)) => {
            let turns: Vec<Turn> = serde_json::from_value(turns.clone()).map_err(|_| wrong())?;
            if turns.is_empty() { Err(wrong()) } else { Ok(turns) }
        }
        _ => Err(wrong()),
    }
}

/// What is asked of the model with every prompt; an answer's `params` repeat it.
fn asked(settings: &Settings, system: Option<&str>) -> Map<String, Value> {
    let all = [
        ("samples", json!(settings.samples)),
        ("temperature", json!(settings.sampling.temperature)),
        ("max_tokens", json!(settings.max_tokens)),
        ("seed", json!(settings.sampling.seed)),
        ("system", json!(system)),
    ];
    all.into_iter().filter(|(_, value)| !value.is_null()).map(|(key, value)| (key.to_owned(), value)).collect()
}

/// Opens the answers' file behind what a run before wrote whole; how many prompts that is.
///
/// Also the digest of the model that gave the first, if it was one of this machine.
///
/// Errors: the file holds answers to other prompts, or to the same asked in another way.
fn go_on(
    path: &Path,
    prompts: &[Map<String, Value>],
    asked: &Asked<'_>,
) -> Result<(File, usize, Option<Value>), CommandError> {
    let wrong = |error: std::io::Error| CommandError::Usage(format!("{}: {error}", path.display()));
    let known = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        known => known.map_err(wrong)?,
    };
    // a line without its end was being written
    let whole = known.rfind('\n').map_or("", |end| &known[..=end]);
    let (mut done, mut first) = (0, None);
    for line in whole.lines() {
        let row: Map<String, Value> = serde_json::from_str(line).unwrap_or_default();
        let same = prompts.get(done).is_some_and(|prompt| prompt.get("prompt") == row.get("prompt"));
        if !same {
            let line = u64::try_from(done + 1).unwrap_or(u64::MAX);
            return Err(at(path, line, &"it answers another prompt; name another file with --output"));
        }
        if let Some(key) = asked.otherwise(&row) {
            let line = u64::try_from(done + 1).unwrap_or(u64::MAX);
            let why =
                format!("it was answered with another `{key}`; ask in the same way or name another file with --output");
            return Err(at(path, line, &why));
        }
        if done == 0 {
            first = row.get("outputs").map(|outputs| outputs[0]["params"]["digest"].clone());
        }
        done += 1;
    }
    let file = OpenOptions::new().create(true).append(true).open(path).map_err(wrong)?;
    file.set_len(u64::try_from(whole.len()).unwrap_or(u64::MAX)).map_err(wrong)?;
    Ok((file, done, first.filter(|digest| !digest.is_null())))
}

/// How a model is asked.
struct Asked<'a> {
    params: &'a Map<String, Value>,
    model: String,
    /// Where it is, if not on this machine.
    endpoint: Value,
}

impl Asked<'_> {
    /// In what an answered row was asked in another way, if in anything.
    fn otherwise(&self, row: &Map<String, Value>) -> Option<&'static str> {
        let first = &row.get("outputs")?[0];
        let (params, null) = (&first["params"], Value::Null);
        let differs = |key: &str, now: Option<&Value>| params.get(key).unwrap_or(&null) != now.unwrap_or(&null);
        if first["model"] != self.model.as_str() || differs("endpoint", Some(&self.endpoint)) {
            return Some("model");
        }
        let keys = ["samples", "temperature", "max_tokens", "system", "seed"].into_iter();
        // behind an endpoint each sample has a seed of its own
        let mut keys = keys.filter(|key| self.endpoint.is_null() || *key != "seed");
        keys.find(|key| differs(key, self.params.get(*key)))
    }
}

impl Answerer {
    fn new(Generate { model, threads, .. }: &Generate, place: Located) -> Result<Self, CommandError> {
        Ok(match place {
            Located::Here(path) => {
                let Loaded { model: loaded, named, .. } = load(&path, *threads)?;
                Self::Here { model: Arc::new(loaded), name: model.clone(), named }
            }
            Located::There(remote) => {
                Self::There { endpoint: Box::new(connected(&remote, LogProbabilities::None)?), remote }
            }
        })
    }

    /// The digest of a model of this machine.
    fn digest(&self) -> Option<&Value> {
        match self {
            Self::Here { named, .. } => Some(&named["digest"]),
            Self::There { .. } => None,
        }
    }

    /// Outputs as `import` reads them: each with the model, and all that is needed to have it say the same again.
    async fn outputs(
        &self,
        turns: Vec<Turn>,
        system: Option<String>,
        (settings, day, asked): (&Settings, &str, &Map<String, Value>),
    ) -> Result<Vec<Value>, CommandError> {
        let output = |number: usize, (text, model): (&str, &str), (own, stopped): (&Value, &str)| {
            let mut params = asked.clone();
            params.extend([("sample".to_owned(), json!(number)), ("stopped".to_owned(), json!(stopped))]);
            params.extend(own.as_object().cloned().unwrap_or_default());
            json!({"text": text, "model": model, "params": params})
        };
        match self {
            Self::Here { model, name, named } => {
                let (model, of, today_is) = (Arc::clone(model), settings.clone(), day.to_owned());
                let computing = tokio::task::spawn_blocking(move || {
                    let turns = spoken(&turns, system.as_deref());
                    let prompted = model.prompt(&Chat::of(&turns), today(&today_is))?;
                    model.answer(&prompted, &of, &mut Unheard)
                });
                let broke = |error| CommandError::Usage(format!("the model broke off: {error}"));
                let samples = computing.await.map_err(broke)??;
                // a template may state the day
                let own = json!({
                    "digest": named["digest"], "quantization": named["quantization"], "day": day, "engine": made_by(),
                });
                let all = samples.iter().enumerate();
                Ok(all.map(|(at, one)| output(at, (&one.text, name), (&own, stopped(one.stopped)))).collect())
            }
            Self::There { endpoint, remote } => {
                let turns = spoken(&turns, system.as_deref());
                let prompt = EndpointPrompt::Chat(Chat::of(&turns));
                let samples = endpoint.answer(prompt, settings, &mut Unheard).await?.samples;
                let own = |one: &EndpointSample| json!({"endpoint": remote.address, "seed": one.seed, "served": one.model, "fingerprint": one.fingerprint});
                let all = samples.iter().enumerate();
                Ok(all
                    .map(|(at, one)| output(at, (&one.text, &remote.model), (&own(one), one.stopped.name())))
                    .collect())
            }
        }
    }
}

/// Turns by role and text, behind the system's message unless they bring their own.
fn spoken<'t>(turns: &'t [Turn], system: Option<&'t str>) -> Vec<(&'t str, &'t str)> {
    let own = turns.first().is_some_and(|turn| turn.role == "system");
    let system = system.filter(|_| !own).map(|text| ("system", text));
    system.into_iter().chain(turns.iter().map(|turn| (turn.role.as_str(), turn.content.as_str()))).collect()
}

/// A row with its outputs.
fn write(file: &mut File, row: &Map<String, Value>, outputs: Vec<Value>) -> std::io::Result<()> {
    let mut row = row.clone();
    row.insert("outputs".to_owned(), Value::Array(outputs));
    let mut line = serde_json::to_vec(&row)?;
    line.push(b'\n');
    file.write_all(&line)?;
    file.sync_data()
}
