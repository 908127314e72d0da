//! Room for intermediate results in a state.

use std::ops::{Deref, DerefMut};

/// Room that is no part of the state around it: neither saved nor copied nor compared.
#[derive(Debug, Default)]
pub(crate) struct Scratch<W>(Box<W>);

impl<W: Default> Clone for Scratch<W> {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl<W> PartialEq for Scratch<W> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<W> Deref for Scratch<W> {
    type Target = W;

    fn deref(&self) -> &W {
        &self.0
    }
}

impl<W> DerefMut for Scratch<W> {
    fn deref_mut(&mut self) -> &mut W {
        &mut self.0
    }
}
