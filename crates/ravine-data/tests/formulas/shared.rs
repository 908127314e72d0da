//! The table of the reference, and designs as matrices.

use ravine_data::{
    Column, DataError, Design, Formula, Frame, FrameSettings, Table, TableSettings, Terms,
    read_table,
};
use ravine_linalg::matrix::Matrix;
use serde_json::Value;

/// `tests/data/formulas.json`
pub fn reference() -> Value {
    serde_json::from_str(include_str!("../data/formulas.json")).unwrap()
}

/// Its table.
pub fn table() -> Table {
    let reference = reference();
    let columns = reference["table"].as_object().unwrap();
    // The order of the file, which a map does not keep.
    let names: Vec<String> = ["y", "x", "z", "n", "g", "h", "k"].map(str::to_owned).into();
    let columns = names.iter().map(|name| column(columns[name].as_array().unwrap()));
    Table::from_columns(names.clone(), columns.collect()).unwrap()
}

fn column(cells: &[Value]) -> Column {
    if cells[0].is_number() {
        return Column::Numbers(cells.iter().map(|cell| cell.as_f64().unwrap()).collect());
    }
    let texts: Vec<&str> = cells.iter().map(|cell| cell.as_str().unwrap()).collect();
    let mut levels: Vec<String> = texts.iter().map(|&text| text.to_owned()).collect();
    levels.sort();
    levels.dedup();
    let code = |text: &&str| levels.iter().position(|level| level == text).unwrap() as u32;
    let codes = texts.iter().map(code).collect();
    Column::Texts { levels, codes }
}

pub fn csv(text: &str) -> Table {
    read_table(text.as_bytes(), "a.csv", &TableSettings::default()).unwrap()
}

pub fn fit(formula: &str, table: &Table) -> Result<(Terms, Frame), DataError> {
    Formula::parse(formula)?.fit(table, &FrameSettings::default())
}

/// The names of the columns, the intercept as the reference calls it.
pub fn names(design: &Design) -> Vec<String> {
    let name = |name: &String| if name == "(intercept)" { "Intercept" } else { name }.to_owned();
    design.names().iter().map(name).collect()
}

/// All entries.
pub fn matrix(design: &Design) -> Matrix {
    let mut matrix = Matrix::zeros(design.rows(), design.coefficients());
    design.write(0, &vec![1.0; design.rows()], &mut matrix);
    matrix
}
