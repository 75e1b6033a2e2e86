//! A line of news.

use crate::domain::Timestamp;
use crate::hall::{News, NewsKind};
use crate::tui::text::Shown;
use crate::tui::theme::Role;

use super::wording::{short, when};

/// What happened, as the first screen tells it.
pub fn line(news: &News, now: Timestamp) -> Shown {
    let (role, what) = match &news.what {
        NewsKind::Gold => (Role::Gold, "gold".to_owned()),
        NewsKind::Agreed => (Role::Good, "its raters agree".to_owned()),
        NewsKind::Adjudicated => (Role::Good, "ruled on".to_owned()),
        NewsKind::Disputed => (Role::Warning, "a dispute is open".to_owned()),
        NewsKind::Challenged => (Role::Warning, "its gold is challenged".to_owned()),
        NewsKind::Superseded => (Role::Text, "its gold is superseded".to_owned()),
        NewsKind::Upheld => (Role::Gold, "its gold is upheld".to_owned()),
        NewsKind::Withdrawn => (Role::Quiet, "taken out".to_owned()),
        NewsKind::Released { version, labels } => (Role::Good, format!("release {version}, {labels} labels")),
        NewsKind::MemberAdded => (Role::Text, "a member joined".to_owned()),
        NewsKind::Imported { items } => (Role::Text, format!("{items} items imported")),
    };
    let about = news.item.as_ref().map_or_else(String::new, short);
    let guild = news.guild.as_ref().map_or_else(String::new, ToString::to_string);
    Shown::new(Role::Quiet, &format!("{:<11} {guild:<18} {about:<11} ", when(news.at, now))).and(role, &what)
}
