//! Cohen's kappa of two raters: agreement beyond that of raters who draw classes each by own shares.

use super::numbers::{size, wide};
use super::rater_pairs::Shared;
use super::student::NORMAL;
use super::{Coefficient, Estimate, Undefined};

/// Most classes that two raters may have used for distances other than `Plain`.
const LIMIT: usize = 1_024;

/// What a disagreement costs. Whole numbers, so that sums are exact and the raters' order changes no bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distance {
    /// 1 for any two classes.
    Plain,
    /// How many places they are apart.
    Linear,
    /// Its square.
    Quadratic,
}

impl Distance {
    fn of(self, one: u32, other: u32) -> u128 {
        let apart = u128::from(one.abs_diff(other));
        match self {
            Self::Plain => u128::from(apart > 0),
            Self::Linear => apart,
            Self::Quadratic => apart * apart,
        }
    }
}

/// kappa = 1 - q_o / q_e, where q_o is the mean distance of the two classes of an item and q_e that of classes drawn
/// independently from the two raters' own; `classes` holds (first rater's, second rater's) for each item.
///
/// The interval is the large-sample one. Of one item, or if a rater gave only one class (then kappa is 0 whatever the
/// other does), it is the whole range. Errors: no item; both gave one and the same
/// class throughout; for linear and quadratic distances too many classes.
///
/// Source: Cohen 1960, doi:10.1177/001316446002000104 (plain); Cohen 1968, doi:10.1037/h0026256 (weighted); variance
/// Fleiss, Cohen, Everitt 1969, doi:10.1037/h0028106.
pub fn cohen_kappa(classes: &[(u32, u32)], distance: Distance) -> Coefficient {
    let table = Table::new(classes, distance)?;
    let value = table.kappa();
    let constant =
        classes.iter().all(|pair| pair.0 == classes[0].0) || classes.iter().all(|pair| pair.1 == classes[0].1);
    if classes.len() < 2 || constant {
        return Ok(Estimate::unbounded(value));
    }
    let mut squares: Vec<f64> =
        classes.iter().map(|&(one, other)| table.influence(one, other)).map(|x| x * x).collect();
    // sorted, so that the order of items and raters changes no bit
    squares.sort_unstable_by(f64::total_cmp);
    let error = squares.iter().sum::<f64>().sqrt() / size(classes.len());
    Ok(Estimate::symmetric(value, NORMAL * error, -1.0))
}

/// The classes of [`Shared`] items.
pub(super) fn classes_of(shared: &[Shared]) -> Vec<(u32, u32)> {
    shared.iter().map(|one| (one.first_class, one.second_class)).collect()
}

/// Two raters' own class counts and distances.
pub(super) struct Table {
    distance: Distance,
    items: u128,
    observed: u128,
    expected: u128,
    /// Classes that occur, in order.
    classes: Vec<u32>,
    /// For each the sum over its partners: distance x how often the other rater gave the partner. First's and second's.
    first: Vec<u128>,
    second: Vec<u128>,
}

impl Table {
    pub(super) fn new(pairs: &[(u32, u32)], distance: Distance) -> Result<Self, Undefined> {
        let mut classes: Vec<u32> = pairs.iter().flat_map(|&(one, other)| [one, other]).collect();
        classes.sort_unstable();
        classes.dedup();
        if classes.is_empty() {
            return Err(Undefined::NoOverlap);
        }
        if distance != Distance::Plain && classes.len() > LIMIT {
            return Err(Undefined::TooManyClasses { limit: LIMIT });
        }
        let place = |class: u32| classes.partition_point(|&one| one < class);
        let mut own = vec![0_u128; classes.len()];
        let mut others = vec![0_u128; classes.len()];
        let mut observed = 0;
        for &(one, other) in pairs {
            own[place(one)] += 1;
            others[place(other)] += 1;
            observed += distance.of(one, other);
        }
        let items = pairs.len() as u128;
        let costs = |counts: &[u128]| -> Vec<u128> {
            if distance == Distance::Plain {
                return counts.iter().map(|count| items - count).collect();
            }
            let cost =
                |class: u32| classes.iter().zip(counts).map(|(&one, count)| distance.of(one, class) * count).sum();
            classes.iter().map(|&class| cost(class)).collect()
        };
        let (first, second) = (costs(&others), costs(&own));
        let expected = own.iter().zip(&first).map(|(count, cost)| count * cost).sum();
        if expected == 0 {
            return Err(Undefined::Unanimous { class: classes[0] });
        }
        Ok(Self { distance, items, observed, expected, classes, first, second })
    }

    pub(super) fn kappa(&self) -> f64 {
        1.0 - wide(self.items * self.observed) / wide(self.expected)
    }

    /// How far one more such item would move kappa, times the number of items: the influence function, with mean 0.
    /// Its mean square over the number of items is the variance of Fleiss, Cohen and Everitt.
    pub(super) fn influence(&self, one: u32, other: u32) -> f64 {
        let items = wide(self.items);
        let observed = wide(self.observed) / items;
        let expected = wide(self.expected) / (items * items);
        let place = |class: u32| self.classes.partition_point(|&each| each < class);
        let own = wide(self.first[place(one)]) / items + wide(self.second[place(other)]) / items;
        let apart = wide(self.distance.of(one, other));
        (observed * (own - 2.0 * expected) / expected - (apart - observed)) / expected
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table of counts, row by row.
    fn of(size: u32, table: &[u32]) -> Vec<(u32, u32)> {
        let cell = |(place, &count): (usize, &u32)| {
            std::iter::repeat_n((place as u32 / size, place as u32 % size), count as usize)
        };
        table.iter().enumerate().flat_map(cell).collect()
    }

    #[test]
    fn the_table_of_1960() {
        // Cohen 1960, table 1 (200 cases): p_o .70, p_e .41, kappa .492
        let classes = of(3, &[88, 14, 18, 10, 40, 10, 2, 6, 12]);
        let kappa = cohen_kappa(&classes, Distance::Plain).unwrap();
        assert!((kappa.value - 0.29 / 0.59).abs() < 1e-12, "{kappa:?}");
        assert!((kappa.value - 0.492).abs() < 5e-4, "{kappa:?}");
    }

    #[test]
    fn reasons_are_told() {
        assert_eq!(cohen_kappa(&[], Distance::Plain), Err(Undefined::NoOverlap));
        assert_eq!(cohen_kappa(&[(3, 3), (3, 3)], Distance::Linear), Err(Undefined::Unanimous { class: 3 }));
        let lone = cohen_kappa(&[(0, 1)], Distance::Plain).unwrap();
        assert_eq!(lone, Estimate { value: 0.0, low: -1.0, high: 1.0 });
    }
}
