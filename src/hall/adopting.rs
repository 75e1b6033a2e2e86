//! New texts of constitution and charters: what the working copies change, and founders signing them.

use std::fmt::Write as _;

use similar::TextDiff;

use crate::domain::{Amended, ArticleChange, Charter, Constitution, Digest, Event, GuildId};

use super::error::{HallError, file_error};
use super::opened::Hall;
use super::ports::Signer;
use super::submit::{Proposal, Receipt};

/// What a text would change of the constitution in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amendment {
    /// The text in force.
    pub old: String,
    /// The other.
    pub new: String,
    /// Its digest.
    pub digest: Digest,
    /// Articles in which they differ.
    pub articles: Vec<Amended>,
    /// An entrenched article that it doesn't keep.
    pub breaks: Option<u32>,
}

impl Amendment {
    /// The differences line by line, as `diff -u` writes them.
    pub fn diff(&self) -> String {
        let diff = TextDiff::from_lines(&self.old, &self.new);
        diff.unified_diff().context_radius(2).header("in force", "this text").to_string()
    }

    /// What it changes: article by article, then line by line.
    pub fn in_words(&self) -> String {
        if self.old == self.new {
            return "it is the constitution in force, to the byte".to_owned();
        }
        let mut text = String::new();
        for Amended { article, title, change, entrenched } in &self.articles {
            let change = match change {
                ArticleChange::Changed => "changed",
                ArticleChange::Added => "added",
                ArticleChange::Removed => "removed",
            };
            let entrenched = if *entrenched { ", entrenched" } else { "" };
            let _ = writeln!(text, "Article {article}. {title}: {change}{entrenched}");
        }
        if let Some(article) = self.breaks {
            let _ = writeln!(text, "It can't be adopted: article {article} is entrenched.");
        }
        let digest = &self.digest;
        let diff = self.diff();
        let _ = write!(text, "\n{diff}\ndigest {digest}\nFounders adopt it:  guildhall constitution adopt {digest}");
        text
    }
}

impl Hall {
    /// What this text, or the working copy in the hall's directory, changes of the constitution in force.
    ///
    /// Errors: a text that can't serve as constitution, with its line.
    pub async fn amendment(&self, text: Option<String>) -> Result<Amendment, HallError> {
        let new = match text {
            Some(text) => text,
            None => self.working_copy(None)?,
        };
        let old = self.constitution().await?;
        let wrong = |error: crate::domain::ConstitutionError| HallError::Usage(error.to_string());
        let (before, after) = (Constitution::of_record(&old).map_err(wrong)?, Constitution::read(&new).map_err(wrong)?);
        let digest = Digest::of(new.as_bytes());
        Ok(Amendment { articles: before.amended_by(&after), breaks: before.broken_by(&after), old, new, digest })
    }

    /// The constitution's working copy in the hall's directory; what it says holds when it is adopted.
    pub fn working_constitution(&self) -> Result<String, HallError> {
        self.working_copy(None)
    }

    /// Signs the text with this digest as the constitution to be; whether it is in force now.
    ///
    /// The text is the working copy in the hall's directory, or one that another founder signed.
    pub async fn sign_constitution(&self, signer: &dyn Signer, digest: &Digest) -> Result<(Receipt, bool), HallError> {
        let text = self.text_of(digest, None).await?;
        Constitution::read(&text).map_err(|error| HallError::Usage(format!("constitution: {error}")))?;
        self.store.put_rule("constitution", text.clone()).await?;
        let event = Event::ConstitutionSigned { constitution: digest.clone() };
        let receipt = self.submit(signer, Proposal::new(None, None, event)).await?;
        Ok((receipt, self.facts().await?.constitution == *digest))
    }

    /// Signs the text with this digest as a guild's charter to be; whether it is in force now.
    pub async fn sign_charter(
        &self,
        signer: &dyn Signer,
        guild: &GuildId,
        digest: &Digest,
    ) -> Result<(Receipt, bool), HallError> {
        let text = self.text_of(digest, Some(guild)).await?;
        Charter::read(&text).map_err(|error| HallError::Usage(format!("charter: {error}")))?;
        self.store.put_rule("charter", text).await?;
        let event = Event::CharterSigned { charter: digest.clone() };
        let receipt = self.submit(signer, Proposal::new(Some(guild.clone()), None, event)).await?;
        Ok((receipt, self.charter_in_force(guild).await?.0 == *digest))
    }

    /// How many founders signed a text, and how many there are.
    pub async fn signed_by(&self, text: &Digest) -> Result<(usize, usize), HallError> {
        let state = self.state().await?;
        let signing = state.hall.iter().flat_map(|hall| &hall.signing).find(|signing| signing.text == *text);
        let founders = state.members.values().filter(|member| member.founder).count();
        Ok((signing.map_or(0, |signing| signing.by.len()), founders))
    }

    /// The text with this digest: one that the hall keeps, or the working copy.
    async fn text_of(&self, digest: &Digest, guild: Option<&GuildId>) -> Result<String, HallError> {
        if let Some((.., text)) = self.store.rules().await?.into_iter().find(|(_, known, _)| known == digest) {
            return Ok(text);
        }
        let copy = self.working_copy(guild)?;
        match Digest::of(copy.as_bytes()) == *digest {
            true => Ok(copy),
            false => Err(HallError::Usage(format!(
                "no text with the digest {digest}; the working copy has {}",
                Digest::of(copy.as_bytes())
            ))),
        }
    }

    fn working_copy(&self, guild: Option<&GuildId>) -> Result<String, HallError> {
        let path = match guild {
            None => self.dir.join("constitution.md"),
            Some(guild) => self.dir.join("guilds").join(format!("{guild}.toml")),
        };
        std::fs::read_to_string(&path).map_err(file_error(&path))
    }
}
