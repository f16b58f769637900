//! Coefficients of polynomials, constant term first. Made by tools/coefficients.py, which says how.

/// For `f32`.
pub(super) mod f32 {
    /// (eʳ − 1 − r)/r² for |r| ≤ ln 2/2: relative error of the function below 2^-28.3.
    pub const EXP: [f32; 5] = [0.49999994, 0.16666521, 0.04166839, 0.008368717, 0.0013814627];
    /// 2·(artanh(s) − s)/s³ as a polynomial in s² for |s| ≤ (√2 − 1)/(√2 + 1): relative error of the function below 2^-30.2.
    pub const LN: [f32; 3] = [0.66666776, 0.3997754, 0.29871848];
    /// (sin r − r)/r³ as a polynomial in r² for |r| ≤ π/4: relative error of the function below 2^-28.0.
    pub const SIN: [f32; 3] = [-0.16666655, 0.00833216, -0.00019515252];
    /// (cos r − 1 + r²/2)/r⁴ as a polynomial in r² for |r| ≤ π/4: relative error of the function below 2^-33.0.
    pub const COS: [f32; 3] = [0.041666646, -0.0013887315, 2.4433104e-05];
    /// erf(x)/x − 1 as a polynomial in x² for |x| ≤ 1: relative error of the function below 2^-29.6.
    pub const ERF: [f32; 7] =
        [0.12837917, -0.37612626, 0.112835854, -0.026853813, 0.0051883277, -0.0008010192, 7.853852e-05];
    /// (1 + 2z)·exp(z²)·erfc(z) as a polynomial in t = (z − 3)/(z + 3) for z ≥ 0: relative error of the function below 2^-28.5.
    pub const ERFC: [f32; 11] = [
        1.253008,
        -0.13562115,
        -0.0475625,
        0.12964654,
        -0.119269304,
        0.068296045,
        -0.023806293,
        0.0025591357,
        0.002014069,
        -0.0007562966,
        -0.00025974764,
    ];
    /// ln 2 = the sum of these; the first times a whole number below 2¹¹ (f32: 2⁸) is exact.
    pub const LN_2: [f32; 2] = [0.69314575, 1.4286068e-06];
    /// π/2 = the sum of these; all but the last times a whole number below 2²¹ (f32: 2¹⁰) are exact.
    pub const HALF_PI: [f32; 4] = [1.5706787, 0.000117614865, 9.920313e-10, 6.223372e-14];
}

/// For `f64`.
pub(super) mod f64 {
    /// (eʳ − 1 − r)/r² for |r| ≤ ln 2/2: relative error of the function below 2^-57.9.
    pub const EXP: [f64; 10] = [
        0.5000000000000011,
        0.16666666666666413,
        0.041666666666530155,
        0.008333333333494399,
        0.0013888888943631085,
        0.00019841269506688846,
        2.4801493097828538e-05,
        2.755758629088442e-06,
        2.763024879588082e-07,
        2.500008442577437e-08,
    ];
    /// 2·(artanh(s) − s)/s³ as a polynomial in s² for |s| ≤ (√2 − 1)/(√2 + 1): relative error of the function below 2^-59.5.
    pub const LN: [f64; 7] = [
        0.6666666666666734,
        0.39999999999414343,
        0.28571428742471283,
        0.22222198563743284,
        0.18183564858533457,
        0.15314035917812444,
        0.14796105779095006,
    ];
    /// (sin r − r)/r³ as a polynomial in r² for |r| ≤ π/4: relative error of the function below 2^-57.9.
    pub const SIN: [f64; 6] = [
        -0.1666666666666663,
        0.008333333333322113,
        -0.00019841269829584947,
        2.7557313619716437e-06,
        -2.5050747490767276e-08,
        1.5896213822817575e-10,
    ];
    /// (cos r − 1 + r²/2)/r⁴ as a polynomial in r² for |r| ≤ π/4: relative error of the function below 2^-64.0.
    pub const COS: [f64; 6] = [
        0.041666666666666595,
        -0.001388888888887305,
        2.48015872888472e-05,
        -2.7557314177934325e-07,
        2.0875700648719155e-09,
        -1.1358526116377576e-11,
    ];
    /// erf(x)/x − 1 as a polynomial in x² for |x| ≤ 1: relative error of the function below 2^-62.7.
    pub const ERF: [f64; 13] = [
        0.1283791670955126,
        -0.3761263890318375,
        0.11283791670954857,
        -0.026866170645072893,
        0.005223977624780835,
        -0.0008548326978740568,
        0.00012055331036846668,
        -1.4925593505766364e-05,
        1.6460972801190717e-06,
        -1.6350025076223882e-07,
        1.4657878989888879e-08,
        -1.1365663136628493e-09,
        5.945257693941542e-11,
    ];
    /// (1 + 2z)·exp(z²)·erfc(z) as a polynomial in t = (z − 3)/(z + 3) for z ≥ 0: relative error of the function below 2^-55.4.
    pub const ERFC: [f64; 23] = [
        1.2530080582697296,
        -0.13562110612458053,
        -0.04756229435344914,
        0.12964515870269053,
        -0.11927366341539404,
        0.06830802734628838,
        -0.023770514916732318,
        0.0025293917810084304,
        0.001888690335178751,
        -0.0007798319773527036,
        -0.00010515961066087557,
        0.0001250978451505181,
        4.948511163135421e-06,
        -2.0095653264982964e-05,
        -7.282014976826207e-07,
        3.4620222965927876e-06,
        3.494430215438651e-07,
        -6.025531949507952e-07,
        -1.309573250960645e-07,
        9.015787508394398e-08,
        3.243182301022193e-08,
        -7.992156738970346e-09,
        -3.981097343621627e-09,
    ];
    /// ln 2 = the sum of these; the first times a whole number below 2¹¹ (f32: 2⁸) is exact.
    pub const LN_2: [f64; 2] = [0.6931471805598903, 5.497923018708371e-14];
    /// π/2 = the sum of these; all but the last times a whole number below 2²¹ (f32: 2¹⁰) are exact.
    pub const HALF_PI: [f64; 4] =
        [1.5707963267341256, 6.077100506303966e-11, 2.0222662487111665e-21, 8.4784276603689e-32];
}
