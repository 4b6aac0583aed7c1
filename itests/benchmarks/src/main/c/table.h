// SPDX-License-Identifier: Apache-2.0
/*
 * Page tables for twin.c.
 *
 * It restates what a kernel's page-table library of this kind does, in our own words: one implementation for several granules
 * and widths, so that shifts and address fields come from a descriptor; operations behind a table of functions; arguments
 * checked on each call; permissions turned into entry bits by case; a recursive map that refuses to overwrite, installs tables
 * with compare-and-swap and makes each entry visible through a synchronisation hook; an unmap that reads before it clears, tells
 * an invalidation hook about tables and pages, and frees what it empties; a walk that checks each entry's kind.
 * Tables come from a pool that was touched before the clock starts and are zeroed when taken. No locks.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

typedef uint64_t u64;

enum { READ = 1, WRITE = 2, CACHED = 4, NOEXEC = 8, DEVICE = 16 };
enum { E_EXIST = -17, E_NOMEM = -12, E_INVAL = -22, E_RANGE = -34 };

#define VALID 1ull
#define TABLE 3ull
#define PAGE 3ull
#define BLOCK 1ull
#define ACCESSED (1ull << 10)
#define NOT_GLOBAL (1ull << 11)
#define READ_ONLY (1ull << 7)
#define UNPRIVILEGED (1ull << 6)
#define INNER (3ull << 8)
#define OUTER (2ull << 8)
#define XN (3ull << 53)
#define MAX_LEVELS 4

/* ---- pool of pages ---- */

static char *pool, *pool_next, *pool_end;
static void *pool_free;

static void pool_make(u64 bytes)
{
    pool = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pool == MAP_FAILED) {
        perror("mmap");
        exit(2);
    }
    memset(pool, 1, bytes);
    pool_end = pool + bytes;
}

static void pool_reset(void)
{
    pool_next = pool;
    pool_free = NULL;
}

/* ---- tables ---- */

struct gather {
    u64 start, end;
    u64 size;
    unsigned long flushes;
};

struct hooks {
    void *(*alloc)(void *cookie, u64 bytes);
    void (*release)(void *cookie, void *table, u64 bytes);
    void (*sync)(void *cookie, u64 *entry, int count);
    void (*flush_walk)(void *cookie, u64 iova, u64 size);
    void (*add_page)(void *cookie, struct gather *g, u64 iova, u64 size);
};

struct format {
    unsigned granule_shift, index_bits, input_bits, output_bits;
    int first_level;
    u64 page_sizes;
    int coherent, split_address;
};

struct table {
    struct format f;
    const struct hooks *hooks;
    void *cookie;
    u64 *root;
};

struct ops {
    int (*map)(struct table *t, u64 iova, u64 pa, u64 size, u64 count, int prot, u64 *mapped);
    u64 (*unmap)(struct table *t, u64 iova, u64 size, u64 count, struct gather *g);
    u64 (*walk)(struct table *t, u64 iova, int prot);
};

static inline unsigned level_shift(const struct format *f, int level)
{
    return (MAX_LEVELS - 1 - level) * f->index_bits + f->granule_shift;
}

static inline u64 level_size(const struct format *f, int level)
{
    return 1ull << level_shift(f, level);
}

static inline u64 index_at(const struct format *f, int level, u64 iova)
{
    return iova >> level_shift(f, level) & ((1ull << f->index_bits) - 1);
}

static inline u64 address_field(const struct format *f)
{
    return (1ull << 48) - (1ull << f->granule_shift);
}

static inline u64 to_entry(const struct format *f, u64 pa)
{
    u64 e = pa & address_field(f);
    return f->split_address ? e | (pa >> 36 & 0xf000) : e;
}

static inline u64 from_entry(const struct format *f, u64 e)
{
    u64 pa = e & address_field(f);
    return f->split_address ? pa | (e & 0xf000) << 36 : pa;
}

static inline int is_leaf(u64 e, int level)
{
    return (e & 3) == (level == MAX_LEVELS - 1 ? PAGE : BLOCK);
}

