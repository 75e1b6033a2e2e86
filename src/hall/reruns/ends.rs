//! Which samples have ended, seen from those that go on: the engine gives each of them one text a step, in their order.

/// See the module's first line.
#[derive(Debug)]
pub(super) struct Ends {
    /// Texts of each sample.
    texts: Vec<u32>,
    ended: Vec<bool>,
}

impl Ends {
    /// Of so many samples.
    pub fn of(samples: usize) -> Self {
        Self { texts: vec![0; samples], ended: vec![false; samples] }
    }

    /// This sample goes on: those that are now seen to have ended.
    pub fn after(&mut self, sample: usize) -> Vec<usize> {
        let Some(texts) = self.texts.get_mut(sample) else { return Vec::new() };
        *texts += 1;
        let step = *texts;
        let mut ended = Vec::new();
        for (other, (texts, is_ended)) in self.texts.iter().zip(&mut self.ended).enumerate() {
            // those behind it in this step have their turn yet
            let due = if other < sample { step } else { step - 1 };
            if *texts < due && !*is_ended {
                *is_ended = true;
                ended.push(other);
            }
        }
        ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_that_others_go_past_has_ended() {
        let mut ends = Ends::of(3);
        let mut heard = |samples: &[usize]| samples.iter().map(|sample| ends.after(*sample)).collect::<Vec<_>>();
        assert_eq!(heard(&[0, 1, 2]), [[0; 0]; 3]);
        // the second has ended, and then the first
        assert_eq!(heard(&[0, 2]), [vec![], vec![1]]);
        assert_eq!(heard(&[2, 2]), [vec![0], vec![]]);
        assert!(Ends::of(0).after(7).is_empty());
    }
}
