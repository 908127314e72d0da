//! Between what Python functions take and return and the numbers of the library.

use numpy::{
    PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1, PyUntypedArray, PyUntypedArrayMethods,
};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyTuple};
use ravine::Bounds;
use ravine::matrix::{Matrix, SparseMatrix};

/// `function(*vectors, *args)`, with copies of the vectors, which the caller may keep or change.
pub fn call<'py>(
    py: Python<'py>,
    function: &Py<PyAny>,
    vectors: &[&[f64]],
    args: &Py<PyTuple>,
) -> PyResult<Bound<'py, PyAny>> {
    let args = args.bind(py);
    match vectors {
        [x] if args.is_empty() => function.bind(py).call1((PyArray1::from_slice(py, x),)),
        _ => {
            let vectors = vectors.iter().map(|x| PyArray1::from_slice(py, x).into_any());
            let all: Vec<Bound<'_, PyAny>> = vectors.chain(args.iter()).collect();
            function.bind(py).call1(PyTuple::new(py, all)?)
        }
    }
}

/// Lower and upper bounds as arrays.
pub fn bounds<'py>(
    py: Python<'py>,
    bounds: &Bounds,
) -> (Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>) {
    let array = |side| PyArray1::from_slice(py, side);
    (array(bounds.lower()), array(bounds.upper()))
}

/// A real number, also as an array of one entry.
pub fn scalar(value: &Bound<'_, PyAny>) -> PyResult<f64> {
    if let Ok(number) = value.cast::<PyFloat>() {
        return Ok(number.value());
    }
    unmasked("fun: its result", value)?;
    let kind = value.getattr("dtype").and_then(|dtype| dtype.getattr("kind"));
    if kind.is_ok_and(|kind| kind.eq("c").unwrap_or(false)) {
        return Err(PyTypeError::new_err("fun: must return a real number, not a complex one"));
    }
    if let Ok(number) = value.extract::<f64>() {
        return Ok(number);
    }
    value.call_method0("item").and_then(|item| item.extract::<f64>()).map_err(|_| {
        let kind = value.get_type();
        PyTypeError::new_err(format!("fun: must return a number, not {kind}"))
    })
}

/// Refuses arrays with masked entries, whose masks would be lost.
fn unmasked(what: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
    // A plain array has no mask, and most values are one.
    if value.is_exact_instance_of::<PyUntypedArray>() {
        return Ok(());
    }
    let masked = value.py().import("numpy.ma")?.call_method1("is_masked", (value,))?;
    match masked.is_truthy()? {
        false => Ok(()),
        true => Err(PyValueError::new_err(format!(
            "{what} has masked entries; fill them in, or leave them out"
        ))),
    }
}

/// `value` as an array of doubles.
fn doubles<'py>(what: &str, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    unmasked(what, value)?;
    let py = value.py();
    let numpy = py.import("numpy")?;
    let array = numpy.call_method1("asarray", (value,))?;
    let kind: String = array.getattr("dtype")?.getattr("kind")?.extract()?;
    if !matches!(kind.as_str(), "f" | "i" | "u" | "b") {
        let kind = array.getattr("dtype")?;
        return Err(PyTypeError::new_err(format!(
            "{what} must have real numbers, not entries of type {kind}"
        )));
    }
    numpy.call_method1("asarray", (array, "float64"))
}

