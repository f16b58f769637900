//! What reading a table allocates, counted by the allocator itself. One test only, for other threads allocate too.

use std::alloc::System;
use std::io::Write as _;

use nn::table::{MOST_BYTES, Request, read};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

#[test]
fn a_compressed_table_that_unpacks_to_much_is_refused_before_memory_is_full() {
    // Three times the most, in members of 64 MiB.
    let member = {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let zeros = vec![b'0'; 1 << 20];
        (0..64).for_each(|_| packed.write_all(&zeros).unwrap());
        packed.finish().unwrap()
    };
    let packed = member.repeat((3 * MOST_BYTES) >> 26);
    let region = Region::new(ALLOCATOR);
    let error = read(&packed, &Request::default()).unwrap_err();
    let allocated = region.change().bytes_allocated;
    assert_eq!(error.fault.to_string(), "the table is larger than 1024 MiB");
    // A buffer that grows by doubling, and what the unpacking itself takes.
    assert!(allocated < 2 * MOST_BYTES + (1 << 20), "{allocated} bytes");
}
