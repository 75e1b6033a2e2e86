//! Bytes that a terminal sends, as keys and pasted text. Pure: whoever reads says when a pause has passed, after which a
//! lone Escape is a key.

use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

/// A paste over this many bytes is dropped whole: half of it would be signed as if it were all.
const MAX_PASTE: usize = 256 << 10;
/// A sequence over this many bytes is none.
const MAX_SEQUENCE: usize = 32;
const PASTE_END: &[u8] = b"\x1b[201~";

/// See the module's first line.
#[derive(Debug, Default)]
pub struct Typed {
    held: Vec<u8>,
    pasting: bool,
    /// The paste that is coming is too long.
    too_long: bool,
    /// How much of a paste was searched for its end.
    searched: usize,
}

/// What the held bytes begin with.
enum Next {
    /// This, over so many bytes; nothing for what means nothing here.
    Found(Option<KeyEvent>, usize),
    /// Pasted text follows after so many bytes.
    Paste(usize),
    /// More bytes are needed.
    Unfinished,
}

impl Typed {
    /// Takes bytes in and gives what they complete.
    pub fn take(&mut self, bytes: &[u8]) -> Vec<Event> {
        self.held.extend_from_slice(bytes);
        let mut events = Vec::new();
        let mut at = 0;
        loop {
            if self.pasting {
                self.held.drain(..at);
                at = 0;
                match self.pasted() {
                    Some(event) => events.extend(event),
                    None => return events,
                }
                continue;
            }
            match next(&self.held[at..]) {
                Next::Found(key, length) => {
                    at += length;
                    events.extend(key.map(Event::Key));
                }
                Next::Paste(length) => {
                    at += length;
                    (self.pasting, self.too_long, self.searched) = (true, false, 0);
                }
                Next::Unfinished => {
                    self.held.drain(..at);
                    return events;
                }
            }
        }
    }

    /// How long a pause is after which what waits is all there is; none if nothing waits. An Escape alone may be a key, a
    /// longer start of a sequence was cut by the network.
    pub fn patience(&self) -> Option<Duration> {
        match (self.pasting, self.held.as_slice()) {
            (true, _) | (_, []) => None,
            (_, [0x1b]) => Some(Duration::from_millis(30)),
            _ => Some(Duration::from_secs(1)),
        }
    }

    /// The pause has passed.
    pub fn pause(&mut self) -> Vec<Event> {
        if self.pasting {
            return Vec::new();
        }
        match std::mem::take(&mut self.held).as_slice() {
            [0x1b] => vec![plain(KeyCode::Esc)],
            // half a sequence is no keys: its rest would be typed
            _ => Vec::new(),
        }
    }

    /// The pasted text once its end is there; none while it isn't.
    fn pasted(&mut self) -> Option<Option<Event>> {
        let from = self.searched.saturating_sub(PASTE_END.len() - 1);
        let end = self.held[from..].windows(PASTE_END.len()).position(|window| window == PASTE_END);
        let Some(end) = end.map(|end| end + from) else {
            if self.held.len() > MAX_PASTE + PASTE_END.len() {
                self.too_long = true;
                self.held.drain(..self.held.len() - PASTE_END.len());
            }
            self.searched = self.held.len();
            return None;
        };
        let too_long = self.too_long || end > MAX_PASTE;
        let text = String::from_utf8_lossy(&self.held[..end]).replace("\r\n", "\n").replace('\r', "\n");
        self.held.drain(..end + PASTE_END.len());
        self.pasting = false;
        Some((!too_long).then_some(Event::Paste(text)))
    }
}

fn plain(code: KeyCode) -> Event {
    Event::Key(KeyEvent::new(code, KeyModifiers::NONE))
}

fn found(code: KeyCode, modifiers: KeyModifiers, length: usize) -> Next {
    Next::Found(Some(KeyEvent::new(code, modifiers)), length)
}

fn next(held: &[u8]) -> Next {
    match held {
        [] | [0x1b] => Next::Unfinished,
        [0x1b, b'[', rest @ ..] => control_sequence(rest),
        [0x1b, b'O'] => Next::Unfinished,
        [0x1b, b'O', b'M', ..] => found(KeyCode::Enter, KeyModifiers::NONE, 3),
        [0x1b, b'O', last, ..] => Next::Found(final_key(*last).map(|code| KeyEvent::new(code, KeyModifiers::NONE)), 3),
        // an Escape before another sequence is a key of its own
        [0x1b, 0x1b, ..] => found(KeyCode::Esc, KeyModifiers::NONE, 1),
        [0x1b, rest @ ..] => match character(rest) {
            Next::Found(Some(key), length) => found(key.code, key.modifiers | KeyModifiers::ALT, length + 1),
            Next::Found(None, length) => Next::Found(None, length + 1),
            other => other,
        },
        held => character(held),
    }
}

