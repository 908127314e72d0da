//! Readers of data files and design matrices.

mod blocks;
mod csv;
mod design;
mod libsvm;
mod tables;
