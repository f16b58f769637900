// What both programs share: the study's sizes, its files, minibatches and the clock.
//
// DIR holds native doubles: points.bin is x and y of the 200 training points, then of the 1200 test points;
// networks-W.bin is W1, b1, W2 and b2 of networks of width W, one for each seed.
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifndef W
#error "give the width: -DW=20"
#endif

#define BATCH 40
#define POINTS 200
#define TESTS 1200
#define PARAMETERS (3 * W + 1)
#define ALIGNED __attribute__((aligned(64)))
#define INLINE static inline __attribute__((always_inline))

static double x_all[POINTS], y_all[POINTS], x_test_all[TESTS], y_test_all[TESTS];

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

static void fail(const char *what, const char *path) {
  fprintf(stderr, "%s: %s\n", path, what);
  exit(2);
}

static FILE *open_file(const char *dir, const char *name, char *path, size_t size) {
  snprintf(path, size, "%s/%s", dir, name);
  FILE *file = fopen(path, "rb");
  if (!file) fail("cannot be read", path);
  return file;
}

static void read_points(const char *dir) {
  char path[4096];
  FILE *file = open_file(dir, "points.bin", path, sizeof path);
  size_t n = fread(x_all, 8, POINTS, file) + fread(y_all, 8, POINTS, file);
  n += fread(x_test_all, 8, TESTS, file) + fread(y_test_all, 8, TESTS, file);
  fclose(file);
  if (n != 2 * (POINTS + TESTS)) fail("too short", path);
}

static void read_networks(const char *dir, size_t count, double networks[count][PARAMETERS]) {
  char path[4096], name[64];
  snprintf(name, sizeof name, "networks-%d.bin", W);
  FILE *file = open_file(dir, name, path, sizeof path);
  size_t n = fread(networks, sizeof networks[0], count, file);
  fclose(file);
  if (n != count) fail("holds too few networks", path);
}

// Sixteen lanes of Marsaglia's xorshift128 (period 2^128 - 1), seeded by SplitMix64.
typedef struct {
  uint32_t s[4][16] ALIGNED;
} Generator;

static Generator seeded(uint64_t z) {
  Generator g;
  for (int k = 0; k < 4; k++)
    for (int i = 0; i < 16; i++) {
      uint64_t v = z += 0x9e3779b97f4a7c15ull;
      v = (v ^ v >> 30) * 0xbf58476d1ce4e5b9ull;
      v = (v ^ v >> 27) * 0x94d049bb133111ebull;
      g.s[k][i] = (uint32_t)(v >> 32);
    }
  return g;
}

#ifdef __AVX512F__
#include <immintrin.h>

typedef struct {
  __m512i a, b, c, d;
} VectorGenerator;

INLINE VectorGenerator in_registers(const Generator *g) {
  return (VectorGenerator){_mm512_load_si512(g->s[0]), _mm512_load_si512(g->s[1]), _mm512_load_si512(g->s[2]),
                           _mm512_load_si512(g->s[3])};
}

// Sixteen indices below POINTS, from 24 bits each.
INLINE __m512i draw(VectorGenerator *g) {
  __m512i t = _mm512_xor_si512(g->a, _mm512_slli_epi32(g->a, 11));
  g->a = g->b, g->b = g->c, g->c = g->d;
  g->d = _mm512_xor_si512(_mm512_xor_si512(g->d, _mm512_srli_epi32(g->d, 19)), _mm512_xor_si512(t, _mm512_srli_epi32(t, 8)));
  __m512 bits = _mm512_cvtepi32_ps(_mm512_srli_epi32(g->d, 8));
  return _mm512_cvttps_epi32(_mm512_mul_ps(bits, _mm512_set1_ps(POINTS / 16777216.0f)));
}

// A pair (x, y) of floats is gathered as one word of 64 bits; these separate sixteen pairs again.
static float pairs[2 * POINTS] ALIGNED;

INLINE void gather_pairs(__m512i index, __m512 *x, __m512 *y) {
  const __m512i even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  const __m512i odd = _mm512_add_epi32(even, _mm512_set1_epi32(1));
  __m512 low = _mm512_castsi512_ps(_mm512_i32gather_epi64(_mm512_castsi512_si256(index), pairs, 8));
  __m512 high = _mm512_castsi512_ps(_mm512_i32gather_epi64(_mm512_extracti64x4_epi64(index, 1), pairs, 8));
  *x = _mm512_permutex2var_ps(low, even, high);
  *y = _mm512_permutex2var_ps(low, odd, high);
}
#endif

// A line of JSON for one run.
static void report(const char *kernel, const char *paradigm, double seconds, double steps, double test_mse) {
  printf("{\"kernel\": \"%s\", \"paradigm\": \"%s\", \"width\": %d, \"us_per_step\": %.5f, \"test_mse\": %.6g}\n", kernel,
         paradigm, W, seconds / steps * 1e6, test_mse);
}
