//! Kendall's W: how far several rankings of the same things agree, from 0 to 1, with ties.

use super::Undefined;
use super::numbers::rounded;

/// W = 12 S / (m^2 (n^3 - n) - m T), where S is the sum of squared deviations of the n things' rank sums over m
/// rankings, and T the sum of t^3 - t over groups of t tied things.
///
/// Shape: a ranking holds each thing's rank or score, all in one direction; ties get their mean rank. W is of one item;
/// the mean over items with its interval is [`item_mean`](super::item_mean())'s.
///
/// Errors: fewer than two rankings or things, unequal lengths, a rank that is not a number, everything tied in each.
///
/// Complexity: O(rankings x things log things).
///
/// Source: Kendall and Babington Smith 1939, doi:10.1214/aoms/1177732186; ties Kendall 1962, Rank Correlation
/// Methods, chapter 6.
pub fn kendall_w<R: AsRef<[f64]>>(rankings: &[R]) -> Result<f64, Undefined> {
    let things = rankings.first().map_or(0, |ranking| ranking.as_ref().len());
    if rankings.len() < 2 {
        return Err(Undefined::OneRater);
    }
    if rankings.iter().any(|ranking| ranking.as_ref().len() != things) {
        return Err(Undefined::UnequalRankings);
    }
    if things < 2 {
        return Err(Undefined::NothingToRank);
    }
    if rankings.iter().any(|ranking| ranking.as_ref().iter().any(|rank| rank.is_nan())) {
        return Err(Undefined::NotNumeric);
    }
    // ranks are doubled, so that mean ranks are whole and sums exact
    let mut sums = vec![0_i128; things];
    let mut tied = 0_i128;
    for ranking in rankings {
        tied += add_ranks(ranking.as_ref(), &mut sums);
    }
    let (m, n) = (rankings.len() as i128, things as i128);
    let mean = m * (n + 1);
    let squares: i128 = sums.iter().map(|sum| (sum - mean) * (sum - mean)).sum();
    let most = m * m * (n * n * n - n) - m * tied;
    if most == 0 {
        return Err(Undefined::AllTied);
    }
    Ok(rounded(3 * squares) / rounded(most))
}

/// Adds doubled mean ranks; gives t^3 - t over ties.
fn add_ranks(ranking: &[f64], sums: &mut [i128]) -> i128 {
    let mut order: Vec<usize> = (0..ranking.len()).collect();
    // adding zero makes -0 a 0
    order.sort_by(|&one, &other| (ranking[one] + 0.0).total_cmp(&(ranking[other] + 0.0)));
    let (mut before, mut tied) = (0_i128, 0_i128);
    for group in order.chunk_by(|&one, &other| ranking[one] == ranking[other]) {
        let size = group.len() as i128;
        for &thing in group {
            sums[thing] += 2 * before + size + 1;
        }
        tied += size * size * size - size;
        before += size;
    }
    tied
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opposite_rankings_have_none() {
        assert_eq!(kendall_w(&[[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]]), Ok(0.0));
        assert_eq!(kendall_w(&[[1.0, 2.0, 2.0], [1.0, 2.0, 2.0]]), Ok(1.0));
        assert_eq!(kendall_w(&[[0.0, 1.0], [-0.0, 1.0]]), Ok(1.0));
    }

    #[test]
    fn reasons_are_told() {
        assert_eq!(kendall_w(&[vec![1.0, 2.0]]), Err(Undefined::OneRater));
        assert_eq!(kendall_w(&[vec![1.0, 2.0], vec![1.0]]), Err(Undefined::UnequalRankings));
        assert_eq!(kendall_w(&[[1.0], [1.0]]), Err(Undefined::NothingToRank));
        assert_eq!(kendall_w(&[[1.0, f64::NAN], [1.0, 2.0]]), Err(Undefined::NotNumeric));
        assert_eq!(kendall_w(&[[1.0, 1.0], [2.0, 2.0]]), Err(Undefined::AllTied));
    }
}
