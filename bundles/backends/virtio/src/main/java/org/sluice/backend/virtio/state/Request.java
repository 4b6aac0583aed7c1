// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.state;

import org.sluice.machine.Hex;

/** A request, decoded; ids are unsigned 32-bit numbers. */
public sealed interface Request {
    /** @param reserved the reserved bytes, which must be zero */
    record Attach(long domain, long endpoint, int flags, long reserved) implements Request {
        /** Flag: the domain is one of bypass. */
        public static final int BYPASS = 1;

        @Override
        public String toString() {
            return "ATTACH endpoint " + Hex.of(endpoint) + " to domain " + domain + ((flags & BYPASS) != 0 ? " (bypass)" : "");
        }
    }

    /** What leaves a domain. */
    record Detach(long domain, long endpoint) implements Request {
        @Override
        public String toString() {
            return "DETACH endpoint " + Hex.of(endpoint) + " from domain " + domain;
        }
    }

    /** @param last last address, inclusive */
    record Map(long domain, long start, long last, long output, int flags) implements Request {
        @Override
        public String toString() {
            return "MAP domain " + domain + " " + Hex.of(start) + "-" + Hex.of(last) + " to " + Hex.of(output) + " flags " + Hex.of(flags);
        }
    }

    /** @param reserved the reserved bytes, which must be zero */
    record Unmap(long domain, long start, long last, long reserved) implements Request {
        @Override
        public String toString() {
            return "UNMAP domain " + domain + " " + Hex.of(start) + "-" + Hex.of(last);
        }
    }

    /** Asks for properties. */
    record Probe(long endpoint) implements Request {
        @Override
        public String toString() {
            return "PROBE endpoint " + Hex.of(endpoint);
        }
    }
}
