//! A sheet being filled in: answers, where the focus stands, what may be undone; pure, keys come as digits and moves.

use std::collections::BTreeMap;

use crate::domain::{Answer, Charter, ItemShape, LabelKey, QuestionKind, Sheet, read_sheet, required_rationale};

use super::choice::{Asked, Letters, choices, pages};

/// What stands beside the answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prose {
    /// Why; asked for by some answers.
    Rationale,
    /// A ruling's reasons; always asked for.
    Opinion,
}

/// See the module's first line.
#[derive(Debug, Clone)]
pub struct Form {
    charter: std::sync::Arc<Charter>,
    shape: ItemShape,
    letters: Letters,
    asked: Vec<Asked>,
    prose: Prose,
    answers: BTreeMap<LabelKey, String>,
    /// A ranking in the making: outputs placed so far, and whether the next ties with the last.
    ranking: Vec<Vec<u32>>,
    ties: bool,
    focus: usize,
    page: usize,
    before: Vec<BTreeMap<LabelKey, String>>,
}

impl Form {
    /// The form for what `keys` ask of an item; outputs in the order of `letters`, the item's own questions last.
    pub fn new(
        charter: std::sync::Arc<Charter>,
        shape: ItemShape,
        (letters, keys): (Letters, &[LabelKey]),
        prose: Prose,
    ) -> Self {
        let place = |key: &LabelKey| {
            let shown = |output| letters.shown().iter().position(|number| *number == output);
            key.output.map_or(usize::MAX, |output| shown(output).unwrap_or(usize::MAX - 1))
        };
        let mut asked: Vec<Asked> = charter
            .asked_of(&shape)
            .filter(|(key, _)| keys.contains(key))
            .map(|(key, question)| Asked { key, question: question.clone() })
            .collect();
        asked.sort_by_key(|asked| place(&asked.key));
        Self {
            charter,
            shape,
            letters,
            asked,
            prose,
            answers: BTreeMap::new(),
            ranking: Vec::new(),
            ties: false,
            focus: 0,
            page: 0,
            before: Vec::new(),
        }
    }

    /// What is asked, in the order shown.
    pub fn asked(&self) -> &[Asked] {
        &self.asked
    }

    /// The outputs' letters.
    pub fn letters(&self) -> &Letters {
        &self.letters
    }

    /// The charter it is filled in under.
    pub fn charter(&self) -> &Charter {
        &self.charter
    }

    /// What stands beside the answers.
    pub fn prose(&self) -> Prose {
        self.prose
    }

    /// The focused field; the one after the last question is the prose.
    pub fn focus(&self) -> usize {
        self.focus
    }

    /// The focused question; none if the prose has the focus.
    pub fn focused(&self) -> Option<&Asked> {
        self.asked.get(self.focus)
    }

    /// The page of choices shown.
    pub fn page(&self) -> usize {
        self.page
    }

    /// The answer to a question, in its one spelling.
    pub fn answer(&self, key: &LabelKey) -> Option<&str> {
        self.answers.get(key).map(String::as_str)
    }

    /// Outputs placed so far in a ranking that isn't complete.
    pub fn ranking(&self) -> &[Vec<u32>] {
        &self.ranking
    }

    /// All answers, as commands take them.
    pub fn answers(&self) -> BTreeMap<String, String> {
        self.answers.iter().map(|(key, answer)| (key.to_string(), answer.clone())).collect()
    }

    /// Takes over stored answers; those that don't fit the questions are left out.
    pub fn set_answers(&mut self, answers: &BTreeMap<String, String>) {
        for asked in &self.asked {
            let name = asked.key.to_string();
            let Some(text) = answers.get(&name) else { continue };
            let one = BTreeMap::from([(name, text.clone())]);
            if let Some(answer) = read_sheet(&self.charter, &self.shape, &one).ok().and_then(|s| s.into_values().next())
            {
                self.answers.insert(asked.key.clone(), answer.to_string());
            }
        }
    }