/// An array of as many numbers as `to` has.
pub fn vector(what: &str, value: &Bound<'_, PyAny>, to: &mut [f64]) -> PyResult<()> {
    if value.is_exact_instance_of::<PyUntypedArray>()
        && let Ok(array) = value.cast::<PyArray1<f64>>()
    {
        return copy(what, &array.try_readonly()?, to);
    }
    let array = doubles(what, value)?.call_method0("ravel")?;
    copy(what, &array.extract::<PyReadonlyArray1<'_, f64>>()?, to)
}

fn copy(what: &str, array: &PyReadonlyArray1<'_, f64>, to: &mut [f64]) -> PyResult<()> {
    if array.len() != to.len() {
        let (given, n) = (array.len(), to.len());
        return Err(PyValueError::new_err(format!(
            "{what} has {given} entries, but must have {n}"
        )));
    }
    match array.as_slice() {
        Ok(from) => to.copy_from_slice(from),
        Err(_) => to.iter_mut().zip(array.as_array()).for_each(|(to, &from)| *to = from),
    }
    Ok(())
}

fn shaped(what: &str, shape: &[usize], (rows, columns): (usize, usize)) -> PyResult<()> {
    if shape == [rows, columns] {
        return Ok(());
    }
    Err(PyValueError::new_err(format!(
        "{what} has shape {shape:?}, but must have [{rows}, {columns}]"
    )))
}

/// A dense array of that shape, a copy only where it is none of doubles; sparse ones are filled up.
pub fn array<'py>(
    what: &str,
    value: &Bound<'py, PyAny>,
    (rows, columns): (usize, usize),
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let dense = match value.hasattr("toarray")? {
        true => value.call_method0("toarray")?,
        false => value.clone(),
    };
    let array = doubles(what, &dense)?;
    let shape: Vec<usize> = array.getattr("shape")?.extract()?;
    // A function of one variable may return a number.
    if rows * columns == 1 && shape.iter().product::<usize>() == 1 {
        return Ok(array.call_method1("reshape", ((1, 1),))?.cast_into()?);
    }
    shaped(what, &shape, (rows, columns))?;
    Ok(array.cast_into()?)
}

/// A copy of a dense array of the shape of `to`; sparse ones are filled up.
pub fn matrix(what: &str, value: &Bound<'_, PyAny>, to: &mut Matrix) -> PyResult<()> {
    let array = array(what, value, (to.rows(), to.columns()))?;
    let array = array.try_readonly()?;
    let array = array.as_array();
    for j in 0..to.columns() {
        to.column_mut(j).iter_mut().zip(array.column(j)).for_each(|(to, &from)| *to = from);
    }
    Ok(())
}

/// A sparse matrix of SciPy, of that shape.
pub fn sparse(
    what: &str,
    value: &Bound<'_, PyAny>,
    (m, n): (usize, usize),
) -> PyResult<SparseMatrix> {
    let shape: Vec<usize> = value.getattr("shape")?.extract()?;
    shaped(what, &shape, (m, n))?;
    let columns = value.call_method0("tocsc")?;
    let numpy = value.py().import("numpy")?;
    let integers = |name: &str| numpy.call_method1("asarray", (columns.getattr(name)?, "int64"));
    let starts = integers("indptr")?.extract::<PyReadonlyArray1<'_, i64>>()?;
    let rows = integers("indices")?.extract::<PyReadonlyArray1<'_, i64>>()?;
    let values = doubles(what, &columns.getattr("data")?)?;
    let values = values.extract::<PyReadonlyArray1<'_, f64>>()?;
    let (starts, rows, values) = (starts.as_array(), rows.as_array(), values.as_array());
    let mut triplets = Vec::with_capacity(values.len());
    for j in 0..n {
        for k in starts[j]..starts[j + 1] {
            let k = k as usize;
            triplets.push((rows[k] as usize, j, values[k]));
        }
    }
    Ok(SparseMatrix::from_triplets(m, n, &triplets))
}

/// Writes the entries of `from`, which must be among those that `to` has.
pub fn fill(function: &str, to: &mut SparseMatrix, from: &SparseMatrix) -> PyResult<()> {
    let same = to.column_starts() == from.column_starts() && to.row_indices() == from.row_indices();
    if same {
        to.values_mut().copy_from_slice(from.values());
        return Ok(());
    }
    to.values_mut().fill(0.0);
    for j in 0..from.columns() {
        let (start, (rows, values)) = (to.column_starts()[j], from.column(j));
        for (i, &value) in rows.iter().zip(values) {
            let place = to.column(j).0.binary_search(i).map_err(|_| {
                PyValueError::new_err(format!(
                    "{function}: its result has an entry at ({i}, {j}), where the first had none; \
                     store zeros explicitly where entries may appear later"
                ))
            })?;
            to.values_mut()[start + place] = value;
        }
    }
    Ok(())
}
