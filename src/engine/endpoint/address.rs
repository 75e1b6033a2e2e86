//! Where an endpoint is: its base address, and the addresses of what it offers; connecting is not here.

use std::fmt;

use reqwest::Url;

use crate::engine::net::is_local;

use super::endpoint_error::EndpointError;

/// The longest address, in bytes.
const LONGEST: usize = 2048;

/// The base address of an endpoint: `https://api.example.org/v1`, `http://localhost:8080`.
///
/// It holds no secret, so it may be shown and recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    base: Url,
}

impl Address {
    /// From text. `/v1` is added unless the path ends with a version already.
    ///
    /// Errors: anything but http and https, a user name, a password, a query. They never quote the text, as it may hold a
    /// secret.
    pub fn new(text: &str) -> Result<Self, EndpointError> {
        let wrong = |why: &str| EndpointError::Address(why.to_owned());
        if text.len() > LONGEST {
            return Err(wrong("it is longer than 2,048 bytes"));
        }
        let mut base = Url::parse(text.trim()).map_err(|error| wrong(&error.to_string()))?;
        if !["http", "https"].contains(&base.scheme()) {
            return Err(wrong("it begins with neither http:// nor https://"));
        }
        if !base.username().is_empty() || base.password().is_some() {
            return Err(wrong("it has a user name or a password; put the key into a file or the environment"));
        }
        if base.query().is_some() || base.fragment().is_some() {
            return Err(wrong("it has a query (?) or a fragment (#); leave them out"));
        }
        let path = base.path().trim_end_matches('/').to_owned();
        if path.ends_with("/completions") {
            return Err(wrong("it is that of one service; leave out /chat/completions or /completions"));
        }
        let versioned = path.rsplit('/').next().is_some_and(is_version);
        base.set_path(&if versioned { path } else { format!("{path}/v1") });
        Ok(Self { base })
    }

    /// Where chats are answered.
    pub(super) fn chat(&self) -> Url {
        self.service("chat/completions")
    }

    /// Where texts are continued.
    pub(super) fn completions(&self) -> Url {
        self.service("completions")
    }

    /// Whether what is sent is encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.base.scheme() == "https"
    }

    /// Whether it is on this machine, by its name alone.
    pub fn is_local(&self) -> bool {
        is_local(&self.base)
    }

    fn service(&self, name: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}/{name}", self.base.path()));
        url
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.base.as_str())
    }
}

/// `v1`, `v1beta`.
fn is_version(segment: &str) -> bool {
    segment.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_lie_below_the_version() {
        for (given, chat) in [
            ("http://localhost:8080", "http://localhost:8080/v1/chat/completions"),
            ("http://localhost:8080/", "http://localhost:8080/v1/chat/completions"),
            ("https://x.example/v1/", "https://x.example/v1/chat/completions"),
            ("https://x.example/api", "https://x.example/api/v1/chat/completions"),
            ("https://x.example/v1beta/openai", "https://x.example/v1beta/openai/v1/chat/completions"),
            ("https://x.example/llm/v4", "https://x.example/llm/v4/chat/completions"),
        ] {
            assert_eq!(Address::new(given).unwrap().chat().as_str(), chat);
        }
        let address = Address::new("https://X.example:443/v1").unwrap();
        assert_eq!(address.completions().as_str(), "https://x.example/v1/completions");
        assert_eq!(address.to_string(), "https://x.example/v1");
    }

    #[test]
    fn what_is_no_base_address_is_refused_unquoted() {
        for bad in [
            "localhost:8080",
            "ftp://x.example",
            "https://",
            "https://me:hunter2@x.example/v1",
            "https://hunter2@x.example/v1",
            "https://x.example/v1?key=hunter2",
            "https://x.example/v1#hunter2",
            "https://x.example/v1/chat/completions",
            "https://hunter2 .example",
        ] {
            let error = Address::new(bad).unwrap_err().to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
        assert!(Address::new(&format!("https://x.example/{}", "a".repeat(3000))).is_err());
    }

    #[test]
    fn this_machine_is_known_by_its_name() {
        let local = |text: &str| Address::new(text).unwrap().is_local();
        assert!(local("http://localhost") && local("http://127.8.9.1:1") && local("http://[::1]:80"));
        assert!(!local("http://localhost.example") && !local("http://10.0.0.1") && !local("http://127.0.0.1.example"));
    }
}