/// One character, or a control character as the key that sends it.
fn character(held: &[u8]) -> Next {
    let control = |byte: u8, base: u8| found(KeyCode::Char(char::from(byte + base)), KeyModifiers::CONTROL, 1);
    match held.first() {
        None => Next::Unfinished,
        Some(b'\r') => found(KeyCode::Enter, KeyModifiers::NONE, 1),
        Some(b'\t') => found(KeyCode::Tab, KeyModifiers::NONE, 1),
        Some(0x08 | 0x7f) => found(KeyCode::Backspace, KeyModifiers::NONE, 1),
        Some(0) => found(KeyCode::Char(' '), KeyModifiers::CONTROL, 1),
        Some(byte @ 0x01..=0x1a) => control(*byte, b'a' - 1),
        Some(byte @ 0x1c..=0x1f) => control(*byte - 0x1c, b'4'),
        Some(byte) => {
            let length = match byte {
                0x00..=0x7f => 1,
                0xc2..=0xdf => 2,
                0xe0..=0xef => 3,
                0xf0..=0xf4 => 4,
                _ => return Next::Found(None, 1),
            };
            let Some(bytes) = held.get(..length) else {
                let broken = held[1..].iter().any(|byte| byte & 0xc0 != 0x80);
                return if broken { Next::Found(None, 1) } else { Next::Unfinished };
            };
            match std::str::from_utf8(bytes).ok().and_then(|text| text.chars().next()) {
                Some(typed) if typed.is_control() => Next::Found(None, length),
                Some(typed) => found(KeyCode::Char(typed), KeyModifiers::NONE, length),
                None => Next::Found(None, 1),
            }
        }
    }
}

/// What follows `ESC [`.
fn control_sequence(rest: &[u8]) -> Next {
    // the Linux console's function keys
    if let [b'[', which, ..] = rest {
        let key = (b'A'..=b'E').contains(which).then(|| KeyCode::F(which - b'A' + 1));
        return Next::Found(key.map(|code| KeyEvent::new(code, KeyModifiers::NONE)), 4);
    }
    if rest == b"[" {
        return Next::Unfinished;
    }
    let end = match rest.iter().take(MAX_SEQUENCE).position(|byte| (0x40..=0x7e).contains(byte)) {
        Some(end) => end,
        None if rest.len() >= MAX_SEQUENCE => return Next::Found(None, MAX_SEQUENCE + 2),
        None => return Next::Unfinished,
    };
    // reports of a mouse, or answers of a terminal that nobody asked, are no keys
    match rest.first() {
        Some(b'M') => return if rest.len() < 4 { Next::Unfinished } else { Next::Found(None, 6) },
        Some(b'<' | b'=' | b'>' | b'?') => return Next::Found(None, end + 3),
        _ => {}
    }
    let text = std::str::from_utf8(&rest[..end]).unwrap_or_default();
    let numbers: Vec<u32> = text.split(';').map(|number| number.parse().unwrap_or(0)).collect();
    let length = end + 3;
    let held = modifiers(numbers.get(1).copied().unwrap_or(1));
    match (rest[end], numbers.first()) {
        (b'~', Some(200)) => Next::Paste(length),
        (b'~', Some(number)) => Next::Found(numbered_key(*number).map(|code| KeyEvent::new(code, held)), length),
        (last, _) => Next::Found(final_key(last).map(|code| KeyEvent::new(code, held)), length),
    }
}

fn modifiers(code: u32) -> KeyModifiers {
    let bits = code.saturating_sub(1);
    let mut held = KeyModifiers::NONE;
    for (bit, modifier) in [(1, KeyModifiers::SHIFT), (2, KeyModifiers::ALT), (4, KeyModifiers::CONTROL)] {
        if bits & bit != 0 {
            held |= modifier;
        }
    }
    held
}

fn final_key(last: u8) -> Option<KeyCode> {
    Some(match last {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'F' => KeyCode::End,
        b'H' => KeyCode::Home,
        b'Z' => KeyCode::BackTab,
        b'P'..=b'S' => KeyCode::F(last - b'P' + 1),
        _ => return None,
    })
}

