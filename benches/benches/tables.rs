//! Tables: bytes read in a second. `cargo bench -p benches --bench tables`

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use nn::data::Data;
use nn::table::{Request, read};
use std::fmt::Write as _;
use std::hint::black_box;

/// Rows of every table.
const ROWS: u32 = 1_000_000;

fn table(row: impl Fn(&mut String, u32)) -> String {
    let mut text = "x,y\n".to_owned();
    (0..ROWS).for_each(|i| row(&mut text, i));
    text
}

/// A million rows of plain numbers, of six and of seventeen digits, of decimal commas in quotes, and of dates.
fn reading(criterion: &mut Criterion) {
    let wave = |i: u32| libm::sin(f64::from(i) * 1e-3);
    // Writing to a string cannot fail.
    let tables = [
        ("numbers of 6 decimals", table(|text, i| drop(writeln!(text, "{:.6},{:.6}", f64::from(i) * 1e-3, wave(i))))),
        ("numbers of 17 digits", table(|text, i| drop(writeln!(text, "{},{}", f64::from(i) * 1e-3, wave(i))))),
        ("whole numbers", table(|text, i| drop(writeln!(text, "{i},{}", i % 1000)))),
        ("decimal commas", table(|text, i| drop(writeln!(text, "\"{},5\",\"{},25\"", i, i % 1000)))),
        ("dates", table(|text, i| drop(writeln!(text, "2020-01-{:02} {:02}:00,{i}", 1 + i / 24 % 31, i % 24)))),
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
