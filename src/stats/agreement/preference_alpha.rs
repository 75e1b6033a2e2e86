//! Agreement on preferences: how much better one of two outputs is, from "A much better" to "B much better".

use super::{Bootstrap, Coefficient, Counts, Metric, krippendorff_alpha};

/// Ordinal alpha of preferences whose categories are numbered along the scale, ties in the middle: "A better" against
/// "A much better" costs little, against "B much better" most. No distance between categories is assumed.
///
/// Errors: nothing to compare, or unanimous.
///
/// Source: as [`krippendorff_alpha()`].
pub fn preference_alpha(counts: &Counts, bootstrap: &Bootstrap) -> Coefficient {
    krippendorff_alpha(counts, Metric::Ordinal, None, bootstrap)
}
