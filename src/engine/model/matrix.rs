//! Weight matrices and their products with rows of activations.

use std::sync::OnceLock;

use super::isa::Isa;
use super::kernels::{dense_product, quantised, quantised_product};
use super::pack::pack_panel;
use super::panel::{Line, PANEL, Panel, panel_lines, panel_scale_bytes};
use super::quantised::Quantised;
use super::tensor_type::TensorType;
use super::threads::Threads;

/// A matrix in panels of sixteen rows; see [`super::panel`].
#[derive(Debug)]
pub struct Matrix {
    kind: TensorType,
    rows: usize,
    columns: usize,
    lines: Vec<Line>,
    scales: Vec<u8>,
}

impl Matrix {
    /// A matrix of zeros, to be filled panel by panel.
    pub fn zeros(kind: TensorType, rows: usize, columns: usize) -> Self {
        let panels = rows.div_ceil(PANEL);
        let lines = vec![Line([0; 64]); panels * panel_lines(kind, columns)];
        Self { kind, rows, columns, lines, scales: vec![0; panels * panel_scale_bytes(kind, columns)] }
    }

    /// Fills rows from the `panel`th sixteen on with raw rows as a file holds them.
    pub fn fill(&mut self, panel: usize, bytes: &[u8]) {
        let Some(row) = self.kind.row_bytes(self.columns).filter(|row| *row > 0) else { return };
        let (lines, scales) = (panel_lines(self.kind, self.columns), panel_scale_bytes(self.kind, self.columns));
        let rows: Vec<&[u8]> = bytes.chunks_exact(row).collect();
        for (index, rows) in rows.chunks(PANEL).enumerate() {
            let index = panel + index;
            let lines = &mut self.lines[index * lines..(index + 1) * lines];
            let scales = &mut self.scales[index * scales..(index + 1) * scales];
            pack_panel(self.kind, self.columns, rows, lines, scales);
        }
    }

    /// A matrix from its raw rows.
    pub fn from_bytes(kind: TensorType, rows: usize, columns: usize, bytes: &[u8]) -> Self {
        let mut matrix = Self::zeros(kind, rows, columns);
        matrix.fill(0, bytes);
        matrix
    }

    /// Bytes that a matrix of this shape takes in memory.
    pub fn bytes(kind: TensorType, rows: usize, columns: usize) -> u64 {
        let panel = panel_lines(kind, columns) as u64 * 64 + panel_scale_bytes(kind, columns) as u64;
        rows.div_ceil(PANEL) as u64 * panel
    }

    /// How many rows it has: the width of a product.
    pub fn rows(&self) -> usize {
        self.rows
    }

    fn panel(&self, index: usize) -> Panel<'_> {
        let (lines, scales) = (panel_lines(self.kind, self.columns), panel_scale_bytes(self.kind, self.columns));
        Panel {
            kind: self.kind,
            columns: self.columns,
            lines: &self.lines[index * lines..(index + 1) * lines],
            scales: &self.scales[index * scales..(index + 1) * scales],
        }
    }

    fn panels(&self) -> usize {
        self.rows.div_ceil(PANEL)
    }

    /// The values of a row.
    pub fn row(&self, row: usize, out: &mut [f32]) {
        self.panel(row / PANEL).row(row % PANEL, out);
    }

    /// The products of one panel with every row of the input.
    fn panel_product(&self, isa: Isa, panel: usize, input: &Input, out: &mut [[f32; PANEL]]) {
        if self.kind.is_dense() {
            dense_product(isa, self.panel(panel), input.values, out);
        } else {
            quantised_product(isa, self.panel(panel), input.blocks(isa), 0, out);
        }
    }

    /// The product with every row of the input, on the caller's thread.
    pub fn multiply_here(&self, isa: Isa, input: &Input) -> Vec<f32> {
        let mut products = vec![[0.0; PANEL]; self.panels() * input.rows()];
        for (panel, out) in products.chunks_exact_mut(input.rows()).enumerate() {
            self.panel_product(isa, panel, input, out);
        }
        let mut out = vec![0.0; input.rows() * self.rows];
        for (row, out) in out.chunks_exact_mut(self.rows).enumerate() {
            gather(&products, (row, input.rows()), out);
        }
        out
    }
}

/// Copies one row of products out of panels.
fn gather(products: &[[f32; PANEL]], (row, rows): (usize, usize), out: &mut [f32]) {
    let (whole, rest) = out.as_chunks_mut::<PANEL>();
    for (out, product) in whole.iter_mut().zip(products[row..].iter().step_by(rows)) {
        *out = *product;
    }
    if !rest.is_empty() {
        rest.copy_from_slice(&products[whole.len() * rows + row][..rest.len()]);
    }
}

/// Rows of activations that several matrices share; their blocks are made when first needed.
#[derive(Debug)]
pub struct Input<'a> {
    values: &'a [f32],
    columns: usize,
    blocks: OnceLock<Quantised>,
}

impl<'a> Input<'a> {
    /// Rows of `columns` values.
    pub fn new(values: &'a [f32], columns: usize) -> Self {
        Self { values, columns, blocks: OnceLock::new() }
    }

