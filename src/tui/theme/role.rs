//! What a colour means; screens name roles, themes give them colours.

/// See the module's first line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Role {
    /// What is read.
    #[default]
    Text,
    /// Said beside it: labels, counts, help.
    Quiet,
    /// The first line of a screen.
    Title,
    /// Name of a part.
    Heading,
    /// Name of the part that has the focus.
    HeadingFocused,
    /// Lines that divide.
    Rule,
    /// The bar at the focus.
    Bar,
    /// The row or option that is chosen.
    Chosen,
    /// A key one can press.
    Key,
    /// Done, agreed, given.
    Good,
    /// Look here: an unsaved draft, a caution.
    Warning,
    /// Refused, failed, wrong.
    Bad,
    /// A hidden character made visible.
    Chip,
    /// A marked passage.
    Marked,
    /// Where marking or typing stands.
    Cursor,
    /// A place that a search found.
    Found,
    /// Words that only this text has.
    Added,
    /// Words that only the other text has.
    Removed,
    /// Code.
    Code,
    /// Strong or a heading, in Markdown.
    Strong,
    /// Emphasis, in Markdown.
    Emphasis,
    /// A quotation, in Markdown.
    Quote,
    /// A link's address, in Markdown.
    Link,
    /// Gold.
    Gold,
}

impl Role {
    /// Its name in theme files: `heading_focused`.
    pub fn name(self) -> String {
        let spelled = format!("{self:?}");
        let apart = |(n, c): (usize, char)| if n > 0 && c.is_uppercase() { format!("_{c}") } else { c.to_string() };
        spelled.chars().enumerate().map(apart).collect::<String>().to_lowercase()
    }

    /// Every role.
    pub const ALL: [Self; 24] = [
        Self::Text,
        Self::Quiet,
        Self::Title,
        Self::Heading,
        Self::HeadingFocused,
        Self::Rule,
        Self::Bar,
        Self::Chosen,
        Self::Key,
        Self::Good,
        Self::Warning,
        Self::Bad,
        Self::Chip,
        Self::Marked,
        Self::Cursor,
        Self::Found,
        Self::Added,
        Self::Removed,
        Self::Code,
        Self::Strong,
        Self::Emphasis,
        Self::Quote,
        Self::Link,
        Self::Gold,
    ];
}
