//! Every kind of question that can decide, with answers that agree and answers that part.
#![allow(dead_code, reason = "each test file uses its part")]

use super::items::{Terms, Trial};

/// A deciding kind: its question, answers that agree, answers that all part, and some of every sort.
pub struct Kind {
    pub question: &'static str,
    pub same: [&'static str; 3],
    pub parted: [&'static str; 3],
    pub pool: &'static [&'static str],
}

/// Of `label` and `labels`.
const OPTIONS: &str =
    "options = [{ key = \"a\", title = \"A\" }, { key = \"b\", title = \"B\" }, { key = \"c\", title = \"C\" }]";
/// Of `rating`.
pub const ANCHORS: &str = r#"anchors = [
  { value = 1, title = "1", help = "", example = "" }, { value = 2, title = "2", help = "", example = "" },
  { value = 3, title = "3", help = "", example = "" }, { value = 4, title = "4", help = "", example = "" },
  { value = 5, title = "5", help = "", example = "" }]"#;
/// The question of the two span kinds.
pub const SPAN: &str = "kind = \"span\"\nseverities = [\"minor\", \"major\"]";

/// Every kind that can decide; spans once by place and once by category.
pub const KINDS: [Kind; 7] = [
    Kind { question: "kind = \"label\"", same: ["b"; 3], parted: ["a", "b", "c"], pool: &["a", "b", "c"] },
    Kind {
        question: "kind = \"labels\"",
        same: ["a,c"; 3],
        parted: ["a", "b", "c"],
        pool: &["", "a", "b", "a,b", "b,c", "a,b,c"],
    },
    Kind { question: "kind = \"rating\"", same: ["4"; 3], parted: ["1", "3", "5"], pool: &["1", "2", "3", "4", "5"] },
    Kind {
        question: "kind = \"preference\"\nscope = \"item\"",
        same: ["-3", "-1", "-2"],
        parted: ["-2", "2", "tie"],
        pool: &["-3", "-1", "tie", "1", "3", "none"],
    },
    Kind {
        question: "kind = \"ranking\"\nscope = \"item\"",
        same: ["2>1=3"; 3],
        parted: ["1>2>3", "2>3>1", "3>1>2"],
        pool: &["1>2>3", "2>3>1", "3>1>2", "1=2>3", "3>1=2", "1=2=3"],
    },
    Kind {
        question: SPAN,
        same: ["0-10:x:minor", "1-10:x:major", "0-12:x:minor"],
        parted: ["0-10:x:minor", "12-20:x:minor", "22-30:x:minor"],
        pool: &[
            "",
            "0-10:x:minor",
            "2-12:x:major",
            "0-10:y:minor",
            "5-15:z:minor",
            "0-9:x:minor;20-30:y:major",
            "0-30:x:major",
        ],
    },
    Kind {
        question: SPAN,
        same: ["3-9:z:minor"; 3],
        parted: ["0-10:x:minor", "0-10:y:minor", "0-10:z:minor"],
        pool: &["0-10:x:minor", "8-20:y:minor", "0-40:z:major", "12-16:x:minor;17-21:x:minor"],
    },
];

impl Kind {
    /// Its TOML lines.
    pub fn question(&self) -> String {
        let more = match self.question {
            "kind = \"label\"" | "kind = \"labels\"" => OPTIONS,
            "kind = \"rating\"" => ANCHORS,
            _ => "",
        };
        format!("{}\n{more}", self.question)
    }

    /// An item whose one question is of this kind.
    pub fn trial(&self, separation: &str, overlap: (u32, u32)) -> Trial {
        Trial::new(Terms { separation, overlap, question: &self.question() }.charter())
    }
}