    /// The answers read against the charter.
    pub fn sheet(&self) -> Sheet {
        read_sheet(&self.charter, &self.shape, &self.answers()).unwrap_or_default()
    }

    /// One answer read against the charter.
    pub fn read(&self, key: &LabelKey) -> Option<Answer> {
        let one = BTreeMap::from([(key.to_string(), self.answers.get(key)?.clone())]);
        read_sheet(&self.charter, &self.shape, &one).ok()?.into_values().next()
    }

    /// Whether the question must be answered.
    pub fn is_required(&self, asked: &Asked) -> bool {
        self.prose == Prose::Opinion || asked.question.required || asked.question.decides
    }

    /// How many of the required questions are answered, and how many there are.
    pub fn progress(&self) -> (usize, usize) {
        let required = || self.asked.iter().filter(|asked| self.is_required(asked));
        (required().filter(|asked| self.answers.contains_key(&asked.key)).count(), required().count())
    }

    /// The question whose answer asks for a rationale, if one does.
    pub fn asks_for_prose(&self) -> Option<String> {
        match self.prose {
            Prose::Opinion => Some("every ruling says why".to_owned()),
            Prose::Rationale => {
                let (key, question) = required_rationale(&self.charter, &self.sheet())?;
                let letter = key.output.map_or_else(String::new, |output| format!(" ({})", self.letters.of(output)));
                let answer = self.answers.get(&key).cloned().unwrap_or_default();
                Some(format!("“{}”{letter} is answered “{answer}”", question.title))
            }
        }
    }

    /// Moves the focus to a field; the one after the last question is the prose.
    pub fn to(&mut self, field: usize) {
        self.focus = field.min(self.asked.len());
        self.page = 0;
        self.ranking.clear();
        self.ties = false;
    }

    /// Moves the focus by a step.
    pub fn step(&mut self, step: isize) {
        self.to(self.focus.saturating_add_signed(step));
    }

    /// Moves to the first open question of the next output, of the item, or the prose: round in a ring.
    pub fn next_part(&mut self, step: isize) {
        let part = |field: usize| self.asked.get(field).map(|asked| asked.key.output);
        let mut starts: Vec<usize> = (0..self.asked.len()).filter(|n| *n == 0 || part(*n) != part(n - 1)).collect();
        starts.push(self.asked.len());
        let now = starts.iter().rposition(|start| *start <= self.focus).unwrap_or(0);
        let count = isize::try_from(starts.len()).unwrap_or(1);
        let next = (isize::try_from(now).unwrap_or(0) + step).rem_euclid(count);
        let start = usize::try_from(next).ok().and_then(|next| starts.get(next)).copied().unwrap_or(0);
        let open = (start..self.asked.len())
            .filter(|n| part(*n) == part(start))
            .find(|n| self.asked.get(*n).is_some_and(|asked| !self.answers.contains_key(&asked.key)));
        self.to(open.unwrap_or(start));
    }

    /// Moves to the next required question without an answer, from the focus on and round; else to the prose if it is
    /// asked for and `prose` is empty; else stays.
    pub fn seek_open(&mut self, prose: &str) {
        let count = self.asked.len();
        let order = (self.focus..count).chain(0..self.focus.min(count));
        let is_open = |n: &usize| {
            self.asked.get(*n).is_some_and(|asked| self.is_required(asked) && !self.answers.contains_key(&asked.key))
        };
        match order.into_iter().find(is_open) {
            Some(open) => self.to(open),
            None if prose.trim().is_empty() && self.asks_for_prose().is_some() => self.to(count),
            None => {}
        }
    }

