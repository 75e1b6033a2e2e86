//! From a chat's messages to the prompt that a model's own template makes of them; what templates may call is in
//! `template_words`, tokens are not here.

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, ErrorKind, UndefinedBehavior, Value, context};

use super::template_words::{self, REFUSAL};
use super::term_guard;
use super::text_error::TextError;

/// The longest template, in bytes; the longest in use are a tenth of it.
const LONGEST_TEMPLATE: usize = 256 * 1024;

/// The longest prompt, in bytes.
const LONGEST_PROMPT: usize = 4 * 1024 * 1024;

/// Steps that a template may take. A step pays for 64 bytes too, so this also bounds memory to some 32 MB.
const FUEL: u64 = 500_000;

/// How deep macros and loops may call themselves; each level takes space on the stack.
const DEEPEST_CALL: usize = 60;

/// What to ask of a model: an optional instruction, and what was said, the user last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chat<'c> {
    /// The system's message.
    pub system: Option<&'c str>,
    /// Turns by role and text: `user`, `assistant`, `tool`.
    pub turns: &'c [(&'c str, &'c str)],
}

impl<'c> Chat<'c> {
    /// Of turns by role and text; a system's message at their head is the instruction.
    pub fn of(turns: &'c [(&'c str, &'c str)]) -> Self {
        match turns.split_first() {
            Some((("system", text), rest)) => Self { system: Some(*text), turns: rest },
            _ => Self { system: None, turns },
        }
    }
}

/// What a template may know besides the messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Surroundings<'s> {
    /// The spelling of the begin token.
    pub begin: &'s str,
    /// The spelling of the end token.
    pub end: &'s str,
    /// Today, for templates that state it: year, month and day. Without it such templates use the date written in them.
    pub today: Option<(i32, u32, u32)>,
}

/// A model's chat template.
///
/// It runs in a sandbox: no files, no clock, and limits on steps, memory and output, as it comes with the model and may be
/// hostile.
///
/// Limitations: no tools, no `str.format`; of `tojson`'s options `indent` only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatTemplate {
    source: String,
}

impl ChatTemplate {
    /// A template from its source, as in `tokenizer.chat_template` of a model file or in `chat_template.jinja`.
    pub fn new(source: &str) -> Result<Self, TextError> {
        if source.len() > LONGEST_TEMPLATE {
            return Err(TextError::BadTemplate(format!(
                "it has {} bytes, the limit is {LONGEST_TEMPLATE}",
                source.len()
            )));
        }
        let source = term_guard::guarded(&without_generation_tags(source));
        environment(None)?.template_from_str(&source).map_err(|error| TextError::BadTemplate(error.to_string()))?;
        Ok(Self { source })
    }

    /// The template in the text of a `tokenizer_config.json`; of several named ones the one named `default`.
    pub fn from_config(config: &str) -> Result<Self, TextError> {
        let config: serde_json::Value =
            serde_json::from_str(config).map_err(|error| TextError::BadTemplate(error.to_string()))?;
        let template = &config["chat_template"];
        let is_default = |named: &&serde_json::Value| named["name"] == "default";
        let named = template.as_array().and_then(|list| list.iter().find(is_default));
        let source = template.as_str().or_else(|| named.and_then(|named| named["template"].as_str()));
        Self::new(source.ok_or(TextError::NoTemplate)?)
    }

    /// The prompt for a chat, up to where the answer begins.
    ///
    /// If the template refuses a system message or leaves it out, it goes before the user's, with a line break between, as
    /// llama.cpp does it.
    pub fn render(&self, chat: &Chat<'_>, surroundings: &Surroundings<'_>) -> Result<String, TextError> {
        match chat.system {
            Some(system) if !self.takes_system(surroundings) => {
                let first = chat.turns.first().map(|(role, text)| (*role, format!("{system}\n{text}")));
                let mut turns = chat.turns.to_vec();
                if let Some((turn, (role, text))) = turns.first_mut().zip(first.as_ref()) {
                    *turn = (role, text);
                }
                self.render_messages(&turns, surroundings)
            }
            Some(system) => {
                let turns: Vec<(&str, &str)> =
                    std::iter::once(("system", system)).chain(chat.turns.iter().copied()).collect();
                self.render_messages(&turns, surroundings)
            }
            None => self.render_messages(chat.turns, surroundings),
        }
    }

