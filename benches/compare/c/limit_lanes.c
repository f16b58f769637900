// Many seeds written by hand: sixteen networks of one width train at once, one in each lane of AVX-512, each with its
// own start and its own minibatches. Nothing is ever summed across lanes.
//
//   gcc -O3 -march=native -DW=20 limit_lanes.c -o limit_lanes && ./limit_lanes DIR STEPS       W a multiple of 5
//
// The study is that of limit.c; times are for a step of one network. In elbow form: with e = -b1 / W1 and c = |W1| W2,
// W2 relu(W1 x + b1) is c max(x, e), less c e where W1 > 0 and less c x where it is not.
#include "study.h"

#if W % 5
#error "needs a width that is a multiple of 5"
#endif
#ifndef __AVX512F__
#error "needs AVX-512"
#else

#define EVERY 1000
#define SEEDS 16
#define V(f) _mm512_##f##_ps
typedef __m512 Vector;

static float x_test[TESTS], y_test[TESTS];

typedef struct {
  Vector w1[W], b1[W], w2[W], b2;
} Networks;

// One parameter of all networks.
static Vector across(double networks[SEEDS][PARAMETERS], int parameter) {
  float lanes[SEEDS] ALIGNED;
  for (int l = 0; l < SEEDS; l++) lanes[l] = (float)networks[l][parameter];
  return V(load)(lanes);
}

static __attribute__((noinline)) double evaluate(const Networks *n) {
  Vector sum = V(setzero)();
  for (int t = 0; t < TESTS; t += 8) {
    Vector p[8];
#pragma GCC unroll 8
    for (int k = 0; k < 8; k++) p[k] = V(sub)(n->b2, V(set1)(y_test[t + k]));
    for (int j = 0; j < W; j++)
#pragma GCC unroll 8
      for (int k = 0; k < 8; k++) {
        Vector h = V(fmadd)(n->w1[j], V(set1)(x_test[t + k]), n->b1[j]);
        p[k] = V(fmadd)(n->w2[j], V(max)(h, V(setzero)()), p[k]);
      }
#pragma GCC unroll 8
    for (int k = 0; k < 8; k++) sum = V(fmadd)(p[k], p[k], sum);
  }
  return V(reduce_add)(sum) / TESTS / SEEDS;
}