    /// Answers the focused question with a digit or `=`; moves on when that completes it. Whether it meant anything.
    pub fn press(&mut self, key: char, prose: &str) -> bool {
        let Some(asked) = self.focused().cloned() else { return false };
        let kind = asked.question.kind;
        if key == '0' && kind != QuestionKind::Preference && pages(&asked.question) > 1 {
            self.page = (self.page + 1) % pages(&asked.question);
            return true;
        }
        if key == '=' {
            self.ties = kind == QuestionKind::Ranking && !self.ranking.is_empty();
            return self.ties;
        }
        let digit = key.to_digit(10);
        let all = choices(&asked.question, &self.letters, self.page);
        let Some(choice) = all.into_iter().find(|choice| Some(u32::from(choice.digit)) == digit) else { return false };
        match kind {
            QuestionKind::Labels => self.toggle(&asked.key, choice.answer),
            QuestionKind::Ranking => self.place(&asked.key, &choice.answer),
            _ => self.put(asked.key.clone(), Some(choice.answer)),
        }
        if kind != QuestionKind::Labels && self.answers.contains_key(&asked.key) {
            self.seek_open(prose);
        }
        true
    }

    fn toggle(&mut self, key: &LabelKey, option: String) {
        let now = self.answers.get(key).map(String::as_str).unwrap_or_default();
        let mut chosen: std::collections::BTreeSet<&str> = now.split(',').filter(|key| !key.is_empty()).collect();
        if !chosen.remove(option.as_str()) {
            chosen.insert(&option);
        }
        let spelled = chosen.into_iter().collect::<Vec<_>>().join(",");
        self.put(key.clone(), (!spelled.is_empty()).then_some(spelled));
    }

    /// Gives an output the next place of a ranking.
    fn place(&mut self, key: &LabelKey, output: &str) {
        let Ok(output) = output.parse::<u32>() else { return };
        if self.ranking.iter().flatten().any(|placed| *placed == output) {
            return;
        }
        match self.ranking.last_mut().filter(|_| self.ties) {
            Some(group) => group.push(output),
            None => self.ranking.push(vec![output]),
        }
        self.ties = false;
        if self.ranking.iter().flatten().count() < self.shape.outputs() {
            return;
        }
        let group = |mut tied: Vec<u32>| {
            tied.sort_unstable();
            tied.iter().map(u32::to_string).collect::<Vec<_>>().join("=")
        };
        let spelled = std::mem::take(&mut self.ranking).into_iter().map(group).collect::<Vec<_>>().join(">");
        self.put(key.clone(), Some(spelled));
    }

    /// Gives or takes an answer, so that it can be undone.
    pub fn put(&mut self, key: LabelKey, answer: Option<String>) {
        self.before.push(self.answers.clone());
        match answer {
            Some(answer) => self.answers.insert(key, answer),
            None => self.answers.remove(&key),
        };
    }

    /// Writes a text answer; an empty one is none. Typing isn't undone letter by letter.
    pub fn write(&mut self, key: LabelKey, text: String) {
        if text.trim().is_empty() {
            self.answers.remove(&key);
        } else {
            self.answers.insert(key, text);
        }
    }

    /// Takes the focused answer back: the last mark of several, else all of it. Whether there was one.
    pub fn clear(&mut self) -> bool {
        let Some(asked) = self.focused().cloned() else { return false };
        self.ranking.clear();
        let Some(answer) = self.answers.get(&asked.key) else { return false };
        let shorter = answer.rsplit_once(';').map(|(rest, _)| rest.to_owned());
        self.put(asked.key, shorter.filter(|_| asked.question.kind == QuestionKind::Span));
        true
    }

