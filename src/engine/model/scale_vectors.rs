//! The scales of a group of quants as vectors, for x86-64: what [`super::panel::Panel::group_scales`] reads one by one.

use std::arch::x86_64::*;

use bytemuck::cast;

use super::panel::{Layout, PANEL, Scaling};
use super::tensor_type::TensorType;

/// The bytes from `place` on.
#[inline(always)]
fn taken<const COUNT: usize>(scales: &[u8], place: usize) -> [u8; COUNT] {
    let mut bytes = [0; COUNT];
    bytes.copy_from_slice(&scales[place..place + COUNT]);
    bytes
}

/// Defines how a group's scales are read, and its minima or the scales of its second half. `$rows` rows are read at once:
/// sixteen-bit numbers by `$numbers`, bytes by `$bytes`.
macro_rules! scales {
    ($features:literal, $name:ident, $rows:literal, $vector:ty, $numbers:expr, $bytes:expr,
     [$zero:ident, $set:ident, $mul:ident, $float:ident, $signed:ident, $unsigned:ident]) => {
        /// A group's scales, and its minima or the scales of its second half.
        #[target_feature(enable = $features)]
        #[inline]
        pub fn $name<const KIND: usize>(scales: &[u8], group: usize, half: usize) -> ($vector, $vector) {
            let layout = const { Layout::of(TensorType::QUANTISED[KIND]) };
            let (common, own) = layout.scale_place(group);
            let number = |place: usize| $numbers(taken(scales, place + half * 2 * $rows));
            let bytes = |place: usize| $bytes(taken(scales, place + half * $rows));
            match layout.scaling {
                Scaling::Plain => (number(common), $zero()),
                Scaling::Minimum => (number(common), number(own)),
                Scaling::NestedMinimum => {
                    let scale = $float($unsigned(bytes(own)));
                    let minimum = $mul(number(common + 32), $float($unsigned(bytes(own + PANEL))));
                    ($mul(number(common), scale), $mul(minimum, $set(-1.0)))
                }
                Scaling::Nested => {
                    let (left, right) = ($signed(bytes(own)), $signed(bytes(own + PANEL)));
                    ($mul(number(common), $float(left)), $mul(number(common), $float(right)))
                }
            }
        }
    };
}

scales! {
    "avx512f,avx512bw,avx512vl", wide_scales, 16, __m512, |bytes: [u8; 32]| _mm512_cvtph_ps(cast(bytes)),
    |bytes: [u8; 16]| cast::<_, __m128i>(bytes), [_mm512_setzero_ps, _mm512_set1_ps, _mm512_mul_ps,
    _mm512_cvtepi32_ps, _mm512_cvtepi8_epi32, _mm512_cvtepu8_epi32]
}
scales! {
    "avx2,f16c", narrow_scales, 8, __m256, |bytes: [u8; 16]| _mm256_cvtph_ps(cast(bytes)),
    |bytes: [u8; 8]| _mm_set_epi64x(0, i64::from_le_bytes(bytes)), [_mm256_setzero_ps, _mm256_set1_ps, _mm256_mul_ps,
    _mm256_cvtepi32_ps, _mm256_cvtepi8_epi32, _mm256_cvtepu8_epi32]
}
