//! Measures the largest errors of the functions in `tensor`, in units in the last place of the exact value.
//!
//! `accuracy f32 1` computes every one of the 2³² numbers of single precision beside libm in double precision;
//! `accuracy f32 1000` takes one of a thousand. `accuracy f64 1000000000` computes so many random numbers of double
//! precision for each function, and gives them to a program in C with at least 64 bits of precision, for which it needs
//! gcc with libquadmath on x86-64. A third word chooses the functions with it in their names.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI, FRAC_PI_2, SQRT_2};
use std::io::{BufWriter, Write};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use tensor::random::Streams;
use tensor::{Scalar, f32x16, f64x8};

/// A function: between which sizes its x are interesting, and near which they are hard.
struct Case {
    name: &'static str,
    sizes: [f64; 2],
    hard: &'static [f64],
    /// Whether the reference takes microseconds, so that a hundredth of the numbers has to do.
    slow: bool,
    exact: fn(f64) -> f64,
}

const fn case(name: &'static str, sizes: [f64; 2], hard: &'static [f64], exact: fn(f64) -> f64) -> Case {
    Case { name, sizes, hard, slow: false, exact }
}
const fn slow(name: &'static str, sizes: [f64; 2], hard: &'static [f64], exact: fn(f64) -> f64) -> Case {
    Case { name, sizes, hard, slow: true, exact }
}

const TANH: &[f64] = &[0.625, 9.0, 19.0, 44.0, 355.0];
const SIGMOID: &[f64] = &[0.693, 17.0, 37.0, 88.0, 104.0, 709.0, 745.0];
const ERF: &[f64] = &[1.0, 3.9, 5.9, 9.3, 26.6];

const CASES: [Case; 12] = [
    case("exp", [1e-18, 746.0], &[0.34657, 88.7, 103.9, 709.78, 745.1], libm::exp),
    case("ln", [1e-300, 1e300], &[1.0, FRAC_1_SQRT_2, SQRT_2, 2.0], libm::log),
    case("sin", [1e-9, 1e9], &[1500.0, 1.6e6], libm::sin),
    case("cos", [1e-9, 1e9], &[1500.0, 1.6e6], libm::cos),
    case("tanh", [1e-9, 22.0], TANH, libm::tanh),
    case("tanh′", [1e-9, 360.0], TANH, |x| {
        let e = libm::exp(-2.0 * x.abs());
        4.0 * e / ((1.0 + e) * (1.0 + e))
    }),
    case("sigmoid", [1e-9, 746.0], SIGMOID, |x| {
        let e = libm::exp(-x.abs());
        if x < 0.0 { e / (1.0 + e) } else { 1.0 / (1.0 + e) }
    }),
    case("sigmoid′", [1e-9, 746.0], SIGMOID, |x| {
        let e = libm::exp(-x.abs());
        e / ((1.0 + e) * (1.0 + e))
    }),
    case("erf", [1e-9, 7.0], ERF, libm::erf),
    slow("erf′", [1e-9, 28.0], ERF, |x| FRAC_2_SQRT_PI * libm::exp(-x * x)),
    slow("gelu", [1e-9, 40.0], &[], |x| {
        if x == 0.0 || x == f64::NEG_INFINITY { 0.0 } else { x * libm::erfc(-x * FRAC_1_SQRT_2) / 2.0 }
    }),
    slow("gelu′", [1e-9, 40.0], &[0.7517915], |x| {
        let density = FRAC_2_SQRT_PI * FRAC_1_SQRT_2 / 2.0 * libm::exp(-x * x / 2.0);
        libm::erfc(-x * FRAC_1_SQRT_2) / 2.0 + if density > 0.0 { x * density } else { 0.0 }
    }),
];

/// What is measured: the function of that number in the list.
#[inline(always)]
fn value<T: Scalar>(function: usize, x: T) -> T {
    match function {
        0 => x.exp(),
        1 => x.ln(),
        2 => x.sin(),
        3 => x.cos(),
        4 => x.tanh(),
        5 => x.tanh_and_slope()[1],
        6 => x.sigmoid(),
        7 => x.sigmoid_and_slope()[1],
        8 => x.erf(),
        9 => x.erf_and_slope()[1],
        10 => x.gelu(),
        _ => x.gelu_and_slope()[1],
    }
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let number = |word: &String| word.parse::<u64>().ok().filter(|&n| n > 0);
    let filter = words.get(2).map_or("", String::as_str);
    let chosen: Vec<usize> = (0..CASES.len()).filter(|&i| CASES[i].name.contains(filter)).collect();
    match (words.first().map(String::as_str), words.get(1).and_then(number)) {
        (Some("f32"), Some(every)) => single(&chosen, every),
        (Some("f64"), Some(count)) => double(&chosen, count),
        _ => println!("accuracy f32 EVERY [NAME] | accuracy f64 COUNT [NAME]"),
    }
}

/// The error of y in units in the last place of a single; around the zero of GELU′, of 1/8.
fn error(name: &str, x: f32, y: f32, exact: f64) -> f64 {
    // Where rounding to single precision gives infinity.
    const OVERFLOW: f64 = 3.4028235677973366e38;
    if y.is_nan() || exact.is_nan() {
        return if y.is_nan() && exact.is_nan() { 0.0 } else { f64::INFINITY };
    }
    if y.is_infinite() || exact.abs() >= OVERFLOW {
        let near = exact.abs() >= f64::from(f32::MAX) && (y.is_infinite() || y.abs() == f32::MAX);
        return if near && (y > 0.0) == (exact > 0.0) { 0.0 } else { f64::INFINITY };
    }
    let exponent = if name == "gelu′" && x < -0.5 && x > -1.0 {
        -3
    } else if exact == 0.0 {
        -126
    } else {
        libm::ilogb(exact).max(-126)
    };
    (f64::from(y) - exact).abs() * libm::ldexp(1.0, 23 - exponent)
}