fn numbered_key(number: u32) -> Option<KeyCode> {
    Some(match number {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        11..=15 => KeyCode::F(u8::try_from(number).ok()? - 10),
        17..=21 => KeyCode::F(u8::try_from(number).ok()? - 11),
        23 | 24 => KeyCode::F(u8::try_from(number).ok()? - 12),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(bytes: &[u8]) -> Vec<Event> {
        let mut typed = Typed::default();
        let mut events = typed.take(bytes);
        events.extend(typed.pause());
        events
    }

    fn key(code: KeyCode) -> Event {
        plain(code)
    }

    #[test]
    fn keys_are_what_terminals_send() {
        let control = |c| Event::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL));
        assert_eq!(all(b"a\r\t\x7f"), [KeyCode::Char('a'), KeyCode::Enter, KeyCode::Tab, KeyCode::Backspace].map(key));
        assert_eq!(
            all(b"\x1b[A\x1bOB\x1b[6~\x1b[Z"),
            [KeyCode::Up, KeyCode::Down, KeyCode::PageDown, KeyCode::BackTab].map(key)
        );
        assert_eq!(all(b"\x13\x03"), [control('s'), control('c')]);
        assert_eq!(all(b"\x1b[1;5C"), [Event::Key(KeyEvent::new(KeyCode::Right, KeyModifiers::CONTROL))]);
        assert_eq!(all(b"\x1bx"), [Event::Key(KeyEvent::new(KeyCode::Char('x'), KeyModifiers::ALT))]);
        assert_eq!(all(b"\x1b[24~\x1b[[A"), [KeyCode::F(12), KeyCode::F(1)].map(key));
        assert_eq!(all("é漢".as_bytes()), [KeyCode::Char('é'), KeyCode::Char('漢')].map(key));
    }

    #[test]
    fn escape_alone_is_a_key_after_a_pause() {
        let mut typed = Typed::default();
        assert!(typed.take(b"\x1b").is_empty() && typed.patience() == Some(Duration::from_millis(30)));
        assert_eq!(typed.pause(), [key(KeyCode::Esc)]);
        assert_eq!(all(b"\x1b\x1b[A"), [KeyCode::Esc, KeyCode::Up].map(key));
    }

    #[test]
    fn mice_and_cut_sequences_are_no_keys() {
        assert_eq!(all(b"\x1b[<0;10;5M\x1b[<0;10;5m\x1b[M !!\x1b[?1;2cq"), [key(KeyCode::Char('q'))]);
        assert!(all(b"\x1b[20").is_empty(), "half a sequence, after a pause");
    }

    #[test]
    fn pasted_text_is_no_keys() {
        assert_eq!(
            all(b"\x1b[200~Q\r\ny\x1b[31m\x1b[201~q"),
            [Event::Paste("Q\ny\x1b[31m".into()), key(KeyCode::Char('q'))]
        );
        let long = [b"\x1b[200~".as_slice(), &vec![b'y'; MAX_PASTE + 1], b"\x1b[201~n"].concat();
        assert_eq!(all(&long), [key(KeyCode::Char('n'))], "a paste too long is dropped whole");
        let mut endless = Typed::default();
        endless.take(b"\x1b[200~");
        for _ in 0..100 {
            assert!(endless.take(&[b'y'; 1 << 15]).is_empty());
            assert!(endless.held.len() <= MAX_PASTE + PASTE_END.len(), "an endless one is not kept");
        }
        assert_eq!(endless.take(b"\x1b[201~n"), [key(KeyCode::Char('n'))]);
    }

    proptest! {
        /// However bytes arrive, they mean the same, and little is held.
        #[test]
        fn cuts_change_nothing(bytes in proptest::collection::vec(prop_oneof![Just(0x1b), Just(b'['), Just(b'~'), any::<u8>()], 0..200), cut in 0_usize..200) {
            let mut whole = Typed::default();
            let mut parts = Typed::default();
            let cut = cut.min(bytes.len());
            let mut given = parts.take(&bytes[..cut]);
            given.extend(parts.take(&bytes[cut..]));
            prop_assert_eq!(whole.take(&bytes), given);
            prop_assert!(whole.pasting || whole.held.len() <= MAX_SEQUENCE + 3);
        }
    }
}
