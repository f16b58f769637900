//! Tables: bytes read in a second. `cargo bench -p benches --bench tables`

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use nn::data::Data;
use nn::table::{Request, read};
use std::hint::black_box;

/// Rows of every table.
const ROWS: u32 = 1_000_000;

fn table(row: impl Fn(u32) -> String) -> String {
    let mut text = "x,y\n".to_owned();
    (0..ROWS).for_each(|i| text += &row(i));
    text
}

/// A million rows of plain numbers, of six and of seventeen digits, of decimal commas in quotes, and of dates.
fn reading(criterion: &mut Criterion) {
    let wave = |i: u32| libm::sin(f64::from(i) * 1e-3);
    let tables = [
        ("numbers of 6 decimals", table(|i| format!("{:.6},{:.6}\n", f64::from(i) * 1e-3, wave(i)))),
        ("numbers of 17 digits", table(|i| format!("{},{}\n", f64::from(i) * 1e-3, wave(i)))),
        ("whole numbers", table(|i| format!("{i},{}\n", i % 1000))),
        ("decimal commas", table(|i| format!("\"{},5\",\"{},25\"\n", i, i % 1000))),
        ("dates", table(|i| format!("2020-01-{:02} {:02}:00,{i}\n", 1 + i / 24 % 31, i % 24))),
    ];
    let mut group = criterion.benchmark_group("a million rows");
    group.sample_size(10);
    for (what, text) in &tables {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(BenchmarkId::new("read", what), |bencher| {
            bencher.iter(|| read(black_box(text.as_bytes()), &Request::default()));
        });
    }
    let text = &tables[0].1;
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("points, sorted and held out", |bencher| {
        bencher.iter(|| Data::from_table("table.csv", black_box(text.as_bytes()), &Request::default()));
    });
    group.finish();
}

criterion_group!(benches, reading);
criterion_main!(benches);
