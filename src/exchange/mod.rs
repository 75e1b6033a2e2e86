//! Reading and writing the field's formats over `Read` and `Write`; release bundles. Nothing here knows a store.

pub mod own_jsonl;
pub mod parquet;
pub mod release;
mod strict_json;
