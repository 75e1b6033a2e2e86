//! Which of an echoed text's tokens are the answer's, and whether their log-probabilities stand in their place; asking for
//! the echo is not here.

use super::endpoint_sample::HeardToken;

/// How far the likeliest token's logarithm may be from its own as told twice.
const SAME: f64 = 1e-3;

/// What a server echoed, and went on with.
#[derive(Debug, Clone, Copy)]
pub struct Echoed<'e> {
    /// The text.
    pub text: &'e str,
    /// Its tokens.
    pub tokens: &'e [HeardToken],
    /// Where they start, in characters, where it is told.
    pub offsets: Option<&'e [u64]>,
}

/// Where an answer is among the tokens.
#[derive(Debug, PartialEq, Eq)]
pub struct Place {
    /// Its first token; before it there is the prompt.
    pub start: usize,
    /// Behind its last token.
    pub end: usize,
    /// Whether a token follows that the server made up.
    pub goes_on: bool,
}

/// Why the answer's tokens can't be told.
#[derive(Debug, PartialEq, Eq)]
pub enum Unscored {
    /// The text isn't there.
    NotEchoed,
    /// The tokens don't spell the answer.
    Misspelt,
    /// A token holds the end of the prompt and the beginning of the answer.
    Straddled(String),
}

impl Echoed<'_> {
    /// Finds an answer, from the end of the echo: how a server spells the prompt's marks doesn't matter then.
    ///
    /// The tokens' texts count; where a token is part of a character, the offsets.
    pub fn place(&self, prompt: &str, answer: &str) -> Result<Place, Unscored> {
        let made_up = self.made_up(&format!("{prompt}{answer}")).ok_or(Unscored::NotEchoed)?;
        let all = self.tokens.len();
        let before_last = || {
            let end = all.checked_sub(1).filter(|end| made_up.is_empty() || self.tokens[*end].text == made_up);
            let end = end.ok_or(Unscored::Misspelt)?;
            Ok(Place { start: self.start(end, answer)?, end, goes_on: true })
        };
        // what was made up may have no text: the mark of an end
        if !made_up.is_empty() {
            return before_last();
        }
        let without = by_texts(self.tokens, answer).map(|start| Place { start, end: all, goes_on: false });
        without.or_else(|error| before_last().map_err(|_| error))
    }

    /// The token that the server made up behind a text, if it shows one.
    pub fn next(&self, text: &str) -> Option<&HeardToken> {
        let made_up = self.made_up(text).filter(|made_up| !made_up.is_empty())?;
        self.tokens.last().filter(|token| token.text == made_up)
    }

    fn made_up(&self, text: &str) -> Option<&str> {
        let at = self.text.find(text)?;
        self.text.get(at + text.len()..)
    }

    fn start(&self, end: usize, answer: &str) -> Result<usize, Unscored> {
        let spelt = by_texts(&self.tokens[..end], answer);
        if spelt == Err(Unscored::Misspelt)
            && let Some(offsets) = self.offsets
        {
            return by_offsets(self.tokens, offsets, (end, answer));
        }
        spelt
    }
}

/// Whether a token that was taken for the likeliest is told as the likeliest. Some servers tell the log-probabilities of the
/// place after, and this shows it.
pub fn is_in_place(token: &HeardToken) -> bool {
    match (token.log_probability, token.likeliest.first()) {
        (Some(own), Some((_, most))) => own >= most - SAME,
        _ => false,
    }
}

/// Where the tokens start that spell the answer at the end.
fn by_texts(tokens: &[HeardToken], answer: &str) -> Result<usize, Unscored> {
    let mut rest = answer;
    for (at, token) in tokens.iter().enumerate().rev() {
        rest = match rest.strip_suffix(token.text.as_str()) {
            Some(rest) => rest,
            None if token.text.ends_with(rest) => return Err(Unscored::Straddled(format!("{:?}", token.text))),
            None => return Err(Unscored::Misspelt),
        };
        if rest.is_empty() {
            return Ok(at);
        }
    }
    Err(Unscored::Misspelt)
}

