//! The methods that the page offers.

use ravine_nn::{Network, Optimizer};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::Failure;

/// A method that the page offers.
#[derive(Debug)]
pub(crate) struct Offered {
    pub name: &'static str,
    pub title: &'static str,
    /// What it does, in half a line.
    about: &'static str,
    /// Whether it goes over all points at once, or only then is what its title says.
    pub whole: Whole,
}

/// How a method takes batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whole {
    /// As it takes all points.
    Either,
    /// By a relative of the same name.
    Relative,
    /// Not at all.
    Needed,
}

const fn offered(
    name: &'static str,
    title: &'static str,
    about: &'static str,
    whole: Whole,
) -> Offered {
    Offered { name, title, about, whole }
}

const OFFERED: [Offered; 16] = [
    offered("sgd", "SGD", "the negative gradient", Whole::Either),
    offered("momentum", "Momentum", "the gradient, with inertia", Whole::Either),
    offered("nesterov", "Nesterov", "inertia that looks ahead", Whole::Either),
    offered("rmsprop", "RMSProp", "divided by the size of recent gradients", Whole::Either),
    offered("adamw", "AdamW", "momentum, divided by the size of recent gradients", Whole::Either),
    offered("lbfgs", "L-BFGS", "curvature from the last steps", Whole::Relative),
    offered("newton-cg", "Newton-CG", "the Hessian, by conjugate gradients", Whole::Needed),
    offered("hessian-free", "Hessian-free", "Gauss-Newton, by conjugate gradients", Whole::Either),
    offered("natural-gradient", "Natural gradient", "the whole Fisher information", Whole::Either),
    offered("kfac", "Plain K-FAC", "Kronecker factors, fixed step and damping", Whole::Either),
    offered(
        "kfac-adaptive",
        "K-FAC",
        "Kronecker factors, step and damping by the model",
        Whole::Either,
    ),
    offered("ekfac-adaptive", "EKFAC", "K-FAC with a corrected diagonal", Whole::Either),
    offered(
        "shampoo",
        "Shampoo",
        "roots of gradient covariances, by rows and columns",
        Whole::Either,
    ),
    offered("soap", "SOAP", "Adam in Shampoo's basis", Whole::Either),
    offered("muon", "Muon", "steps with equal singular values", Whole::Either),
    offered(
        "schedule-free",
        "Schedule-free",
        "AdamW, averaged in place of a schedule",
        Whole::Either,
    ),
];

/// The method of that name.
pub(crate) fn named(name: &str) -> Result<&'static Offered, Failure> {
    OFFERED.iter().find(|offered| offered.name == name).ok_or_else(|| {
        let names: Vec<&str> = OFFERED.iter().map(|offered| offered.name).collect();
        Failure::new(format!("method: is `{name}`, but must be one of {}", names.join(", ")))
    })
}

/// The optimizer of that name with the library's usual settings; `None` for those that are methods of any function.
pub(crate) fn optimizer(
    offered: &Offered,
    network: &Network,
    by_batch: bool,
) -> Result<Option<Optimizer>, Failure> {
    match offered.whole {
        Whole::Needed if by_batch => Err(Failure::new(format!(
            "{} goes over all points at once: take full batches for it",
            offered.title
        ))),
        Whole::Needed => Ok(None),
        Whole::Relative if !by_batch => Ok(None),
        Whole::Relative | Whole::Either => Ok(Some(Optimizer::named(offered.name, network)?)),
    }
}

/// The methods, a line each: name, title, what it does, and `whole` where it takes no batches, with tabs between.
#[wasm_bindgen]
pub fn methods() -> String {
    let line = |offered: &Offered| {
        let whole = if offered.whole == Whole::Needed { "whole" } else { "" };
        [offered.name, offered.title, offered.about, whole].join("\t")
    };
    OFFERED.iter().map(line).collect::<Vec<_>>().join("\n")
}
