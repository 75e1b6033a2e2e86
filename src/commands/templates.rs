//! The sample guilds in the binary: their charters and sample outputs.

/// A sample guild.
pub struct Template {
    /// Its id.
    pub id: &'static str,
    /// Its charter.
    pub charter: &'static str,
    /// Outputs to judge.
    pub samples: &'static str,
}

/// The sample guilds.
pub const TEMPLATES: [Template; 2] = [
    Template {
        id: "cardiology",
        charter: include_str!("../../guilds/cardiology.toml"),
        samples: include_str!("../../samples/cardiology.jsonl"),
    },
    Template {
        id: "civil-engineering",
        charter: include_str!("../../guilds/civil-engineering.toml"),
        samples: include_str!("../../samples/civil-engineering.jsonl"),
    },
];

/// The charter text that `name` stands for: a template's, or a file's.
///
/// Errors: neither, in words.
pub fn charter(name: &str) -> Result<String, String> {
    if let Some(template) = TEMPLATES.iter().find(|template| template.id == name) {
        return Ok(template.charter.to_owned());
    }
    let known: Vec<&str> = TEMPLATES.iter().map(|template| template.id).collect();
    std::fs::read_to_string(name)
        .map_err(|error| format!("`{name}` is no template ({}) and no file: {error}", known.join(", ")))
}
