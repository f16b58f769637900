// The notebook's training written by hand for one width: what the processor allows.
//
//   gcc -O3 -march=native -DW=20 limit.c -o limit -lm && ./limit DIR STEPS [all]       -DF64 for doubles
//
// Trains the output layer alone at rate 0.2 and all layers at 0.02 (with `all`, only the latter), on minibatches of 40
// of 200 drawn with replacement; test error and a copy of the parameters follow step 1 and each 1000th.
//
// With AVX-512, in intrinsics; otherwise, or with -DPLAIN, in plain C that is left to the vectoriser. Both use
// A_j = sum of d_i x_i and S_j = sum of d_i over the samples i for which unit j is active, with d = 2 (prediction - y) / 40:
// the gradients are W2 A by W1, W2 S by b1, and W1 A + b1 S by W2.
#include "study.h"

#define EVERY 1000
#ifdef F64
typedef double Real;
#define LANES 8
#else
typedef float Real;
#define LANES 16
#endif
#define VECTORS ((W + LANES - 1) / LANES)
#define PADDED (VECTORS * LANES)
#define BLOCKS ((BATCH + LANES - 1) / LANES)

typedef struct {
  Real w1[PADDED], b1[PADDED], w2[PADDED], b2;
} ALIGNED Network;

static Real x_train[POINTS] ALIGNED, y_train[POINTS] ALIGNED, x_test[TESTS] ALIGNED, y_test[TESTS] ALIGNED;

static __attribute__((noinline)) double evaluate(const Network *n) {
  enum { CHUNK = 48 };
  double sum = 0;
  for (int t = 0; t < TESTS; t += CHUNK) {
    Real p[CHUNK] ALIGNED;
    for (int i = 0; i < CHUNK; i++) p[i] = n->b2;
    for (int j = 0; j < W; j++)
      for (int i = 0; i < CHUNK; i++) {
        Real h = n->w1[j] * x_test[t + i] + n->b1[j];
        p[i] += n->w2[j] * (h > 0 ? h : 0);
      }
    for (int i = 0; i < CHUNK; i++) sum += (double)(p[i] - y_test[t + i]) * (p[i] - y_test[t + i]);
  }
  return sum / TESTS;
}

#if defined __AVX512F__ && !defined PLAIN
#define KERNEL "AVX-512"
#ifdef F64
typedef __m512d Vector;
#define V(f) _mm512_##f##_pd
#define ABOVE(a, b) _mm512_cmp_pd_mask(a, b, _CMP_GT_OQ)
#else
typedef __m512 Vector;
#define V(f) _mm512_##f##_ps
#define ABOVE(a, b) _mm512_cmp_ps_mask(a, b, _CMP_GT_OQ)
#endif

typedef VectorGenerator Source;
INLINE Source source(const Generator *g) { return in_registers(g); }

// Updates `count` vectors of units from `first` on. Their sums stay in registers, in several chains where there are few.
INLINE void descend(Network *n, const int all, Real rate, const int first, const int count, const Real *x, const Real *d,
                    const Real *dx) {
  enum { MOST = 4 };
  const int chains = count == 1 ? 4 : count < 4 ? 2 : 1;
  const Vector zero = V(setzero)(), step = V(set1)(rate);
  Vector w1[MOST], b1[MOST], a[4][MOST], s[4][MOST];
#pragma GCC unroll 4
  for (int v = 0; v < count; v++) {
    w1[v] = V(load)(n->w1 + (first + v) * LANES), b1[v] = V(load)(n->b1 + (first + v) * LANES);
#pragma GCC unroll 4
    for (int c = 0; c < chains; c++) a[c][v] = s[c][v] = zero;
  }
#pragma GCC unroll 40
  for (int i = 0; i < BATCH; i++) {
    Vector xi = V(set1)(x[i]), di = V(set1)(d[i]), dxi = V(set1)(dx[i]);
    int c = i % chains;
#pragma GCC unroll 4
    for (int v = 0; v < count; v++) {
      __typeof__(ABOVE(xi, zero)) active = ABOVE(V(fmadd)(w1[v], xi, b1[v]), zero);
      a[c][v] = V(mask_add)(a[c][v], active, a[c][v], dxi);
      s[c][v] = V(mask_add)(s[c][v], active, s[c][v], di);
    }
  }
#pragma GCC unroll 4
  for (int v = 0; v < count; v++) {
    Real *w1_at = n->w1 + (first + v) * LANES, *b1_at = n->b1 + (first + v) * LANES, *w2_at = n->w2 + (first + v) * LANES;
    Vector sum_a = zero, sum_s = zero, w2 = V(load)(w2_at);
#pragma GCC unroll 4
    for (int c = 0; c < chains; c++) sum_a = V(add)(sum_a, a[c][v]), sum_s = V(add)(sum_s, s[c][v]);
    Vector gradient = V(fmadd)(w1[v], sum_a, V(mul)(b1[v], sum_s));
    if (all) {
      Vector scaled = V(mul)(step, w2);
      V(store)(w1_at, V(fnmadd)(scaled, sum_a, w1[v]));
      V(store)(b1_at, V(fnmadd)(scaled, sum_s, b1[v]));
    }
    V(store)(w2_at, V(fnmadd)(step, gradient, w2));
  }
}

