//! Filling in a form over an item's texts: answering, writing, marking; the same for judging and ruling.

use crossterm::event::KeyEvent;
use ratatui::layout::Rect;

use crate::domain::{Answer, ItemId, LabelKey, QuestionKind, Span};
use crate::hall::DraftView;
use crate::tui::form::{Form, FormView, Marker, Prose, words};
use crate::tui::ink::Ink;
use crate::tui::keys::{Action, Scope};
use crate::tui::parts::Editor;
use crate::tui::scene::{Cx, Look, Want};
use crate::tui::session::Seat;
use crate::tui::text::{Prose as Wrapped, Shown};
use crate::tui::theme::Role;

use super::texts::Texts;

/// What is being done with the form.
#[derive(Debug)]
enum Mode {
    /// Digits answer.
    Answering,
    /// Text is written: the prose, or a question's answer.
    Writing(Editor, Option<LabelKey>),
    /// A passage is marked.
    Marking(Box<Marker>, LabelKey),
}

/// Draws what stands above the form.
pub type Upper<'a> = &'a dyn Fn(&mut Ink<'_>, Rect);

/// See the module's first line.
#[derive(Debug)]
pub struct Sheet {
    item: ItemId,
    /// The screen it stands on, as drafts name it.
    screen: &'static str,
    form: Form,
    prose: String,
    mode: Mode,
    /// The output that questions were about last.
    seen: Option<u32>,
}

impl Sheet {
    /// A form on an item.
    pub fn new(item: ItemId, screen: &'static str, form: Form) -> Self {
        Self { item, screen, form, prose: String::new(), mode: Mode::Answering, seen: None }
    }

    /// The form.
    pub fn form(&self) -> &Form {
        &self.form
    }

    /// Its item.
    pub fn item(&self) -> &ItemId {
        &self.item
    }

    /// The rationale or opinion.
    pub fn prose(&self) -> &str {
        &self.prose
    }

    /// Whether digits answer now.
    pub fn is_answering(&self) -> bool {
        matches!(self.mode, Mode::Answering)
    }

    /// Starts from answers and prose that were given before.
    pub fn start_from(&mut self, answers: &std::collections::BTreeMap<String, String>, prose: &str) {
        self.form.set_answers(answers);
        prose.clone_into(&mut self.prose);
    }

    /// Goes on where a draft stood: its answers, its text, the field that was focused or written in.
    pub fn resume(&mut self, draft: &DraftView, texts: &mut Texts) {
        self.start_from(&draft.answers, &draft.rationale);
        self.form.seek_open(&self.prose);
        let mut parts = draft.field.split(' ');
        if parts.next() == Some(self.screen) {
            let (field, writing) = (parts.next().unwrap_or_default(), parts.next() == Some("writing"));
            let caret = parts.next().and_then(|caret| caret.parse().ok());
            let asked = self.form.asked().iter().position(|asked| asked.key.to_string() == field);
            match asked {
                Some(place) => self.form.to(place),
                None if field == "prose" => self.form.to(self.form.asked().len()),
                None => {}
            }
            if writing {
                self.write();
            }
            if let (Mode::Writing(editor, ..), Some(caret)) = (&mut self.mode, caret) {
                editor.go_to(caret);
            }
        }
        self.follow(texts);
    }

    /// Moves to the first open question.
    pub fn begin(&mut self, texts: &mut Texts) {
        self.form.to(0);
        self.form.seek_open(&self.prose);
        self.follow(texts);
    }

    /// Moves to what is still missing.
    pub fn seek_open(&mut self, texts: &mut Texts) {
        self.form.seek_open(&self.prose);
        self.follow(texts);
    }

    /// Whose keys work.
    pub fn scopes(&self, base: Scope) -> Vec<Scope> {
        match self.mode {
            Mode::Answering => vec![base, Scope::Item],
            Mode::Writing(..) => vec![Scope::Writing],
            Mode::Marking(..) => vec![Scope::Marking],
        }
    }

    /// Actions of filling in that work now.
    pub fn actions(&self, seat: Seat) -> Vec<Action> {
        match &self.mode {
            Mode::Writing(..) => return vec![Action::Back, Action::SaveDraft],
            Mode::Marking(..) => return vec![Action::Done, Action::Answer, Action::Back],
            Mode::Answering => {}
        }
        let mut actions = vec![Action::Answer, Action::Open, Action::Edit];
        if self.marked_question().is_some() {
            actions.push(Action::MarkText);
        }
        if seat == Seat::Local {
            actions.push(Action::EditOutside);
        }
        let rest = [Action::Down, Action::Up, Action::NextPart, Action::PreviousPart, Action::Undo, Action::Clear];
        actions.extend(rest.into_iter().chain([Action::SaveDraft, Action::Guidelines]));
        actions
    }

    /// Keeps what stands here as the item's draft.
    pub fn keep(&self, cx: &mut Cx<'_>) {
        let field = self.form.focused().map_or_else(|| "prose".to_owned(), |asked| asked.key.to_string());
        let writing = match &self.mode {
            Mode::Writing(editor, ..) => format!(" writing {}", editor.caret()),
            _ => String::new(),
        };
        let known = cx.drafts.get(&self.item).is_some();
        let answers = self.form.answers();
        if !known && answers.is_empty() && self.prose.is_empty() && writing.is_empty() {
            return;
        }
        let field = format!("{} {field}{writing}", self.screen);
        cx.drafts.change(&self.item, |draft| {
            draft.answers = answers;
            draft.rationale = self.prose.clone();
            draft.field = field;
            draft.open = true;
        });
    }

    /// Does an action; whether it was one of filling in.
    pub fn act(&mut self, action: Action, key: char, texts: &mut Texts, cx: &mut Cx<'_>) -> bool {
        match (&mut self.mode, action) {
            (Mode::Marking(..), _) => self.mark(action, key),
            (Mode::Writing(..), Action::Back) => self.mode = Mode::Answering,
            (Mode::Writing(..), Action::SaveDraft) => cx.notice("the draft is kept; submitting is a separate step"),
            (Mode::Writing(..), _) => return false,
            (Mode::Answering, Action::Answer) => {
                self.form.press(key, &self.prose);
            }
            (Mode::Answering, Action::Down) => self.form.step(1),
            (Mode::Answering, Action::Up) => self.form.step(-1),
            (Mode::Answering, Action::NextPart) => self.form.next_part(1),
            (Mode::Answering, Action::PreviousPart) => self.form.next_part(-1),
            (Mode::Answering, Action::Undo) => {
                if !self.form.undo() {
                    cx.notice("nothing to undo");
                }
            }
            (Mode::Answering, Action::Clear) => {
                self.form.clear();
            }
            (Mode::Answering, Action::Edit) => self.write(),
            (Mode::Answering, Action::EditOutside) => cx.want(Want::EditOutside(self.written().1.to_owned())),
            (Mode::Answering, Action::MarkText) => self.start_marking(texts),
            (Mode::Answering, Action::SaveDraft) => cx.notice("the draft is kept; it is yours alone until you submit"),
            _ => return false,
        }
        self.follow(texts);
        self.keep(cx);
        true
    }

    /// Brings the output that the focused question is about into view.
    fn follow(&mut self, texts: &mut Texts) {
        if let Some(output) = self.form.focused().and_then(|asked| asked.key.output) {
            texts.show(output);
        }
        self.seen = texts.output();
    }

    /// What writing would write: a text question's answer if one has the focus, else the prose.
    fn written(&self) -> (Option<LabelKey>, &str) {
        match self.form.focused().filter(|asked| asked.question.kind == QuestionKind::Text) {
            Some(asked) => (Some(asked.key.clone()), self.form.answer(&asked.key).unwrap_or_default()),
            None => (None, &self.prose),
        }
    }

    fn write(&mut self) {
        let (key, text) = self.written();
        let editor = Editor::new(text);
        if key.is_none() {
            self.form.to(self.form.asked().len());
        }
        self.mode = Mode::Writing(editor, key);
    }

    /// Takes over what stands in the editor.
    fn take(&mut self, text: String, key: Option<LabelKey>) {
        match key {
            Some(key) => self.form.write(key, text),
            None => self.prose = text,
        }
    }

    /// A key of writing or marking; whether it was taken.
    pub fn press(&mut self, key: &KeyEvent, cx: &mut Cx<'_>) -> bool {
        match &mut self.mode {
            Mode::Answering => false,
            Mode::Marking(marker, _) => marker.press(key),
            Mode::Writing(editor, target) => {
                if !editor.press(key) {
                    return false;
                }
                let (text, target) = (editor.text().to_owned(), target.clone());
                self.take(text, target);
                self.keep(cx);
                true
            }
        }
    }

    /// Pasted text; whether it was taken.
    pub fn paste(&mut self, text: &str, cx: &mut Cx<'_>) -> bool {
        let Mode::Writing(editor, target) = &mut self.mode else { return false };
        let left_out = editor.paste(text);
        let (text, target) = (editor.text().to_owned(), target.clone());
        self.take(text, target);
        self.keep(cx);
        if left_out > 0 {
            cx.notice(format!("{left_out} hidden characters of what was pasted were left out"));
        }
        true
    }

    /// Text that comes back from `$EDITOR`.
    pub fn edited(&mut self, text: &str, cx: &mut Cx<'_>) {
        let target = self.written().0;
        let mut editor = Editor::new("");
        let left_out = editor.paste(text.trim_end());
        self.take(editor.text().to_owned(), target);
        if left_out > 0 {
            cx.notice(format!("{left_out} hidden characters were left out"));
        }
        self.keep(cx);
    }

    /// The span question of the output in view: the focused one, else the first.
    fn marked_question(&self) -> Option<&LabelKey> {
        let spans = || self.form.asked().iter().filter(|asked| asked.question.kind == QuestionKind::Span);
        let about = self.form.focused().map(|asked| asked.key.output);
        let found = spans().find(|asked| Some(asked.key.output) == about).or_else(|| spans().next());
        found.map(|asked| &asked.key)
    }

    fn spans(&self, key: &LabelKey) -> Vec<Span> {
        match self.form.read(key) {
            Some(Answer::Spans(spans)) => spans,
            _ => Vec::new(),
        }
    }

    fn start_marking(&mut self, texts: &mut Texts) {
        let in_view = texts.output();
        let spans = self.form.asked().iter().filter(|asked| asked.question.kind == QuestionKind::Span);
        let Some(key) = spans.map(|asked| &asked.key).find(|key| key.output == in_view).cloned() else { return };
        let field = self.form.asked().iter().position(|asked| asked.key == key).unwrap_or(0);
        self.form.to(field);
        let marks = self.spans(&key).iter().map(|span| (span.start, span.end)).collect();
        self.mode = Mode::Marking(Box::new(Marker::new(texts.raw(), marks)), key);
    }

    fn choices(&self, key: &LabelKey) -> (Vec<crate::domain::Choice>, Vec<String>) {
        let charter = self.form.charter();
        let severities = charter.question(&key.question).map(|question| question.severities.clone());
        (charter.error_categories.clone(), severities.unwrap_or_default())
    }

    fn mark(&mut self, action: Action, key: char) {
        let Mode::Marking(_, label) = &self.mode else { return };
        let label = label.clone();
        let (categories, severities) = self.choices(&label);
        let Mode::Marking(marker, _) = &mut self.mode else { return };
        match action {
            Action::Done => marker.set(),
            Action::Back if marker.back() => {}
            Action::Back => self.mode = Mode::Answering,
            Action::Answer => {
                let digit = key.to_digit(10).unwrap_or(0);
                if let Some(span) = marker.choose(digit, (&categories, &severities)) {
                    let mut spans = self.spans(&label);
                    spans.push(span);
                    spans.sort();
                    spans.dedup();
                    self.form.put(label, Some(Answer::Spans(spans).to_string()));
                }
            }
            _ => {}
        }
    }

    /// What would be signed, in words: every answer, then the prose.
    pub fn in_words(&self) -> Shown {
        let mut text = Shown::default();
        for asked in self.form.asked() {
            let Some(answer) = self.form.read(&asked.key) else { continue };
            let letter = asked.key.output.map_or_else(String::new, |n| format!(" ({})", self.form.letters().of(n)));
            text.push(Role::Quiet, &format!("{}{letter}  ", asked.question.title));
            text.push(Role::Text, &format!("{}\n", words(&asked.question, self.form.letters(), &answer)));
        }
        if !self.prose.trim().is_empty() {
            text.push(Role::Quiet, "\nand says: ");
            text.push(Role::Text, &format!("{}\n", self.prose.trim()));
        }
        text
    }

    /// Draws what is above by `upper`, then the form; or what is written or marked.
    pub fn draw(&self, ink: &mut Ink<'_>, area: Rect, (look, base): (&Look<'_>, Scope), upper: Upper<'_>) {
        let wide = area.width >= super::texts::WIDE;
        let about = self.form.focused().and_then(|asked| asked.key.output);
        let scopes = [base];
        let view = FormView {
            form: &self.form,
            prose: &self.prose,
            output: if wide || base == Scope::Ruling { None } else { about.or(self.seen) },
            keys: (look.key(&scopes, Action::Edit), look.key(&scopes, Action::MarkText)),
        };
        let wanted = match &self.mode {
            Mode::Writing(editor, _) => editor.height(area.width.saturating_sub(4)).max(4),
            Mode::Marking(..) => 2,
            Mode::Answering => view.height(area.width),
        };
        let most = (area.height / 2).max(5).min(area.height.saturating_sub(2));
        let height = u16::try_from(wanted).unwrap_or(u16::MAX).min(most);
        let above = Rect { height: area.height.saturating_sub(height + 1), ..area };
        let row = Rect { x: area.x + 1, y: above.bottom(), width: area.width.saturating_sub(1), height: 1 };
        let below = Rect { y: row.y + 1, height, ..area };
        match &self.mode {
            Mode::Marking(marker, key) => self.draw_marking(ink, (above, row, below), (marker, key)),
            Mode::Writing(editor, target) => {
                upper(ink, above);
                let name = if target.is_some() { "Your text" } else { self.prose_name() };
                let done = Shown::new(Role::Quiet, "Esc: done, kept as draft");
                ink.heading(row, &Shown::new(Role::HeadingFocused, name), &done);
                ink.bar(Rect { width: 1, ..below });
                editor.draw(ink, Rect { x: below.x + 2, width: below.width.saturating_sub(3), ..below });
            }
            Mode::Answering => {
                upper(ink, above);
                let (given, of) = self.form.progress();
                let name = match (base, view.output) {
                    (Scope::Ruling, _) => "Ruling".to_owned(),
                    (_, Some(output)) => format!("Answers about {}", self.form.letters().of(output)),
                    (_, None) => "Answers".to_owned(),
                };
                let right = Shown::new(Role::Quiet, &format!("{given} of {of} given"));
                ink.heading(row, &Shown::new(Role::Heading, &name), &right);
                view.draw(ink, below);
            }
        }
    }

    fn prose_name(&self) -> &'static str {
        match self.form.prose() {
            Prose::Rationale => "Rationale",
            Prose::Opinion => "Opinion",
        }
    }

    fn draw_marking(
        &self,
        ink: &mut Ink<'_>,
        (above, row, below): (Rect, Rect, Rect),
        (marker, key): (&Marker, &LabelKey),
    ) {
        let (categories, severities) = self.choices(key);
        let letter = key.output.map_or('?', |output| self.form.letters().of(output));
        let title = Shown::new(Role::HeadingFocused, &format!("Marking output {letter}, as it is written"));
        ink.heading(Rect { y: above.y, ..row }, &title, &Shown::default());
        let body = Rect {
            x: above.x + 2,
            y: above.y + 1,
            width: above.width.saturating_sub(3),
            height: above.height.saturating_sub(1),
        };
        marker.draw(ink, body);
        ink.bar(Rect { x: above.x, width: 1, ..body });
        let back = Shown::new(Role::Quiet, "Esc: a step back");
        ink.heading(row, &Shown::new(Role::Heading, "Mark"), &back);
        let width = below.width.saturating_sub(3);
        let said = Wrapped::of(&marker.say((&categories, &severities)), width);
        ink.prose(Rect { x: below.x + 2, width, ..below }, &said, 0);
    }
}
