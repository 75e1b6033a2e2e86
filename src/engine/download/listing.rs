//! Which files of a repository make the model that is meant.

use crate::engine::net::visible;

use super::download_error::DownloadError;
use super::source::is_safe;

/// Files beside the weights that a directory's model is made of.
const BESIDE: [&str; 7] = [
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "chat_template.json",
    "chat_template.jinja",
    "model.safetensors.index.json",
];

/// A file that a repository has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its path.
    pub path: String,
    /// Its size, where it is told.
    pub bytes: Option<u64>,
    /// Its hash, where it is told.
    pub sha256: Option<String>,
}

/// Chooses the file that is named, or those that make the repository's model.
///
/// Errors: none of that name; several models to choose from, which are listed; parts of one file.
pub fn chosen(repository: &str, files: &[Listed], named: Option<&str>) -> Result<Vec<Listed>, DownloadError> {
    let wrong = |why: String| DownloadError::Request(format!("hf:{repository}: {why}"));
    let is_gguf = |file: &&Listed| file.path.ends_with(".gguf");
    let ggufs: Vec<&Listed> = files.iter().filter(is_gguf).collect();
    let listed = || {
        let line = |file: &&Listed| {
            let size = file.bytes.map_or_else(String::new, |bytes| format!("  ({} MB)", bytes.div_ceil(1 << 20)));
            format!("\n  hf:{repository}/{}{size}", visible(&file.path))
        };
        ggufs.iter().map(line).collect::<String>()
    };
    if let Some(named) = named {
        let Some(found) = files.iter().find(|file| file.path == named) else {
            return Err(wrong(format!("there is no {named}; GGUF files in it:{}", listed())));
        };
        if is_part(named) {
            return Err(wrong(format!("{named} is one part of a model; join them first (gguf-split --merge)")));
        }
        return Ok(vec![found.clone()]);
    }
    let has = |name: &str| files.iter().any(|file| file.path == name);
    // the same weights again, in another form
    let is_weight =
        |file: &&Listed| is_safe(&file.path) && file.path.ends_with(".safetensors") && file.path.starts_with("model");
    if has("config.json") && files.iter().any(|file| is_weight(&file)) {
        let is_wanted = |file: &&Listed| BESIDE.contains(&file.path.as_str()) || is_weight(file);
        let mut all: Vec<Listed> = files.iter().filter(is_wanted).cloned().collect();
        // what says whether the model is supported comes first
        all.sort_by_key(|file| (file.path != "config.json", file.path.ends_with(".safetensors"), file.path.clone()));
        return Ok(all);
    }
    match ggufs.as_slice() {
        [one] if !is_part(&one.path) => Ok(vec![(*one).clone()]),
        [] => Err(wrong("it holds neither a GGUF file nor config.json with safetensors".to_owned())),
        _ => Err(wrong(format!("it holds several models; name one:{}", listed()))),
    }
}

/// `model-00001-of-00003.gguf`.
fn is_part(path: &str) -> bool {
    let stem = path.strip_suffix(".gguf").unwrap_or_default();
    let parts = stem.rsplit_once("-of-").and_then(|(before, all)| Some((before.rsplit_once('-')?.1, all)));
    parts.is_some_and(|(one, all)| [one, all].iter().all(|n| n.len() == 5 && n.bytes().all(|b| b.is_ascii_digit())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(paths: &[&str]) -> Vec<Listed> {
        let file = |path: &&str| Listed { path: (*path).to_owned(), bytes: Some(3 << 20), sha256: None };
        paths.iter().map(file).collect()
    }

    fn choose(paths: &[&str], named: Option<&str>) -> Result<Vec<String>, String> {
        let chosen = chosen("o/r", &files(paths), named).map_err(|error| error.to_string())?;
        Ok(chosen.into_iter().map(|file| file.path).collect())
    }

    #[test]
    fn a_repository_s_own_model_is_taken() {
        let all = [
            "README.md",
            "model-00002-of-00002.safetensors",
            "model-00001-of-00002.safetensors",
            "tokenizer.json",
            "config.json",
            "consolidated.safetensors",
            "model.safetensors.index.json",
            "onnx/model.safetensors",
            "pytorch_model.bin",
        ];
        let wanted = [
            "config.json",
            "model.safetensors.index.json",
            "tokenizer.json",
            "model-00001-of-00002.safetensors",
            "model-00002-of-00002.safetensors",
        ];
        assert_eq!(choose(&all, None).unwrap(), wanted);
        assert_eq!(choose(&["README.md", "a.Q4_0.gguf"], None).unwrap(), ["a.Q4_0.gguf"]);
    }

    #[test]
    fn several_models_are_listed() {
        let all = ["a.Q4_0.gguf", "a.Q8_0.gguf"];
        let error = choose(&all, None).unwrap_err();
        assert!(error.contains("name one:\n  hf:o/r/a.Q4_0.gguf  (3 MB)\n  hf:o/r/a.Q8_0.gguf  (3 MB)"), "{error}");
        assert_eq!(choose(&all, Some("a.Q8_0.gguf")).unwrap(), ["a.Q8_0.gguf"]);
        assert!(choose(&all, Some("b.gguf")).unwrap_err().contains("there is no b.gguf"));
        assert!(choose(&["README.md"], None).unwrap_err().contains("neither"));
        let parts = ["a-00001-of-00002.gguf", "a-00002-of-00002.gguf"];
        assert!(choose(&parts, Some(parts[0])).unwrap_err().contains("one part"));
    }
}
