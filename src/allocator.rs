//! Every program's memory. A call allocates some hundred small pieces and frees most of them on another thread, which the
//! C library's allocator is slow at: a fifth of all that a reserve cost.

use mimalloc::MiMalloc;

#[global_allocator]
static MEMORY: MiMalloc = MiMalloc;
