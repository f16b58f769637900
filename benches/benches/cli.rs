//! The program: its files, its start, and the default job from start to end.
//! `cargo bench -p benches --bench cli`

use benches::build;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use nn::data::Data;
use nn::settings::Settings;
use nn::study::Study;
use std::io::{self, Write};
use std::process::Command;

fn files(criterion: &mut Criterion) {
    let settings = Settings::default();
    let data = Data::from_settings(&settings).expect("built-in data");
    let study = Study::run(&settings, data, &|_| ()).expect("threads");
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut group = criterion.benchmark_group("tables of the default study");
    let tables: [(&str, fn(&Study, &mut dyn Write) -> io::Result<()>); 2] =
        [("history.csv", cli::history::write), ("units.csv", cli::units::write)];
    for (name, write) in tables {
        let mut table = Vec::new();
        write(&study, &mut table).expect("memory");
        group.throughput(Throughput::Bytes(table.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                table.clear();
                write(&study, &mut table).expect("memory");
                table.len()
            });
        });
    }
    group.finish();
    let mut group = criterion.benchmark_group("files of the default study");
    group.sample_size(20);
    group.bench_function("summary.json", |bencher| {
        bencher.iter(|| cli::summary::text(&study, &cli::Listing::default()));
    });
    group.bench_function("report and figures", |bencher| bencher.iter(|| cli::report::files(&study)));
    group.bench_function("all, to a temporary directory", |bencher| {
        bencher.iter(|| cli::files::write(&study, directory.path()).expect("room for some megabytes"));
    });
    group.finish();
}

/// The program as `cargo run -p cli` builds it.
fn processes(criterion: &mut Criterion) {
    let elbow = match build("elbow", &["build", "-p", "cli", "--bin", "elbow"], None) {
        Ok(elbow) => elbow,
        Err(problem) => return eprintln!("the program is missing, so that its processes are not timed: {problem}"),
    };
    let directory = tempfile::tempdir().expect("a temporary directory");
    let run = |arguments: &[&str]| {
        let mut command = Command::new(&elbow);
        let output = command.current_dir(directory.path()).args(arguments).output().expect("a process");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let mut group = criterion.benchmark_group("process");
    group.sample_size(20);
    group.bench_function("elbow --version", |bencher| bencher.iter(|| run(&["--version"])));
    group.bench_function("elbow, the default job", |bencher| bencher.iter(|| run(&[])));
    group.bench_function("elbow --threads 1", |bencher| bencher.iter(|| run(&["--threads", "1"])));
    group.finish();
}

criterion_group!(benches, files, processes);
criterion_main!(benches);
