// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.pluck;

import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.GuestChannel;
import org.sluice.api.space.GuestChannel.Reply;
import org.sluice.api.space.PluckService.Pluck;
import org.sluice.api.space.PluckService.State;
import org.sluice.core.registry.ForeignCode;
import org.sluice.core.space.Plucked;
import org.sluice.machine.AddressRange;

/** One pluck from its request on. The state is decided by whoever comes first, the guest's answer or the end of waiting. */
final class PluckRecord {
    private final String space;
    private final AddressRange range;
    /** Null if the guest was asked elsewhere, or before the platform was started. */
    private final GuestChannel channel;
    private final AtomicReference<State> state = new AtomicReference<>(State.REQUESTED);
    private final CountDownLatch answered = new CountDownLatch(1);
    /** What was taken away, once it was. */
    private volatile Plucked taken;
    private volatile String text = "";

    PluckRecord(String space, AddressRange range, GuestChannel channel) {
        this.space = space;
        this.range = range;
        this.channel = channel;
    }

    /** One that was released, here or before the platform was started. */
    static PluckRecord released(String space, Plucked taken) {
        PluckRecord record = new PluckRecord(space, taken.range(), null);
        record.released(taken);
        return record;
    }

    /** Asks the guest and waits; the state tells how it ended. */
    void ask(AddressSpace of, long millis) {
        try {
            channel.request(of, range, reply(of));
        } catch (RuntimeException | Error e) {
            // Whether the guest was asked nobody knows: an answer that comes after all is one that comes too late.
            timedOut("the channel to the guest broke: " + e);
            return;
        }
        try {
            if (!answered.await(millis, TimeUnit.MILLISECONDS)) {
                timedOut("no answer within " + millis + " ms");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            timedOut("the wait was ended");
        }
    }

    private Reply reply(AddressSpace of) {
        return new Reply() {
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
        };
    }

    private void timedOut(String why) {
        if (state.compareAndSet(State.REQUESTED, State.TIMED_OUT)) {
            text = why;
        }
    }

    State state() {
        return state.get();
    }

    void released(Plucked removed) {
        taken = removed;
        state.set(State.RELEASED);
    }

    /** The guest had agreed, and the pages could not be taken. */
    void failed(AddressSpace of, String why) {
        text = why;
        state.set(State.REFUSED);
        ForeignCode.run("the channel to guest " + channel.name() + ", which gets pages back,", () -> channel.giveBack(of, range));
    }

    void returned() {
        state.set(State.RETURNED);
    }

    AddressRange range() {
        return range;
    }

    Optional<GuestChannel> channel() {
        return Optional.ofNullable(channel);
    }

    /** Whether it is about pages that are plucked so. */
    boolean isOf(Plucked plucked) {
        return state.get() == State.RELEASED && plucked.equals(taken);
    }

    /** Who gave them up, or is asked to. */
    String guest() {
        return channel != null ? channel.name() : taken.guest();
    }

    /** Whether the pages are away from DMA, or may soon be. */
    boolean holds() {
        State now = state.get();
        return now == State.REQUESTED || now == State.ACKNOWLEDGED || now == State.RELEASED;
    }

    Pluck view() {
        return new Pluck(space, range, state.get(), guest(), taken == null ? 0 : taken.bytes(), text);
    }
}
