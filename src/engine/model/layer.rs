//! One layer: attention and the feed-forward part, with their norms and the residual stream.

use super::attention::Attention;
use super::build::Build;
use super::error::ModelError;
use super::experts::Experts;
use super::hyperparameters::Residual;
use super::latent::Latent;
use super::matrix::Input;
use super::mlp::Mlp;
use super::names::Part;
use super::norm::Norm;
use super::pass::Pass;
use super::rope::Rope;

#[derive(Debug)]
enum Mixer {
    Heads(Box<Attention>),
    Latent(Box<Latent>),
}

#[derive(Debug)]
enum Feed {
    Dense(Box<Mlp>),
    Experts(Box<Experts>),
}

/// See the module.
#[derive(Debug)]
pub struct Layer {
    attention_norm: Norm,
    attention: Mixer,
    feed_norm: Option<Norm>,
    feed: Feed,
    residual: Residual,
}

impl Layer {
    /// Takes a layer's weights.
    pub fn build(build: &Build, layer: usize) -> Result<Self, ModelError> {
        let settings = build.settings;
        let name = |part| build.names.in_layer(part, layer);
        let attention = match settings.latent {
            Some(sizes) => Mixer::Latent(Box::new(Latent::build(build, sizes, layer)?)),
            None => Mixer::Heads(Box::new(Attention::build(build, layer)?)),
        };
        let feed = match settings.experts.as_ref().filter(|_| settings.has_experts(layer)) {
            Some(experts) => Feed::Experts(Box::new(Experts::build(build, experts, layer)?)),
            None => {
                let parts = [Part::Gate, Part::Up, Part::Down];
                Feed::Dense(Box::new(build.mlp(layer, parts, settings.inner)?))
            }
        };
        let own_norm = settings.residual != Residual::Parallel;
        Ok(Self {
            attention_norm: build.norm(&name(Part::AttentionNorm))?,
            attention,
            feed_norm: if own_norm { Some(build.norm(&name(Part::FeedNorm))?) } else { None },
            feed,
            residual: settings.residual,
        })
    }

    /// Takes the rows of the residual stream through the layer.
    pub fn forward(&self, pass: &mut Pass, rope: &Rope, rows: &mut [f32], hidden: usize) {
        let normal = self.attention_norm.of(rows, hidden);
        let attended = match &self.attention {
            Mixer::Heads(attention) => attention.forward(pass, rope, &normal),
            Mixer::Latent(attention) => attention.forward(pass, rope, &normal),
        };
        if self.residual == Residual::Sequential {
            add(rows, &attended);
        }
        let normal = self.feed_norm.as_ref().map_or(normal, |norm| norm.of(rows, hidden));
        let mut fed = match &self.feed {
            Feed::Dense(mlp) => mlp.forward(pass.threads, &Input::new(&normal, hidden)),
            Feed::Experts(experts) => experts.forward(pass.threads, &normal, hidden),
        };
        if self.residual != Residual::Sequential {
            add(&mut fed, &attended);
        }
        add(rows, &fed);
    }
}

fn add(rows: &mut [f32], others: &[f32]) {
    rows.iter_mut().zip(others).for_each(|(row, other)| *row += other);
}
