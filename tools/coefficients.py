"""Recomputes the coefficients in tensor/src/functions/coefficients.rs. Needs mpmath.

    python3 tools/coefficients.py > tensor/src/functions/coefficients.rs && cargo fmt -p tensor

Each polynomial is the best one of its degree in the sense of Chebyshev: the largest relative error that it causes in
the function is as small as it can be. It is found by the exchange algorithm of Remez (1934): make the error equally
large, with alternating signs, at degree + 2 points; move the points to where the error is in fact largest; repeat.
Everything is computed with 60 digits, and coefficients are rounded once, at the end.
"""

import struct
from mpmath import mp, mpf, matrix, lu_solve, exp, cos, floor, log, sqrt, erfc, factorial, pi

mp.dps = 60


def horner(polynomial, x):
    result = mpf(0)
    for c in reversed(polynomial):
        result = result * x + c
    return result


def remez(f, weight, low, high, degree):
    """The polynomial p of the degree whose largest |p − f|/weight on [low, high] is least, and log₂ of that."""
    low, high, count = mpf(low), mpf(high), degree + 2
    middle, half = (low + high) / 2, (high - low) / 2
    points = [middle - half * cos(pi * (2 * i + 1) / (2 * count)) for i in range(count)]
    grid = [middle - half * cos(pi * i / (40 * count)) for i in range(40 * count + 1)]
    values = [(x, f(x), weight(x)) for x in grid]
    for _ in range(30):
        system, right = matrix(count, count), matrix(count, 1)
        for i, x in enumerate(points):
            for k in range(degree + 1):
                system[i, k] = x**k
            system[i, degree + 1] = (-1) ** i * weight(x)
            right[i] = f(x)
        polynomial = list(lu_solve(system, right)[: degree + 1])
        runs = []  # the largest error of every run of one sign
        for x, y, w in values:
            error = (horner(polynomial, x) - y) / w
            if runs and (runs[-1][0] > 0) == (error > 0):
                runs[-1] = max(runs[-1], (error, x), key=lambda run: abs(run[0]))
            else:
                runs.append((error, x))
        while len(runs) > count:
            runs.pop(0 if abs(runs[0][0]) < abs(runs[-1][0]) else -1)
        assert len(runs) == count, f"{len(runs)} alternations instead of {count}"
        points = [x for _, x in runs]
        sizes = [abs(error) for error, _ in runs]
        if max(sizes) < 1.001 * min(sizes):
            break
    return polynomial, float(log(max(sizes), 2))


def series(coefficient):
    """Σₖ coefficient(k)·xᵏ, of functions whose definition cancels near 0."""
    coefficients = [mpf(coefficient(k)) for k in range(60)]
    return lambda x: horner(coefficients, x)


SIN, COS = series(lambda k: mpf(-1) ** k / factorial(2 * k + 1)), series(lambda k: mpf(-1) ** k / factorial(2 * k))
ERF = series(lambda k: 2 / sqrt(pi) * mpf(-1) ** k / factorial(k) / (2 * k + 1))

# erfc(z)·exp(z²)·(1 + 2z) is smooth up to infinity in t = (z − K)/(z + K) (Shepherd and Laframboise 1981).
K = 3


def scaled_erfc(t):
    z = K * (1 + t) / (1 - t)
    return (1 + 2 * z) * exp(z * z) * erfc(z)


HALF_LN_2 = log(mpf(2)) / 2 * mpf("1.0001")
LARGEST_S2 = ((sqrt(mpf(2)) - 1) / (sqrt(mpf(2)) + 1)) ** 2 * mpf("1.0001")
LARGEST_R2 = (pi / 4) ** 2 * mpf("1.0001")