INLINE void step(Network *n, Source *source, const int all, Real rate) {
  const Vector zero = V(setzero)();
  Vector x[BLOCKS], y[BLOCKS], p[BLOCKS];
  __m512i index[3] = {draw(source), draw(source), draw(source)};
#pragma GCC unroll 5
  for (int b = 0; b < BLOCKS; b++) {
#ifdef F64
    __m256i half = b & 1 ? _mm512_extracti64x4_epi64(index[b / 2], 1) : _mm512_castsi512_si256(index[b / 2]);
    x[b] = _mm512_i32gather_pd(half, x_train, 8), y[b] = _mm512_i32gather_pd(half, y_train, 8);
#else
    gather_pairs(index[b], &x[b], &y[b]);
#endif
    p[b] = V(set1)(n->b2);
  }
  // Forward, samples side by side.
#pragma GCC unroll 40
  for (int j = 0; j < W; j++) {
    Vector w1 = V(set1)(n->w1[j]), b1 = V(set1)(n->b1[j]), w2 = V(set1)(n->w2[j]);
#pragma GCC unroll 5
    for (int b = 0; b < BLOCKS; b++) p[b] = V(fmadd)(w2, V(max)(V(fmadd)(w1, x[b], b1), zero), p[b]);
  }
  Real xs[BLOCKS * LANES] ALIGNED, d[BLOCKS * LANES] ALIGNED, dx[BLOCKS * LANES] ALIGNED;
  Vector sum = zero;
#pragma GCC unroll 5
  for (int b = 0; b < BLOCKS; b++) {
    Vector di = V(mul)(V(sub)(p[b], y[b]), V(set1)((Real)2 / BATCH));
    if (BATCH % LANES && b == BLOCKS - 1) di = V(maskz_mov)((1u << (BATCH % LANES)) - 1, di);
    sum = V(add)(sum, di);
    V(store)(xs + b * LANES, x[b]), V(store)(d + b * LANES, di), V(store)(dx + b * LANES, V(mul)(di, x[b]));
  }
  // Backward, units side by side.
  for (int first = 0; first < VECTORS / 4 * 4; first += 4) descend(n, all, rate, first, 4, xs, d, dx);
  if (VECTORS % 4) descend(n, all, rate, VECTORS / 4 * 4, VECTORS % 4, xs, d, dx);
  n->b2 -= rate * V(reduce_add)(sum);
}
#else
#define KERNEL "plain C"

typedef Generator Source;
INLINE Source source(const Generator *g) { return *g; }

