//! Finding what a text hides: control characters, escape sequences, direction changes, invisible characters, tags.

use unicode_width::UnicodeWidthChar;

/// Combining marks in a row that scripts need; more are a smear over neighbouring lines.
const MARKS: usize = 4;
/// An escape sequence longer than this is taken for an unterminated one.
const LONGEST: usize = 1024;

/// A stretch of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Drawn as it is.
    Plain(&'a str),
    /// Spaces in place of a tab.
    Tab,
    /// A line feed in place of this many characters.
    Break(usize),
    /// Something hidden: its chip, and how many characters of the text it stands for.
    Chip(String, usize),
}

/// The pieces of a text, in order.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let (mut plain, mut at, mut marks, mut before) = (0, 0, 0, ' ');
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = text.get(at..).unwrap_or_default();
        let is_mark = c >= '\u{300}' && c.width() == Some(0);
        marks = if is_mark { marks + 1 } else { 0 };
        let hidden = match c {
            ' '..='~' | '\n' => None,
            _ => hidden(c, rest, before).or_else(|| (is_mark && marks > MARKS).then(|| smear(rest))),
        };
        let Some((piece, length)) = hidden else {
            at += c.len_utf8();
            before = c;
            continue;
        };
        if plain < at {
            found.extend(text.get(plain..at).map(Piece::Plain));
        }
        found.push(piece);
        at += length;
        plain = at;
        before = ' ';
    }
    found.extend(text.get(plain..).filter(|rest| !rest.is_empty()).map(Piece::Plain));
    found
}

type Hidden = (Piece<'static>, usize);

/// What starts here, if it is hidden, and its length in bytes.
fn hidden(c: char, rest: &str, before: char) -> Option<Hidden> {
    match c {
        '\t' => Some((Piece::Tab, 1)),
        '\r' if rest.starts_with("\r\n") => Some((Piece::Break(2), 2)),
        '\u{2028}' | '\u{2029}' => Some((named(c, "line separator"), c.len_utf8())),
        '\u{1b}' | '\u{90}' | '\u{98}' | '\u{9b}' | '\u{9d}'..='\u{9f}' => Some(escape(rest)),
        c if c.is_control() => Some((named(c, control(c)), c.len_utf8())),
        '\u{e0000}'..='\u{e007f}' => Some(tags(rest)),
        '\u{fe00}'..='\u{fe0d}' | '\u{e0100}'..='\u{e01ef}' => Some(selectors(rest)),
        '\u{fe0e}' | '\u{fe0f}' if takes_selector(before) => None,
        '\u{fe0e}' | '\u{fe0f}' => Some((named(c, "variation selector"), c.len_utf8())),
        '\u{200c}' | '\u{200d}' if joins(before, rest) => None,
        c => invisible(c).map(|name| (named(c, name), c.len_utf8())),
    }
}

/// Whether one selector may follow: a keycap's sign, or a pictograph.
fn takes_selector(before: char) -> bool {
    let is_selector = matches!(before, '\u{fe0e}' | '\u{fe0f}');
    before.is_ascii_digit() || "#*".contains(before) || (before >= '\u{a9}' && !before.is_alphabetic() && !is_selector)
}

fn named(c: char, name: &str) -> Piece<'static> {
    let space = if name.is_empty() { "" } else { " " };
    Piece::Chip(format!("‹U+{:04X}{space}{name}›", u32::from(c)), 1)
}

fn control(c: char) -> &'static str {
    const NAMES: [&str; 32] = [
        "NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS", "HT", "LF", "VT", "FF", "CR", "SO", "SI", "DLE",
        "DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM", "SUB", "ESC", "FS", "GS", "RS", "US",
    ];
    match c {
        '\u{7f}' => "DEL",
        '\u{85}' => "NEL",
        c => usize::try_from(u32::from(c)).ok().and_then(|n| NAMES.get(n)).copied().unwrap_or_default(),
    }
}