static inline u64 load(u64 *p)
{
    return __atomic_load_n(p, __ATOMIC_RELAXED);
}

static inline void store(u64 *p, u64 e)
{
    __atomic_store_n(p, e, __ATOMIC_RELAXED);
}

static inline u64 *below(struct table *t, u64 e)
{
    return (u64 *)from_entry(&t->f, e);
}

static u64 prot_bits(int prot)
{
    u64 e = NOT_GLOBAL | ACCESSED | UNPRIVILEGED;

    if (!(prot & WRITE))
        e |= READ_ONLY;
    if (prot & DEVICE)
        e |= 2ull << 2;
    else if (prot & CACHED)
        e |= 1ull << 2;
    e |= prot & CACHED ? INNER : OUTER;
    if (prot & NOEXEC)
        e |= XN;
    return e;
}

static u64 unmap_level(struct table *t, u64 *table, int level, u64 iova, u64 size, u64 count, struct gather *g);

static void free_tables(struct table *t, u64 *table, int level)
{
    u64 n = 1ull << t->f.index_bits;

    for (u64 i = 0; level < MAX_LEVELS - 1 && i < n; i++) {
        u64 e = load(table + i);
        if ((e & VALID) && !is_leaf(e, level))
            free_tables(t, below(t, e), level + 1);
    }
    t->hooks->release(t->cookie, table, n * 8);
}

static int set_leaves(struct table *t, u64 *entries, int level, u64 iova, u64 pa, u64 prot, u64 n)
{
    u64 size = level_size(&t->f, level);
    u64 kind = level == MAX_LEVELS - 1 ? PAGE : BLOCK;

    for (u64 i = 0; i < n; i++) {
        u64 e = load(entries + i);
        if (is_leaf(e, level))
            return E_EXIST;
        if (e & VALID) {
            /* A table in the way of a block has to be empty; take it out. */
            unmap_level(t, entries + i - index_at(&t->f, level, iova + i * size), level, iova + i * size, size, 1, NULL);
        }
    }
    for (u64 i = 0; i < n; i++)
        store(entries + i, to_entry(&t->f, pa + i * size) | prot | kind);
    if (!t->f.coherent)
        t->hooks->sync(t->cookie, entries, (int)n);
    return 0;
}

