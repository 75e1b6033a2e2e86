//! Reruns of a hall's items: computed, recorded with all that is needed to play them again, and played again.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use crate::hall::{Asked, Heard, RerunSettings, Transcript, TranscriptSample};

use super::context::{CommandError, Context, Outcome};

/// Has one of the hall's models answer an item again, or score an output, and records it.
pub async fn run(
    item: &str,
    (model, asked): (&str, Asked),
    context: &mut Context<'_>,
) -> Result<Outcome, CommandError> {
    let (hall, signer) = context.enter().await?;
    let id = hall.find_item(item).await?;
    let member = hall.member(signer.as_ref()).await?;
    let most = match &asked {
        Asked::Samples(RerunSettings { samples, max_tokens, .. }) => u64::from(*samples) * u64::from(*max_tokens),
        Asked::Score(_) => 0,
    };
    let transcript = hall.rerun(&member, &id, (model, &asked), &listening(context, most)).await;
    context.progress("tokens")(1, 1);
    let transcript = transcript?;
    let receipt = hall.keep_rerun(signer.as_ref(), &id, &transcript).await?;
    let report = json!({"receipt": receipt, "item": id, "transcript": transcript});
    context.emit(&report, || format!("{}recorded as entry {}", in_words(&transcript), receipt.event))
}

/// Plays a recorded rerun again: ends well if the same tokens came out.
pub async fn replay(entry: u64, context: &mut Context<'_>) -> Result<Outcome, CommandError> {
    let (hall, signer) = context.enter().await?;
    let member = hall.member(signer.as_ref()).await?;
    let played = hall.replay_rerun(&member, entry, &listening(context, 0)).await;
    context.progress("tokens")(1, 1);
    let (kept, again) = played?;
    let parted = parted(&kept, &again);
    let report = json!({"entry": entry, "same": parted.is_none(), "difference": parted, "transcript": again});
    let is_remote = kept.model().endpoint.is_some();
    let what = if is_remote { "texts" } else { "tokens" };
    let why = doubt(&kept, &again);
    context.emit(&report, || match &parted {
        None => format!("{}the same {what} as entry {entry}", in_words(&again)),
        Some(how) => format!("NOT THE SAME as entry {entry}: {how}. {why}"),
    })?;
    Ok(if parted.is_none() { Outcome::Done } else { Outcome::No })
}

/// Why another replay may say something else.
fn doubt(kept: &Transcript, again: &Transcript) -> String {
    match (&kept.model().made_by, &again.model().made_by) {
        (Some(then), Some(now)) if then != now => {
            format!("It was made by {then}; this is {now}, which may round otherwise.")
        }
        (Some(_), Some(now)) => format!("Both were made by {now}, so something is wrong there or here."),
        _ => "A server elsewhere promises nothing: it may have changed, and its sums may run in another order."
            .to_owned(),
    }
}

/// Tells a terminal what is waited for, and how many tokens of at most so many have come.
fn listening(context: &Context<'_>, most: u64) -> impl Fn(Heard) -> bool + Send + Sync + use<> {
    let (tell, texts) = (context.tell.clone(), AtomicUsize::new(0));
    move |heard| {
        if let Some(tell) = &tell {
            match heard {
                Heard::Waiting(ahead) => tell("waiting", 0, u64::try_from(ahead).unwrap_or(u64::MAX)),
                Heard::Loading => tell("loading", 0, 1),
                Heard::Reading => tell("reading", 0, 1),
                Heard::Text(..) => {
                    let done = u64::try_from(texts.fetch_add(1, Ordering::Relaxed) + 1).unwrap_or(u64::MAX);
                    tell("tokens", done, most);
                }
                Heard::Ended(_) => {}
            }
        }
        true
    }
}

/// How two transcripts part, in words; nothing if they say the same.
fn parted(kept: &Transcript, again: &Transcript) -> Option<String> {
    match (kept, again) {
        (Transcript::Samples { samples: kept, .. }, Transcript::Samples { samples: again, .. }) => {
            let pairs = (1..).zip(kept.iter().zip(again));
            let mut first = pairs.filter_map(|(number, (kept, again))| sample_parted(number, kept, again));
            let counts = format!("{} samples instead of {}", again.len(), kept.len());
            first.next().or((kept.len() != again.len()).then_some(counts))
        }
        (Transcript::Score(kept), Transcript::Score(again)) => {
            let parts = (1..).zip(kept.tokens.iter().zip(&again.tokens)).find(|(_, (kept, again))| kept != again);
            let counts = format!("{} tokens instead of {}", again.tokens.len(), kept.tokens.len());
            let at = parts.map(|(number, _)| format!("token {number} has another probability"));
            at.or((kept.tokens.len() != again.tokens.len()).then_some(counts))
        }
        _ => Some("one is a score, the other isn't".to_owned()),
    }
}

/// By tokens, and by the text where an endpoint tells none.
fn sample_parted(number: usize, kept: &TranscriptSample, again: &TranscriptSample) -> Option<String> {
    if kept.tokens != again.tokens {
        let same = kept.tokens.iter().zip(&again.tokens).take_while(|(one, other)| one == other).count();
        return Some(format!("sample {number} parts at token {}", same + 1));
    }
    (kept.text != again.text).then(|| {
        let same = kept.text.chars().zip(again.text.chars()).take_while(|(one, other)| one == other).count();
        format!("sample {number} parts at character {}", same + 1)
    })
}

/// A transcript in a line.
pub fn summary(transcript: &Transcript) -> String {
    let name = &transcript.model().name;
    match transcript {
        Transcript::Samples { samples, settings, .. } => {
            format!("{name}, {} samples, seed {}; `rerun --replay` plays it again", samples.len(), settings.seed)
        }
        Transcript::Score(score) => {
            let known: Vec<u64> = score.tokens.iter().filter_map(|token| token.surprisal).collect();
            let mean = known.iter().sum::<u64>() / u64::try_from(known.len().max(1)).unwrap_or(1);
            format!("{name} scored output {}, {} nats a token in the mean", score.output, micro(mean))
        }
    }
}

/// A transcript in words.
pub fn in_words(transcript: &Transcript) -> String {
    let mut text = String::new();
    match transcript {
        Transcript::Samples { samples, .. } => {
            for (number, sample) in (1..).zip(samples) {
                let _ = writeln!(text, "— sample {number} ({}) —", sample.stopped);
                if !sample.reasoning.is_empty() {
                    let _ = writeln!(text, "(thought) {}", sample.reasoning);
                }
                let _ = writeln!(text, "{}", sample.text);
            }
        }
        Transcript::Score(score) => {
            for token in &score.tokens {
                let surprisal = token.surprisal.map_or_else(|| "ruled out".to_owned(), micro);
                let _ = writeln!(text, "{surprisal:>9}  {:?}", token.text);
            }
        }
    }
    text
}

/// Millionths with four places.
fn micro(millionths: u64) -> String {
    format!("{}.{:04}", millionths / 1_000_000, (millionths % 1_000_000) / 100)
}