/// The name of a character that is seen as nothing or turns text round; none if it isn't one.
fn invisible(c: char) -> Option<&'static str> {
    Some(match c {
        '\u{ad}' => "soft hyphen",
        '\u{34f}' => "CGJ",
        '\u{61c}' => "ALM",
        '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' => "Hangul filler",
        '\u{17b4}' | '\u{17b5}' => "Khmer inherent vowel",
        '\u{180b}'..='\u{180f}' => "Mongolian separator",
        '\u{200b}' => "ZWSP",
        '\u{200c}' => "ZWNJ",
        '\u{200d}' => "ZWJ",
        '\u{200e}' => "LRM",
        '\u{200f}' => "RLM",
        '\u{202a}' => "LRE",
        '\u{202b}' => "RLE",
        '\u{202c}' => "PDF",
        '\u{202d}' => "LRO",
        '\u{202e}' => "RLO",
        '\u{2060}' => "WJ",
        '\u{2061}'..='\u{2064}' => "invisible operator",
        '\u{2065}' => "unassigned",
        '\u{2066}' => "LRI",
        '\u{2067}' => "RLI",
        '\u{2068}' => "FSI",
        '\u{2069}' => "PDI",
        '\u{206a}'..='\u{206f}' => "deprecated format",
        '\u{2800}' => "Braille blank",
        '\u{feff}' => "BOM",
        '\u{fff0}'..='\u{fff8}' => "unassigned",
        '\u{fff9}'..='\u{fffb}' => "annotation",
        '\u{fffc}' => "object",
        '\u{13430}'..='\u{1345f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' => "format",
        '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10fffd}' => "private use",
        '\u{fdd0}'..='\u{fdef}' => "noncharacter",
        '\u{e0080}'..='\u{e0fff}' => "ignorable",
        c if u32::from(c) & 0xfffe == 0xfffe => "noncharacter",
        _ => return None,
    })
}

/// Whether a joiner stands where writing needs one: in an emoji, or between letters of a joining script.
fn joins(before: char, rest: &str) -> bool {
    let mut characters = rest.chars();
    let joiner = characters.next();
    let after = characters.next().unwrap_or(' ');
    let emoji = |c: char| matches!(c, '\u{2600}'..='\u{27bf}' | '\u{1f000}'..='\u{1faff}' | '\u{fe0f}' | '\u{2190}'..='\u{21ff}');
    let script = |c: char| matches!(c, '\u{600}'..='\u{8ff}' | '\u{900}'..='\u{dff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}');
    (joiner == Some('\u{200d}') && emoji(before) && emoji(after)) || (script(before) && script(after))
}

/// A run of tag characters, with the ASCII it spells.
fn tags(rest: &str) -> Hidden {
    let run: Vec<char> = rest.chars().take_while(|c| ('\u{e0000}'..='\u{e007f}').contains(c)).collect();
    let spelled: String = run
        .iter()
        .filter_map(|c| char::from_u32(u32::from(*c).checked_sub(0xe0000)?))
        .filter(|c| (' '..='~').contains(c))
        .collect();
    (Piece::Chip(format!("‹tags \"{spelled}\"›"), run.len()), run.len() * 4)
}

/// A run of variation selectors, in which bytes can be hidden.
fn selectors(rest: &str) -> Hidden {
    let is_one = |c: &char| matches!(c, '\u{fe00}'..='\u{fe0d}' | '\u{e0100}'..='\u{e01ef}');
    let run: Vec<char> = rest.chars().take_while(is_one).collect();
    let bytes = run.iter().map(|c| c.len_utf8()).sum();
    let label = if run.len() == 1 {
        "‹variation selector›".to_owned()
    } else {
        format!("‹{} variation selectors›", run.len())
    };
    (Piece::Chip(label, run.len()), bytes)
}

/// The combining marks past those that a base may carry.
fn smear(rest: &str) -> Hidden {
    let run: Vec<char> = rest.chars().take_while(|c| *c >= '\u{300}' && c.width() == Some(0)).collect();
    let bytes = run.iter().map(|c| c.len_utf8()).sum();
    (Piece::Chip(format!("‹+{} combining marks›", run.len()), run.len()), bytes)
}

/// An escape sequence as a whole; of one that doesn't end, the start alone, so that it hides nothing behind it.
fn escape(rest: &str) -> Hidden {
    let mut characters = rest.chars();
    let first = characters.next().unwrap_or('\u{1b}');
    let (kind, head) = match (first, characters.next()) {
        ('\u{1b}', Some('[')) => ('[', 2),
        ('\u{1b}', Some(c @ (']' | 'P' | 'X' | '^' | '_'))) => (c, 2),
        ('\u{9b}', _) => ('[', 2),
        ('\u{9d}', _) => (']', 2),
        ('\u{90}', _) => ('P', 2),
        ('\u{98}', _) => ('X', 2),
        ('\u{9e}', _) => ('^', 2),
        ('\u{9f}', _) => ('_', 2),
        ('\u{1b}', Some(c @ '\u{20}'..='\u{7e}')) => return (Piece::Chip(format!("‹ESC {c}›"), 2), 2),
        _ => return (named(first, control(first)), first.len_utf8()),
    };
    let body = rest.get(head..).unwrap_or_default();
    let ended = if kind == '[' { csi(body) } else { string(body) };
    let name = match kind {
        '[' => "CSI",
        ']' => "OSC",
        'P' => "DCS",
        'X' => "SOS",
        '^' => "PM",
        _ => "APC",
    };
    let Some((content, length)) = ended else {
        return (Piece::Chip(format!("‹{name}›"), rest.get(..head).map_or(1, |h| h.chars().count())), head);
    };
    let whole = rest.get(..head + length).map_or(1, |whole| whole.chars().count());
    (Piece::Chip(format!("‹{name} {}›", told(kind, content)), whole), head + length)
}

