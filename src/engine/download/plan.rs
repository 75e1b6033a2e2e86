//! Which files a source is made of, and where each is; the hub is asked, no file is.

use reqwest::Url;

use super::download_error::DownloadError;
use super::downloading::Downloading;
use super::hub::Hub;
use super::listing::{Listed, chosen};
use super::source::Source;
use super::web::Web;

/// A file to fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// What it is called.
    pub name: String,
    /// Where it is.
    pub url: Url,
    /// Its size, where it is promised.
    pub bytes: Option<u64>,
    /// Its hash, where it is promised.
    pub sha256: Option<String>,
    /// Whether what is at its address never changes.
    pub is_fixed: bool,
}

/// What is fetched.
#[derive(Debug)]
pub struct Plan {
    /// What it is called unless somebody says.
    pub name: String,
    /// The commit, where there is one.
    pub revision: Option<String>,
    /// What the hub says of its licence.
    pub licence: Option<String>,
    /// Its files, in the order in which they are fetched.
    pub files: Vec<Wanted>,
}

/// The plan for a source, and what its files are asked with.
///
/// Errors: a hub that can't be asked, or that knows no such model.
pub async fn plan(source: &Source, with: &Downloading<'_>) -> Result<(Plan, Web), DownloadError> {
    let insisted = with.sha256.as_ref().map(|hash| hash.to_ascii_lowercase());
    match source {
        Source::Address(url) => {
            let name = url.path_segments().and_then(|mut parts| parts.next_back()).unwrap_or_default().to_owned();
            let file = Wanted { name: name.clone(), url: url.clone(), bytes: None, sha256: insisted, is_fixed: false };
            Ok((Plan { name, revision: None, licence: None, files: vec![file] }, Web::new(url, None)?))
        }
        Source::Hub { repository, file, revision } => {
            let hub = Hub::new(with.environment)?;
            let web = hub.web()?;
            let held = hub.repository(&web, (repository, revision), &with.backoff).await?;
            let files = chosen(repository, &held.files, file.as_deref())?;
            if insisted.is_some() && files.len() > 1 {
                let why = "a hash is that of one file, but this model has several".to_owned();
                return Err(DownloadError::Request(why));
            }
            let wanted = |Listed { path, bytes, sha256 }: Listed| {
                let url = hub.file(repository, &held.commit, &path)?;
                let name = path.rsplit('/').next().unwrap_or(&path).to_owned();
                Ok(Wanted { name, url, bytes, sha256: insisted.clone().or(sha256), is_fixed: true })
            };
            let files = files.into_iter().map(wanted).collect::<Result<Vec<_>, DownloadError>>()?;
            let name = match files.as_slice() {
                [one] => one.name.clone(),
                _ => repository.rsplit('/').next().unwrap_or(repository).to_owned(),
            };
            Ok((Plan { name, revision: Some(held.commit), licence: held.licence, files }, web))
        }
    }
}
