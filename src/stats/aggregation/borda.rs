//! Borda's count: every ranking gives an option one point for each option that it puts below.
//!
//! A ranking may leave options out: they share the places after the last one named, so the sum of points is the same for
//! every ranking.
//!
//! Source: Borda 1781; Saari 1995, <https://doi.org/10.1007/978-3-642-57748-2>.

use super::rows::to_float;

/// Points of each option, summed over rankings; a ranking lists options from the best, a repeat or a number of `options` or
/// more is skipped.
///
/// **Complexity**: O(rankings × options).
pub fn borda(options: usize, rankings: &[Vec<u32>]) -> Vec<f64> {
    let mut points = vec![0.0; options];
    let mut seen = vec![usize::MAX; options];
    for (turn, ranking) in rankings.iter().enumerate() {
        let mut place = 0;
        for option in ranking {
            let Some(last) = seen.get_mut(*option as usize).filter(|last| **last != turn) else { continue };
            *last = turn;
            points[*option as usize] += to_float(options - 1 - place);
            place += 1;
        }
        // whoever is left out shares what is left, on average half of the remaining points
        let rest = 0.5 * to_float((options - place).saturating_sub(1));
        points.iter_mut().zip(&seen).filter(|(_, last)| **last != turn).for_each(|(points, _)| *points += rest);
    }
    points
}

/// Options by points, most first; equal ones by number.
pub fn borda_ranking(options: usize, rankings: &[Vec<u32>]) -> Vec<u32> {
    let points = borda(options, rankings);
    let mut order: Vec<u32> = (0..).zip(&points).map(|(option, _)| option).collect();
    order.sort_by(|left, right| points[*right as usize].total_cmp(&points[*left as usize]));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_counted_and_shared() {
        assert_eq!(borda(3, &[vec![0, 1, 2], vec![0, 2, 1], vec![2]]), [4.5, 1.5, 3.0]);
        assert_eq!(borda_ranking(3, &[vec![2, 1, 0], vec![0, 1, 2]]), [0, 1, 2]);
        assert_eq!(borda(2, &[vec![1, 1, 9]]), [0.0, 1.0]);
        assert_eq!(borda(0, &[vec![]]), Vec::<f64>::new());
    }
}
