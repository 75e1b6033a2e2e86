//! Vector kernels for x86-64: the only unsafe code of the engine. Each has a plain twin that it equals bit for bit, and
//! is chosen at run time by what the processor can do.
#![allow(unsafe_code)]

#[cfg(target_arch = "x86_64")]
use super::attend_narrow;
use super::isa::{Isa, Level};
use super::math::{LANES, SHARING};
use super::panel::{GROUP, PANEL, Panel, panel_lines, panel_scale_bytes};
use super::quantised::{Quantised, quantise_body};
use super::{math, scalar};

/// Defines a function that runs a plain body compiled once for each level, so that the compiler vectorises it.
macro_rules! widened {
    ($(#[$doc:meta])* $name:ident = $body:path, ($($argument:ident: $kind:ty),*)) => {
        $(#[$doc])*
        pub fn $name(isa: Isa, $($argument: $kind),*) {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2,fma,f16c")]
                fn narrow($($argument: $kind),*) {
                    $body($($argument),*);
                }
                #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx2,fma,f16c")]
                fn wide($($argument: $kind),*) {
                    $body($($argument),*);
                }
                match isa.level() {
                    // SAFETY: an `Isa` of this level exists only where the processor has these instructions.
                    Level::Avx512 => return unsafe { wide($($argument),*) },
                    // SAFETY: as above.
                    Level::Avx2 => return unsafe { narrow($($argument),*) },
                    Level::Plain => {}
                }
            }
            let _ = isa;
            $body($($argument),*);
        }
    };
}

widened! {
    /// See [`math::silu_times`].
    silu_times = math::silu_times, (gate: &mut [f32], up: &[f32])
}
widened! {
    /// See [`quantised`].
    quantise = quantise_body, (values: &[f32], into: &mut Quantised)
}
widened! {
    /// See [`math::softmax`].
    softmax = math::softmax, (scores: &mut [f32], scale: f32, first: usize)
}

/// See [`scalar::score_tile`].
pub fn score_tile(isa: Isa, queries: &[&[f32]], keys: &[[f32; LANES]], scores: &mut [[f32; LANES]; SHARING]) {
    match isa.level() {
        Level::Plain => scalar::score_tile(queries, keys, scores),
        // SAFETY: an `Isa` of the other levels exists only where the processor has these instructions.
        #[cfg(target_arch = "x86_64")]
        _ => unsafe { attend_narrow::score_tile(queries, keys, scores) },
    }
}

/// See [`scalar::weigh`].
pub fn weigh(isa: Isa, values: &[f32], weights: &[f32], first: usize, lanes: &mut [f32]) {
    match isa.level() {
        Level::Plain => scalar::weigh(values, weights, first, lanes),
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        _ => unsafe { attend_narrow::weigh(values, weights, first, lanes) },
    }
}

/// Rows of `columns` values, a multiple of 32, as eight-bit blocks.
pub fn quantised(isa: Isa, values: &[f32], columns: usize) -> Quantised {
    let mut made = Quantised::room(values.len() / columns.max(1), columns);
    quantise(isa, values, &mut made);
    made
}

/// The products of a quantised panel with the rows of `input` from `first` on, as many as `out` holds.
pub fn quantised_product(isa: Isa, panel: Panel, input: &Quantised, first: usize, out: &mut [[f32; PANEL]]) {
    let rows = first + out.len();
    assert!(panel.columns == input.columns && rows <= input.rows);
    let blocks =
        [input.scales.len(), input.halves.len(), input.sums.len(), input.fours.len(), input.quants.len() / GROUP];
    assert!(blocks.iter().all(|blocks| *blocks >= input.rows * input.groups()));
    assert!(panel.lines.len() >= panel_lines(panel.kind, panel.columns));
    assert!(panel.scales.len() >= panel_scale_bytes(panel.kind, panel.columns));
    match isa.level() {
        // SAFETY: the processor has the instructions, and the sizes were checked above.
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => unsafe { x86::quantised_wide(panel, input, first, out) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => unsafe { x86::quantised_narrow(panel, input, first, out) },
        Level::Plain => scalar::quantised_product(panel, input, first, out),
    }
}

/// The products of a dense panel with rows of `panel.columns` values, as many as `out` holds.
pub fn dense_product(isa: Isa, panel: Panel, input: &[f32], out: &mut [[f32; PANEL]]) {
    assert!(input.len() >= out.len() * panel.columns);
    assert!(panel.lines.len() >= panel_lines(panel.kind, panel.columns));
    match isa.level() {
        // SAFETY: the processor has the instructions, and the sizes were checked above.
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => unsafe { x86::dense_wide(panel, input, out) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => unsafe { x86::dense_narrow(panel, input, out) },
        Level::Plain => scalar::dense_product(panel, input, out),
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    //! The kernels. Constants of each instance: its kind, and how many activation rows share the weights loaded.
    #![allow(clippy::missing_safety_doc, reason = "private; the one rule is stated at the call sites")]

    use std::arch::x86_64::*;

    use super::super::panel::{GROUP, Layout, Line, PANEL, Panel, Scaling};
    use super::super::quantised::{Blocks, Quantised, ROW_TILE};
    use super::super::scale_vectors::{narrow_scales, wide_scales};
    use super::super::tensor_type::TensorType;

    /// How many lines ahead weights are asked for: a stream of them ends too soon for the processor to notice it.
    const AHEAD: usize = 48;

    /// The products of a row with a panel's sixteen.
    type Lanes = [f32; PANEL];

    /// Runs a kernel for all rows, in tiles of as many as registers allow.
    macro_rules! tiled {
        ($kernel:ident, $kind:literal, $panel:ident, $input:ident, $first:ident, $out:ident, [$($tile:literal),*]) => {{
            let mut done = 0;
            while done < $out.len() {
                let blocks = $input.blocks_of($first + done);
                // a kernel's rows must lie in one tile of the input
                let left = ($out.len() - done).min(ROW_TILE - ($first + done) % ROW_TILE);
                $(if left >= $tile {
                    // SAFETY: the caller's promise; the rows lie inside the tile and inside `out`.
                    unsafe { $kernel::<$kind, $tile>($panel, blocks, &mut $out[done..]) };
                    done += $tile;
                    continue;
                })*
            }
        }};
    }

    macro_rules! by_kind {
        ([$kernel:ident, $tiles:tt], [$in_eight:ident, $few:tt], $panel:ident, $input:ident, $first:ident, $out:ident) => {
            match $panel.kind {
                TensorType::Q4_0 => tiled!($in_eight, 0, $panel, $input, $first, $out, $few),
                TensorType::Q4_1 => tiled!($in_eight, 1, $panel, $input, $first, $out, $few),
                TensorType::Q5_0 => tiled!($in_eight, 2, $panel, $input, $first, $out, $few),
                TensorType::Q5_1 => tiled!($in_eight, 3, $panel, $input, $first, $out, $few),
                TensorType::Q8_0 => tiled!($in_eight, 4, $panel, $input, $first, $out, $few),
                TensorType::Q4K => tiled!($kernel, 5, $panel, $input, $first, $out, $tiles),
                TensorType::Q5K => tiled!($kernel, 6, $panel, $input, $first, $out, $tiles),
                TensorType::Q6K => tiled!($kernel, 7, $panel, $input, $first, $out, $tiles),
                TensorType::F32 | TensorType::F16 | TensorType::BF16 => {}
            }
        };
    }

    /// AVX-512 with VNNI. The sizes must have been checked.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
    pub unsafe fn quantised_wide(panel: Panel, input: &Quantised, first: usize, out: &mut [Lanes]) {
        by_kind!([wide_tile, [8, 4, 2, 1]], [wide_eight, [2, 1]], panel, input, first, out);
    }

    /// AVX2. The sizes must have been checked.
    #[target_feature(enable = "avx2,fma,f16c")]
    pub unsafe fn quantised_narrow(panel: Panel, input: &Quantised, first: usize, out: &mut [Lanes]) {
        by_kind!([narrow_tile, [4, 1]], [narrow_eight, [4, 2, 1]], panel, input, first, out);
    }

    /// Where a group's lines begin; those `AHEAD` of them are asked for.
    #[inline(always)]
    unsafe fn asked_ahead(panel: Panel, layout: Layout, group: usize) -> *const Line {
        // SAFETY: the caller checked that the panel holds the group; asking for a line touches no memory.
        unsafe {
            let lines = panel.lines.as_ptr().add(group.wrapping_mul(layout.group_lines()));
            for line in 0..layout.group_lines() {
                _mm_prefetch::<_MM_HINT_T0>(lines.wrapping_add(AHEAD + line).cast());
            }
            lines
        }
    }

    /// The vector of a group's quants that is `ahead` of `from`, which is even.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl")]
    #[inline]
    unsafe fn wide_quants<const KIND: usize>(lines: *const Line, _half: usize, from: usize, ahead: usize) -> __m512i {
        let layout = const { Layout::of(TensorType::QUANTISED[KIND]) };
        let line = if layout.bytes { from + ahead } else { from / 2 + ahead / 2 };
        // SAFETY: a group has this many lines, and the caller passes the start of one.
        let raw = unsafe { _mm512_load_si512(lines.add(line).cast()) };
        if layout.bytes {
            return raw;
        }
        let raw = if ahead.is_multiple_of(2) { raw } else { _mm512_srli_epi16::<4>(raw) };
        let mut vector = _mm512_and_si512(raw, _mm512_set1_epi8(15));
        for plane in 0..layout.planes {
            // SAFETY: the planes' lines follow, 64 bits for each vector.
            let bits = unsafe { lines.add(4 + plane).cast::<u64>().add(from + ahead).read_unaligned() };
            vector = _mm512_or_si512(vector, _mm512_maskz_set1_epi8(bits, 16 << plane));
        }
        vector
    }

    /// Defines the kernel of one width for nested scales. What differs: how quants and scales are read, and how four
    /// products of bytes are summed. Loops over rows are innermost, so that the compiler unrolls them and keeps all sums
    /// in registers.
    macro_rules! tile {
        ($features:literal, $name:ident, $halves:literal, $quants:ident, $scales:ident, $four:ident,
         [$zero:ident, $zero_whole:ident, $add:ident, $mul:ident, $fma:ident, $set:ident, $set_whole:ident, $float:ident,
          $store:ident]) => {
            #[target_feature(enable = $features)]
            unsafe fn $name<const KIND: usize, const ROWS: usize>(panel: Panel, blocks: Blocks, out: &mut [Lanes]) {
                let layout = const { Layout::of(TensorType::QUANTISED[KIND]) };
                let (input, lanes) = (blocks.input, PANEL / $halves);
                for half in 0..$halves {
                    let mut sums = [$zero(); ROWS];
                    for group in 0..input.groups() {
                        // SAFETY: the caller checked that the panel and the input hold every group of every row.
                        unsafe {
                            let lines = asked_ahead(panel, layout, group);
                            let (scale, second) = $scales::<KIND>(panel.scales, group, half);
                            let block = blocks.at(group);
                            let values = input.quants.as_ptr().add(block.wrapping_mul(GROUP)).cast::<i32>();
                            let (parts, factors) = (input.sums.as_ptr().add(block), input.scales.as_ptr().add(block));
                            let nested = matches!(layout.scaling, Scaling::Nested);
                            let (mut left, mut right) = ([$zero_whole(); ROWS], [$zero_whole(); ROWS]);
                            for index in 0..8 {
                                let weights = $quants::<KIND>(lines, half, 0, index);
                                for row in 0..ROWS {
                                    let value = $set_whole(values.add(row * 8 + index).read_unaligned());
                                    let sum = if nested && index >= 4 { &mut right[row] } else { &mut left[row] };
                                    *sum = $four(*sum, weights, value, layout.bytes);
                                }
                            }
                            for row in 0..ROWS {
                                let [first, last] = *parts.add(row);
                                let both = first.wrapping_add(last);
                                let shift = |part: i32| $set_whole(part.wrapping_mul(-layout.offset));
                                let term = if nested {
                                    let term = $mul($float($add(left[row], shift(first))), scale);
                                    $fma($float($add(right[row], shift(last))), second, term)
                                } else {
                                    $fma($set(both as f32), second, $mul($float(left[row]), scale))
                                };
                                sums[row] = $fma($set(*factors.add(row)), term, sums[row]);
                            }
                        }
                    }
                    for (sum, out) in sums.iter().zip(&mut *out) {
                        // SAFETY: the half lies inside the sixteen values.
                        unsafe { $store(out.as_mut_ptr().add(half * lanes), *sum) };
                    }
                }
            }
        };
    }

    tile! {
        "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c", wide_tile, 1, wide_quants, wide_scales,
        wide_four, [_mm512_setzero_ps, _mm512_setzero_si512, _mm512_add_epi32, _mm512_mul_ps, _mm512_fmadd_ps,
        _mm512_set1_ps, _mm512_set1_epi32, _mm512_cvtepi32_ps, _mm512_storeu_ps]
    }
    tile! {
        "avx2,fma,f16c", narrow_tile, 2, narrow_quants, narrow_scales, narrow_four, [_mm256_setzero_ps,
        _mm256_setzero_si256, _mm256_add_epi32, _mm256_mul_ps, _mm256_fmadd_ps, _mm256_set1_ps,
        _mm256_set1_epi32, _mm256_cvtepi32_ps, _mm256_storeu_ps]
    }

    /// Defines the kernel of one width for 16-bit scales: eight running sums, as its plain twin `product_in_eight` says. It
    /// goes through the groups once for as many of the sums as registers hold beside each other, `$held` over all rows.
    macro_rules! tile_in_eight {
        ($features:literal, $name:ident, [$halves:literal, $held:literal], $quants:ident, $scales:ident, $four:ident,
         [$zero:ident, $zero_whole:ident, $mul:ident, $fma:ident, $set:ident, $set_whole:ident, $float:ident,
          $store:ident, $plus:ident]) => {
            #[target_feature(enable = $features)]
            unsafe fn $name<const KIND: usize, const ROWS: usize>(panel: Panel, blocks: Blocks, out: &mut [Lanes]) {
                let layout = const { Layout::of(TensorType::QUANTISED[KIND]) };
                let (input, lanes) = (blocks.input, PANEL / $halves);
                // quants that come unsigned are more than they stand for by this
                let shifted = layout.offset != 0 && !($halves == 2 && layout.bytes);
                let offset = $set(-layout.offset as f32);
                let least = matches!(layout.scaling, Scaling::Minimum);
                let held = const { if $held / ROWS < 8 { $held / ROWS } else { 8 } };
                for half in 0..$halves {
                    let (mut minima, mut totals) = ([$zero(); ROWS], [[$zero(); ROWS]; 8]);
                    for from in (0..8).step_by(held) {
                        let mut sums = [[$zero(); ROWS]; 8];
                        for group in 0..input.groups() {
                            // SAFETY: the caller checked that the panel and the input hold every group of every row.
                            unsafe {
                                let lines = asked_ahead(panel, layout, group);
                                let (scale, second) = $scales::<KIND>(panel.scales, group, half);
                                let block = blocks.at(group);
                                let values = input.quants.as_ptr().add(block.wrapping_mul(GROUP)).cast::<i32>();
                                let factors = input.halves.as_ptr().add(block);
                                let fours = input.fours.as_ptr().add(block);
                                for ahead in 0..held {
                                    let weights = $quants::<KIND>(lines, half, from, ahead);
                                    for row in 0..ROWS {
                                        let value = $set_whole(values.add(row * 8 + from + ahead).read_unaligned());
                                        let whole = $four($zero_whole(), weights, value, layout.bytes);
                                        let mut term = $float(whole);
                                        if shifted {
                                            // exact: all are small whole numbers
                                            term = $fma($set((*fours.add(row))[from + ahead]), offset, term);
                                        }
                                        let factor = $mul(scale, $set((*factors.add(row))[0]));
                                        sums[ahead][row] = $fma(term, factor, sums[ahead][row]);
                                    }
                                }
                                if least && from == 0 {
                                    for row in 0..ROWS {
                                        minima[row] = $fma(second, $set((*factors.add(row))[1]), minima[row]);
                                    }
                                }
                            }
                        }
                        totals[from..from + held].copy_from_slice(&sums[..held]);
                    }
                    for (row, out) in out.iter_mut().enumerate().take(ROWS) {
                        let sum = |index: usize| totals[index][row];
                        let even = $plus($plus(sum(0), sum(4)), $plus(sum(2), sum(6)));
                        let sum = $plus(even, $plus($plus(sum(1), sum(5)), $plus(sum(3), sum(7))));
                        let sum = if least { $plus(sum, minima[row]) } else { sum };
                        // SAFETY: the half lies inside the sixteen values.
                        unsafe { $store(out.as_mut_ptr().add(half * lanes), sum) };
                    }
                }
            }
        };
    }

    tile_in_eight! {
        "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c", wide_eight, [1, 16], wide_quants,
        wide_scales, wide_four, [_mm512_setzero_ps, _mm512_setzero_si512, _mm512_mul_ps, _mm512_fmadd_ps,
        _mm512_set1_ps, _mm512_set1_epi32, _mm512_cvtepi32_ps, _mm512_storeu_ps, _mm512_add_ps]
    }
    tile_in_eight! {
        "avx2,fma,f16c", narrow_eight, [2, 8], narrow_quants, narrow_scales, narrow_four,
        [_mm256_setzero_ps, _mm256_setzero_si256, _mm256_mul_ps, _mm256_fmadd_ps, _mm256_set1_ps,
        _mm256_set1_epi32, _mm256_cvtepi32_ps, _mm256_storeu_ps, _mm256_add_ps]
    }

    #[target_feature(enable = "avx512f,avx512vnni")]
    #[inline]
    fn wide_four(sum: __m512i, weights: __m512i, values: __m512i, _signed: bool) -> __m512i {
        _mm512_dpbusd_epi32(sum, weights, values)
    }

    /// Eight rows' half of a vector of quants, as above; eight-bit ones come signed.
    #[target_feature(enable = "avx2")]
    #[inline]
    unsafe fn narrow_quants<const KIND: usize>(lines: *const Line, half: usize, from: usize, ahead: usize) -> __m256i {
        let layout = const { Layout::of(TensorType::QUANTISED[KIND]) };
        let line = if layout.bytes { from + ahead } else { from / 2 + ahead / 2 };
        // SAFETY: a group has this many lines of two halves, and the caller passes the start of one.
        let raw = unsafe { _mm256_load_si256(lines.add(line).cast::<__m256i>().add(half)) };
        if layout.bytes {
            return _mm256_xor_si256(raw, _mm256_set1_epi8(-128));
        }
        let raw = if ahead.is_multiple_of(2) { raw } else { _mm256_srli_epi16::<4>(raw) };
        let mut vector = _mm256_and_si256(raw, _mm256_set1_epi8(15));
        let spread = _mm256_setr_epi64x(0, 0x0101_0101_0101_0101, 0x0202_0202_0202_0202, 0x0303_0303_0303_0303);
        let select = _mm256_set1_epi64x(0x8040_2010_0804_0201_u64.cast_signed());
        for plane in 0..layout.planes {
            // SAFETY: the planes' lines follow, 64 bits for each vector, 32 for each half.
            let bits = unsafe { lines.add(4 + plane).cast::<i32>().add((from + ahead) * 2 + half).read_unaligned() };
            let bits = _mm256_shuffle_epi8(_mm256_set1_epi32(bits), spread);
            let set = _mm256_cmpeq_epi8(_mm256_and_si256(bits, select), select);
            vector = _mm256_or_si256(vector, _mm256_and_si256(set, _mm256_set1_epi8(16 << plane)));
        }
        vector
    }

    /// Adds sums of four products each. Sixteen-bit sums of two cannot overflow: quants are at most 63, or signed.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn narrow_four(sum: __m256i, weights: __m256i, values: __m256i, signed: bool) -> __m256i {
        let pairs = if signed {
            _mm256_maddubs_epi16(_mm256_abs_epi8(weights), _mm256_sign_epi8(values, weights))
        } else {
            _mm256_maddubs_epi16(weights, values)
        };
        _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)))
    }

    /// Defines the dense kernels of one width: `$load` reads the values of one column.
    macro_rules! dense {
        ($features:literal, $entry:ident, $tile:ident, $lanes:literal, $load:ident, $zero:ident, $set:ident, $add:ident,
         $store:ident) => {
            /// Dense products. The sizes must have been checked.
            #[target_feature(enable = $features)]
            pub unsafe fn $entry(panel: Panel, input: &[f32], out: &mut [Lanes]) {
                let mut done = 0;
                while done < out.len() {
                    let (tile, values) = (&mut out[done..], &input[done * panel.columns..]);
                    // SAFETY: the caller's promise; the tile lies inside `out`.
                    unsafe {
                        if tile.len() >= 4 {
                            $tile::<4>(panel, values, tile);
                            done += 4;
                        } else {
                            $tile::<1>(panel, values, tile);
                            done += 1;
                        }
                    }
                }
            }

            #[target_feature(enable = $features)]
            unsafe fn $tile<const ROWS: usize>(panel: Panel, input: &[f32], out: &mut [Lanes]) {
                for part in 0..PANEL / $lanes {
                    let mut sums = [$zero(); ROWS];
                    for column in 0..panel.columns {
                        // SAFETY: the caller checked that the panel and the input hold every column.
                        unsafe {
                            let weights = $load(panel, column * PANEL + part * $lanes);
                            for row in 0..ROWS {
                                let value = $set(*input.get_unchecked(row * panel.columns + column));
                                sums[row] = $add(weights, value, sums[row]);
                            }
                        }
                    }
                    for (sum, out) in sums.iter().zip(&mut *out) {
                        // SAFETY: the part lies inside the sixteen values.
                        unsafe { $store(out.as_mut_ptr().add(part * $lanes), *sum) };
                    }
                }
            }
        };
    }

    dense! {
        "avx512f,avx512bw,avx512vl,avx512dq,avx2,fma,f16c", dense_wide, dense_wide_tile, 16, wide_values,
        _mm512_setzero_ps, _mm512_set1_ps, _mm512_fmadd_ps, _mm512_storeu_ps
    }
    dense! {
        "avx2,fma,f16c", dense_narrow, dense_narrow_tile, 8, narrow_values, _mm256_setzero_ps, _mm256_set1_ps,
        _mm256_fmadd_ps, _mm256_storeu_ps
    }

    /// Defines how the values of one column are read, from the place of the first.
    macro_rules! values {
        ($features:literal, $name:ident, $vector:ty, $load:ident, $half:ident, $widen:ident, $shift:ident, $cast:ident,
         $whole:ident) => {
            #[target_feature(enable = $features)]
            #[inline]
            unsafe fn $name(panel: Panel, at: usize) -> $vector {
                let start = panel.lines.as_ptr();
                // SAFETY: the caller passes the place of a vector's values inside the panel.
                unsafe {
                    let raw = || $load(start.cast::<u16>().add(at).cast());
                    match panel.kind {
                        TensorType::F16 => $half(raw()),
                        TensorType::BF16 => $cast($shift::<16>($widen(raw()))),
                        _ => $whole(start.cast::<f32>().add(at)),
                    }
                }
            }
        };
    }

    values! {
        "avx512f", wide_values, __m512, _mm256_loadu_si256, _mm512_cvtph_ps, _mm512_cvtepu16_epi32,
        _mm512_slli_epi32, _mm512_castsi512_ps, _mm512_loadu_ps
    }
    values! {
        "avx2,f16c", narrow_values, __m256, _mm_loadu_si128, _mm256_cvtph_ps, _mm256_cvtepu16_epi32,
        _mm256_slli_epi32, _mm256_castsi256_ps, _mm256_loadu_ps
    }
}

