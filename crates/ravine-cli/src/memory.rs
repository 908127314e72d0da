//! Memory, asked for before it is taken.

use ravine_race::MethodChoice;
use ravine_text::bytes;

use crate::failure::Failure;

/// Refuses a method whose matrices or vectors do not fit, and says which take less.
pub fn check_memory(method: &MethodChoice, n: usize) -> Result<(), Failure> {
    let number = size_of::<f64>();
    if let Some(pairs) = method.settings["memory"].as_u64() {
        let pairs = usize::try_from(pairs).unwrap_or(usize::MAX);
        // The pairs, and the products of all with all.
        let numbers = pairs.saturating_mul(n.saturating_add(pairs)).saturating_mul(2);
        if let Err(needed) = room(numbers.saturating_mul(number)) {
            return Err(Failure::input(format!(
                "{}: memory: is {pairs}, which needs {needed}, more than there is",
                method.entry.name
            )));
        }
    }
    if !method.entry.is_dense() {
        return Ok(());
    }
    room(n.saturating_mul(n).saturating_mul(number)).map_err(|needed| {
        Failure::input(format!(
            "{}: a dense matrix of {n} variables needs {needed} of memory, more than there is; lbfgs, \
             cg-hz and newton-cg keep vectors only",
            method.entry.name
        ))
    })
}

/// How much was asked for, where there is not so much.
fn room(size: usize) -> Result<(), String> {
    Vec::<u8>::new().try_reserve_exact(size).map_err(|_| bytes(size as u64))
}
