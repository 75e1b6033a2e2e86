//! Why a connection failed, in the words of all that took part.

use std::error::Error;

/// An error with its causes, each said once.
pub fn causes(error: &reqwest::Error) -> String {
    let mut words = String::new();
    let mut cause = error.source();
    while let Some(current) = cause {
        let next = current.to_string();
        if !words.contains(&next) {
            words = if words.is_empty() { next } else { format!("{words}: {next}") };
        }
        cause = current.source();
    }
    if words.is_empty() { "the connection failed".to_owned() } else { words }
}

/// Whether encryption failed, which another try doesn't change.
pub fn is_about_trust(error: &(dyn Error + 'static)) -> bool {
    // an input or output error is silent about the error that it holds
    let held = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    let held = held.map(|held| held as &(dyn Error + 'static));
    error.is::<rustls::Error>() || held.or_else(|| error.source()).is_some_and(is_about_trust)
}
