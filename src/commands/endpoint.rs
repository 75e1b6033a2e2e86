//! A model behind an OpenAI-compatible endpoint: named by arguments or by a hall, asked by `rerun` and `score`.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, value_parser};
use serde_json::{Value, json};

use crate::engine::endpoint::{
    Address, Answered, Dialect, Endpoint, EndpointPrompt, EndpointSample, HeardToken, LogProbabilities,
};
use crate::engine::net::{KeySource, environment};
use crate::engine::text::Chat;
use crate::engine::{Listener, RemoteModel, Settings, Unheard, Waits};

use super::context::{CommandError, Context, Outcome};

/// Where a model is asked that isn't on this machine.
#[derive(Debug, Args)]
pub struct EndpointArguments {
    /// Ask an OpenAI-compatible server at this address; --model is the model's name there
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,
    #[command(flatten)]
    pub access: Access,
}

/// How an endpoint is spoken to, and with which key.
#[derive(Debug, Args)]
pub struct Access {
    /// The environment's variable that holds the endpoint's key
    #[arg(long, value_name = "NAME", conflicts_with = "key_file")]
    key_env: Option<String>,
    /// A file of mode 600 that holds the endpoint's key
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// What the endpoint's server understands; else `common`, which all do
    #[arg(long, value_parser = PossibleValuesParser::new(["common", "openai", "llama.cpp", "vllm"]))]
    dialect: Option<String>,
    /// The key may cross an unencrypted network
    #[arg(long)]
    key_in_clear: bool,
    /// Certificates (PEM) to trust besides the system's
    #[arg(long, value_name = "FILE")]
    authorities: Option<PathBuf>,
    /// How long to wait for a connection to the endpoint; 10
    #[arg(long, value_name = "SECONDS", value_parser = value_parser!(u32).range(1..))]
    wait_connect: Option<u32>,
    /// How long to wait for the beginning of its answer; 120
    #[arg(long, value_name = "SECONDS", value_parser = value_parser!(u32).range(1..))]
    wait_first: Option<u32>,
    /// How long to wait for the answer's next piece; 60
    #[arg(long, value_name = "SECONDS", value_parser = value_parser!(u32).range(1..))]
    wait_next: Option<u32>,
    /// How long to wait for everything, other tries included; 1800
    #[arg(long, value_name = "SECONDS", value_parser = value_parser!(u32).range(1..))]
    wait_whole: Option<u32>,
}

impl EndpointArguments {
    /// The model that is named here; none if it is one of this machine.
    ///
    /// Errors: flags of an endpoint where none is named; over SSH, where nobody makes this machine send requests to addresses of
    /// their own.
    pub fn remote(&self, model: &str, context: &Context<'_>) -> Result<Option<RemoteModel>, CommandError> {
        let Some(address) = &self.endpoint else { return self.unused().map(|()| None) };
        if context.opened.is_some() {
            let why = "an endpoint is not named over SSH; `--model` names one of the hall's";
            return Err(CommandError::Usage(why.to_owned()));
        }
        self.access.remote(address, model).map(Some)
    }

    /// Refuses flags that would mean nothing, as no endpoint is named.
    pub fn unused(&self) -> Result<(), CommandError> {
        match self.access.given().filter(|_| self.endpoint.is_none()) {
            Some(flag) => {
                let why = "is of an endpoint, and none is named with --endpoint; one of the hall's has its own, by \
                           `guildhall model connect`";
                Err(CommandError::Usage(format!("{flag} {why}")))
            }
            None => Ok(()),
        }
    }
}

impl Access {
    /// A flag that is given, if one is.
    fn given(&self) -> Option<&'static str> {
        let all = [
            ("--key-env", self.key_env.is_some()),
            ("--key-file", self.key_file.is_some()),
            ("--dialect", self.dialect.is_some()),
            ("--key-in-clear", self.key_in_clear),
            ("--authorities", self.authorities.is_some()),
            ("--wait-connect", self.wait_connect.is_some()),
            ("--wait-first", self.wait_first.is_some()),
            ("--wait-next", self.wait_next.is_some()),
            ("--wait-whole", self.wait_whole.is_some()),
        ];
        all.into_iter().find(|(_, is_given)| *is_given).map(|(flag, _)| flag)
    }

    /// A model at an address.
    pub fn remote(&self, address: &str, model: &str) -> Result<RemoteModel, CommandError> {
        if model.trim().is_empty() {
            return Err(CommandError::Usage("--model is to be the model's name at the endpoint".to_owned()));
        }
        let address = Address::new(address)?;
        let file = |path: &PathBuf| {
            let absolute = std::path::absolute(path);
            absolute.map_err(|error| CommandError::Usage(format!("{}: {error}", path.display())))
        };
        let of_file = self.key_file.as_ref().map(file).transpose()?.map(KeySource::File);
        Ok(RemoteModel {
            address: address.to_string(),
            model: model.to_owned(),
            dialect: self.dialect.as_deref().and_then(Dialect::named).unwrap_or_default(),
            key: self.key_env.clone().map(KeySource::Environment).or(of_file),
            key_in_clear: self.key_in_clear,
            authorities: self.authorities.as_ref().map(file).transpose()?,
            waits: Waits {
                connect: self.wait_connect,
                first: self.wait_first,
                next: self.wait_next,
                whole: self.wait_whole,
            },
        })
    }
}

