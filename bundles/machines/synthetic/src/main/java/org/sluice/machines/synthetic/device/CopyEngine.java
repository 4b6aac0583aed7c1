// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.synthetic.device;

import static org.sluice.api.Permissions.READ_WRITE;

import org.sluice.api.dma.DmaPort;

/**
 * A DMA engine: copies scattered pieces from a source to a destination that software has mapped once, and raises its vector. Software
 * writes the source's bytes, and checks those at the destination and the pages around it.
 */
final class CopyEngine implements Exercise {
    private static final int PAIRS = 16;
    private static final int PIECES = 4;
    private static final int PIECE = Bench.PAGE / PIECES;

    private final Bench bench;
    private final byte[] buffer = new byte[PIECE];
    private final long[] source = new long[PAIRS];
    private final long[] destination = new long[PAIRS];
    private boolean offered;

    CopyEngine(Bench bench) {
        this.bench = bench;
    }

    private static int from(int pair) {
        return 2 * pair;
    }

    private static int to(int pair) {
        return 2 * pair + 1;
    }

    @Override
    public void prepare() {
        bench.guard(2 * PAIRS);
        for (int pair = 0; pair < PAIRS; pair++) {
            source[pair] = bench.space.place(bench.page(from(pair)), Bench.PAGE, READ_WRITE, Bench.WINDOW);
            destination[pair] = bench.space.place(bench.page(to(pair)), Bench.PAGE, READ_WRITE, Bench.WINDOW);
        }
    }

    @Override
    public boolean step(long number) {
        int pair = (int) (number % PAIRS);
        if (!offered) {
            offer(pair, number);
            offered = true;
        }
        int result = copy(pair);
        if (result == DmaPort.BLOCKED) {
            bench.counters.blocked.increment();
            return false;
        }
        offered = false;
        if (result < 0 || result == DmaPort.NO_MEMORY) {
            bench.counters.faults.increment();
        } else {
            check(pair, number);
        }
        return true;
    }

    private void offer(int pair, long number) {
        byte[] page = new byte[Bench.PAGE];
        Payload.fill(page, Bench.PAGE, number);
        bench.memory.window(bench.page(from(pair))).put(bench.page(from(pair)), page, 0, Bench.PAGE);
        Payload.fillWith(bench.memory, bench.page(to(pair)), Bench.PAGE, Payload.CANARY);
    }

    /** The pieces in no order that a page table would suggest. */
    private int copy(int pair) {
        int result = DmaPort.OK;
        for (int i = 0; i < PIECES && result == DmaPort.OK; i++) {
            int piece = (i * 3 + pair) % PIECES * PIECE;
            result = bench.port.read(source[pair] + piece, buffer, 0, PIECE);
            result = result != DmaPort.OK ? result : bench.port.write(destination[pair] + piece, buffer, 0, PIECE);
        }
        return result != DmaPort.OK ? result : bench.raise(1);
    }

    private void check(int pair, long number) {
        if (!Payload.isAt(bench.memory, bench.page(to(pair)), Bench.PAGE, number) || !bench.isGuarded(to(pair)) || !bench.isGuarded(from(pair))) {
            bench.counters.wrong.increment();
        }
        bench.counters.operations.increment();
        bench.counters.bytes.add(Bench.PAGE);
    }

    @Override
    public void finish() {
        for (int pair = 0; pair < PAIRS; pair++) {
            bench.space.unmap(source[pair], Bench.PAGE);
            bench.space.unmap(destination[pair], Bench.PAGE);
        }
    }
}
