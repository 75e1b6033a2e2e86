//! Which vector instructions the processor has.

/// A level of vector instructions that this processor has: made only by asking it, which the calls below rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Isa(Level);

/// The levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// What every processor has.
    Plain,
    /// 256 bits wide.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// 512 bits wide, with products of bytes (VNNI).
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Isa {
    /// Every level of this processor, the fastest last.
    pub fn available() -> Vec<Self> {
        let mut levels = vec![Self(Level::Plain)];
        #[cfg(target_arch = "x86_64")]
        {
            let narrow = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
            let narrow = narrow && is_x86_feature_detected!("f16c");
            let wide = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw");
            let wide = wide && is_x86_feature_detected!("avx512vl") && is_x86_feature_detected!("avx512dq");
            if narrow {
                levels.push(Self(Level::Avx2));
            }
            if narrow && wide && is_x86_feature_detected!("avx512vnni") {
                levels.push(Self(Level::Avx512));
            }
        }
        levels
    }

    /// The fastest level of this processor.
    pub fn detect() -> Self {
        Self::available().last().copied().unwrap_or(Self(Level::Plain))
    }

    /// The level without vector instructions of its own.
    #[cfg(test)]
    pub fn plain() -> Self {
        Self(Level::Plain)
    }

    /// As records name it.
    pub fn name(self) -> &'static str {
        match self.0 {
            Level::Plain => "plain",
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => "avx512",
        }
    }

    /// Which level it is.
    pub fn level(self) -> Level {
        self.0
    }
}