    /// Undoes the last change of an answer. Whether there was one.
    pub fn undo(&mut self) -> bool {
        let Some(before) = self.before.pop() else { return false };
        let changed = self.asked.iter().position(|asked| before.get(&asked.key) != self.answers.get(&asked.key));
        self.answers = before;
        if let Some(field) = changed {
            self.to(field);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sample charter with a ranking and a question of eleven options, on three outputs shown as 2, 3, 1.
    fn form() -> Form {
        let options: String = (1..=11).map(|n| format!("{{ key = \"o{n}\", title = \"{n}\" }}, ")).collect();
        let more = format!(
            "[[questions]]\nkey = \"order\"\nkind = \"ranking\"\nscope = \"item\"\ntitle = \"Order\"\nrequired = true\n\
             [[questions]]\nkey = \"many\"\nkind = \"label\"\nscope = \"item\"\ntitle = \"Many\"\nrequired = true\n\
             options = [{options}]\n"
        );
        let text = format!("{}\n{more}", include_str!("../../../guilds/cardiology.toml"));
        let charter = std::sync::Arc::new(Charter::read(&text).unwrap());
        let shape = ItemShape(vec![20, 20, 20]);
        let keys: Vec<LabelKey> = charter.asked_of(&shape).map(|(key, _)| key).collect();
        Form::new(charter, shape, (Letters::new(vec![2, 3, 1]), &keys), Prose::Rationale)
    }

    fn at(form: &mut Form, key: &str) -> LabelKey {
        let place = form.asked().iter().position(|asked| asked.key.to_string() == key).unwrap();
        form.to(place);
        form.asked()[place].key.clone()
    }

    #[test]
    fn outputs_are_asked_about_as_they_are_shown_and_the_item_comes_last() {
        let form = form();
        let outputs: Vec<_> = form.asked().iter().map(|asked| asked.key.output).collect();
        assert_eq!((outputs[0], outputs[outputs.len() - 1]), (Some(2), None));
        assert!(outputs.windows(2).all(|pair| pair[0] == pair[1] || pair[0].is_some()));
        assert_eq!(form.letters().of(1), 'C');
    }

    #[test]
    fn a_ranking_is_given_best_first_with_ties() {
        let mut form = form();
        let order = at(&mut form, "order");
        for key in ['2', '=', '1', '1', '3'] {
            form.press(key, "");
        }
        assert_eq!(form.answer(&order), Some("2=3>1"), "B and A tie, the repeated A is no answer, C comes last");
        assert!(form.undo());
        assert_eq!(form.answer(&order), None);
    }

    #[test]
    fn more_options_than_digits_are_on_further_pages() {
        let mut form = form();
        let many = at(&mut form, "many");
        form.press('0', "");
        form.press('2', "");
        assert_eq!(form.answer(&many), Some("o11"));
        at(&mut form, "many");
        assert!(!form.press('x', ""));
    }

    #[test]
    fn several_options_are_chosen_and_taken_back() {
        let mut form = form();
        let missing = at(&mut form, "missing@3");
        for key in ['2', '1', '2'] {
            form.press(key, "");
        }
        assert_eq!(form.answer(&missing), Some("instability"));
        assert_eq!(form.focused().map(|asked| &asked.key), Some(&missing), "several may be given, so the focus stays");
        form.press('1', "");
        assert_eq!(form.answer(&missing), None);
    }

    #[test]
    fn digits_lead_to_the_next_open_question_and_at_last_to_the_rationale_asked_for() {
        let mut form = form();
        at(&mut form, "correct@2");
        form.press('4', "");
        assert_eq!(form.focused().map(|asked| asked.key.to_string()), Some("safe@2".to_owned()));
        while form.progress().0 < form.progress().1 {
            let kind = form.focused().map(|asked| asked.question.kind);
            for key in if kind == Some(QuestionKind::Ranking) { vec!['1', '2', '3'] } else { vec!['1'] } {
                form.press(key, "");
            }
        }
        assert!(form.focused().is_none() && form.asks_for_prose().is_some());
    }

    #[test]
    fn stored_answers_that_no_longer_fit_are_left_out() {
        let mut form = form();
        let stored = [("correct@2", "no"), ("correct@9", "no"), ("safe@2", "perhaps")];
        form.set_answers(&stored.map(|(key, answer)| (key.to_owned(), answer.to_owned())).into());
        assert_eq!(form.answers().into_iter().collect::<Vec<_>>(), [("correct@2".to_owned(), "no".to_owned())]);
    }
}
