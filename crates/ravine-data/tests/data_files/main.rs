//! Readers of data files and design matrices.

mod blocks;
mod csv;
mod design;
mod libsvm;
#[cfg(feature = "parquet")]
mod parquet;
mod tables;
