//! Where a model comes from, as people write it: `hf:ORG/REPO`, `hf:ORG/REPO/FILE`, with `@REVISION` or not, or an address.

use reqwest::Url;

use super::download_error::DownloadError;

/// The revision where none is named.
const MAIN: &str = "main";

/// See the module's first line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A repository of the model hub, or one file of it.
    Hub {
        /// `ORG/REPO`.
        repository: String,
        /// The file's path in it; none for the model that the repository is.
        file: Option<String>,
        /// A branch, a tag or a commit.
        revision: String,
    },
    /// A file by its address.
    Address(Url),
}

impl Source {
    /// From text; none if it names neither a hub's model nor an address, but perhaps a path.
    ///
    /// Errors: a source that is written wrongly.
    pub fn new(text: &str) -> Result<Option<Self>, DownloadError> {
        let wrong = |why: &str| DownloadError::Request(format!("`{}`: {why}", crate::engine::net::visible(text)));
        if let Some(named) = text.strip_prefix("hf:") {
            let (path, revision) = named.split_once('@').unwrap_or((named, MAIN));
            let parts: Vec<&str> = path.split('/').collect();
            let are_safe = parts.iter().all(|part| is_safe(part)) && revision.split('/').all(is_safe);
            return match parts.as_slice() {
                [organisation, name, file @ ..] if are_safe => Ok(Some(Self::Hub {
                    repository: format!("{organisation}/{name}"),
                    file: (!file.is_empty()).then(|| file.join("/")),
                    revision: revision.to_owned(),
                })),
                _ => {
                    Err(wrong("a model of the hub is written hf:ORG/REPO or hf:ORG/REPO/FILE, and @REVISION behind it"))
                }
            };
        }
        if !text.contains("://") {
            return Ok(None);
        }
        let url = Url::parse(text).map_err(|error| wrong(&error.to_string()))?;
        if !["http", "https"].contains(&url.scheme()) {
            return Err(wrong("it begins with neither hf:, http:// nor https://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            // not quoted: what is written there is a secret
            return Err(DownloadError::Request("an address with a user name or a password is not taken".to_owned()));
        }
        match url.path_segments().and_then(|mut parts| parts.next_back()).filter(|name| is_safe(name)) {
            Some(_) => Ok(Some(Self::Address(url))),
            None => Err(wrong("its last part is to be the file's name, of letters, digits, - _ . and +")),
        }
    }

    /// Whether what comes can't be changed on its way.
    pub fn is_encrypted(&self) -> bool {
        matches!(self, Self::Address(url) if url.scheme() == "https") || matches!(self, Self::Hub { .. })
    }

    /// As it is recorded: without what an address says behind its path, which may be a secret.
    pub fn shown(&self) -> String {
        match self {
            Self::Hub { repository, file, revision } => {
                let file = file.as_ref().map(|file| format!("/{file}")).unwrap_or_default();
                let revision = if revision == MAIN { String::new() } else { format!("@{revision}") };
                format!("hf:{repository}{file}{revision}")
            }
            Self::Address(url) => {
                let mut bare = url.clone();
                bare.set_query(None);
                bare.set_fragment(None);
                bare.to_string()
            }
        }
    }
}

/// Whether a part of a path is a name and nothing else: not hidden, not upwards.
pub(super) fn is_safe(part: &str) -> bool {
    let known = |c: char| c.is_ascii_alphanumeric() || "-_.+".contains(c);
    !part.is_empty() && part.len() <= 200 && !part.starts_with('.') && part.chars().all(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_read_as_written() {
        let hub = |file: Option<&str>, revision: &str| Source::Hub {
            repository: "org/repo-1".to_owned(),
            file: file.map(str::to_owned),
            revision: revision.to_owned(),
        };
        for (text, source) in [
            ("hf:org/repo-1", hub(None, "main")),
            ("hf:org/repo-1@v1.0", hub(None, "v1.0")),
            ("hf:org/repo-1/a.Q4_K_M.gguf", hub(Some("a.Q4_K_M.gguf"), "main")),
            ("hf:org/repo-1/sub/a.gguf@refs/pr/3", hub(Some("sub/a.gguf"), "refs/pr/3")),
        ] {
            assert_eq!(Source::new(text).unwrap(), Some(source), "{text}");
        }
        assert!(matches!(Source::new("https://example.org/m/a.gguf?x=1").unwrap(), Some(Source::Address(_))));
        for path in ["a.gguf", "/models/a.gguf", "org/repo", "C:a"] {
            assert_eq!(Source::new(path).unwrap(), None, "{path}");
        }
    }

    #[test]
    fn what_is_written_wrongly_is_told() {
        for bad in [
            "hf:",
            "hf:repo",
            "hf:org/..",
            "hf:org/repo/../../a.gguf",
            "hf:org/repo/.hidden",
            "hf:org/repo//a.gguf",
            "hf:org/repo/a b.gguf",
            "hf:org/repo@",
            "hf:org/repo@../x",
            "ftp://example.org/a.gguf",
            "https://example.org/",
            "https://example.org/.gguf",
            "https://exa mple.org/a.gguf",
        ] {
            assert!(Source::new(bad).is_err(), "{bad}");
        }
        let error = Source::new("https://me:sesame@example.org/a.gguf").unwrap_err().to_string();
        assert!(!error.contains("sesame"), "{error}");
        let source = Source::new("https://example.org/a.gguf?token=sesame#x").unwrap().unwrap();
        assert_eq!(source.shown(), "https://example.org/a.gguf");
    }
}
