//! How far a guild's raters agree, question by question.

mod coefficients;
mod gathered;
mod measured;
mod pairs;
mod rows;
mod scale;
mod words;

pub use rows::{AgreementView, Found, NamedCoefficient, PairAgreement, Parting, QuestionAgreement, RaterLetter, Week};
pub use words::{agreement_in_words, interval, share};
