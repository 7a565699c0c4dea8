//! A Stripe-compatible payment provider for development and tests, with fault knobs.
