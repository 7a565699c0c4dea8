//! Usher edge proxy: the only public door.
