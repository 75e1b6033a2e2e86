//! What puts text to tokens and chats to text for a model: from its GGUF file, or from files beside its weights.

use std::path::Path;

use super::engine_error::EngineError;
use super::model::ModelFile;
use super::text::{ChatTemplate, ModelFacts, TextError, Tokenizer};

/// A model's tokenizer, and its chat template if it has one.
///
/// Errors: what isn't supported, by its name; files that can't be read.
pub fn words(file: &ModelFile, path: &Path) -> Result<(Tokenizer, Option<ChatTemplate>), EngineError> {
    let wrong = |error| EngineError::Text { path: path.to_owned(), error };
    let tokenizer = if path.is_dir() {
        let json = read(&path.join("tokenizer.json"))?
            .ok_or_else(|| EngineError::Request(format!("{}: there is no tokenizer.json", path.display())))?;
        let config = read(&path.join("tokenizer_config.json"))?;
        let endings = read(&path.join("generation_config.json"))?.map(|text| ending_ids(&text)).unwrap_or_default();
        Tokenizer::from_json(&json, config.as_deref(), &endings)
    } else {
        Tokenizer::from_metadata(file.metadata())
    };
    Ok((tokenizer.map_err(wrong)?, template(file, path)?))
}

/// A model's chat template, if it has one.
///
/// Errors: one that can't be read.
pub fn template(file: &ModelFile, path: &Path) -> Result<Option<ChatTemplate>, EngineError> {
    let wrong = |error| EngineError::Text { path: path.to_owned(), error };
    if !path.is_dir() {
        let source = ModelFacts::text(file.metadata(), "tokenizer.chat_template");
        return source.map(ChatTemplate::new).transpose().map_err(wrong);
    }
    if let Some(source) = read(&path.join("chat_template.jinja"))? {
        return ChatTemplate::new(&source).map(Some).map_err(wrong);
    }
    // a file of its own, as `transformers` wrote it for a while, or within the tokenizer's configuration
    for name in ["chat_template.json", "tokenizer_config.json"] {
        let Some(config) = read(&path.join(name))? else { continue };
        match ChatTemplate::from_config(&config) {
            Err(TextError::NoTemplate) => {}
            template => return template.map(Some).map_err(wrong),
        }
    }
    Ok(None)
}

/// A file's text; none if there is no such file.
fn read(path: &Path) -> Result<Option<String>, EngineError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(EngineError::File { path: path.to_owned(), error }),
    }
}

/// `eos_token_id`, one or several.
fn ending_ids(generation_config: &str) -> Vec<u32> {
    let config: serde_json::Value = serde_json::from_str(generation_config).unwrap_or_default();
    let ids = &config["eos_token_id"];
    let all = ids.as_array().cloned().unwrap_or_else(|| vec![ids.clone()]);
    all.iter().filter_map(|id| u32::try_from(id.as_u64()?).ok()).collect()
}
