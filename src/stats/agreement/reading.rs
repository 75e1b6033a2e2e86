//! What a coefficient's size is said to mean, for reviewers. A convention, not a test.

/// Krippendorff's limits for alpha: at least .800 to rely on, from .667 for tentative conclusions.
///
/// Source: Krippendorff 2004, doi:10.1111/j.1468-2958.2004.tb00738.x.
pub fn alpha_in_words(value: f64) -> &'static str {
    match value {
        value if value >= 0.8 => "reliable",
        value if value >= 0.667 => "enough for tentative conclusions",
        value if value > 0.0 => "too low to rely on",
        _ => "no better than chance",
    }
}

/// Landis and Koch's words for kappa and AC1. They called their own divisions "clearly arbitrary": say that they are
/// conventions wherever they are shown.
///
/// Source: Landis and Koch 1977, doi:10.2307/2529310.
pub fn kappa_in_words(value: f64) -> &'static str {
    match value {
        value if value > 0.8 => "almost perfect",
        value if value > 0.6 => "substantial",
        value if value > 0.4 => "moderate",
        value if value > 0.2 => "fair",
        value if value >= 0.0 => "slight",
        _ => "poor",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_belong_to_the_class_that_their_source_puts_them_in() {
        assert_eq!(
            [0.8, 0.667, 0.666, 0.0].map(alpha_in_words),
            ["reliable", "enough for tentative conclusions", "too low to rely on", "no better than chance",]
        );
        assert_eq!(
            [0.81, 0.61, 0.41, 0.21, 0.0, -0.1].map(kappa_in_words),
            ["almost perfect", "substantial", "moderate", "fair", "slight", "poor",]
        );
    }
}
