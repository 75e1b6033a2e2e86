//! The reader over files that are whole, cut, altered and hostile.

use proptest::prelude::*;

use super::*;

fn text(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as u64).to_le_bytes());
    out.extend(text.as_bytes());
}

/// A small file with a value of every kind and two tensors.
fn small() -> Vec<u8> {
    let mut out = b"GGUF".to_vec();
    out.extend(3_u32.to_le_bytes());
    out.extend(2_u64.to_le_bytes());
    out.extend(6_u64.to_le_bytes());
    text(&mut out, "general.architecture");
    out.extend(8_u32.to_le_bytes());
    text(&mut out, "llama");
    text(&mut out, "a.count");
    out.extend(4_u32.to_le_bytes());
    out.extend(7_u32.to_le_bytes());
    text(&mut out, "a.float");
    out.extend(6_u32.to_le_bytes());
    out.extend(0.5_f32.to_le_bytes());
    text(&mut out, "a.truth");
    out.extend(7_u32.to_le_bytes());
    out.push(1);
    text(&mut out, "tokens");
    out.extend(9_u32.to_le_bytes());
    out.extend(8_u32.to_le_bytes());
    out.extend(2_u64.to_le_bytes());
    text(&mut out, "one");
    text(&mut out, "two");
    text(&mut out, "kinds");
    out.extend(9_u32.to_le_bytes());
    out.extend(5_u32.to_le_bytes());
    out.extend(2_u64.to_le_bytes());
    out.extend((-1_i32).to_le_bytes());
    out.extend(3_i32.to_le_bytes());
    for (name, offset) in [("first", 0_u64), ("second", 64)] {
        text(&mut out, name);
        out.extend(2_u32.to_le_bytes());
        out.extend(32_u64.to_le_bytes());
        out.extend(3_u64.to_le_bytes());
        out.extend(2_u32.to_le_bytes());
        out.extend(offset.to_le_bytes());
    }
    out.resize(out.len().next_multiple_of(32) + 64 + 54, 0);
    out
}

fn read(bytes: &[u8]) -> Result<Gguf, ModelError> {
    Gguf::read(bytes, bytes.len() as u64)
}

/// The small file with the bytes that follow a mark replaced.
fn altered(after: &[u8], skip: usize, with: &[u8]) -> String {
    let mut bytes = small();
    let at = bytes.windows(after.len()).position(|window| window == after).unwrap() + after.len() + skip;
    bytes[at..at + with.len()].copy_from_slice(with);
    read(&bytes).unwrap_err().to_string()
}

#[test]
fn a_whole_file_reads() {
    let gguf = read(&small()).unwrap();
    assert_eq!(gguf.metadata.text("general.architecture"), Some("llama"));
    assert_eq!((gguf.metadata.unsigned("a.count"), gguf.metadata.float("a.float")), (Some(7), Some(0.5)));
    assert_eq!(gguf.metadata.truth("a.truth"), Some(true));
    assert_eq!(gguf.metadata.texts("tokens").unwrap(), ["one", "two"]);
    assert_eq!(gguf.metadata.integers("kinds"), Some([-1, 3].as_slice()));
    let second = &gguf.tensors["second"];
    assert_eq!((second.kind, second.shape.as_slice(), second.bytes), (TensorType::Q4_0, [3, 32].as_slice(), 54));
    assert_eq!(second.offset, gguf.tensors["first"].offset + 64);
}

#[test]
fn hostile_files_are_named_for_what_they_do() {
    let huge = u64::MAX.to_le_bytes();
    assert!(read(b"GGML____").unwrap_err().to_string().contains("start with GGUF"));
    assert!(altered(b"GGUF", 0, &[0, 0, 0, 3]).contains("GGUF version \"50331648\""));
    assert!(altered(b"GGUF", 0, &[1, 0, 0, 0]).contains("GGUF version \"1\""));
    assert!(altered(b"GGUF", 4, &huge).contains("cannot hold 18446744073709551615 tensors"));
    assert!(altered(b"GGUF", 12, &huge).contains("cannot hold"));
    assert!(altered(b"tokens", 8, &huge).contains("array elements"));
    assert!(altered(b"tokens", 4, &[9]).contains("array of arrays"));
    assert!(altered(b"a.truth", 4, &[2]).contains("truth value"));
    assert!(altered(b"a.truth", 0, &[99]).contains("type 99"));
    assert!(altered(b"a.", 0, b"float").contains("twice"));
    assert!(altered(b"first", 0, &[5]).contains("5 dimensions"));
    assert!(altered(b"first", 4, &[0]).contains("impossible dimension"));
    assert!(altered(b"first", 4, &[33]).contains("whole blocks"));
    assert!(altered(b"first", 12, &huge).contains("too large"));
    assert!(altered(b"first", 20, &[23]).contains("IQ4_XS"));
    assert!(altered(b"first", 20, &[77]).contains("number 77"));
    assert!(altered(b"second", 24, &[32]).contains("overlap"));
    assert!(altered(b"second", 24, &[1]).contains("aligned"));
    assert!(altered(b"second", 24, &[0, 0, 0, 1]).contains("past the end"));
    assert!(altered(b"second", 24, &(u64::MAX - 31).to_le_bytes()).contains("past the end"));
}

#[test]
fn every_cut_is_seen() {
    let bytes = small();
    for length in 0..bytes.len() {
        assert!(read(&bytes[..length]).is_err(), "{length}");
    }
}

#[test]
fn a_count_that_only_the_length_allows_costs_nothing() {
    // the file claims to be long; the reader must not trust a count any further than it has read
    let mut bytes = small()[..24].to_vec();
    bytes[8..16].copy_from_slice(&(1_u64 << 20).to_le_bytes());
    assert!(Gguf::read(bytes.as_slice(), u64::MAX).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn altered_files_never_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut bytes = small();
        for (place, value) in changes {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        if let Ok(gguf) = read(&bytes) {
            for info in gguf.tensors.values() {
                prop_assert!(info.offset + info.bytes <= bytes.len() as u64);
            }
        }
    }

    #[test]
    fn noise_never_panics(noise in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut bytes = b"GGUF\x03\0\0\0".to_vec();
        bytes.extend(noise);
        let _ = read(&bytes);
    }
}
