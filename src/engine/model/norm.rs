//! Normalisation of rows: by root mean square (Llama and most), by mean and variance (Falcon), with or without weights.

use super::math::sum_of;

/// A normalisation over the last dimension.
#[derive(Debug, Clone)]
pub struct Norm {
    /// Each column's factor.
    pub weight: Option<Vec<f32>>,
    /// Added to each column.
    pub bias: Option<Vec<f32>>,
    /// Added to the variance.
    pub epsilon: f32,
    /// Whether the mean is taken off first.
    pub centred: bool,
}

impl Norm {
    /// Root mean square with weights.
    pub fn rms(weight: Vec<f32>, epsilon: f32) -> Self {
        Self { weight: Some(weight), bias: None, epsilon, centred: false }
    }

    /// Normalises each row of `width` values in place.
    pub fn apply(&self, rows: &mut [f32], width: usize) {
        for row in rows.chunks_exact_mut(width) {
            let count = width as f32;
            if self.centred {
                let mean = sum_of(row, |value| value) / count;
                row.iter_mut().for_each(|value| *value -= mean);
            }
            // in double precision from the first to the last, as GGML does
            let squares: f64 = row.iter().map(|value| f64::from(value * value)).sum();
            let variance = (squares / f64::from(count)) as f32;
            let factor = 1.0 / (variance + self.epsilon).sqrt();
            row.iter_mut().for_each(|value| *value *= factor);
            for (value, weight) in row.iter_mut().zip(self.weight.iter().flatten()) {
                *value *= weight;
            }
            for (value, bias) in row.iter_mut().zip(self.bias.iter().flatten()) {
                *value += bias;
            }
        }
    }

    /// The normalised rows.
    pub fn of(&self, rows: &[f32], width: usize) -> Vec<f32> {
        let mut rows = rows.to_vec();
        self.apply(&mut rows, width);
        rows
    }
}
