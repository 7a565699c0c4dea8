//! Usher edge proxy: the only public door.
fn main() {}
