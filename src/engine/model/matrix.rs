//! Weight matrices and their products with rows of activations.

use std::sync::OnceLock;

use super::isa::Isa;
use super::kernels::{dense_product, quantised_product};
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
        self.blocks.get_or_init(|| Quantised::new(isa, self.values, self.columns))
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
#[path = "matrix_tests.rs"]
mod tests;
