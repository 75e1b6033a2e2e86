//! Identifiers as newtypes, each with its one spelling; how they are made stands with what they name.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A string that is not an identifier of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {expected}")]
pub struct IdError {
    text: String,
    expected: &'static str,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $expected:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::try_from(text.to_owned())
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                let check: fn(&str) -> bool = $check;
                if check(&text) { Ok(Self(text)) } else { Err(IdError { text, expected: $expected }) }
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    };
}

id!(
    /// A hall: `h_` and 26 base32 characters, random.
    HallId, "a hall id (h_ and base32)", |text| is_prefixed(text, "h_", 26)
);
id!(
    /// A member: `m_` and 26 base32 characters, random; the directory knows the name.
    MemberId, "a member id (m_ and base32)", |text| is_prefixed(text, "m_", 26)
);
id!(
    /// An institution: `in_` and 26 base32 characters, random; the directory knows the name.
    InstitutionId, "an institution id (in_ and base32)", |text| text == "unattested" || is_prefixed(text, "in_", 26)
);
id!(
    /// An item: `it_` and the base32 of a SHA-256 over guild, prompt and output texts.
    ItemId, "an item id (it_ and 52 base32 characters)", |text| is_prefixed(text, "it_", 52)
);
id!(
    /// A label: `lb_` and the base32 of a SHA-256 over item and label key.
    LabelId, "a label id (lb_ and 52 base32 characters)", |text| is_prefixed(text, "lb_", 52)
);
id!(
    /// A guild: the stem of its charter file, such as `civil-engineering`.
    GuildId, "a guild id (lower-case letters, digits and inner hyphens)", is_slug
);
id!(
    /// The Merkle root over the item ids of one import, 64 hexadecimal characters.
    BatchId, "a batch id (64 lower-case hexadecimal characters)", is_hex_digest
);
id!(
    /// A SHA-256 digest, 64 lower-case hexadecimal characters.
    Digest, "a digest (64 lower-case hexadecimal characters)", is_hex_digest
);

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self::from_bytes(super::sha256(&[bytes]))
    }

    /// The digest with these 32 bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(data_encoding::HEXLOWER.encode(&bytes))
    }

    /// The 32 bytes.
    pub fn to_bytes(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        let decoded = data_encoding::HEXLOWER.decode_mut(self.0.as_bytes(), &mut bytes);
        debug_assert!(decoded.is_ok(), "checked when made");
        bytes
    }
}

macro_rules! from_entropy {
    ($($name:ident $prefix:literal),+) => {
        $(impl $name {
            /// The id made of 128 random bits.
            pub fn from_entropy(entropy: [u8; 16]) -> Self {
                Self(format!(concat!($prefix, "{}"), base32(&entropy)))
            }
        })+
    };
}
from_entropy!(HallId "h_", MemberId "m_", InstitutionId "in_");

macro_rules! from_hash {
    ($($name:ident $prefix:literal),+) => {
        $(impl $name {
            /// The id made of a SHA-256.
            pub fn from_hash(hash: [u8; 32]) -> Self {
                Self(format!(concat!($prefix, "{}"), base32(&hash)))
            }
        })+
    };
}
from_hash!(ItemId "it_", LabelId "lb_");

/// Lower-case RFC 4648 base32 without padding.
fn base32(bytes: &[u8]) -> String {
    data_encoding::BASE32_NOPAD.encode(bytes).to_ascii_lowercase()
}

fn is_prefixed(text: &str, prefix: &str, characters: usize) -> bool {
    text.strip_prefix(prefix).is_some_and(|rest| {
        rest.len() == characters && rest.bytes().all(|b| b.is_ascii_lowercase() || (b'2'..=b'7').contains(&b))
    })
}

fn is_hex_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

fn is_slug(text: &str) -> bool {
    let edge = |b: Option<u8>| b.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    text.len() <= 64
        && edge(text.bytes().next())
        && edge(text.bytes().last())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_one_spelling() {
        assert!("civil-engineering".parse::<GuildId>().is_ok());
        for wrong in ["", "-a", "A", "a/b", "a..b"] {
            assert!(wrong.parse::<GuildId>().is_err(), "{wrong}");
        }
        let item = ItemId::from_hash([7; 32]);
        assert_eq!(item.as_str().parse::<ItemId>().as_ref(), Ok(&item));
        assert!(item.as_str().to_uppercase().parse::<ItemId>().is_err());
        let digest = Digest::of(b"");
        assert_eq!(Digest::from_bytes(digest.to_bytes()), digest);
        assert!(digest.as_str().to_uppercase().parse::<Digest>().is_err());
    }
}
