//! The vector instructions of the machine.

/// Runs a loop compiled for the widest vector instructions that the machine has, which is found out at
/// run time. WebAssembly has one set, fixed when the module is built.
///
/// What `f` calls is compiled with them only where it is inlined.
///
/// ```
/// let mut y = [1.0_f32; 100];
/// ravine_linalg::widest(
///     #[inline(always)]
///     || y.iter_mut().for_each(|y| *y = 2.0 * *y + 1.0),
/// );
/// assert_eq!(y, [3.0; 100]);
/// ```
#[inline(always)]
pub fn widest<R>(f: impl FnOnce() -> R) -> R {
    #[cfg(not(target_arch = "wasm32"))]
    let result = pulp::Arch::new().dispatch(f);
    #[cfg(target_arch = "wasm32")]
    let result = f();
    result
}
