//! The kernels of a network of one hidden layer against plain loops, bit for bit, for sizes that fill registers and
//! sizes that do not: so no register width can show in a result.

use tensor::kernels::{Hidden, Samples, add_output_slopes, add_slopes, predict};
use tensor::random::Streams;
use tensor::{Element, Scalar, f32x16, f64x8};

/// Numbers between −1 and 1, other ones in every lane.
fn numbers<T: Scalar>(len: usize, random: &mut Streams) -> Vec<T> {
    let mut number = || T::Element::of(2.0 * random.uniform() - 1.0);
    (0..len).map(|_| T::from_lanes(|_| number())).collect()
}

fn bits<T: Scalar>(values: &[T]) -> Vec<u64> {
    values.iter().flat_map(|&value| (0..T::LANES).map(move |lane| value.lane(lane).bits())).collect()
}

/// Sums of more than 4096 samples: both halves by themselves, cut behind whole blocks.
fn in_pairs<T: Scalar>(samples: &[(T, T)], sums: &impl Fn(&[(T, T)]) -> [T; 3]) -> [T; 3] {
    if samples.len() <= 4096 {
        return sums(samples);
    }
    let (left, right) = samples.split_at((samples.len() / 2).next_multiple_of(4096));
    let (left, right) = (in_pairs(left, sums), in_pairs(right, sums));
    std::array::from_fn(|k| left[k] + right[k])
}

fn kernels_are_plain_loops<T: Scalar>() {
    let mut random = Streams::new(0, 0);
    for units in (1..=50).chain([100, 127]) {
        for samples in [1, 3, 8, 15, 16, 17, 39, 40, 48, 81, 20_000] {
            if samples > 100 && units != 17 {
                continue;
            }
            let [w1, b1, w2] = [(); 3].map(|()| numbers::<T>(units, &mut random));
            let (b2, [x, upstream]) =
                (numbers::<T>(1, &mut random)[0], [(); 2].map(|()| numbers::<T>(samples, &mut random)));
            let hidden = Hidden { w1: &w1[..], b1: &b1[..], w2: &w2[..] };

            let mut p = vec![T::zero(); samples];
            predict(hidden, b2, &x, &mut p);
            let mut plain = vec![T::zero(); samples];
            for (p, &x) in plain.iter_mut().zip(&x) {
                for i in 0..units {
                    *p += w2[i] * (w1[i] * x + b1[i]).relu();
                }
                *p += b2;
            }
            assert_eq!(bits(&p), bits(&plain), "forward, {units} units, {samples} samples");

            let start = numbers::<T>(units, &mut random);
            let products: Vec<T> = x.iter().zip(&upstream).map(|(&x, &u)| u * x).collect();
            let with = Samples { x: &x, upstream: &upstream, products: Some(&products) };
            let [slopes, of_products] = [Samples { products: None, ..with }, with].map(|samples| {
                let [mut d1, mut e1, mut d2] = [(); 3].map(|()| start.clone());
                add_slopes(hidden, samples, T::one(), Hidden { w1: &mut d1, b1: &mut e1, w2: &mut d2 });
                [d1, e1, d2]
            });
            assert_eq!(slopes, of_products, "{units} units, {samples} samples");
            let [d1, e1, d2] = slopes;
            let mut output = start.clone();
            add_output_slopes(hidden, with, T::one(), &mut output);
            for i in 0..units {
                let sums = |samples: &[(T, T)]| {
                    let [mut a, mut s, mut o] = [[T::zero(); 4]; 3];
                    for (j, &(x, u)) in samples.iter().enumerate() {
                        let h = w1[i] * x + b1[i];
                        a[j % 4] += h.select_positive(u * x);
                        s[j % 4] += h.select_positive(u);
                        o[j % 4] += u * h.relu();
                    }
                    [a, s, o].map(|sums| (sums[0] + sums[1]) + (sums[2] + sums[3]))
                };
                let pairs: Vec<_> = x.iter().copied().zip(upstream.iter().copied()).collect();
                let [a, s, o] = in_pairs(&pairs, &sums);
                let plain =
                    [start[i] + w2[i] * a, start[i] + w2[i] * s, start[i] + (w1[i] * a + b1[i] * s), start[i] + o];
                let kernel = [d1[i], e1[i], d2[i], output[i]];
                assert_eq!(bits(&kernel), bits(&plain), "backward, unit {i} of {units}, {samples} samples");
            }
        }
    }
}

#[test]
fn in_single_precision() {
    kernels_are_plain_loops::<f32>();
}

#[test]
fn in_double_precision() {
    kernels_are_plain_loops::<f64>();
}

#[test]
fn in_lanes() {
    kernels_are_plain_loops::<f32x16>();
    kernels_are_plain_loops::<f64x8>();
}
