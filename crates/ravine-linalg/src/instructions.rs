//! The vector instructions of the machine.

/// Runs a loop compiled for the widest vector instructions that the machine has, which is found out at
/// run time. WebAssembly has one set, fixed when the module is built.
#[inline(always)]
pub(crate) fn widest<R>(f: impl FnOnce() -> R) -> R {
    #[cfg(not(target_arch = "wasm32"))]
    let result = pulp::Arch::new().dispatch(f);
    #[cfg(target_arch = "wasm32")]
    let result = f();
    result
}
