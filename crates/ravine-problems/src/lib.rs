//! Standard problems of smooth minimization with starts, minima and sources.
