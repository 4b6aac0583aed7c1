// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.lookup;

import java.util.List;

import org.sluice.backend.smmuv3.layout.SmmuEvent;
import org.sluice.backend.smmuv3.layout.StreamEntry;
import org.sluice.kit.layout.Structure;
import org.sluice.kit.radix.RadixFormat;

/** What the configuration structures say of transactions with one StreamID and SubstreamID. Immutable. */
public sealed interface Finding {
    /** Structures read, in order; the last one decided. */
    List<Structure> trail();

    /**
     * A stage-1 table: one half of the input addresses.
     *
     * @param format null if the half is switched off (EPD)
     * @param inputBits width of the half
     * @param topByteIgnored whether bits 63:56 take no part (TBI)
     * @param accessFlag whether an access flag of 0 faults
     */
    record Half(RadixFormat format, long root, int inputBits, boolean topByteIgnored, boolean accessFlag) {
    }

    /**
     * Stage 1.
     *
     * @param upper null in a world with one half only (EL2)
     * @param terms CD.R, S, HA, HD, ENDI
     * @param memoryTypes MAIR
     */
    record Stage1(Half lower, Half upper, int world, int asid, Terms terms, long memoryTypes) {
        /** Whether the ASID tags translations: EL2 without E2H has none. */
        public boolean tagged() {
            return upper != null;
        }
    }

    /**
     * What a stage does with faults and with the entries that it reads.
     *
     * @param recorded whether faults are recorded
     * @param stalls whether they stall the transaction
     * @param setsAccessFlag whether hardware sets access flags
     * @param marksDirty whether a write makes a page with DBM writable
     * @param bigEndian byte order of the tables
     */
    record Terms(boolean recorded, boolean stalls, boolean setsAccessFlag, boolean marksDirty, boolean bigEndian) {
    }

    /**
     * What the stream table entry says of all transactions of the stream.
     *
     * @param vmid tags translations of EL1 where the unit has a stage 2, even if the stream does not use it
     * @param privileged STE.PRIVCFG
     * @param kind 0: the transaction says whether it is data or instruction, 2: data, 3: reads are instruction fetches (STE.INSTCFG)
     */
    record Stream(int vmid, boolean privileged, int kind) {
    }

    /**
     * Stage 2.
     *
     * @param walkFormat format under which stage-1 tables are read; with STE.S2PTW it refuses Device memory
     * @param accessFlag whether an access flag of 0 faults
     * @param terms STE.S2R, S2S, S2HA, S2HD, S2ENDI
     * @param forcesCacheability STE.S2FWB
     */
    record Stage2(RadixFormat format, RadixFormat walkFormat, long root, int inputBits, int vmid, boolean accessFlag, Terms terms,
            boolean forcesCacheability) {
    }

    /**
     * Page tables translate.
     *
     * @param inputLimit width that an address may have where stage 1 does not translate; 64 where it does
     */
    record Translated(Stage1 first, Stage2 second, int inputLimit, Stream stream, List<Structure> trail) implements Finding {
        public boolean nested() {
            return first != null && second != null;
        }

        public boolean readsAreFetches() {
            return stream.kind() == StreamEntry.READS_FETCH;
        }

        /** Domain in the sense of the contract: ASID of stage 1, else VMID. */
        public int domain() {
            return first != null ? first.asid() : second.vmid();
        }
    }

    /**
     * Addresses go out unchanged.
     *
     * @param width bits that an address may have
     * @param silent whether a wider one is aborted without event (translation is off)
     */
    record PassThrough(int width, boolean silent, String why, List<Structure> trail) implements Finding {
    }

    /**
     * No transaction gets through.
     *
     * @param recorded whether the unit records the event
     * @param fault where it was found
     * @param address of the structure that blocks
     * @param detail what exactly is wrong with it, for people; may be empty
     */
    record Blocked(SmmuEvent event, boolean recorded, Place fault, long address, String detail, List<Structure> trail) implements Finding {
    }

    /**
     * Where in a translation a fault was found, as an event record says it.
     *
     * @param stage2 whether stage 2 found it
     * @param cls {@link org.sluice.backend.smmuv3.layout.EventRecord#CLASS_IN} and its like
     * @param address intermediate address (stage 2), address fetched, or 0
     * @param stalls whether the transaction waits for software
     */
    record Place(boolean stage2, int cls, long address, boolean stalls) {
        static final Place NOWHERE = new Place(false, 0, 0, false);
    }

    /**
     * The image does not hold what decides.
     *
     * @param missing physical address, or null if it is a register
     * @param what name of the structure or register
     */
    record Unknown(Long missing, String what, List<Structure> trail) implements Finding {
    }
}
