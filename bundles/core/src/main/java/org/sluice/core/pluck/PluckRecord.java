// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.pluck;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.GuestChannel;
import org.sluice.api.space.GuestChannel.Reply;
import org.sluice.api.space.PluckService.Pluck;
import org.sluice.api.space.PluckService.State;
import org.sluice.api.space.RangeKind;
import org.sluice.machine.AddressRange;

/** One pluck from its request on. The state is decided by whoever comes first, the guest's answer or the end of waiting. */
final class PluckRecord {
    /** A piece of a mapping that was taken away. */
    record Piece(long iova, long output, long size, int permissions, RangeKind kind) {
    }

    private final String space;
    private final AddressRange range;
    /** Null if the guest was asked elsewhere. */
    private final GuestChannel channel;
    private final AtomicReference<State> state = new AtomicReference<>(State.REQUESTED);
    private final CountDownLatch answered = new CountDownLatch(1);
    private volatile List<Piece> pieces = List.of();
    private volatile String text = "";

    PluckRecord(String space, AddressRange range, GuestChannel channel) {
        this.space = space;
        this.range = range;
        this.channel = channel;
    }

    /** Asks the guest and waits; the state tells how it ended. */
    void ask(AddressSpace of, long millis) {
        channel.request(of, range, new Reply() {
            @Override
            public void acknowledged() {
                if (state.compareAndSet(State.REQUESTED, State.ACKNOWLEDGED)) {
                    answered.countDown();
                } else if (state.get() == State.TIMED_OUT) {
                    // Too late: nobody has taken the pages, so the guest may have them again.
                    channel.giveBack(of, range);
                }
            }

            @Override
            public void refused(String why) {
                if (state.compareAndSet(State.REQUESTED, State.REFUSED)) {
                    text = why;
                    answered.countDown();
                }
            }
        });
        try {
            if (!answered.await(millis, TimeUnit.MILLISECONDS)) {
                timedOut("no answer within " + millis + " ms");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            timedOut("the wait was ended");
        }
    }

    private void timedOut(String why) {
        if (state.compareAndSet(State.REQUESTED, State.TIMED_OUT)) {
            text = why;
        }
    }

    State state() {
        return state.get();
    }

    void released(List<Piece> removed) {
        pieces = removed;
        state.set(State.RELEASED);
    }

    /** The guest had agreed, and the pages could not be taken. */
    void failed(AddressSpace of, String why) {
        text = why;
        state.set(State.REFUSED);
        tellGivenBack(of);
    }

    void returned() {
        state.set(State.RETURNED);
    }

    void tellGivenBack(AddressSpace of) {
        if (channel != null) {
            channel.giveBack(of, range);
        }
    }

    AddressRange range() {
        return range;
    }

    List<Piece> pieces() {
        return pieces;
    }

    /** Whether the pages are away from DMA, or may soon be. */
    boolean holds() {
        State now = state.get();
        return now == State.REQUESTED || now == State.ACKNOWLEDGED || now == State.RELEASED;
    }

    Pluck view() {
        return new Pluck(space, range, state.get(), channel == null ? "adopted" : channel.name(), pieces.stream().mapToLong(Piece::size).sum(), text);
    }
}
