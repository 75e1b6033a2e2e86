//! Markdown rendered into wrapped lines. What it decodes is made safe after decoding, so no entity smuggles anything in.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use crate::tui::theme::Role;

use super::prose::{Breaks, Prose};
use super::shown::Shown;
use super::table::Table;

/// A soft break after a line shorter than this was meant as a line's end.
const SHORT: usize = 60;

/// Renders `text` for a width.
pub(super) fn render(text: &str, width: u16) -> Prose {
    // a struck figure without its tildes would read as one that stands, so these are left as they are
    let options = Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS;
    let mut page = Page { width, ..Page::default() };
    let (mut depth, mut shown) = (0_usize, 0);
    for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
        if depth == 0 {
            page.left_out(text.get(shown..range.start).unwrap_or_default());
        }
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            shown = range.end;
        }
        page.event(event);
    }
    page.flush();
    page.left_out(text.get(shown..).unwrap_or_default());
    page.prose
}

/// A quotation or a list item around a block: what stands before its first line, and before the others.
struct Around {
    first: Shown,
    rest: Shown,
    begun: bool,
}

#[derive(Default)]
struct Page {
    prose: Prose,
    width: u16,
    /// The paragraph being read.
    inline: Shown,
    roles: Vec<Role>,
    around: Vec<Around>,
    /// Numbers of the lists one is in; none for bullets.
    lists: Vec<Option<u64>>,
    links: Vec<String>,
    table: Option<Table>,
    code: bool,
    gap: bool,
}

