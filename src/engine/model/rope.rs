//! Rotary position embedding: frequencies with the scalings of longer contexts, and the rotation itself.
//!
//! Source: Su et al. 2021, <https://doi.org/10.48550/arXiv.2104.09864>; YaRN, Peng et al. 2023,
//! <https://doi.org/10.48550/arXiv.2309.00071>; the Llama 3.1 rule from its reference code.

use std::f64::consts::TAU;

/// Which columns turn together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pairing {
    /// Columns `2 i` and `2 i + 1`.
    Adjacent,
    /// Columns `i` and `i + n / 2`.
    Halves,
}

/// How frequencies are changed for a context longer than the model was first trained on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RopeScaling {
    /// As trained.
    None,
    /// All divided by the factor.
    Linear(f64),
    /// Low ones divided, high ones kept, between them a mixture by wavelength.
    Llama3 {
        /// What low frequencies are divided by.
        factor: f64,
        /// Wavelengths past the old context over this count as low.
        low: f64,
        /// Wavelengths below the old context over this count as high.
        high: f64,
        /// The context that the model was first trained on.
        original_context: f64,
    },
    /// Low ones divided, high ones kept, between them a mixture by column.
    Yarn {
        /// What low frequencies are divided by.
        factor: f64,
        /// Turns within the old context past which a column is kept.
        fast: f64,
        /// Turns within the old context below which a column is divided.
        slow: f64,
        /// The context that the model was first trained on.
        original_context: f64,
        /// What the rotated columns are multiplied with.
        attention_factor: f64,
    },
}

/// All that the rotation needs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RopeSettings {
    /// The base of the wavelengths.
    pub theta: f64,
    /// How many columns turn.
    pub dimensions: usize,
    /// Which turn together.
    pub pairing: Pairing,
    /// See [`RopeScaling`].
    pub scaling: RopeScaling,
}

/// YaRN's factor for the entropy of attention over `scale` times as many positions.
pub fn yarn_magnitude(scale: f64, weight: f64) -> f64 {
    if scale <= 1.0 { 1.0 } else { 0.1 * weight * scale.ln() + 1.0 }
}

/// A model's rotation.
#[derive(Debug, Clone)]
pub struct Rope {
    frequencies: Vec<f32>,
    /// Where frequencies are as trained: each one's share of the one before it, and the file's divisors.
    steps: Option<(f32, Vec<f32>)>,
    factor: f32,
    pairing: Pairing,
}

/// Cosines and sines for rows of positions.
#[derive(Debug)]
pub struct Angles {
    cosines: Vec<f32>,
    sines: Vec<f32>,
}

impl Rope {
    /// The frequencies of the settings; `divisors`, where a file brings them, divide each.
    pub fn new(settings: &RopeSettings, divisors: Option<&[f32]>) -> Self {
        let count = settings.dimensions / 2;
        let plain = (0..count).map(|index| {
            let exponent = (2 * index) as f32 / settings.dimensions as f32;
            1.0 / (settings.theta as f32).powf(exponent)
        });
        let mut frequencies: Vec<f32> =
            plain.enumerate().map(|(index, plain)| scaled(settings, index, plain)).collect();
        for (frequency, divisor) in frequencies.iter_mut().zip(divisors.unwrap_or_default()) {
            *frequency /= divisor;
        }
        let factor = match settings.scaling {
            RopeScaling::Yarn { attention_factor, .. } => attention_factor as f32,
            _ => 1.0,
        };
        let step = (settings.theta as f32).powf(-2.0 / settings.dimensions as f32);
        let mut own = vec![1.0; count];
        own.iter_mut().zip(divisors.unwrap_or_default()).for_each(|(own, divisor)| *own = *divisor);
        let steps = (settings.scaling == RopeScaling::None).then_some((step, own));
        Self { frequencies, steps, factor, pairing: settings.pairing }
    }

    /// The angles of rows at these positions.
    pub fn angles(&self, positions: &[usize]) -> Angles {
        let mut all: Vec<f32> = Vec::with_capacity(positions.len() * self.frequencies.len());
        for position in positions {
            let mut position = *position as f32;
            match &self.steps {
                // step by step in single precision, as GGML does
                Some((step, divisors)) => all.extend(divisors.iter().map(|divisor| {
                    let angle = position / divisor;
                    position *= step;
                    angle
                })),
                None => all.extend(self.frequencies.iter().map(|frequency| position * frequency)),
            }
        }
        Angles {
            cosines: all.iter().map(|angle| angle.cos() * self.factor).collect(),
            sines: all.iter().map(|angle| angle.sin() * self.factor).collect(),
        }
    }

    /// Turns the first columns of each head of `width` columns; `rows` holds as many rows as `angles`.
    pub fn turn(&self, angles: &Angles, rows: &mut [f32], (heads, width): (usize, usize)) {
        let count = self.frequencies.len();
        for (row, values) in rows.chunks_exact_mut(heads * width).enumerate() {
            let cosines = &angles.cosines[row * count..][..count];
            let sines = &angles.sines[row * count..][..count];
            for head in values.chunks_exact_mut(width) {
                self.turn_head(head, cosines, sines);
            }
        }
    }

    fn turn_head(&self, head: &mut [f32], cosines: &[f32], sines: &[f32]) {
        let count = self.frequencies.len();
        for (index, (cosine, sine)) in cosines.iter().zip(sines).enumerate() {
            let (first, second) = match self.pairing {
                Pairing::Adjacent => (2 * index, 2 * index + 1),
                Pairing::Halves => (index, index + count),
            };
            let (x, y) = (head[first], head[second]);
            head[first] = x.mul_add(*cosine, -(y * sine));
            head[second] = x.mul_add(*sine, y * cosine);
        }
    }
}

/// One frequency after scaling.
fn scaled(settings: &RopeSettings, index: usize, plain: f32) -> f32 {
    let frequency = f64::from(plain);
    let scaled = match settings.scaling {
        RopeScaling::None => frequency,
        RopeScaling::Linear(factor) => frequency / factor,
        RopeScaling::Llama3 { factor, low, high, original_context } => {
            let turns = original_context * frequency / TAU;
            if turns < low {
                frequency / factor
            } else if turns > high {
                frequency
            } else {
                let kept = (turns - low) / (high - low);
                (1.0 - kept) * frequency / factor + kept * frequency
            }
        }
        RopeScaling::Yarn { factor, fast, slow, original_context, .. } => {
            let dimensions = settings.dimensions as f64;
            let column =
                |turns: f64| dimensions * (original_context / (turns * TAU)).ln() / (2.0 * settings.theta.ln());
            let from = column(fast).floor().max(0.0);
            let to = column(slow).ceil().min(dimensions - 1.0);
            let to = if from == to { to + 0.001 } else { to };
            let divided = ((index as f64 - from) / (to - from)).clamp(0.0, 1.0);
            frequency / factor * divided + frequency * (1.0 - divided)
        }
    };
    scaled as f32
}
