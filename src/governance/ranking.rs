//! A ranking as people write it: `A>B=C`, best first, equals joined.

/// Why a text is no ranking.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RankingError {
    /// Nothing stands where an option should.
    #[error("an option is missing before or after `>` or `=`")]
    Missing,
    /// An option stands twice.
    #[error("`{0}` is in it twice")]
    Twice(String),
}

/// Groups of equals, best first; none for a text of nothing but space.
pub fn read_ranking(text: &str) -> Result<Vec<Vec<&str>>, RankingError> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let mut seen: Vec<&str> = Vec::new();
    let mut groups = Vec::new();
    for group in text.split('>') {
        let mut equals = Vec::new();
        for option in group.split('=').map(str::trim) {
            if option.is_empty() {
                return Err(RankingError::Missing);
            }
            if seen.contains(&option) {
                return Err(RankingError::Twice(option.to_owned()));
            }
            seen.push(option);
            equals.push(option);
        }
        groups.push(equals);
    }
    Ok(groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_and_order_are_read() {
        assert_eq!(read_ranking(" A > B = C ").unwrap(), [vec!["A"], vec!["B", "C"]]);
        assert!(read_ranking(" ").unwrap().is_empty());
        for text in ["A>", ">A", "A==B", "A>>B"] {
            assert_eq!(read_ranking(text), Err(RankingError::Missing), "{text}");
        }
        assert_eq!(read_ranking("A>B=A"), Err(RankingError::Twice("A".to_owned())));
    }
}