// Trains a copy of the networks; returns the mean of their last test errors.
INLINE double train(const Networks *start, const int all, float rate, int steps, uint64_t seed) {
  Networks n = *start;
  Networks *saved = aligned_alloc(64, sizeof(Networks) * (steps / EVERY + 2));
  if (!saved) fail("not enough memory", "saved states");
  Generator generator = seeded(seed);
  VectorGenerator minibatches = in_registers(&generator);
  const Vector zero = V(setzero)(), step = V(set1)(rate), two = V(set1)(2), scale = V(set1)(2.0f / BATCH);
  Vector e[W], c[W], x[BATCH], y[BATCH], d[BATCH], dx[BATCH];
  for (int j = 0; j < W; j++) e[j] = V(sub)(zero, V(div)(n.b1[j], n.w1[j]));
  double test_mse = NAN;
  int next = 1, count = 0;
  for (int s = 1; s <= steps; s++) {
#pragma GCC unroll 4
    for (int i = 0; i < BATCH; i++) gather_pairs(draw(&minibatches), &x[i], &y[i]);
    // What is left of the prediction beside the sum of c max(x, e): slope and offset of a straight line.
    Vector slope = zero, offset = n.b2;
    for (int j = 0; j < W; j++) {
      __mmask16 right = _mm512_cmp_ps_mask(n.w1[j], zero, _CMP_GT_OQ);
      if (all) {
        Vector r = V(rcp14)(n.w1[j]);
        r = V(mul)(r, V(fnmadd)(n.w1[j], r, two));
        e[j] = V(sub)(zero, V(mul)(n.b1[j], r));
      }
      c[j] = V(mul)(V(abs)(n.w1[j]), n.w2[j]);
      slope = V(mask_sub)(slope, (__mmask16)~right, slope, c[j]);
      offset = V(mask3_fmadd)(n.b1[j], n.w2[j], offset, right);
    }
    Vector sum_d = zero, sum_dx = zero;
    for (int i = 0; i < BATCH; i += 8) {
      Vector p[8];
#pragma GCC unroll 8
      for (int k = 0; k < 8; k++) p[k] = V(sub)(V(fmadd)(slope, x[i + k], offset), y[i + k]);
      for (int j = 0; j < W; j++) {
        Vector ej = e[j], cj = c[j];
#pragma GCC unroll 8
        for (int k = 0; k < 8; k++) p[k] = V(fmadd)(cj, V(max)(x[i + k], ej), p[k]);
      }
#pragma GCC unroll 8
      for (int k = 0; k < 8; k++) {
        d[i + k] = V(mul)(p[k], scale), dx[i + k] = V(mul)(d[i + k], x[i + k]);
        sum_d = V(add)(sum_d, d[i + k]), sum_dx = V(add)(sum_dx, dx[i + k]);
      }
    }
    for (int j = 0; j < W; j += 5) {
      Vector A[5], S[5];
#pragma GCC unroll 5
      for (int k = 0; k < 5; k++) A[k] = S[k] = zero;
#pragma GCC unroll 4
      for (int i = 0; i < BATCH; i++)
#pragma GCC unroll 5
        for (int k = 0; k < 5; k++) {
          if (all) {
            __mmask16 active = _mm512_cmp_ps_mask(x[i], e[j + k], _CMP_GT_OQ);
            A[k] = V(mask_add)(A[k], active, A[k], dx[i]), S[k] = V(mask_add)(S[k], active, S[k], d[i]);
          } else {
            A[k] = V(fmadd)(d[i], V(max)(x[i], e[j + k]), A[k]);
          }
        }
#pragma GCC unroll 5
      for (int k = 0; k < 5; k++) {
        int q = j + k;
        __mmask16 left = (__mmask16)~_mm512_cmp_ps_mask(n.w1[q], zero, _CMP_GT_OQ);
        if (all) {
          // A unit that bends to the left is active where x is below its elbow: all samples less those above.
          Vector a = V(mask_sub)(A[k], left, sum_dx, A[k]), b = V(mask_sub)(S[k], left, sum_d, S[k]);
          Vector gradient = V(fmadd)(n.w1[q], a, V(mul)(n.b1[q], b)), scaled = V(mul)(step, n.w2[q]);
          n.w1[q] = V(fnmadd)(scaled, a, n.w1[q]), n.b1[q] = V(fnmadd)(scaled, b, n.b1[q]);
          n.w2[q] = V(fnmadd)(step, gradient, n.w2[q]);
        } else {
          Vector off = V(mask_mov)(V(mul)(e[q], sum_d), left, sum_dx);
          n.w2[q] = V(fnmadd)(V(mul)(step, V(abs)(n.w1[q])), V(sub)(A[k], off), n.w2[q]);
        }
      }
    }
    n.b2 = V(fnmadd)(step, sum_d, n.b2);
    if (__builtin_expect(s == next, 0)) {
      test_mse = evaluate(&n);
      saved[count++] = n;
      next = s == 1 ? EVERY : next + EVERY;
    }
  }
  free(saved);
  return test_mse;
}

static __attribute__((noinline)) double train_output(const Networks *n, int steps) {
  return train(n, 0, 0.2f, steps, 1);
}

static __attribute__((noinline)) double train_all(const Networks *n, int steps) {
  return train(n, 1, 0.02f, steps, 2);
}

static void measure(const char *paradigm, double (*train)(const Networks *, int), const Networks *n, int steps) {
  train(n, steps / 10);  // the processor reaches its speed
  double begin = now(), test_mse = train(n, steps);
  report("AVX-512", paradigm, now() - begin, (double)SEEDS * steps, test_mse);
}

int main(int argc, char **argv) {
  if (argc < 3 || atoi(argv[2]) < 1) fail("usage: DIR STEPS", argv[0]);
  int steps = atoi(argv[2]);
  static double networks[SEEDS][PARAMETERS];
  read_points(argv[1]);
  read_networks(argv[1], SEEDS, networks);
  for (int i = 0; i < POINTS; i++) pairs[2 * i] = (float)x_all[i], pairs[2 * i + 1] = (float)y_all[i];
  for (int i = 0; i < TESTS; i++) x_test[i] = (float)x_test_all[i], y_test[i] = (float)y_test_all[i];
  static Networks n;
  for (int j = 0; j < W; j++)
    n.w1[j] = across(networks, j), n.b1[j] = across(networks, W + j), n.w2[j] = across(networks, 2 * W + j);
  n.b2 = across(networks, 3 * W);
  measure("output", train_output, &n, steps);
  measure("all", train_all, &n, steps);
  return 0;
}
#endif
