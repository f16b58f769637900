//! Drawing: all figures and the page of the notebook's study, trained once.
//! `cargo bench -p benches --bench viz`

use criterion::{Criterion, criterion_group, criterion_main};
use nn::data::Data;
use nn::settings::Settings;
use nn::study::Study;
use viz::report;

fn drawing(criterion: &mut Criterion) {
    let settings = Settings::default();
    let data = Data::from_settings(&settings).expect("built-in data");
    let study = Study::run(&settings, data, &|_| ()).expect("threads");
    let mut group = criterion.benchmark_group("the notebook's study");
    group.sample_size(20);
    group.bench_function("figures as SVG", |bencher| {
        bencher
            .iter(|| report::figures(&study).iter().map(viz::figures::Figure::svg).map(|svg| svg.len()).sum::<usize>());
    });
    let figures = report::figures(&study);
    group.bench_function("the page", |bencher| {
        bencher.iter(|| report::html(&study, &figures, report::Module::default()).len());
    });
    group.finish();
}

criterion_group!(benches, drawing);
criterion_main!(benches);
