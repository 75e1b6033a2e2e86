//! A line of news.

use crate::domain::{Route, Timestamp};
use crate::hall::{News, NewsKind};
use crate::tui::text::Shown;
use crate::tui::theme::Role;

use super::wording::{short, when};

/// What happened, as the first screen tells it.
pub fn line(news: &News, now: Timestamp) -> Shown {
    let (role, what) = match &news.what {
        NewsKind::Routed(route) => {
            let (role, words) = routed(*route);
            (role, words.to_owned())
        }
        NewsKind::Challenged => (Role::Warning, "its gold is challenged".to_owned()),
        NewsKind::Withdrawn => (Role::Quiet, "taken out".to_owned()),
        NewsKind::Released { version, labels } => (Role::Good, format!("release {version}, {labels} labels")),
        NewsKind::MemberAdded => (Role::Text, "a member joined".to_owned()),
        NewsKind::Imported { items } => (Role::Text, format!("{items} items imported")),
    };
    let about = news.item.as_ref().map_or_else(String::new, short);
    let guild = news.guild.as_ref().map_or_else(String::new, ToString::to_string);
    Shown::new(Role::Quiet, &format!("{:<11} {guild:<18} {about:<11} ", when(news.at, now))).and(role, &what)
}

fn routed(route: Route) -> (Role, &'static str) {
    match route {
        Route::AnotherRater => (Role::Text, "one more rater is needed"),
        Route::Agreed => (Role::Good, "its raters agree"),
        Route::Disputed => (Role::Warning, "a dispute is open"),
        Route::Adjudicated => (Role::Good, "ruled on"),
        Route::Gold => (Role::Gold, "gold"),
        Route::Challenged => (Role::Warning, "its gold is challenged"),
        Route::Superseded => (Role::Text, "its gold is superseded"),
        Route::Upheld => (Role::Gold, "its gold is upheld"),
    }
}
