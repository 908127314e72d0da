//! The problems for Python, through `ctypes`: matrices by rows, statuses instead of errors.

use std::ffi::{CStr, CString, c_char};
use std::slice::{from_raw_parts, from_raw_parts_mut};

use ravine::matrix::Matrix;

use crate::counted::Counted;
use crate::entry::{Entry, entries};

/// A problem and what was asked of it.
pub struct Handle {
    entry: &'static Entry,
    counted: Counted<'static>,
}

/// All problems as a JSON list, to be kept for the life of the process.
#[unsafe(no_mangle)]
pub extern "C" fn problems() -> *const c_char {
    let all = entries();
    let text = serde_json::to_string(&all).unwrap_or_else(|_| "[]".to_owned());
    CString::new(text).unwrap_or_default().into_raw()
}

/// Problem `index` of the list, kept for the life of the process.
#[unsafe(no_mangle)]
pub extern "C" fn open(index: usize) -> *const Handle {
    let entry: &'static Entry = Box::leak(Box::new(entries().swap_remove(index)));
    Box::leak(Box::new(Handle { entry, counted: Counted::new(entry.objective()) }))
}

/// The problem of that specification, kept for the life of the process.
///
/// # Safety
///
/// `name` ends with a zero byte.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn open_named(name: *const c_char) -> *const Handle {
    let name = unsafe { CStr::from_ptr(name) }.to_string_lossy();
    let entry: &'static Entry = Box::leak(Box::new(Entry::named(&name)));
    Box::leak(Box::new(Handle { entry, counted: Counted::new(entry.objective()) }))
}

/// A problem's description as a JSON object, to be kept for the life of the process.
///
/// # Safety
///
/// `handle` is from [`open`] or [`open_named`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn describe(handle: *const Handle) -> *const c_char {
    let text = serde_json::to_string(unsafe { &*handle }.entry).unwrap_or_default();
    CString::new(text).unwrap_or_default().into_raw()
}

/// Forgets what was counted.
///
/// # Safety
///
/// `handle` is from [`open`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn reset(handle: *const Handle) {
    unsafe { &*handle }.counted.reset();
}

/// Writes the counts of values, gradients, Hessian products and Hessians.
///
/// # Safety
///
/// `handle` is from [`open`], `counts` has room for four numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn counts(handle: *const Handle, counts: *mut u64) {
    let handle = unsafe { &*handle };
    let c = handle.counted.counts();
    unsafe { from_raw_parts_mut(counts, 4) }.copy_from_slice(&[
        c.value,
        c.gradient,
        c.hessian_product,
        c.hessian,
    ]);
}

/// The value, not counted.
///
/// # Safety
///
/// `handle` is from [`open`], `x` has n entries.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peek_value(handle: *const Handle, x: *const f64) -> f64 {
    let handle = unsafe { &*handle };
    let x = unsafe { from_raw_parts(x, handle.entry.n) };
    handle.entry.objective().value(&x.to_vec()).unwrap_or(f64::NAN)
}

/// The maximum norm of the gradient, not counted.
///
/// # Safety
///
/// `handle` is from [`open`], `x` has n entries.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peek_gradient_norm(handle: *const Handle, x: *const f64) -> f64 {
    let handle = unsafe { &*handle };
    handle.counted.gradient_norm(unsafe { from_raw_parts(x, handle.entry.n) })
}

/// The value into `value`; 0, or 1 beyond the limit.
///
/// # Safety
///
/// `handle` is from [`open`], `x` has n entries, `value` one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn value(handle: *const Handle, x: *const f64, value: *mut f64) -> i32 {
    let handle = unsafe { &*handle };
    match handle.counted.value(unsafe { from_raw_parts(x, handle.entry.n) }) {
        Ok(v) => {
            unsafe { *value = v };
            0
        }
        Err(_) => 1,
    }
}

/// The gradient; 0, or 1 beyond the limit.
///
/// # Safety
///
/// `handle` is from [`open`], `x` and `gradient` have n entries.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gradient(handle: *const Handle, x: *const f64, gradient: *mut f64) -> i32 {
    let handle = unsafe { &*handle };
    let n = handle.entry.n;
    let (x, gradient) = unsafe { (from_raw_parts(x, n), from_raw_parts_mut(gradient, n)) };
    i32::from(handle.counted.gradient(x, gradient).is_err())
}

/// The Hessian times a direction; 0, or 1 beyond the limit.
///
/// # Safety
///
/// `handle` is from [`open`], `x`, `d` and `product` have n entries.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hessian_product(
    handle: *const Handle,
    x: *const f64,
    d: *const f64,
    product: *mut f64,
) -> i32 {
    let handle = unsafe { &*handle };
    let n = handle.entry.n;
    let (x, d) = unsafe { (from_raw_parts(x, n), from_raw_parts(d, n)) };
    let product = unsafe { from_raw_parts_mut(product, n) };
    i32::from(handle.counted.hessian_product(x, d, product).is_err())
}

/// The Hessian by rows; 0, or 1 beyond the limit.
///
/// # Safety
///
/// `handle` is from [`open`], `x` has n entries and `hessian` n^2.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hessian(handle: *const Handle, x: *const f64, hessian: *mut f64) -> i32 {
    let handle = unsafe { &*handle };
    let n = handle.entry.n;
    let mut matrix = Matrix::zeros(n, n);
    let x = unsafe { from_raw_parts(x, n) };
    let result = handle.counted.hessian(x, &mut matrix);
    by_rows(&matrix, unsafe { from_raw_parts_mut(hessian, n * n) });
    i32::from(result.is_err())
}

/// The residuals; 0, or 1 beyond the limit.
///
/// # Safety
///
/// `handle` is from [`open`], `x` has n entries and `residuals` m.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn residuals(
    handle: *const Handle,
    x: *const f64,
    residuals: *mut f64,
) -> i32 {
    let handle = unsafe { &*handle };
    let x = unsafe { from_raw_parts(x, handle.entry.n) };
    let residuals = unsafe { from_raw_parts_mut(residuals, handle.entry.m) };
    i32::from(handle.counted.residuals(x, residuals).is_err())
}

/// The Jacobian by rows; 0, or 1 beyond the limit.
///
/// # Safety
///
/// `handle` is from [`open`], `x` has n entries and `jacobian` m n.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn jacobian(handle: *const Handle, x: *const f64, jacobian: *mut f64) -> i32 {
    let handle = unsafe { &*handle };
    let (n, m) = (handle.entry.n, handle.entry.m);
    let mut matrix = Matrix::zeros(m, n);
    let x = unsafe { from_raw_parts(x, n) };
    let result = handle.counted.jacobian(x, &mut matrix);
    by_rows(&matrix, unsafe { from_raw_parts_mut(jacobian, m * n) });
    i32::from(result.is_err())
}

fn by_rows(matrix: &Matrix, entries: &mut [f64]) {
    let n = matrix.columns();
    for (k, entry) in entries.iter_mut().enumerate() {
        *entry = matrix[(k / n, k % n)];
    }
}
