//! Readers of data files and design matrices.
//!
//! [`read`] takes a CSV or LIBSVM file and gives a [`Dataset`]: a [`Design`] matrix, with text
//! columns written as indicators, and a [`Target`].
//!
//! ```
//! use ravine_data::{Selection, Target, read_csv};
//!
//! let text = "area,kind,price\n50,flat,1.5\n80,house,2.0\n65,flat,1.9\n";
//! let table = read_csv(text.as_bytes(), "homes.csv")?;
//! let selection = Selection { target: Some("price".into()), ..Selection::default() };
//! let data = table.select(&selection)?;
//! assert_eq!(data.design.names(), ["(intercept)", "area", "kind=house"]);
//! assert_eq!(data.target, Target::Numbers(vec![1.5, 2.0, 1.9]));
//! # Ok::<(), ravine_data::DataError>(())
//! ```
//!
//! [`read_table_file`] keeps missing cells, and a [`Formula`] makes of a [`Table`] a [`Frame`]: design,
//! response and offset of the rows that are complete, and the [`Terms`] that do the same with new data.
//!
//! ```
//! use ravine_data::{Formula, FrameSettings, PredictionSettings, TableSettings, read_table};
//!
//! let text = "area,kind,price\n50,flat,1.5\n80,house,2.0\n65,flat,1.9\n,flat,1.0\n";
//! let table = read_table(text.as_bytes(), "homes.csv", &TableSettings::default())?;
//! let formula = Formula::parse("price ~ log(area) + kind")?;
//! let (terms, frame) = formula.fit(&table, &FrameSettings::default())?;
//! assert_eq!(frame.design.names(), ["(intercept)", "log(area)", "kind[T.house]"]);
//! assert_eq!(frame.dropped_in_words().unwrap(), "1 of 4 rows dropped: area (1)");
//!
//! let new = read_table("area,kind\n70,house\n".as_bytes(), "new.csv", &TableSettings::default())?;
//! assert_eq!(terms.frame(&new, &PredictionSettings::default())?.design.rows(), 1);
//! # Ok::<(), ravine_data::DataError>(())
//! ```

mod batches;
mod columnar;
mod csv;
mod dataset;
mod design;
mod error;
mod file;
mod formula;
mod idx;
mod levels;
mod libsvm;
mod numbers;
mod opened;
#[cfg(feature = "parquet")]
mod parquet;
mod stream;
mod table;
mod table_file;
mod table_settings;
mod taken;
mod unpacked;

pub use batches::{Batches, LibsvmBatches, TableBatches, open_batches};
pub use csv::{read_csv, read_csv_with, read_table};
pub use dataset::{Dataset, Selection, Target};
pub use design::{Codes, Columns, Design, Standardization};
pub use error::DataError;
pub use file::read;
pub use formula::{
    Formula, Frame, FrameSettings, Incomplete, LeftSide, LevelColumns, Missing, MissingCategories,
    Outside, PredictionSettings, Response, TermColumns, Terms, Unseen,
};
pub use idx::{Idx, parse_idx, read_idx};
pub use libsvm::{IndexBase, LibsvmSettings, read_libsvm, read_libsvm_file, read_libsvm_with};
pub use opened::{Opened, open};
pub use table::{Column, Header, Table};
pub use table_file::read_table_file;
pub use table_settings::{ColumnType, MissingCells, TableSettings};