#[cfg(test)]
mod tests {
    //! The vector kernels against their plain twins, bit for bit, over random bytes as weights.

    use proptest::prelude::*;

    use super::super::matrix::{Input, Matrix};
    use super::super::panel::{Line, panel_lines, panel_scale_bytes};
    use super::super::tensor_type::TensorType;
    use super::*;

    const KINDS: [TensorType; 11] = [
        TensorType::F32,
        TensorType::F16,
        TensorType::BF16,
        TensorType::Q4_0,
        TensorType::Q4_1,
        TensorType::Q5_0,
        TensorType::Q5_1,
        TensorType::Q8_0,
        TensorType::Q4K,
        TensorType::Q5K,
        TensorType::Q6K,
    ];

    /// Random panels: quants of any bits, scales (and dense values) of ordinary size.
    fn panel(kind: TensorType, columns: usize, seed: u64) -> (Vec<Line>, Vec<u8>) {
        let mut state = seed | 1;
        let mut next = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as u8
        };
        let mut lines = vec![Line([0; 64]); panel_lines(kind, columns)];
        for line in &mut lines {
            line.0.fill_with(&mut next);
            let size = if kind == TensorType::F32 { 4 } else { 2 };
            if kind.is_dense() {
                line.0.chunks_exact_mut(size).for_each(|value| value[size - 1] = value[size - 1] & 0x83 | 0x38);
            }
        }
        let mut scales = vec![0; panel_scale_bytes(kind, columns)];
        scales.fill_with(&mut next);
        // the upper byte of each half: no infinities. Bytes that are scales of their own only lose some values by this
        scales.chunks_exact_mut(2).for_each(|half| half[1] = half[1] & 0x83 | 0x28);
        (lines, scales)
    }

    fn bits(rows: &[[f32; PANEL]]) -> Vec<u32> {
        rows.iter().flatten().map(|value| value.to_bits()).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn every_level_gives_the_same_bits(
            kind in 0..KINDS.len(), blocks in 1..4_usize, rows in 1..20_usize, seed: u64, size in 0.01..100.0_f32,
        ) {
            let kind = KINDS[kind];
            let columns = blocks * if kind.is_dense() { 7 } else { kind.block_len() };
            let (lines, scales) = panel(kind, columns, seed);
            let panel = Panel { kind, columns, lines: &lines, scales: &scales };
            let values: Vec<f32> = (0..rows * columns).map(|at| (at as f32 + seed as f32 * 1e-18).sin() * size).collect();
            let run = |isa: Isa| {
                let mut out = vec![[0.0; PANEL]; rows];
                if kind.is_dense() {
                    dense_product(isa, panel, &values, &mut out);
                } else {
                    quantised_product(isa, panel, &quantised(isa, &values, columns), 0, &mut out);
                }
                out
            };
            let plain = run(Isa::plain());
            prop_assert!(plain.iter().flatten().all(|value| value.is_finite()));
            for isa in Isa::available() {
                prop_assert_eq!(bits(&run(isa)), bits(&plain), "{:?} {:?}", isa, kind);
            }
            // each row by itself, and the values that the plain panel stands for
            let isa = Isa::detect();
            let alone: Vec<[f32; PANEL]> = values.chunks_exact(columns).map(|row| {
                let mut out = [[0.0; PANEL]];
                if kind.is_dense() {
                    dense_product(isa, panel, row, &mut out);
                } else {
                    quantised_product(isa, panel, &quantised(isa, row, columns), 0, &mut out);
                }
                out[0]
            }).collect();
            prop_assert_eq!(bits(&alone), bits(&plain));
            let mut weights = vec![0.0; columns];
            for (lane, found) in plain[0].iter().enumerate() {
                panel.row(lane, &mut weights);
                let (mut exact, mut scale) = (0.0_f64, 0.0_f64);
                for (weight, value) in weights.iter().zip(&values) {
                    exact += f64::from(*weight) * f64::from(*value);
                    scale += (f64::from(*weight) * f64::from(*value)).abs();
                }
                let room = scale * if kind.is_dense() { 1e-5 } else { 0.02 } + f64::from(size) * 1e-3;
                prop_assert!((f64::from(*found) - exact).abs() <= room, "{:?} {} {}", kind, found, exact);
            }
        }

        #[test]
        fn attention_has_the_same_bits_at_every_level(
            width in 1..200_usize, queries in 1..=SHARING, positions in 0..70_usize, first in 0..40_usize, seed: u32,
        ) {
            let values = |count: usize, step: f32| -> Vec<f32> {
                (0..count).map(|at| ((at as f32 + seed as f32 * 1e-7) * step).sin()).collect()
            };
            let (keys, rows) = (values(width * LANES, 0.37), values(queries * width, 0.73));
            let rows: Vec<&[f32]> = rows.chunks_exact(width).collect();
            let (weights, cached) = (values(positions, 1.3), values(positions * width, 0.21));
            let run = |isa: Isa| {
                let (mut scores, mut lanes) = ([[0.0; LANES]; SHARING], values(LANES * width, 0.9));
                score_tile(isa, &rows, keys.as_chunks().0, &mut scores);
                weigh(isa, &cached, &weights, first, &mut lanes);
                let all = scores.as_flattened().iter().chain(&lanes);
                all.map(|value| value.to_bits()).collect::<Vec<u32>>()
            };
            let plain = run(Isa::plain());
            for isa in Isa::available() {
                prop_assert_eq!(&run(isa), &plain, "{:?}", isa);
            }
        }

        #[test]
        fn quantising_keeps_values_within_half_a_step(values in prop::collection::vec(-50.0..50.0_f32, 96)) {
            let plain = quantised(Isa::plain(), &values, 96);
            for isa in Isa::available() {
                let other = quantised(isa, &values, 96);
                prop_assert_eq!(&other.quants, &plain.quants);
                prop_assert_eq!(&other.scales, &plain.scales);
                prop_assert_eq!(&other.sums, &plain.sums);
            }
            for (at, value) in values.iter().enumerate() {
                let scale = plain.scales[at / 32];
                prop_assert!((f32::from(plain.quants[at]) * scale - value).abs() <= scale * 0.501);
            }
            let half: i32 = plain.quants[48..64].iter().map(|quant| i32::from(*quant)).sum();
            prop_assert_eq!(plain.sums[1][1], half);
        }
    }

    #[test]
    fn matrices_of_odd_shapes_multiply() {
        let bytes: Vec<u8> = (0..19 * 5).flat_map(|at| (at as f32).to_le_bytes()).collect();
        let matrix = Matrix::from_bytes(TensorType::F32, 19, 5, &bytes);
        let values: Vec<f32> = (0..10).map(|at| at as f32).collect();
        let product = matrix.multiply_here(Isa::detect(), &Input::new(&values, 5));
        for row in 0..2 {
            for out in 0..19 {
                let exact: f32 = (0..5).map(|k| (out * 5 + k) as f32 * values[row * 5 + k]).sum();
                assert_eq!(product[row * 19 + out], exact);
            }
        }
    }
}