    /// Whether a system message shows in the prompt.
    fn takes_system(&self, surroundings: &Surroundings<'_>) -> bool {
        const PROBE: &str = "<|probe of the system message|>";
        let rendered = self.render_messages(&[("system", PROBE), ("user", "x")], surroundings);
        rendered.is_ok_and(|prompt| prompt.contains(PROBE))
    }

    fn render_messages(&self, messages: &[(&str, &str)], surroundings: &Surroundings<'_>) -> Result<String, TextError> {
        let environment = environment(surroundings.today)?;
        let template = environment.template_from_str(&self.source);
        let template = template.map_err(|error| TextError::BadTemplate(error.to_string()))?;
        let messages: Vec<Value> =
            messages.iter().map(|(role, content)| context! { role => *role, content => *content }).collect();
        let mut prompt = Limited(Vec::new());
        let rendered = template.render_captured_to(
            context! {
                messages,
                add_generation_prompt => true,
                bos_token => surroundings.begin,
                eos_token => surroundings.end,
                tools => (),
                documents => (),
            },
            &mut prompt,
        );
        rendered.map_err(|error| explained(&error))?;
        String::from_utf8(prompt.0).map_err(|error| TextError::Template(error.to_string()))
    }
}

/// The prompt of a chat for a model without a template: the texts, with an empty line between, and nothing else.
pub fn plain_prompt(chat: &Chat<'_>) -> String {
    let texts: Vec<&str> = chat.system.into_iter().chain(chat.turns.iter().map(|(_, text)| *text)).collect();
    texts.join("\n\n")
}

/// Bytes up to the length of the longest prompt.
struct Limited(Vec<u8>);

impl std::io::Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.0.len() + bytes.len() > LONGEST_PROMPT {
            return Err(std::io::Error::other("the prompt is too long"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Set up as `transformers` does, whose settings templates are written for.
fn environment(today: Option<(i32, u32, u32)>) -> Result<Environment<'static>, TextError> {
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    let syntax = syntax.map_err(|error| TextError::BadTemplate(error.to_string()))?;
    let mut environment = Environment::new();
    environment.set_syntax(syntax);
    environment.set_undefined_behavior(UndefinedBehavior::Lenient);
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(DEEPEST_CALL);
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    template_words::teach(&mut environment, today);
    Ok(environment)
}

/// `{% generation %}` marks the assistant's text for training and prints nothing; the engine doesn't know it.
fn without_generation_tags(source: &str) -> String {
    let mut plain = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(start) = rest.find("{%") {
        let (before, tag) = rest.split_at(start);
        plain.push_str(before);
        let end = tag.find("%}").map_or(tag.len(), |end| end + 2);
        let (tag, after) = tag.split_at(end);
        let word = tag.trim_start_matches(['{', '%', '-', '+']).trim_end_matches(['}', '%', '-', '+']).trim();
        match word {
            "generation" => plain.push_str(&tag.replace(word, "if true")),
            "endgeneration" => plain.push_str(&tag.replace(word, "endif")),
            _ => plain.push_str(tag),
        }
        rest = after;
    }
    plain.push_str(rest);
    plain
}

/// What went wrong, told by the innermost cause.
fn explained(error: &minijinja::Error) -> TextError {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(current) = cause {
        if let Some(error) = current.downcast_ref::<minijinja::Error>() {
            match (error.kind(), error.detail()) {
                (ErrorKind::OutOfFuel, _) => return TextError::TemplateLimit("half a million steps"),
                (ErrorKind::WriteFailure, _) => return TextError::TemplateLimit("4 MiB of text"),
                (ErrorKind::InvalidOperation, Some(detail)) if detail.starts_with("recursion limit") => {
                    return TextError::TemplateLimit("60 calls inside one another");
                }
                (_, Some(detail)) if detail.starts_with(REFUSAL) => {
                    return TextError::Refused(detail[REFUSAL.len()..].to_owned());
                }
                _ => {}
            }
        }
        cause = current.source();
    }
    TextError::Template(error.to_string())
}