impl Page {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.code => self.inline.push(Role::Code, &text),
            Event::Text(text) => self.push(&text),
            Event::Code(text) => self.inline.push(Role::Code, &text),
            Event::Html(text) | Event::InlineHtml(text) => self.push(&text),
            Event::SoftBreak => {
                let line = self.inline.as_str().rsplit('\n').next().map_or(0, |line| line.chars().count());
                self.push(if line < SHORT { "\n" } else { " " });
            }
            Event::HardBreak => self.push("\n"),
            Event::Rule => {
                self.flush();
                let rule = "─".repeat(usize::from(self.width.min(40)));
                self.inline.push(Role::Rule, &rule);
                self.flush();
                self.gap = true;
            }
            Event::TaskListMarker(done) => self.push(if done { "[x] " } else { "[ ] " }),
            Event::FootnoteReference(name) => self.push(&format!("[^{name}]")),
            Event::InlineMath(text) | Event::DisplayMath(text) => self.push(&text),
        }
    }

    /// What stands between blocks and is drawn by none, such as the definition of a link.
    fn left_out(&mut self, text: &str) {
        if !text.trim().is_empty() {
            self.flush();
            self.inline.push(Role::Quiet, text.trim());
            self.flush();
            self.gap = true;
        }
    }

    fn push(&mut self, text: &str) {
        let role = self.roles.last().copied().unwrap_or(Role::Text);
        self.inline.push(role, text);
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph | Tag::HtmlBlock => self.flush(),
            Tag::Heading { .. } => {
                self.flush();
                self.roles.push(Role::Strong);
            }
            Tag::BlockQuote(_) => {
                self.flush();
                self.roles.push(Role::Quote);
                self.surround(Shown::new(Role::Rule, "│ "), Shown::new(Role::Rule, "│ "));
            }
            Tag::CodeBlock(kind) => {
                self.flush();
                self.code = true;
                if let CodeBlockKind::Fenced(language) = kind
                    && !language.is_empty()
                {
                    self.inline.push(Role::Quiet, &language);
                    self.flush();
                    self.gap = false;
                }
            }
            Tag::List(first) => {
                self.flush();
                self.lists.push(first);
            }
            Tag::Item => {
                self.flush();
                let marker = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    _ => "• ".to_owned(),
                };
                let indent = " ".repeat(marker.chars().count());
                self.surround(Shown::new(Role::Quiet, &marker), Shown::plain(&indent));
            }
            Tag::Emphasis => self.roles.push(Role::Emphasis),
            Tag::Strong => self.roles.push(Role::Strong),
            Tag::Link { dest_url, title, .. } => self.links.push(titled(&dest_url, &title)),
            Tag::Image { dest_url, title, .. } => {
                self.push("[image: ");
                self.links.push(titled(&dest_url, &title));
            }
            Tag::Table(_) => {
                self.flush();
                self.table = Some(Table::default());
            }
            Tag::TableHead | Tag::TableRow => {
                if let Some(table) = &mut self.table {
                    table.row();
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::HtmlBlock => {
                self.flush();
                self.gap = true;
            }
            TagEnd::Heading(_) => {
                self.flush();
                self.roles.pop();
                self.gap = true;
            }
            TagEnd::BlockQuote(_) => {
                self.flush();
                self.roles.pop();
                self.around.pop();
                self.gap = true;
            }
            TagEnd::Item => {
                self.flush();
                // an item without text still has its marker
                if self.around.last().is_some_and(|around| !around.begun) {
                    self.block(&Shown::default(), Breaks::Words);
                }
                self.around.pop();
            }
            TagEnd::CodeBlock => {
                let code = std::mem::take(&mut self.inline);
                self.surround(Shown::plain("  "), Shown::plain("  "));
                self.block(&without_last_break(code), Breaks::Anywhere);
                self.around.pop();
                self.code = false;
                self.gap = true;
            }
            TagEnd::List(_) => {
                self.flush();
                self.lists.pop();
                self.gap = self.lists.is_empty();
            }
            TagEnd::Emphasis | TagEnd::Strong => {
                self.roles.pop();
            }
            TagEnd::Link => self.address(""),
            TagEnd::Image => self.address("]"),
            TagEnd::TableCell => {
                let cell = std::mem::take(&mut self.inline);
                if let Some(table) = &mut self.table {
                    table.cell(cell);
                }
            }
            TagEnd::Table => {
                if let Some(table) = self.table.take() {
                    self.inline = table.text(usize::from(self.width));
                    self.flush();
                    self.gap = true;
                }
            }
            _ => {}
        }
    }

    /// The address of the link that ends, which its text doesn't tell.
    fn address(&mut self, close: &str) {
        let address = self.links.pop().unwrap_or_default();
        if !self.inline.as_str().ends_with(&address) || !close.is_empty() {
            self.inline.push(Role::Link, &format!(" ({address})"));
        }
        self.push(close);
    }

    fn surround(&mut self, first: Shown, rest: Shown) {
        self.around.push(Around { first, rest, begun: false });
    }

    /// Ends the paragraph being read, if one is.
    fn flush(&mut self) {
        let text = std::mem::take(&mut self.inline);
        if !text.is_empty() {
            let breaks = if self.code { Breaks::Anywhere } else { Breaks::Words };
            self.block(&text, breaks);
        }
    }

    fn block(&mut self, text: &Shown, breaks: Breaks) {
        if std::mem::take(&mut self.gap) && self.prose.height() > 0 {
            // the quotation goes on over the gap, a list's marker doesn't
            let before = self.before(|around| if around.begun { &around.rest } else { &EMPTY });
            self.prose.block(&Shown::default(), (&before, &before), (self.width, Breaks::Words));
        }
        let first = self.before(|around| if around.begun { &around.rest } else { &around.first });
        let rest = self.before(|around| &around.rest);
        self.around.iter_mut().for_each(|around| around.begun = true);
        self.prose.block(text, (&first, &rest), (self.width, breaks));
    }

    fn before(&self, part: impl Fn(&Around) -> &Shown) -> Shown {
        let mut before = Shown::default();
        self.around.iter().for_each(|around| before.append(part(around)));
        before
    }
}

/// An address with the title it was given.
fn titled(address: &str, title: &str) -> String {
    if title.is_empty() { address.to_owned() } else { format!("{address} \"{title}\"") }
}