/// Parameters and final byte of a control sequence; its length.
fn csi(body: &str) -> Option<(&str, usize)> {
    let end = body.char_indices().take(64).find(|(_, c)| !(' '..='?').contains(c))?;
    let length = end.0 + end.1.len_utf8();
    ('@'..='~').contains(&end.1).then(|| (body.get(..length).unwrap_or_default(), length))
}

/// A command string up to its terminator; its length with that. Any other control character means that it never ends.
fn string(body: &str) -> Option<(&str, usize)> {
    let (at, end) = body.char_indices().take(LONGEST).find(|(_, c)| c.is_control())?;
    let rest = body.get(at..)?;
    let length = match end {
        '\u{7}' => 1,
        '\u{1b}' if rest.starts_with("\u{1b}\\") => 2,
        '\u{9c}' => 2,
        _ => return None,
    };
    Some((body.get(..at)?, at + length))
}

fn told(kind: char, content: &str) -> String {
    if kind == ']' {
        let number = content.split(';').next().unwrap_or_default();
        let what = match number {
            "0" | "1" | "2" => " title",
            "4" | "10" | "11" | "12" => " colour",
            "7" => " directory",
            "8" => " link",
            "9" | "777" => " notification",
            "52" => " clipboard",
            "1337" => " iTerm",
            _ => "",
        };
        let number: String = number.chars().filter(char::is_ascii_digit).take(6).collect();
        return format!("{number}{what}");
    }
    let visible = content.chars().filter(|c| (' '..='~').contains(c)).take(24);
    visible.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(text: &str) -> String {
        pieces(text)
            .into_iter()
            .map(|piece| match piece {
                Piece::Plain(text) => text.to_owned(),
                Piece::Tab => "    ".to_owned(),
                Piece::Break(_) => "\n".to_owned(),
                Piece::Chip(label, _) => label,
            })
            .collect()
    }

    #[test]
    fn what_is_hidden_is_named() {
        let cases = [
            ("dose \u{202e}gm 5", "dose ‹U+202E RLO›gm 5"),
            ("a\u{200b}b", "a‹U+200B ZWSP›b"),
            ("\u{1b}[31mred\u{1b}[0m", "‹CSI 31m›red‹CSI 0m›"),
            ("\u{1b}]52;c;ZXZpbA==\u{7}x", "‹OSC 52 clipboard›x"),
            ("\u{9d}0;title\u{9c}x", "‹OSC 0 title›x"),
            ("\u{1b}]8;;http://a\u{1b}\\x", "‹OSC 8 link›x"),
            ("\u{1b}]52;never ends", "‹OSC›52;never ends"),
            ("\u{1b}]0;one line\nsecond line\u{7}", "‹OSC›0;one line\nsecond line‹U+0007 BEL›"),
            ("a\rb", "a‹U+000D CR›b"),
            ("a\r\nb", "a\nb"),
            ("\u{e0069}\u{e0067}\u{e006e}", "‹tags \"ign\"›"),
            ("\u{0}\u{7f}\u{85}", "‹U+0000 NUL›‹U+007F DEL›‹U+0085 NEL›"),
            ("a\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}b", "a\u{301}\u{301}\u{301}\u{301}‹+2 combining marks›b"),
            ("x\u{e0100}\u{e0101}y", "x‹2 variation selectors›y"),
            ("a\u{200d}b", "a‹U+200D ZWJ›b"),
            ("\u{1f468}\u{200d}\u{1f469}", "\u{1f468}\u{200d}\u{1f469}"),
            ("\u{645}\u{200c}\u{62e}", "\u{645}\u{200c}\u{62e}"),
            ("❤\u{fe0f} a\u{fe0f}", "❤\u{fe0f} a‹U+FE0F variation selector›"),
            ("plain äöü 漢字", "plain äöü 漢字"),
            ("❤\u{fe0f}\u{fe0f}", "❤\u{fe0f}‹U+FE0F variation selector›"),
            ("漢\u{fe0f}\u{fffc}", "漢‹U+FE0F variation selector›‹U+FFFC object›"),
        ];
        for (text, expected) in cases {
            assert_eq!(drawn(text), expected, "{text:?}");
        }
    }

    #[test]
    fn pieces_account_for_every_character() {
        let text = "a\tb\r\nc\u{1b}[1;2Hd\u{202e}\u{e0041}\u{e0042}e\u{301}\u{301}\u{301}\u{301}\u{301}";
        let counted: usize = pieces(text)
            .iter()
            .map(|piece| match piece {
                Piece::Plain(text) => text.chars().count(),
                Piece::Tab => 1,
                Piece::Break(count) | Piece::Chip(_, count) => *count,
            })
            .sum();
        assert_eq!(counted, text.chars().count());
    }
}
