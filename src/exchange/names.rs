//! Names and their numbers: all text in one string, so that a million rows cost no million strings.

use std::hash::{DefaultHasher, Hasher};

/// An empty slot.
const EMPTY: u32 = u32::MAX;

/// Different names, each with its number from 0.
#[derive(Debug, Clone, Default)]
pub struct Names {
    text: String,
    /// Where each name ends.
    ends: Vec<u32>,
    /// Numbers by hash, open addressing; a power of two, at most three quarters full.
    slots: Vec<u32>,
}

impl Names {
    /// The number of a name, new if it was not seen; none if there are 2^32 - 1 names or 2^32 bytes.
    ///
    /// **Complexity**: O(length), amortised.
    pub fn number(&mut self, name: &str) -> Option<u32> {
        if self.len() * 4 >= self.slots.len() * 3 {
            self.grow();
        }
        let slot = self.slot(name);
        if self.slots[slot] != EMPTY {
            return Some(self.slots[slot]);
        }
        let number = u32::try_from(self.ends.len()).ok().filter(|number| *number != EMPTY)?;
        let end = u32::try_from(self.text.len() + name.len()).ok()?;
        self.text.push_str(name);
        self.ends.push(end);
        self.slots[slot] = number;
        Some(number)
    }

    /// The number of a name, if it was seen.
    pub fn find(&self, name: &str) -> Option<u32> {
        if self.slots.is_empty() {
            return None;
        }
        Some(self.slots[self.slot(name)]).filter(|number| *number != EMPTY)
    }

    /// The name of a number.
    pub fn name(&self, number: u32) -> &str {
        let number = number as usize;
        let start = if number == 0 { 0 } else { self.ends[number - 1] };
        &self.text[start as usize..self.ends[number] as usize]
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// All, by number.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..).zip(&self.ends).map(|(number, _)| self.name(number))
    }

    /// Numbers the names anew by byte order; the new number of each old one.
    pub fn sort(&mut self) -> Vec<u32> {
        let mut order: Vec<u32> = (0..).zip(&self.ends).map(|(number, _)| number).collect();
        order.sort_unstable_by(|left, right| self.name(*left).cmp(self.name(*right)));
        self.reorder(&order)
    }

    /// Numbers the names anew by their values if all are finite numbers, else by byte order; the new number of each old
    /// one. Equal values go by byte order.
    pub fn sort_by_value(&mut self) -> Vec<u32> {
        let values: Vec<f64> = self.iter().map(|name| name.trim().parse().unwrap_or(f64::NAN)).collect();
        if !values.iter().all(|value| value.is_finite()) {
            return self.sort();
        }
        let mut order: Vec<u32> = (0..).zip(&self.ends).map(|(number, _)| number).collect();
        order.sort_unstable_by(|left, right| {
            let by_value = values[*left as usize].partial_cmp(&values[*right as usize]);
            by_value.unwrap_or(std::cmp::Ordering::Equal).then_with(|| self.name(*left).cmp(self.name(*right)))
        });
        self.reorder(&order)
    }

    fn reorder(&mut self, order: &[u32]) -> Vec<u32> {
        let mut sorted = Self { text: String::with_capacity(self.text.len()), ..Self::default() };
        sorted.ends.reserve_exact(order.len());
        let mut new = vec![0; order.len()];
        for (number, old) in (0..).zip(order) {
            sorted.text.push_str(self.name(*old));
            sorted.ends.push(u32::try_from(sorted.text.len()).unwrap_or(u32::MAX));
            new[*old as usize] = number;
        }
        sorted.slots = std::mem::take(&mut self.slots);
        sorted.slots.iter_mut().filter(|slot| **slot != EMPTY).for_each(|slot| *slot = new[*slot as usize]);
        *self = sorted;
        new
    }

    /// Where a name is or belongs.
    fn slot(&self, name: &str) -> usize {
        let mut hasher = DefaultHasher::new();
        hasher.write(name.as_bytes());
        let mask = self.slots.len() - 1;
        let mut slot = usize::try_from(hasher.finish() & mask as u64).unwrap_or(0);
        while self.slots[slot] != EMPTY && self.name(self.slots[slot]) != name {
            slot = (slot + 1) & mask;
        }
        slot
    }

    fn grow(&mut self) {
        self.slots = vec![EMPTY; (self.slots.len() * 2).max(16)];
        for number in 0..self.ends.len() {
            let number = u32::try_from(number).unwrap_or(EMPTY);
            let slot = self.slot(&self.text[self.span(number)]);
            self.slots[slot] = number;
        }
    }

    fn span(&self, number: u32) -> std::ops::Range<usize> {
        let start = if number == 0 { 0 } else { self.ends[number as usize - 1] as usize };
        start..self.ends[number as usize] as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_numbers_over_growth() {
        let mut names = Names::default();
        for round in 0..2 {
            for name in 0..1000_u32 {
                assert_eq!(names.number(&format!("name {name}")), Some(name), "{round}");
            }
        }
        assert_eq!(
            (names.len(), names.name(999), names.find("name 7"), names.find("x")),
            (1000, "name 999", Some(7), None)
        );
    }

    #[test]
    fn order_is_by_value_if_all_are_numbers() {
        let sorted = |given: &[&str]| {
            let mut names = Names::default();
            given.iter().for_each(|name| {
                names.number(name);
            });
            let new = names.sort_by_value();
            given.iter().zip(&new).for_each(|(name, number)| assert_eq!(names.find(name), Some(*number)));
            names.iter().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(sorted(&["10", "9", "-1", "1e1", "9.5"]), ["-1", "9", "9.5", "10", "1e1"]);
        assert_eq!(sorted(&["10", "9", "NaN"]), ["10", "9", "NaN"]);
        assert_eq!(sorted(&["b", "B", "ä", "a"]), ["B", "a", "b", "ä"]);
        assert_eq!(sorted(&[]), Vec::<String>::new());
    }
}
