// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.ring;

import static org.sluice.backend.virtio.ring.QueueMemory.DESCRIPTOR_BYTES;

import org.sluice.backend.virtio.layout.RingLayouts;

/** Tables of descriptors as the device follows them, for as many steps as a table has entries. Stateless. */
final class DescriptorTable {
    /** No chain may be longer than the longest queue, also in a table of its own. */
    private static final int MAX_ENTRIES = 1 << 15;

    private DescriptorTable() {
    }

    /** Follows a chain of a split queue; {@code indirect} says whether tables may be reached from here. */
    static void follow(GuestMemory memory, long table, int entries, int head, boolean indirect, Chain chain) {
        int at = head;
        for (int steps = 0; steps < entries; steps++) {
            if (at >= entries) {
                chain.breakOff();
                return;
            }
            long address = memory.read64(table + (long) at * DESCRIPTOR_BYTES);
            long word = memory.read64(table + (long) at * DESCRIPTOR_BYTES + Long.BYTES);
            boolean next = RingLayouts.NEXT.get(word) != 0;
            if (RingLayouts.INDIRECT.get(word) != 0) {
                // NEXT beside INDIRECT, a table in a table, and a table that was not negotiated are forbidden.
                if (next || !indirect) {
                    chain.breakOff();
                    return;
                }
                int inner = entriesOf(memory, address, RingLayouts.LENGTH.get(word), chain);
                follow(memory, address, inner, 0, false, chain);
                return;
            }
            chain.add(address, RingLayouts.LENGTH.get(word), RingLayouts.WRITE.get(word) != 0);
            if (!next) {
                return;
            }
            at = (int) RingLayouts.NEXT_INDEX.get(word);
        }
        chain.breakOff();
    }

    /** Takes all entries of a table of a packed queue, which has no NEXT flags. */
    static void all(GuestMemory memory, long table, long bytes, Chain chain) {
        int entries = entriesOf(memory, table, bytes, chain);
        long[] words = chain.scratch();
        for (int i = 0; i < entries; i++) {
            int at = 2 * (i % Chain.FEW);
            if (at == 0) {
                memory.read(table + (long) i * DESCRIPTOR_BYTES, words, 2 * Math.min(Chain.FEW, entries - i));
            }
            long word = words[at + 1];
            if (RingLayouts.PACKED_INDIRECT.get(word) != 0) {
                chain.breakOff();
                return;
            }
            chain.add(words[at], RingLayouts.LENGTH.get(word), RingLayouts.PACKED_WRITE.get(word) != 0);
        }
    }

    /** Entries of a table; 0, and the chain is broken, if it cannot be one. */
    private static int entriesOf(GuestMemory memory, long table, long bytes, Chain chain) {
        long entries = bytes / DESCRIPTOR_BYTES;
        if (bytes % DESCRIPTOR_BYTES != 0 || entries < 1 || entries > MAX_ENTRIES || !memory.isReadable(table, bytes)) {
            chain.breakOff();
            return 0;
        }
        return (int) entries;
    }
}
