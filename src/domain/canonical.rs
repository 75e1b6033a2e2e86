//! Every byte string that is hashed for a meaning is made here: canonical JSON, item ids, commitments, digests.

use serde::Serialize;
use serde_json::{Value, json};

use super::{Digest, GuildId, ItemId, MemberId, Output, Terms, Turn, sha256};

/// The largest integer that every JSON reader keeps exactly, 2^53 - 1.
const MAX_INTEGER: u64 = (1 << 53) - 1;

/// A value that has no canonical form in the ledger.
#[derive(Debug, thiserror::Error)]
pub enum CanonicalError {
    /// A fraction, or an integer beyond 2^53 - 1.
    #[error("the number {0} is not an integer of at most 2^53 - 1")]
    Number(String),
    /// The value is not JSON.
    #[error("not JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// The RFC 8785 bytes of `value`.
///
/// Errors: a number that is not an integer of at most 2^53 - 1, since the canonical form would round it in silence.
pub fn canonical(value: &impl Serialize) -> Result<Vec<u8>, CanonicalError> {
    canonical_value(&serde_json::to_value(value)?)
}

/// The RFC 8785 bytes of a JSON value; errors as [`canonical`].
pub fn canonical_value(value: &Value) -> Result<Vec<u8>, CanonicalError> {
    check_numbers(value)?;
    Ok(serde_json_canonicalizer::to_vec(value)?)
}

fn check_numbers(value: &Value) -> Result<(), CanonicalError> {
    match value {
        Value::Number(number) => {
            let magnitude = number.as_i64().map(i64::unsigned_abs).or_else(|| number.as_u64());
            match magnitude {
                Some(magnitude) if magnitude <= MAX_INTEGER => Ok(()),
                _ => Err(CanonicalError::Number(number.to_string())),
            }
        }
        Value::Array(values) => values.iter().try_for_each(check_numbers),
        Value::Object(fields) => fields.values().try_for_each(check_numbers),
        _ => Ok(()),
    }
}

/// The id of an item: what is judged, apart from which models said it.
pub fn item_id(guild: &GuildId, prompt: &[Turn], outputs: &[Output]) -> Result<ItemId, CanonicalError> {
    let texts: Vec<&[Turn]> = outputs.iter().map(|output| output.text.as_slice()).collect();
    let body = canonical(&json!({"guild": guild, "outputs": texts, "prompt": prompt}))?;
    Ok(ItemId::from_hash(sha256(&[b"guildhall/item/v1\0", &body])))
}

/// The commitment to one part of a body, opened by its salt.
pub fn commitment(salt: &[u8; 32], part: &Value) -> Result<Digest, CanonicalError> {
    let body = canonical_value(part)?;
    Ok(Digest::from_bytes(sha256(&[b"guildhall/body/v1\0", salt, &body])))
}

/// The digest by which a contribution names the terms it is given under, the hall's licence among them.
pub fn terms_digest(terms: &Terms, licence: &str) -> Result<Digest, CanonicalError> {
    let Terms { attribution, models, uses } = terms;
    let document = json!({"attribution": attribution, "licence": licence, "models": models, "uses": uses});
    Ok(Digest::of(&canonical(&document)?))
}

/// What an entry's manifest and its author's next entry call a core: the SHA-256 of its line without the line feed.
pub fn core_hash(core_line: &[u8]) -> Digest {
    Digest::of(core_line)
}

/// In which order `rater` sees the outputs of `item`: 1-based output numbers, the same at every look.
pub fn shown_order(item: &ItemId, rater: &MemberId, outputs: usize) -> Vec<u32> {
    let mut keyed: Vec<([u8; 32], u32)> = (1..=u32::try_from(outputs).unwrap_or(u32::MAX))
        .map(|output| {
            let key = [item.as_str().as_bytes(), rater.as_str().as_bytes(), &output.to_be_bytes()];
            (sha256(&[b"guildhall/order/v1\0", key[0], key[1], key[2]]), output)
        })
        .collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, output)| output).collect()
}

/// The digest of an item as it was shown: its id, which covers the texts, and the order of outputs.
pub fn shown_digest(item: &ItemId, order: &[u32]) -> Result<Digest, CanonicalError> {
    let body = canonical(&json!({"item": item, "order": order}))?;
    Ok(Digest::from_bytes(sha256(&[b"guildhall/shown/v1\0", &body])))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(role: &str, content: &str) -> Turn {
        Turn { role: role.into(), content: content.into() }
    }

    /// Frozen: a change here changes every hall's ids.
    #[test]
    fn vectors_are_frozen() {
        let guild: GuildId = "cardiology".parse().unwrap();
        let output = |model: &str| Output {
            text: vec![turn("assistant", "Hold warfarin.")],
            model: Some(model.into()),
            params: None,
        };
        let prompt = [turn("user", "INR 7.2?")];
        let id = item_id(&guild, &prompt, &[output("a")]).unwrap();
        assert_eq!(id, item_id(&guild, &prompt, &[output("b")]).unwrap(), "models don't count");
        let body = br#"{"guild":"cardiology","outputs":[[{"content":"Hold warfarin.","role":"assistant"}]],"prompt":[{"content":"INR 7.2?","role":"user"}]}"#;
        assert_eq!(id, ItemId::from_hash(sha256(&[b"guildhall/item/v1\0", body])));
        let commit = commitment(&[1; 32], &json!({"correct@1": "no"})).unwrap();
        let expected = sha256(&[b"guildhall/body/v1\0", &[1; 32], br#"{"correct@1":"no"}"#]);
        assert_eq!(commit, Digest::from_bytes(expected));
    }

    #[test]
    fn numbers_that_would_be_rounded_are_refused() {
        assert!(canonical_value(&json!({"a": 1.5})).is_err());
        assert!(canonical_value(&json!([1u64 << 53])).is_err());
        assert_eq!(canonical_value(&json!({"b": 1, "a": -2})).unwrap(), br#"{"a":-2,"b":1}"#);
    }
}