/// The same by where tokens start, counted back from the token at `end`. What can be compared must agree.
fn by_offsets(tokens: &[HeardToken], offsets: &[u64], (end, answer): (usize, &str)) -> Result<usize, Unscored> {
    let characters: Vec<&str> = answer.char_indices().map(|(at, _)| &answer[at..]).collect();
    let count = u64::try_from(characters.len()).unwrap_or(u64::MAX);
    let begin = offsets.get(end).and_then(|end| end.checked_sub(count)).ok_or(Unscored::Misspelt)?;
    if offsets.len() != tokens.len() || !offsets.is_sorted() {
        return Err(Unscored::Misspelt);
    }
    let first = offsets.partition_point(|offset| *offset < begin);
    // tokens without text may be the prompt's marks
    let start = (first..end).find(|at| !tokens[*at].text.is_empty()).ok_or(Unscored::Misspelt)?;
    if offsets[start] != begin {
        let is_marked = offsets[first] == begin;
        let straddler = first.checked_sub(1).and_then(|at| tokens.get(at)).filter(|_| !is_marked);
        return Err(straddler.map_or(Unscored::Misspelt, |token| Unscored::Straddled(format!("{:?}", token.text))));
    }
    let agrees = |(token, offset): (&HeardToken, &u64)| {
        let is_part = token.text.contains('\u{fffd}') || token.text.starts_with("bytes:");
        let at = usize::try_from(offset - begin).ok().and_then(|at| characters.get(at));
        is_part || at.is_some_and(|rest| rest.starts_with(&token.text))
    };
    if tokens[start..end].iter().zip(&offsets[start..end]).all(agrees) { Ok(start) } else { Err(Unscored::Misspelt) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tokens(texts: &[&str]) -> Vec<HeardToken> {
        let token = |text: &&str| HeardToken {
            id: None,
            text: (*text).to_owned(),
            log_probability: Some(-1.0),
            likeliest: Vec::new(),
        };
        texts.iter().map(token).collect()
    }

    fn place(text: &str, texts: &[&str], offsets: Option<&[u64]>) -> Result<(usize, usize), Unscored> {
        let echoed = Echoed { text, tokens: &tokens(texts), offsets };
        echoed.place("The sky", " is blue").map(|place| {
            assert_eq!(place.goes_on, place.end < texts.len());
            (place.start, place.end)
        })
    }

    #[test]
    fn the_answer_is_found_by_its_spelling() {
        assert_eq!(place("The sky is blue.", &["The", " sky", " is", " blue", "."], None), Ok((2, 4)));
        assert_eq!(place("The sky is blue", &["The", " sky", " is", " blue"], None), Ok((2, 4)), "nothing was made up");
        assert_eq!(place("The sky is blue", &["The", " sky", " is", " blue", "<|im_end|>"], None), Ok((2, 4)));
        assert_eq!(
            place("<s>The sky is blue!", &["<s>", "The", " sky", "", " is", "", " blue", "!"], None),
            Ok((4, 7))
        );
        assert_eq!(place("The sky is blue.", &["sky", " is", " blue", "."], None), Ok((1, 3)), "marks are left out");
    }

    #[test]
    fn what_is_no_echo_is_told() {
        assert_eq!(place(" today.", &[" today", "."], None), Err(Unscored::NotEchoed));
        assert_eq!(place("The sky is blue.", &["."], None), Err(Unscored::Misspelt));
        assert_eq!(place("The sky is blue.", &[], None), Err(Unscored::Misspelt));
        assert_eq!(place("The sky is blue.", &["The", " sky", " is", " blue", "!"], None), Err(Unscored::Misspelt));
        assert_eq!(place("The sky is blue.", &["The", " sky", "▁is", "▁blue", "."], None), Err(Unscored::Misspelt));
        assert_eq!(
            place("The sky is blue.", &["The", " sky is", " blue", "."], None),
            Err(Unscored::Straddled("\" sky is\"".to_owned()))
        );
        assert_eq!(place("The sky is blue.", &["The", " sky", " is", " blue."], None), Err(Unscored::Misspelt));
    }

    #[test]
    fn parts_of_characters_are_found_by_their_offsets() {
        let find = |texts: &[&str], offsets: &[u64]| {
            let echoed = Echoed { text: "né 😀 x.", tokens: &tokens(texts), offsets: Some(offsets) };
            echoed.place("né", " 😀 x").map(|place| (place.start, place.end))
        };
        assert_eq!(find(&["né", " ", "", "", " x", "."], &[0, 2, 3, 3, 4, 6]), Ok((1, 5)));
        assert_eq!(find(&["né", " ", "bytes:\\xf0", "bytes:\\x9f", " x", "."], &[0, 2, 3, 3, 4, 6]), Ok((1, 5)));
        assert_eq!(find(&["", "né", "", " ", "\u{fffd}", " x", "."], &[0, 0, 2, 2, 3, 4, 6]), Ok((3, 6)), "a mark");
        assert_eq!(find(&["né", " ", "", " x", "."], &[12, 14, 15, 16, 18]), Ok((1, 4)), "from the end");
        assert_eq!(find(&["n", "é ", "", " x", "."], &[0, 1, 3, 4, 6]), Err(Unscored::Straddled("\"é \"".to_owned())));
        assert_eq!(find(&["né", " ", "", " y", "."], &[0, 2, 3, 4, 6]), Err(Unscored::Misspelt));
        assert_eq!(find(&["né", " ", "", " x", "."], &[0, 2, 9, 4, 6]), Err(Unscored::Misspelt));
        assert_eq!(find(&["né", " ", "", " x", "."], &[0, 2, 3, 4]), Err(Unscored::Misspelt));
        assert_eq!(find(&["", "", "", "", "."], &[0, 0, 0, 0, 6]), Err(Unscored::Misspelt));
        assert_eq!(find(&["né", " ", "", " x", "."], &[0, 0, 0, 0, 1]), Err(Unscored::Misspelt));
    }

    #[test]
    fn a_token_out_of_place_shows() {
        let with = |own: Option<f64>, likeliest: &[f64]| {
            let likeliest = likeliest.iter().map(|one| ("x".to_owned(), *one)).collect();
            is_in_place(&HeardToken { id: None, text: "x".to_owned(), log_probability: own, likeliest })
        };
        assert!(with(Some(-0.5), &[-0.5]) && with(Some(-0.5001), &[-0.5, -3.0]));
        assert!(!with(Some(-2.0), &[-0.5]) && !with(None, &[-0.5]) && !with(Some(-0.5), &[]));
    }

    #[test]
    fn what_was_made_up_is_known_by_the_text() {
        let all = tokens(&["The", " sky", " is"]);
        let echoed = Echoed { text: "The sky is", tokens: &all, offsets: None };
        assert_eq!(echoed.next("The sky").map(|token| token.text.as_str()), Some(" is"));
        assert_eq!(echoed.next("The sky is"), None);
        assert_eq!(echoed.next("Grass"), None);
    }

    proptest! {
        #[test]
        fn nothing_breaks_it(
            text in "[aé ]{0,8}",
            (prompt, answer) in ("[aé ]{1,3}", "[aé ]{1,4}"),
            texts in prop::collection::vec("[aé ]{0,2}", 0..7),
            offsets in prop::collection::vec(0..9_u64, 0..7),
        ) {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let all = tokens(&texts);
            for text in [text, texts.concat()] {
                let echoed = Echoed { text: &text, tokens: &all, offsets: Some(&offsets) };
                let _ = echoed.next(&prompt);
                if let Ok(place) = echoed.place(&prompt, &answer) {
                    prop_assert!(place.start < place.end && place.end <= all.len());
                    prop_assert_eq!(texts[place.start..place.end].concat(), answer.as_str());
                }
            }
        }
    }
}
