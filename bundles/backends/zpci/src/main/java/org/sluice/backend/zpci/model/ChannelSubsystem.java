// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.model;

import org.sluice.backend.zpci.layout.ChannelBlocks;
import org.sluice.backend.zpci.layout.InstructionBlock;
import org.sluice.backend.zpci.lookup.Storage;

/** Channel Subsystem Call, as far as events of PCI functions go: store event information. Instructions are serialised by the caller. */
final class ChannelSubsystem {
    private static final int RESPONSE_WORD = 2;
    private static final int CONTENT_WORD = 3;

    private final EventQueue events;
    private final Storage storage;

    ChannelSubsystem(EventQueue events, Storage storage) {
        this.events = events;
        this.storage = storage;
    }

    int call(Operands operands) {
        long block = operands.first();
        if ((block & ChannelBlocks.BLOCK_BYTES - 1) != 0) {
            return Operands.interruption(InstructionBlock.SPECIFICATION_EXCEPTION);
        }
        if (!storage.canWrite(block, ChannelBlocks.BLOCK_BYTES)) {
            return Operands.interruption(InstructionBlock.ADDRESSING_EXCEPTION);
        }
        long request = storage.word(block);
        if (ChannelBlocks.LENGTH.get(request) != ChannelBlocks.REQUEST_BYTES) {
            return Operands.interruption(InstructionBlock.OPERAND_EXCEPTION);
        }
        if (ChannelBlocks.COMMAND.get(request) != ChannelBlocks.STORE_EVENT) {
            respond(block, ChannelBlocks.NOT_PROVIDED, ChannelBlocks.RESPONSE_BYTES, 0);
            return Operands.done();
        }
        long[] event = ChannelBlocks.WANT_PCI.get(storage.word(block + Long.BYTES)) == 0 ? null : events.poll();
        if (event == null) {
            respond(block, ChannelBlocks.NO_EVENT, ChannelBlocks.RESPONSE_BYTES, 0);
            return Operands.done();
        }
        storage.put(block + CONTENT_WORD * Long.BYTES, ChannelBlocks.CONTENT.put(ChannelBlocks.ERROR) | ChannelBlocks.MORE.put(events.size() > 0 ? 1 : 0));
        storage.clear(block + (CONTENT_WORD + 1) * Long.BYTES, ChannelBlocks.EVENT_OFFSET - (CONTENT_WORD + 1) * Long.BYTES);
        storage.put(block + ChannelBlocks.EVENT_OFFSET, event);
        respond(block, ChannelBlocks.STORED, ChannelBlocks.BLOCK_BYTES - ChannelBlocks.REQUEST_BYTES, ChannelBlocks.PCI);
        return Operands.done();
    }

    private void respond(long block, int code, int bytes, int type) {
        storage.put(block + RESPONSE_WORD * Long.BYTES, ChannelBlocks.RESPONSE_LENGTH.put(bytes) | ChannelBlocks.RESPONSE.put(code) | ChannelBlocks.TYPE.put(type));
    }
}