/// Ready to be asked.
pub fn connected(remote: &RemoteModel, log_probabilities: LogProbabilities) -> Result<Endpoint, CommandError> {
    Ok(remote.connect(log_probabilities, &environment)?)
}

/// How documents name a model elsewhere.
pub fn named(remote: &RemoteModel, served: Option<&str>, fingerprint: Option<&str>) -> Value {
    json!({
        "digest": remote.digest(), "family": "endpoint", "quantization": "unknown",
        "endpoint": {
            "address": remote.address, "model": remote.model, "dialect": remote.dialect.name(), "served": served,
            "fingerprint": fingerprint,
        },
    })
}

/// The same, with what the server said of itself in its answers.
pub fn named_by(remote: &RemoteModel, samples: &[EndpointSample]) -> Value {
    let served = samples.iter().find_map(|sample| sample.model.as_deref());
    named(remote, served, samples.iter().find_map(|sample| sample.fingerprint.as_deref()))
}

/// Has the model answer a prompt, and prints what it said.
pub async fn answer(
    remote: &RemoteModel,
    (system, user): (Option<&str>, &str),
    (settings, log_probabilities): (&Settings, LogProbabilities),
    (listener, context): (&mut dyn Listener, &mut Context<'_>),
) -> Result<Outcome, CommandError> {
    let endpoint = connected(remote, log_probabilities)?;
    let chat = Chat { system, turns: &[("user", user)] };
    let answered = endpoint.answer(EndpointPrompt::Chat(chat), settings, listener).await;
    context.progress("tokens")(1, 1);
    let answered = answered?;
    let Answered { samples, prompt_tokens, answer_tokens, first_text, whole } = &answered;
    let report = json!({
        "model": named_by(remote, samples),
        "samples": samples.iter().map(sample).collect::<Vec<_>>(),
        "prompt_tokens": prompt_tokens,
        "answer_tokens": answer_tokens,
        "timing": {"first_text_s": first_text.map(|time| time.as_secs_f64()), "whole_s": whole.as_secs_f64()},
    });
    context.emit(&report, || {
        let mut text = String::new();
        for (number, sample) in (1..).zip(samples) {
            if samples.len() > 1 {
                let _ = writeln!(text, "— sample {number} —");
            }
            if !sample.reasoning.is_empty() {
                let _ = writeln!(text, "(thought) {}", sample.reasoning);
            }
            let _ = writeln!(text, "{}", sample.text);
        }
        text
    })
}

fn sample(sample: &EndpointSample) -> Value {
    let likeliest = |token: &HeardToken| {
        let pairs = token.likeliest.iter().map(|(text, logprob)| json!({"text": text, "logprob": logprob}));
        pairs.collect::<Vec<_>>()
    };
    let token = |token: &HeardToken| {
        json!({
            "id": token.id, "text": token.text, "logprob": token.log_probability, "likeliest": likeliest(token),
        })
    };
    json!({
        "text": sample.text,
        "reasoning": sample.reasoning,
        "tokens": sample.ids(),
        "logprobs": sample.tokens.as_ref().map(|tokens| tokens.iter().map(token).collect::<Vec<_>>()),
        "stopped": sample.stopped.name(),
        "seed": sample.seed,
    })
}

/// Scores an answer to a text, and prints it.
pub async fn score(
    remote: &RemoteModel,
    (prompt, answer): (&str, &str),
    context: &mut Context<'_>,
) -> Result<Outcome, CommandError> {
    let endpoint = connected(remote, LogProbabilities::None)?;
    let scored = endpoint.score(prompt, answer, &mut Unheard).await?;
    let tokens = scored.tokens.iter().map(|(id, text, logprob)| json!({"id": id, "text": text, "logprob": logprob}));
    let report = json!({
        "model": named(remote, scored.model.as_deref(), scored.fingerprint.as_deref()),
        "prompt_tokens": scored.prompt_tokens,
        "tokens": tokens.collect::<Vec<_>>(),
        "sum_logprob": scored.sum,
        "perplexity": scored.perplexity,
    });
    let told = scored.tokens.iter().map(|(_, text, logprob)| (text.as_str(), *logprob));
    context.emit(&report, || scores(told, scored.sum, scored.perplexity))
}

/// Tokens with the logarithms of their probabilities, in lines.
pub fn scores<'t>(tokens: impl Iterator<Item = (&'t str, f64)>, sum: f64, perplexity: Option<f64>) -> String {
    let mut text = String::new();
    for (token, logprob) in tokens {
        let _ = writeln!(text, "{logprob:>9.4}  {token:?}");
    }
    let perplexity = perplexity.map_or_else(|| "undefined".to_owned(), |one| format!("{one:.3}"));
    let _ = writeln!(text, "sum {sum:.4}, perplexity {perplexity}");
    text
}