/// All singles, or one of so many, in as many threads as there are processors.
fn single(chosen: &[usize], every: u64) {
    const BLOCK: u64 = 1 << 20;
    let next = AtomicU64::new(0);
    let worst = Mutex::new([(0.0_f64, 0.0_f32); CASES.len()]);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                let mut own = [(0.0_f64, 0.0_f32); CASES.len()];
                loop {
                    let start = next.fetch_add(BLOCK, Relaxed);
                    if start >= 1 << 32 {
                        break;
                    }
                    let bits: Vec<u64> = (start..start + BLOCK).filter(|bits| bits % every == 0).collect();
                    for bits in bits.chunks(16) {
                        let x = f32x16::from_lanes(|i| f32::from_bits(bits[i.min(bits.len() - 1)] as u32));
                        for &function in chosen {
                            let y = value(function, x);
                            for i in 0..bits.len() {
                                let (x, y) = (x.lane(i), y.lane(i));
                                let error = error(CASES[function].name, x, y, (CASES[function].exact)(f64::from(x)));
                                if error > own[function].0 {
                                    own[function] = (error, x);
                                }
                            }
                        }
                    }
                }
                let mut worst = worst.lock().expect("no thread has panicked");
                for (worst, own) in worst.iter_mut().zip(own) {
                    if own.0 > worst.0 {
                        *worst = own;
                    }
                }
            });
        }
    });
    let worst = worst.into_inner().expect("no thread has panicked");
    println!("{:10} {:>9}   at", "f32", "ulp");
    for &function in chosen {
        let (error, x) = worst[function];
        println!("{:10} {error:>9.4}   {x:e}", CASES[function].name);
    }
}

/// A random number for a function: of any bits, of any size that is interesting, from the whole range, or hard.
fn draw(case: &Case, random: &mut Streams, kind: usize) -> f64 {
    let mut uniform = || random.uniform();
    let sign = if uniform() < 0.5 { -1.0 } else { 1.0 };
    let [low, high] = case.sizes;
    match kind % 4 {
        0 => f64::from_bits((uniform() * 4294967296.0) as u64 | (((uniform() * 4294967296.0) as u64) << 32)),
        1 => sign * low * libm::exp(uniform() * libm::log(high / low)),
        2 if high < 1e9 => sign * (high * uniform()),
        2 => sign * 10.0 * uniform(),
        // Near a multiple of π/2, a few numbers away.
        _ if case.name == "sin" || case.name == "cos" => {
            let near = (libm::exp(uniform() * 25.0)).floor() * FRAC_PI_2;
            sign * f64::from_bits(near.to_bits() - 3 + (uniform() * 7.0) as u64)
        }
        _ if case.hard.is_empty() => sign * uniform(),
        _ => {
            let near = case.hard[(uniform() * case.hard.len() as f64) as usize];
            sign * (near + near * (uniform() - 0.5) * libm::exp(-36.0 * uniform()))
        }
    }
}

/// Random doubles, functions one after the other, in as many processes as there are processors.
fn double(chosen: &[usize], count: u64) {
    const BLOCK: usize = 8192;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let reference = folder.path().join("reference");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/accuracy.c");
    let status = Command::new("gcc").args(["-O2", source, "-o"]).arg(&reference).args(["-lquadmath", "-lm"]).status();
    assert!(status.expect("gcc starts").success(), "gcc builds {source}");
    println!("{:10} {:>9} {:>11}   at", "f64", "ulp", "numbers");
    let processes = std::thread::available_parallelism().map_or(1, usize::from);
    for &function in chosen {
        let case = &CASES[function];
        let count = if case.slow { count / 100 } else { count };
        let blocks = count.div_ceil((processes * BLOCK) as u64);
        let measure = |process: usize| {
            let mut child = Command::new(&reference);
            let child = child.arg(case.name).stdin(Stdio::piped()).stdout(Stdio::piped());
            let mut child = child.spawn().expect("the reference starts");
            let mut out = BufWriter::with_capacity(1 << 16, child.stdin.take().expect("a pipe"));
            let mut random = Streams::new(function as u64, process as u64);
            for _ in 0..blocks {
                for _ in 0..BLOCK / 8 {
                    let x = f64x8::from_lanes(|i| draw(case, &mut random, i));
                    let y = value(function, x);
                    for i in 0..8 {
                        for number in [x.lane(i), y.lane(i)] {
                            out.write_all(&number.to_ne_bytes()).expect("the reference reads");
                        }
                    }
                }
            }
            drop(out);
            let output = child.wait_with_output().expect("the reference ends");
            let said = String::from_utf8(output.stdout).expect("text");
            let words: Vec<&str> = said.split_whitespace().collect();
            (words[0].parse::<f64>().expect("an error"), words[2].to_owned())
        };
        let found = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..processes).map(|process| scope.spawn(move || measure(process))).collect();
            threads.into_iter().map(|thread| thread.join().expect("a measurement")).collect::<Vec<_>>()
        });
        let (error, x) = found.into_iter().max_by(|a, b| a.0.total_cmp(&b.0)).expect("a process");
        println!("{:10} {error:>9.4} {:>11}   {x}", case.name, blocks * (processes * BLOCK) as u64);
    }
}
