//! Between text and tokens, and from logits to the next token.

mod answering;
mod byte_alphabet;
mod byte_bpe;
mod candidates;
mod chat;
mod ending;
mod marks;
mod model_facts;
mod pieces;
mod pre_tokenizer;
mod random;
mod sampling;
mod scoring;
mod sentence_piece;
mod split;
mod stop;
mod template_words;
mod term_guard;
mod text_error;
mod tokenizer;
mod tokenizer_json;
mod vocabulary;

pub use answering::{Answering, Given, Stopped};
pub use chat::{Chat, ChatTemplate, Surroundings, plain_prompt};
pub use model_facts::ModelFacts;
pub use pieces::{Pieces, token_texts};
pub use sampling::{Sampler, Sampling};
pub use scoring::{Score, log_probability};
pub use stop::{StopWatch, Watched};
pub use text_error::TextError;
pub use tokenizer::Tokenizer;
pub use vocabulary::{Spelling, Token, TokenKind, Vocabulary};