    /// How many rows.
    pub fn rows(&self) -> usize {
        self.values.len() / self.columns
    }

    fn blocks(&self, isa: Isa) -> &Quantised {
        self.blocks.get_or_init(|| quantised(isa, self.values, self.columns))
    }
}

/// A matrix with an optional bias.
#[derive(Debug)]
pub struct Linear {
    /// The weights.
    pub matrix: Matrix,
    /// Added to each product.
    pub bias: Option<Vec<f32>>,
}

impl Linear {
    /// The product with every row of the input, by all threads.
    pub fn multiply(&self, threads: &Threads, input: &Input) -> Vec<f32> {
        let [product] = multiply_all(threads, [self], input);
        product
    }
}

/// The products of several matrices with the same input, as one piece of parallel work.
pub fn multiply_all<const N: usize>(threads: &Threads, linears: [&Linear; N], input: &Input) -> [Vec<f32>; N] {
    let rows = input.rows();
    let panels: usize = linears.iter().map(|linear| linear.matrix.panels()).sum();
    if linears.iter().any(|linear| !linear.matrix.kind.is_dense()) {
        input.blocks(threads.isa());
    }
    let mut products = vec![[0.0; PANEL]; panels * rows];
    let share = threads.share(panels);
    threads.chunks(&mut products, share * rows, |chunk, out| {
        for (offset, out) in out.chunks_exact_mut(rows).enumerate() {
            let mut panel = chunk * share + offset;
            let mut found = linears[0];
            for linear in linears {
                found = linear;
                if panel < linear.matrix.panels() {
                    break;
                }
                panel -= linear.matrix.panels();
            }
            found.matrix.panel_product(threads.isa(), panel, input, out);
        }
    });
    let mut start = 0;
    linears.map(|linear| {
        let mine = &products[start..start + linear.matrix.panels() * rows];
        start += linear.matrix.panels() * rows;
        let width = linear.matrix.rows;
        let mut out = vec![0.0; rows * width];
        let share = threads.share(rows).max(16);
        threads.chunks(&mut out, share * width, |chunk, out| {
            for (offset, out) in out.chunks_exact_mut(width).enumerate() {
                gather(mine, (chunk * share + offset, rows), out);
                for (value, bias) in out.iter_mut().zip(linear.bias.iter().flatten()) {
                    *value += bias;
                }
            }
        });
        out
    })
}

#[cfg(test)]
mod tests {
    //! Packing and products against candle's block types.

    use candle_core::quantized::{GgmlDType, QTensor};
    use candle_core::{Device, Tensor};

    use super::*;

    const KINDS: [TensorType; 10] = [
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

    fn wave(count: usize, step: f32) -> Vec<f32> {
        (0..count).map(|at| (at as f32 * step).sin() + 0.3 * (at as f32 * step * 7.3).cos()).collect()
    }

    fn candle(kind: GgmlDType, rows: usize, columns: usize) -> QTensor {
        let values = Tensor::from_vec(wave(rows * columns, 0.37), (rows, columns), &Device::Cpu).unwrap();
        QTensor::quantize(&values, kind).unwrap()
    }

    #[test]
    fn rows_are_those_of_candle() {
        let (rows, columns) = (37, 512);
        for kind in KINDS {
            let tensor = candle(kind.candle(), rows, columns);
            let matrix = Matrix::from_bytes(kind, rows, columns, &tensor.data().unwrap());
            let expected = tensor.dequantize(&Device::Cpu).unwrap().to_vec2::<f32>().unwrap();
            let mut row = vec![0.0; columns];
            for (index, expected) in expected.iter().enumerate() {
                matrix.row(index, &mut row);
                for (found, expected) in row.iter().zip(expected) {
                    assert!((found - expected).abs() <= 1e-6, "{kind:?} {found} {expected}");
                }
            }
        }
    }

    #[test]
    fn products_are_those_of_exact_weights_whatever_the_threads() {
        let (rows, columns, inputs) = (37, 512, 5);
        let values = wave(inputs * columns, 0.11);
        let (one, two) = (Threads::new(1).unwrap(), Threads::new(2).unwrap());
        for kind in KINDS {
            let tensor = candle(kind.candle(), rows, columns);
            let matrix = Matrix::from_bytes(kind, rows, columns, &tensor.data().unwrap());
            let linear = Linear { matrix, bias: Some(wave(rows, 1.0)) };
            let product = linear.multiply(&one, &Input::new(&values, columns));
            assert_eq!(product, two.run(|| linear.multiply(&two, &Input::new(&values, columns))));
            let weights = tensor.dequantize(&Device::Cpu).unwrap().to_vec2::<f32>().unwrap();
            for (at, found) in product.iter().enumerate() {
                let (input, row) = (at / rows, at % rows);
                let terms = weights[row].iter().zip(&values[input * columns..]);
                let exact = terms.map(|(weight, value)| f64::from(weight * value)).sum::<f64>()
                    + f64::from(wave(rows, 1.0)[row]);
                let room = if kind.is_dense() { 1e-3 } else { 0.25 };
                assert!((f64::from(*found) - exact).abs() < room, "{kind:?} {found} {exact}");
            }
        }
    }
}
