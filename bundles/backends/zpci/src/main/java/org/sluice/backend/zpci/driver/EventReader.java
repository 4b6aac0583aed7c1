// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.driver;

import org.sluice.backend.zpci.layout.ChannelBlocks;
import org.sluice.backend.zpci.layout.EventBlock;
import org.sluice.backend.zpci.lookup.Storage;
import org.sluice.machine.Hex;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;

/** Takes events of functions from the channel subsystem, oldest first. Not thread-safe. */
final class EventReader {
    private static final int RESPONSE_WORD = 2;
    private static final int CONTENT_WORD = 3;

    private final Instructions instructions;
    private final Storage storage;
    private final long block;
    private final String unit;

    /**
     * @param content error or availability
     * @param words as the layouts of {@link EventBlock} have them
     */
    record Event(int content, long[] words) {
    }

    /** @param block a page, aligned */
    EventReader(Instructions instructions, Storage storage, long block, String unit) {
        this.instructions = instructions;
        this.storage = storage;
        this.block = block;
        this.unit = unit;
    }

    /** The next event, or null. */
    Event next() {
        storage.put(block, ChannelBlocks.LENGTH.put(ChannelBlocks.REQUEST_BYTES) | ChannelBlocks.COMMAND.put(ChannelBlocks.STORE_EVENT));
        storage.put(block + Long.BYTES, ChannelBlocks.WANT_PCI.put(1));
        storage.put(block + RESPONSE_WORD * Long.BYTES, 0);
        instructions.callChannels(block);
        long response = storage.word(block + RESPONSE_WORD * Long.BYTES);
        int code = (int) ChannelBlocks.RESPONSE.get(response);
        if (code == ChannelBlocks.NO_EVENT) {
            return null;
        }
        if (code != ChannelBlocks.STORED) {
            throw new IommuException(Reason.IO, "unit " + unit + " answers store event information with " + Hex.of(code));
        }
        int content = ChannelBlocks.TYPE.get(response) == ChannelBlocks.PCI
                ? (int) ChannelBlocks.CONTENT.get(storage.word(block + CONTENT_WORD * Long.BYTES)) : 0;
        return new Event(content, storage.words(block + ChannelBlocks.EVENT_OFFSET, EventBlock.WORDS));
    }
}
