//! Dividing a whole number in proportion, exactly: the largest remainder takes what rounding leaves.

/// Parts of `total` in proportion to `weights`; they sum to `total`, or to 0 where every weight is 0.
///
/// What rounding down leaves goes, one each, to the largest remainders; at a tie to whoever stands first. `total` times the
/// sum of the weights must stay below 2^128.
pub fn apportion(total: u64, weights: &[u128]) -> Vec<u64> {
    let sum: u128 = weights.iter().sum();
    if sum == 0 {
        return vec![0; weights.len()];
    }
    let exact = |weight: &u128| {
        let product = u128::from(total) * weight;
        (u64::try_from(product / sum).unwrap_or(u64::MAX), product % sum)
    };
    let (mut parts, remainders): (Vec<u64>, Vec<u128>) = weights.iter().map(exact).unzip();
    let left = total - parts.iter().sum::<u64>();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|place| (std::cmp::Reverse(remainders[*place]), *place));
    for (place, _) in order.into_iter().zip(0..left) {
        parts[place] += 1;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_or_made() {
        assert_eq!(apportion(100, &[1, 1, 1]), [34, 33, 33], "a tie goes to the first");
        assert_eq!(apportion(1_000_000, &[600_000, 200_000, 100_000]), [666_667, 222_222, 111_111]);
        assert_eq!(apportion(7, &[0, 5, 0]), [0, 7, 0]);
        assert_eq!(apportion(7, &[0, 0]), [0, 0], "nobody to give it to");
        assert_eq!(apportion(7, &[]), [0; 0]);
        assert_eq!(apportion(2, &[1, 3, 3]), [0, 1, 1], "the largest remainders");
        assert_eq!(apportion(u64::MAX, &[u128::from(u64::MAX), 1]).iter().sum::<u64>(), u64::MAX);
    }
}
