// SPDX-License-Identifier: Apache-2.0
/*
 * The reference that travels: workloads of docs/benchmarks.md on page-table code in C, timed on the machine where the Java side
 * runs, so that ratios can be compared when nanoseconds cannot.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "table.h"

static const struct hooks the_hooks = { hook_alloc, hook_release, hook_sync, hook_flush_walk, hook_add_page };
static const struct ops the_ops = { map_pages, unmap_pages, walk };
static u64 flushed;
/* The one that most workloads are about, and what W8 moves it into. */
static struct table tab, other;
/* Volatile: callers do not know which implementation is behind the operations. */
static const struct ops *volatile ops = &the_ops;

static void make(struct table *t)
{
    t->f = (struct format){ 12, 9, 48, 48, 0, 1ull << 12 | 1ull << 21 | 1ull << 30, 1, 0 };
    t->hooks = &the_hooks;
    t->cookie = &flushed;
    t->root = hook_alloc(NULL, 4096);
}

static void fresh(void)
{
    pool_reset();
    make(&tab);
}

/* ---- workloads ---- */

#define B 0x100000000ull
#define PAB 0x1000000000ull
#define SMALL 262144ull
#define MANY 1048576ull
#define WALKS 2000000
#define RING 500000

static u64 pa_of(u64 i)
{
    return PAB + ((i * 0x9E3779B1ull & 0x3FFFFF) << 12);
}

static inline u64 next(u64 *s)
{
    u64 z = *s += 0x9E3779B97F4A7C15ull;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ z >> 27) * 0x94D049BB133111EBull;
    return z ^ z >> 31;
}

static double clock_ns(clockid_t clock)
{
    struct timespec ts;
    clock_gettime(clock, &ts);
    return ts.tv_sec * 1e9 + ts.tv_nsec;
}