# name, text, polynomial, the function over what its polynomial is multiplied by, from, to, degrees for f32 and f64.
# Where that is x or x², it is cut off below a hundredth of the range: an error there counts a little more than it should.
TABLE = [
    ("EXP", "(eʳ − 1 − r)/r² for |r| ≤ ln 2/2",
     series(lambda k: 1 / factorial(k + 2)), lambda r: exp(r) / max(r, HALF_LN_2 / 100, key=abs) ** 2,
     (-HALF_LN_2, -HALF_LN_2), (HALF_LN_2, HALF_LN_2), (4, 9)),
    ("LN", "2·(artanh(s) − s)/s³ as a polynomial in s² for |s| ≤ (√2 − 1)/(√2 + 1)",
     series(lambda k: mpf(2) / (2 * k + 3)), lambda z: 2 / max(z, LARGEST_S2 / 100),
     (0, 0), (LARGEST_S2, LARGEST_S2), (2, 6)),
    ("SIN", "(sin r − r)/r³ as a polynomial in r² for |r| ≤ π/4",
     series(lambda k: mpf(-1) ** (k + 1) / factorial(2 * k + 3)), lambda z: SIN(z) / max(z, LARGEST_R2 / 100),
     (0, 0), (LARGEST_R2, LARGEST_R2), (2, 5)),
    ("COS", "(cos r − 1 + r²/2)/r⁴ as a polynomial in r² for |r| ≤ π/4",
     series(lambda k: mpf(-1) ** k / factorial(2 * k + 4)), lambda z: COS(z) / max(z, LARGEST_R2 / 100) ** 2,
     (0, 0), (LARGEST_R2, LARGEST_R2), (2, 5)),
    ("ERF", "erf(x)/x − 1 as a polynomial in x² for |x| ≤ 1",
     lambda z: ERF(z) - 1, ERF, (0, 0), (1, 1), (6, 12)),
    ("ERFC", "(1 + 2z)·exp(z²)·erfc(z) as a polynomial in t = (z − 3)/(z + 3) for z ≥ 0",
     scaled_erfc, scaled_erfc, (-1, -1), (mpf(11 - K) / (11 + K), mpf(28 - K) / (28 + K)), (10, 22)),
]


# name, text, number, bits of every part but the last for f32 and f64
PARTS = [
    ("LN_2", "ln 2 = the sum of these; the first times a whole number below 2¹¹ (f32: 2⁸) is exact", log(mpf(2)), 2, (16, 42)),
    ("HALF_PI", "π/2 = the sum of these; all but the last times a whole number below 2²¹ (f32: 2¹⁰) are exact",
     pi / 2, 4, (14, 32)),
]


def parts(value, count, bits):
    """Numbers of so few bits, but for the last, that add up to the value."""
    found = []
    for _ in range(count - 1):
        unit = mpf(2) ** (int(floor(log(value, 2))) + 1 - bits)
        found.append(floor(value / unit) * unit)
        value -= found[-1]
    return found + [value]


def rust(value, kind):
    """The nearest number of the kind, in the fewest digits that tell it from its neighbours."""
    if kind == "f64":
        return repr(float(value))
    nearest = struct.unpack("f", struct.pack("f", float(value)))[0]
    for digits in range(1, 10):
        text = f"{nearest:.{digits}g}"
        if struct.unpack("f", struct.pack("f", float(text)))[0] == nearest:
            return repr(float(text))


def main():
    print("//! Coefficients of polynomials, constant term first. Made by tools/coefficients.py, which says how.")
    for place, kind in enumerate(["f32", "f64"]):
        print(f"\n/// For `{kind}`.\npub(super) mod {kind} {{")
        for name, text, f, weight, low, high, degrees in TABLE:
            polynomial, error = remez(f, weight, low[place], high[place], degrees[place])
            print(f"    /// {text}: relative error of the function below 2^{error:.1f}.")
            numbers = ", ".join(rust(c, kind) for c in polynomial)
            print(f"    pub const {name}: [{kind}; {len(polynomial)}] = [{numbers}];")
        for name, text, value, count, bits in PARTS:
            print(f"    /// {text}.")
            numbers = ", ".join(rust(part, kind) for part in parts(value, count, bits[place]))
            print(f"    pub const {name}: [{kind}; {count}] = [{numbers}];")
        print("}")


if __name__ == "__main__":
    main()
