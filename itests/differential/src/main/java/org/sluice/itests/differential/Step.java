// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.differential;

/** What happens in a case once its tables are in use. */
sealed interface Step {
    /** The device accesses a word. */
    record Probe(long iova, boolean write) implements Step {
        @Override
        public String toString() {
            return (write ? "write " : "read ") + "0x" + Long.toHexString(iova);
        }
    }

    /** Software changes a word of a structure. */
    record Store(long address, long value) implements Step {
        @Override
        public String toString() {
            return String.format("store 0x%x = 0x%016x", address, value);
        }
    }

    /** Software makes the unit forget the requester's entry and translations of a domain. */
    record ForgetRequester(int domain) implements Step {
    }

    /** Software makes the unit forget a domain. */
    record ForgetDomain(int domain) implements Step {
    }

    /** Software makes the unit forget {@code 2^order} pages of a domain. */
    record ForgetPages(int domain, long iova, int order) implements Step {
        boolean covers(long address) {
            return (address ^ iova) >>> 12 + order == 0;
        }
    }
}
