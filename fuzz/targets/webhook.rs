//! Signatures and bodies of webhooks.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| booking_svc::fuzzing::webhook(data));