static EMPTY: Shown = Shown::EMPTY;

fn without_last_break(code: Shown) -> Shown {
    let text = code.as_str();
    let kept = text.strip_suffix('\n').unwrap_or(text).len();
    let mut cut = Shown::default();
    code.slice(0, kept).for_each(|(text, role)| cut.put(role, text));
    cut
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(text: &str, width: u16) -> Vec<String> {
        let prose = render(text, width);
        (0..prose.height()).map(|n| prose.line(n).map(|(text, _)| text).collect()).collect()
    }

    #[test]
    fn blocks_are_set_apart_and_lists_hang() {
        let text = "# Head\nText with **bold** and `code`.\n\n1. first item that wraps\n2. second\n   - inner\n\n> quoted\n> more\n\n```rust\nlet x = 1;\n```\nend";
        let expected = [
            "Head",
            "",
            "Text with bold and",
            "code.",
            "",
            "1. first item that",
            "   wraps",
            "2. second",
            "   • inner",
            "",
            "│ quoted",
            "│ more",
            "",
            "rust",
            "  let x = 1;",
            "",
            "end",
        ];
        assert_eq!(lines(text, 20), expected);
    }

    #[test]
    fn links_show_where_they_lead_and_entities_hide_nothing() {
        assert_eq!(lines("[the guideline](https://bad.example)", 60), ["the guideline (https://bad.example)"]);
        assert_eq!(lines("[x]: https://a.example \"take 50 mg\"", 60), ["[x]: https://a.example \"take 50 mg\""]);
        assert_eq!(lines("give ~~10~~ 5 mg", 60), ["give ~~10~~ 5 mg"]);
        assert_eq!(lines("[t](u \"10 mg\")", 60), ["t (u \"10 mg\")"]);
        assert_eq!(lines("a&#x202E;b", 40), ["a‹U+202E RLO›b"]);
        assert_eq!(lines("![x](http://t.example/p.png)", 60), ["[image: x (http://t.example/p.png)]"]);
    }

    #[test]
    fn tables_are_aligned_or_listed() {
        let text = "| drug | dose |\n|---|---|\n| warfarin | 5 mg |";
        assert_eq!(lines(text, 40), ["drug     │ dose", "─────────┼─────", "warfarin │ 5 mg"]);
        assert_eq!(lines(text, 12), ["drug:", "warfarin", "dose: 5 mg", ""]);
    }

    fn is_harmless(c: char) -> bool {
        let hides = matches!(u32::from(c), 0xAD | 0x61C | 0x180E | 0x200B | 0x200E..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0xFEFF | 0xFFF9..=0xFFFB | 0xE0000..=0xE0FFF);
        !c.is_control() && !hides
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn nothing_harmful_is_drawn_and_nothing_is_too_wide(
            parts in prop::collection::vec(prop_oneof![
                "[ -~]{0,30}", "\\PC{0,12}", "[\u{0}-\u{a0}]{0,6}", "[\u{200b}-\u{206f}]{0,4}", "[\u{e0000}-\u{e00ff}]{0,4}",
                Just("\n\n".to_owned()), Just("- ".to_owned()), Just("```\n".to_owned()), Just("> ".to_owned()),
                Just("| a | b |\n|--|--|\n".to_owned()), Just("&#x1b;[2J&#8238;".to_owned()), Just("\u{1b}]0;x\u{7}".to_owned()),
            ], 0..20),
            width in 4u16..90,
        ) {
            let text = parts.concat();
            for prose in [render(&text, width), Prose::written(&text, width)] {
                for n in 0..prose.height() {
                    let line: String = prose.line(n).map(|(text, _)| text).collect();
                    prop_assert!(line.chars().all(is_harmless), "{line:?}");
                    prop_assert!(crate::tui::text::columns(&line) <= usize::from(width), "{line:?}");
                }
            }
        }
    }
}
