// SPDX-License-Identifier: Apache-2.0
package org.sluice.benchmarks;

/**
 * The workloads and how long they may take, as multiples of what the twin takes.
 *
 * <p>The goal of W4h is set against another peer, 15.4 ns where the twin's walk takes 7.7: 0.4x and 0.6x of that are 0.8x and
 * 1.2x here. That of W6m is set against a peer of which the twin has nothing.
 */
enum Goal {
    W1("map 4K pages one by one", "ns", 0.6, 1.0),
    W2A("W2a", "map 64 GiB in 1 GiB pages", "ns a call", 2, 3),
    W2B("W2b", "map 64 GiB in 2 MiB pages", "ns a call", 1.2, 2.2),
    W3A("W3a", "unmap 4K pages one by one", "ns", 0.8, 1.0),
    W3B("W3b", "unmap 1 GiB of 4K pages at once", "ns a page", 0.8, 1.0),
    W4H("W4h", "translate, 1024 hot pages, cache in front", "ns", 0.8, 1.2),
    W4M("W4m", "translate, 1M pages, walk", "ns", 1.3, 1.75),
    W4MD("W4md", "the same, each address from the last result", "ns", 1.1, 1.3),
    W4H_WALK("W4h/walk", "W4h without the cache", "ns", 0, 0),
    W4M_CACHE("W4m/cache", "W4m with the cache in front, which mostly misses", "ns", 0, 0),
    W1_RANGES("W1/ranges", "W1 into the map of ranges, no table", "ns", 0, 0),
    W3A_RANGES("W3a/ranges", "W3a from the map of ranges", "ns", 0, 0),
    W4M_RANGES("W4m/ranges", "W4m from the map of ranges", "ns", 0, 0),
    W6M("W6m", "translate, 256K pages, four levels over four", "ns", 0, 0),
    W5("ring of 512 pages: unmap, invalidate, map, translate", "ns a step", 0.8, 1.0);

    final String id;
    final String work;
    final String unit;
    /** 0: measured for information. */
    final double goal;
    final double mustNotExceed;

    Goal(String id, String work, String unit, double goal, double mustNotExceed) {
        this.id = id;
        this.work = work;
        this.unit = unit;
        this.goal = goal;
        this.mustNotExceed = mustNotExceed;
    }

    Goal(String work, String unit, double goal, double mustNotExceed) {
        this.id = name();
        this.work = work;
        this.unit = unit;
        this.goal = goal;
        this.mustNotExceed = mustNotExceed;
    }

    /** What the twin calls the same work. */
    String twinId() {
        int slash = id.indexOf('/');
        return slash < 0 ? id : id.substring(0, slash);
    }
}