/* Time on the processor: what other processes take on a shared machine is not ours. Asking costs most of a microsecond. */
static double now(void)
{
    return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

static void fail(const char *what)
{
    fprintf(stderr, "void: %s\n", what);
    exit(3);
}

static void check(const char *what, u64 sum, u64 want)
{
    if (sum != want) {
        fprintf(stderr, "%s: checksum %llx, not %llx\n", what, (unsigned long long)sum, (unsigned long long)want);
        exit(3);
    }
}

static void map_one(u64 iova, u64 pa)
{
    u64 mapped = 0;
    if (ops->map(&tab, iova, pa, 4096, 1, READ | WRITE | CACHED, &mapped) || mapped != 4096)
        fail("map");
}

static void map_range(u64 iova, u64 pa, u64 page, u64 count)
{
    while (count) {
        u64 mapped = 0;
        if (ops->map(&tab, iova, pa, page, count, READ | WRITE | CACHED, &mapped))
            fail("range map");
        iova += mapped;
        pa += mapped;
        count -= mapped / page;
    }
}

static u64 unmap_range(u64 iova, u64 page, u64 count)
{
    struct gather g = { ~0ull, 0, 0, 0 };
    u64 total = 0;
    while (count) {
        u64 n = ops->unmap(&tab, iova, page, count, &g);
        if (!n)
            break;
        total += n;
        iova += n;
        count -= n / page;
    }
    return total;
}

static void map_scattered(u64 n)
{
    for (u64 i = 0; i < n; i++)
        map_one(B + i * 4096, pa_of(i));
}

static double w1(void)
{
    fresh();
    double t = now();
    map_scattered(SMALL);
    t = now() - t;
    for (u64 i = 0; i < SMALL; i++)
        if (ops->walk(&tab, B + i * 4096, WRITE) != pa_of(i))
            fail("W1");
    return t / SMALL;
}

static double large(u64 page)
{
    u64 span = 64ull << 30;
    fresh();
    double t = clock_ns(CLOCK_MONOTONIC);
    map_range(PAB, PAB << 4, page, span / page);
    t = clock_ns(CLOCK_MONOTONIC) - t;
    for (u64 at = 0; at < span; at += page)
        if (ops->walk(&tab, PAB + at + 4711, WRITE) != (PAB << 4) + at + 4711)
            fail("W2");
    return t;
}

static double w2a(void) { return large(1ull << 30); }
static double w2b(void) { return large(1ull << 21); }

static double w3a(void)
{
    fresh();
    map_scattered(SMALL);
    struct gather g = { ~0ull, 0, 0, 0 };
    double t = now();
    for (u64 i = 0; i < SMALL; i++)
        if (ops->unmap(&tab, B + i * 4096, 4096, 1, &g) != 4096)
            fail("W3a");
    return (now() - t) / SMALL;
}

static double w3b(void)
{
    fresh();
    map_scattered(SMALL);
    double t = now();
    if (unmap_range(B, 4096, SMALL) != SMALL * 4096)
        fail("W3b");
    return (now() - t) / SMALL;
}

static u64 hot[1024];

static void prepare_walks(void)
{
    u64 s = 4;
    fresh();
    map_scattered(MANY);
    for (int i = 0; i < 1024; i++)
        hot[i] = next(&s) & 0xFFFFF;
}

static double w4h(void)
{
    u64 s = 40, sum = 0;
    double t = now();
    for (int i = 0; i < WALKS; i++) {
        u64 x = next(&s);
        sum += ops->walk(&tab, B + hot[x & 1023] * 4096 + (x >> 52), READ);
    }
    t = now() - t;
    check("W4h", sum, 0x2263379bf8a21a0ull);
    return t / WALKS;
}

static double w4m(void)
{
    u64 s = 41, sum = 0;
    double t = now();
    for (int i = 0; i < WALKS; i++) {
        u64 x = next(&s);
        sum += ops->walk(&tab, B + (x & 0xFFFFF) * 4096 + (x >> 52), READ);
    }
    t = now() - t;
    check("W4m", sum, 0x2255405c5b119b1ull);
    return t / WALKS;
}

static double w4md(void)
{
    u64 s = 41, sum = 0, prev = 0;
    double t = now();
    for (int i = 0; i < WALKS; i++) {
        u64 x = next(&s) + (prev >> 63);
        prev = ops->walk(&tab, B + (x & 0xFFFFF) * 4096 + (x >> 52), READ);
        sum += prev;
    }
    t = now() - t;
    check("W4md", sum, 0x2255405c5b119b1ull);
    return t / WALKS;
}

static double w5(void)
{
    u64 sum = 0;
    struct gather g = { ~0ull, 0, 0, 0 };
    fresh();
    double t = now();
    for (u64 k = 0; k < RING; k++) {
        u64 a = B + (k & 511) * 4096;
        if (k >= 256 && ops->unmap(&tab, B + ((k - 256) & 511) * 4096, 4096, 1, &g) != 4096)
            fail("W5");
        map_one(a, pa_of(k));
        sum += ops->walk(&tab, a, READ) + ops->walk(&tab, a + 1500, READ);
    }
    t = now() - t;
    check("W5", sum, 0x112a85604821780ull);
    return t / RING;
}

/* ---- W7: records made before the clock starts ---- */

#define RECORDS 1000000
#define LEAST_LIVE 32768
#define MOST_LIVE 40960
#define SMALL_SLOTS 65536
#define LARGE_SLOTS 4096
#define LARGE (1ull << 21)

struct record {
    u64 iova, pa, size;
    int map;
};

static struct record records[RECORDS];

struct live {
    u64 iova, size;
    int slot;
};

static void prepare_records(void)
{
    static struct live live[MOST_LIVE + 1];
    static int small_free[SMALL_SLOTS], large_free[LARGE_SLOTS];
    int count = 0, smalls = SMALL_SLOTS, larges = LARGE_SLOTS;
    u64 s = 7, hash = 0;

    for (int i = 0; i < SMALL_SLOTS; i++)
        small_free[i] = SMALL_SLOTS - 1 - i;
    for (int i = 0; i < LARGE_SLOTS; i++)
        large_free[i] = LARGE_SLOTS - 1 - i;
    for (struct record *r = records; r < records + RECORDS; r++) {
        u64 x = next(&s);
        r->map = count < LEAST_LIVE || (count < MOST_LIVE && (x & 1));
        if (r->map) {
            u64 c = (x >> 1) % 100;
            struct live *l = live + count++;
            l->size = c < 70 ? 4096 : c < 85 ? 16384 : c < 95 ? 65536 : larges ? LARGE : 4096;
            l->slot = l->size == LARGE ? large_free[--larges] : small_free[--smalls];
            l->iova = l->size == LARGE ? 0x10000000000ull + l->slot * LARGE : B + l->slot * 65536ull;
            r->iova = l->iova;
            r->size = l->size;
            r->pa = PAB + (x >> 20 & 0x1FFFF) * LARGE + (l->size < LARGE ? (x >> 40 & 31) << 16 : 0);
        } else {
            struct live *l = live + (x >> 8) % count;
            r->iova = l->iova;
            r->size = l->size;
            r->pa = 0;
            if (l->size == LARGE)
                large_free[larges++] = l->slot;
            else
                small_free[smalls++] = l->slot;
            *l = live[--count];
        }
        hash = hash * 31 + (r->iova ^ r->pa ^ r->size ^ (u64)r->map);
    }
    check("W7", hash, 0x5f69678c299306b1ull);
}

static double w7(void)
{
    struct gather g = { ~0ull, 0, 0, 0 };
    fresh();
    double t = now();
    for (struct record *r = records; r < records + RECORDS; r++) {
        u64 page = r->size == LARGE ? LARGE : 4096, done = 0;
        if (r->map ? ops->map(&tab, r->iova, r->pa, page, r->size / page, READ | WRITE | CACHED, &done)
                   : (done = ops->unmap(&tab, r->iova, page, r->size / page, &g)) != r->size)
            fail("W7");
    }
    return (now() - t) / RECORDS;
}

static double w8(void)
{
    fresh();
    map_scattered(MANY);
    make(&other);
    double t = now();
    for (u64 i = 0; i < MANY; i++) {
        u64 mapped = 0, iova = B + i * 4096;
        if (ops->map(&other, iova, ops->walk(&tab, iova, READ), 4096, 1, READ | WRITE | CACHED, &mapped))
            fail("W8");
    }
    t = now() - t;
    for (u64 i = 0; i < MANY; i++)
        if (ops->walk(&other, B + i * 4096, WRITE) != pa_of(i))
            fail("W8");
    return t / MANY;
}

static double w9(void)
{
    u64 n = 10485760;
    fresh();
    double t = now();
    for (u64 i = 0; i < n; i++)
        map_one(B + i * 8192, pa_of(i & 0x3FFFFF));
    return (now() - t) / n;
}

static int wanted(const char *id, int argc, char **argv)
{
    for (int i = 2; i < argc; i++)
        if (!strcmp(argv[i], id))
            return 1;
    return argc <= 2 && strcmp(id, "W9"); /* which takes 200 MiB */
}

/* Arguments: repetitions, then the workloads wanted; without any all but W9. */
int main(int argc, char **argv)
{
    static const struct {
        const char *id;
        double (*work)(void);
        void (*prepare)(void);
        int more;
    } works[] = {
        { "W1", w1, NULL, 1 }, { "W2a", w2a, NULL, 5 }, { "W2b", w2b, NULL, 3 }, { "W3a", w3a, NULL, 1 }, { "W3b", w3b, NULL, 1 },
        { "W4h", w4h, prepare_walks, 1 }, { "W4m", w4m, prepare_walks, 1 }, { "W4md", w4md, prepare_walks, 1 }, { "W5", w5, NULL, 1 },
        { "W7", w7, prepare_records, 1 }, { "W8", w8, NULL, 1 }, { "W9", w9, NULL, 1 },
    };
    int times = argc > 1 ? atoi(argv[1]) : 9;

    pool_make(wanted("W9", argc, argv) ? 256ull << 20 : 32ull << 20);
    for (unsigned w = 0; w < sizeof works / sizeof *works; w++) {
        if (!wanted(works[w].id, argc, argv))
            continue;
        if (works[w].prepare)
            works[w].prepare();
        for (int i = 0; i <= times * works[w].more; i++) {
            double ns = works[w].work();
            if (i)
                printf("%s %.3f\n", works[w].id, ns);
        }
        fflush(stdout);
    }
    return 0;
}
