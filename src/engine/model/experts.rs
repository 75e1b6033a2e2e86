//! A mixture of experts: each row goes through the few that its router chooses, and through a shared one if there is.

use super::build::Build;
use super::error::ModelError;
use super::hyperparameters::{ExpertSettings, Gate, Routing};
use super::math::sigmoid;
use super::matrix::{Input, Linear};
use super::mlp::Mlp;
use super::names::Part;
use super::routing::choose;
use super::threads::Threads;

/// One layer's experts.
#[derive(Debug)]
pub struct Experts {
    router: Linear,
    correction: Option<Vec<f32>>,
    routing: Routing,
    experts: Vec<Mlp>,
    shared: Option<Mlp>,
    shared_router: Option<Linear>,
}

impl Experts {
    /// Takes a layer's weights.
    pub fn build(build: &Build, settings: &ExpertSettings, layer: usize) -> Result<Self, ModelError> {
        let (hidden, routing) = (build.settings.hidden, settings.routing);
        let name = |part| build.names.in_layer(part, layer);
        let shared = [Part::SharedGate, Part::SharedUp, Part::SharedDown];
        let shared = settings.shared_inner.map(|inner| build.mlp(layer, shared, inner)).transpose()?;
        let gated = settings.shared_gated && shared.is_some();
        let gate = || build.linear(&name(Part::SharedRouter), (1, hidden), Some(false));
        let correction = || build.tensors.floats(&name(Part::RouterBias), &[routing.experts]);
        Ok(Self {
            router: build.linear(&name(Part::Router), (routing.experts, hidden), Some(false))?,
            correction: if routing.corrected { Some(correction()?) } else { None },
            routing,
            experts: build.experts(layer, routing.experts, settings.inner)?,
            shared,
            shared_router: if gated { Some(gate()?) } else { None },
        })
    }

    /// The output for each row of `hidden` columns.
    pub fn forward(&self, threads: &Threads, rows: &[f32], hidden: usize) -> Vec<f32> {
        let input = Input::new(rows, hidden);
        let logits = self.router.multiply(threads, &input);
        let mut out = vec![0.0; rows.len()];
        let mut assigned = vec![Vec::new(); self.experts.len()];
        for (row, logits) in logits.chunks_exact(self.experts.len()).enumerate() {
            for (expert, share) in choose(&self.routing, logits, self.correction.as_deref()) {
                assigned[expert].push((row, share));
            }
        }
        // in the order of experts, so that a row's sum does not depend on the rows beside it
        for (expert, assigned) in self.experts.iter().zip(&assigned).filter(|(_, assigned)| !assigned.is_empty()) {
            self.add_expert(threads, expert, assigned, (rows, &mut out, hidden));
        }
        if let Some(shared) = &self.shared {
            let gates = self.shared_router.as_ref().map(|router| router.multiply(threads, &input));
            let values = shared.forward(threads, &input);
            for (row, (out, values)) in out.chunks_exact_mut(hidden).zip(values.chunks_exact(hidden)).enumerate() {
                let share = gates.as_ref().map_or(1.0, |gates| sigmoid(gates[row]));
                add(out, values, share);
            }
        }
        out
    }

    fn add_expert(
        &self,
        threads: &Threads,
        expert: &Mlp,
        assigned: &[(usize, f32)],
        (rows, out, hidden): (&[f32], &mut [f32], usize),
    ) {
        let before = self.routing.gate == Gate::SigmoidInput;
        let mut mine = Vec::with_capacity(assigned.len() * hidden);
        for (row, share) in assigned {
            let factor = if before { *share } else { 1.0 };
            mine.extend(rows[row * hidden..][..hidden].iter().map(|value| value * factor));
        }
        let values = expert.forward(threads, &Input::new(&mine, hidden));
        for ((row, share), values) in assigned.iter().zip(values.chunks_exact(hidden)) {
            add(&mut out[row * hidden..][..hidden], values, if before { 1.0 } else { *share });
        }
    }
}

fn add(out: &mut [f32], values: &[f32], share: f32) {
    for (out, value) in out.iter_mut().zip(values) {
        *out += value * share;
    }
}
