//! Runs the whole Usher mesh on one machine.
