//! The command `ravine`.

fn main() {}