INLINE void step(Network *n, Source *source, const int all, Real rate) {
  uint32_t *a = source->s[0], *b = source->s[1], *c = source->s[2], *e = source->s[3];
  int index[48] ALIGNED;
  for (int q = 0; q < 3; q++)
    for (int i = 0; i < 16; i++) {
      uint32_t t = a[i] ^ a[i] << 11, next = e[i] ^ e[i] >> 19 ^ t ^ t >> 8;
      a[i] = b[i], b[i] = c[i], c[i] = e[i], e[i] = next;
      index[16 * q + i] = (int)((float)(int)(next >> 8) * (POINTS / 16777216.0f));
    }
  Real x[BATCH] ALIGNED, y[BATCH] ALIGNED, p[BATCH] ALIGNED, d[BATCH] ALIGNED, dx[BATCH] ALIGNED;
  for (int i = 0; i < BATCH; i++) x[i] = x_train[index[i]], y[i] = y_train[index[i]], p[i] = n->b2;
  for (int j = 0; j < W; j++) {
    Real w1 = n->w1[j], b1 = n->b1[j], w2 = n->w2[j];
    for (int i = 0; i < BATCH; i++) {
      Real h = w1 * x[i] + b1;
      p[i] += w2 * (h > 0 ? h : 0);
    }
  }
  Real sum = 0;
  for (int i = 0; i < BATCH; i++) d[i] = (p[i] - y[i]) * ((Real)2 / BATCH), dx[i] = d[i] * x[i];
  for (int i = 0; i < BATCH; i++) sum += d[i];
  Real sum_a[PADDED] ALIGNED = {0}, sum_s[PADDED] ALIGNED = {0};
  for (int i = 0; i < BATCH; i++) {
    Real xi = x[i], di = d[i], dxi = dx[i];
    for (int j = 0; j < PADDED; j++) {
      Real active = n->w1[j] * xi + n->b1[j] > 0 ? 1 : 0;
      sum_a[j] += active * dxi;
      sum_s[j] += active * di;
    }
  }
  for (int j = 0; j < PADDED; j++) {
    Real gradient = n->w1[j] * sum_a[j] + n->b1[j] * sum_s[j];
    if (all) {
      n->w1[j] -= rate * n->w2[j] * sum_a[j];
      n->b1[j] -= rate * n->w2[j] * sum_s[j];
    }
    n->w2[j] -= rate * gradient;
  }
  n->b2 -= rate * sum;
}
#endif

// Trains a copy of the network; returns its last test error.
INLINE double train(const Network *start, const int all, Real rate, int steps, uint64_t seed) {
  Network n = *start;
  Network *saved = aligned_alloc(64, sizeof(Network) * (steps / EVERY + 2));
  if (!saved) fail("not enough memory", "saved states");
  Generator generator = seeded(seed);
  Source minibatches = source(&generator);
  double test_mse = NAN;
  int next = 1, count = 0;
  for (int k = 1; k <= steps; k++) {
    step(&n, &minibatches, all, rate);
    if (__builtin_expect(k == next, 0)) {
      test_mse = evaluate(&n);
      saved[count++] = n;
      next = k == 1 ? EVERY : next + EVERY;
    }
  }
  free(saved);
  return test_mse;
}

static __attribute__((noinline)) double train_output(const Network *n, int steps) {
  return train(n, 0, (Real)0.2, steps, 1);
}

static __attribute__((noinline)) double train_all(const Network *n, int steps) {
  return train(n, 1, (Real)0.02, steps, 2);
}

static void measure(const char *paradigm, double (*train)(const Network *, int), const Network *n, int steps) {
  train(n, steps / 10);  // the processor reaches its speed
  double begin = now(), test_mse = train(n, steps);
  report(KERNEL, paradigm, now() - begin, steps, test_mse);
}

int main(int argc, char **argv) {
  if (argc < 3 || atoi(argv[2]) < 1) fail("usage: DIR STEPS [all]", argv[0]);
  int steps = atoi(argv[2]);
  static double networks[1][PARAMETERS];
  read_points(argv[1]);
  read_networks(argv[1], 1, networks);
  for (int i = 0; i < POINTS; i++) x_train[i] = (Real)x_all[i], y_train[i] = (Real)y_all[i];
#ifdef __AVX512F__
  for (int i = 0; i < POINTS; i++) pairs[2 * i] = (float)x_all[i], pairs[2 * i + 1] = (float)y_all[i];
#endif
  for (int i = 0; i < TESTS; i++) x_test[i] = (Real)x_test_all[i], y_test[i] = (Real)y_test_all[i];
  static Network n;
  for (int j = 0; j < W; j++)
    n.w1[j] = (Real)networks[0][j], n.b1[j] = (Real)networks[0][W + j], n.w2[j] = (Real)networks[0][2 * W + j];
  n.b2 = (Real)networks[0][3 * W];
  if (argc < 4) measure("output", train_output, &n, steps);
  measure("all", train_all, &n, steps);
  return 0;
}