static u64 install(struct table *t, u64 *entry, u64 *table)
{
    u64 old = 0;

    /* The cleared table must be seen before the entry that points to it. */
    __atomic_thread_fence(__ATOMIC_RELEASE);
    if (!__atomic_compare_exchange_n(entry, &old, to_entry(&t->f, (u64)table) | TABLE, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        return old;
    if (!t->f.coherent)
        t->hooks->sync(t->cookie, entry, 1);
    return 0;
}

static int map_level(struct table *t, u64 *table, int level, u64 iova, u64 pa, u64 size, u64 count, u64 prot, u64 *mapped)
{
    u64 index = index_at(&t->f, level, iova);
    u64 *entry = table + index;
    u64 e;

    if (size == level_size(&t->f, level)) {
        u64 most = (1ull << t->f.index_bits) - index;
        u64 n = count < most ? count : most;
        int err = set_leaves(t, entry, level, iova, pa, prot, n);
        if (!err)
            *mapped += n * size;
        return err;
    }
    if (level == MAX_LEVELS - 1)
        return E_INVAL;
    e = load(entry);
    if (!e) {
        u64 *fresh = t->hooks->alloc(t->cookie, 8ull << t->f.index_bits);
        if (!fresh)
            return E_NOMEM;
        e = install(t, entry, fresh);
        if (e)
            t->hooks->release(t->cookie, fresh, 8ull << t->f.index_bits);
        else
            e = load(entry);
    }
    if (is_leaf(e, level))
        return E_EXIST;
    return map_level(t, below(t, e), level + 1, iova, pa, size, count, prot, mapped);
}

static int map_pages(struct table *t, u64 iova, u64 pa, u64 size, u64 count, int prot, u64 *mapped)
{
    int err;

    if (!(size & t->f.page_sizes) || (size & (size - 1)) || ((iova | pa) & (size - 1)))
        return E_INVAL;
    if (iova >> t->f.input_bits || pa >> t->f.output_bits)
        return E_RANGE;
    if (!(prot & (READ | WRITE)))
        return E_INVAL;
    err = map_level(t, t->root, t->f.first_level, iova, pa, size, count, prot_bits(prot), mapped);
    /* Entries before whatever the caller does next. */
    __atomic_thread_fence(__ATOMIC_RELEASE);
    return err;
}

static u64 unmap_level(struct table *t, u64 *table, int level, u64 iova, u64 size, u64 count, struct gather *g)
{
    u64 index = index_at(&t->f, level, iova);
    u64 *entry = table + index;
    u64 e = load(entry);

    if (!e)
        return 0;
    if (size == level_size(&t->f, level)) {
        u64 most = (1ull << t->f.index_bits) - index;
        u64 n = count < most ? count : most;
        u64 i;

        for (i = 0; i < n; i++) {
            e = load(entry + i);
            if (!e)
                break;
            if (!is_leaf(e, level)) {
                store(entry + i, 0);
                t->hooks->flush_walk(t->cookie, iova + i * size, size);
                free_tables(t, below(t, e), level + 1);
            }
        }
        memset(entry, 0, i * 8);
        if (!t->f.coherent)
            t->hooks->sync(t->cookie, entry, (int)i);
        for (u64 j = 0; g && j < i; j++)
            t->hooks->add_page(t->cookie, g, iova + j * size, size);
        return i * size;
    }
    if (is_leaf(e, level))
        return 0;
    return unmap_level(t, below(t, e), level + 1, iova, size, count, g);
}

static u64 unmap_pages(struct table *t, u64 iova, u64 size, u64 count, struct gather *g)
{
    if (!(size & t->f.page_sizes) || (size & (size - 1)) || (iova & (size - 1)) || iova >> t->f.input_bits)
        return 0;
    return unmap_level(t, t->root, t->f.first_level, iova, size, count, g);
}

static u64 walk(struct table *t, u64 iova, int prot)
{
    u64 *table = t->root;

    if (iova >> t->f.input_bits)
        return ~0ull;
    for (int level = t->f.first_level; level < MAX_LEVELS; level++) {
        u64 e;
        if (!table)
            return ~0ull;
        e = load(table + index_at(&t->f, level, iova));
        if (!(e & VALID))
            return ~0ull;
        if (is_leaf(e, level)) {
            u64 offset = level_size(&t->f, level) - 1;
            if (!(e & ACCESSED) || ((prot & WRITE) && (e & READ_ONLY)))
                return ~0ull;
            return (from_entry(&t->f, e) & ~offset) | (iova & offset);
        }
        table = below(t, e);
    }
    return ~0ull;
}

/* ---- hooks ---- */

static void *hook_alloc(void *cookie, u64 bytes)
{
    void *page = pool_free;
    (void)cookie;

    if (page)
        pool_free = *(void **)page;
    else if (pool_next + bytes <= pool_end) {
        page = pool_next;
        pool_next += bytes;
    } else
        return NULL;
    memset(page, 0, bytes);
    return page;
}

static void hook_release(void *cookie, void *table, u64 bytes)
{
    (void)cookie;
    (void)bytes;
    *(void **)table = pool_free;
    pool_free = table;
}

static void hook_sync(void *cookie, u64 *entry, int count)
{
    (void)cookie;
    (void)entry;
    (void)count;
}

static void hook_flush_walk(void *cookie, u64 iova, u64 size)
{
    (void)iova;
    *(u64 *)cookie += size;
}

static void hook_add_page(void *cookie, struct gather *g, u64 iova, u64 size)
{
    u64 end = iova + size - 1;
    (void)cookie;

    /* A range that does not continue the gathered one, or is of another size, is invalidated on its own. */
    if (g->size && (g->size != size || iova > g->end + 1 || end + 1 < g->start)) {
        g->flushes++;
        g->start = ~0ull;
        g->end = 0;
    }
    g->size = size;
    if (g->start > iova)
        g->start = iova;
    if (g->end < end)
        g->end = end;
}
