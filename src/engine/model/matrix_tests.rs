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
            let exact =
                terms.map(|(weight, value)| f64::from(weight * value)).sum::<f64>() + f64::from(wave(rows, 1.0)[row]);
            let room = if kind.is_dense() { 1e-3 } else { 0.25 };
            assert!((f64::from(*found) - exact).abs() < room, "{kind:?} {found} {exact}");
        }
    }
}
