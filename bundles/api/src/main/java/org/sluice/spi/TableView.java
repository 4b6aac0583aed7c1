// SPDX-License-Identifier: Apache-2.0
package org.sluice.spi;

import org.osgi.annotation.versioning.ConsumerType;

/** The mappings behind one requester, whatever holds them. */
@ConsumerType
public interface TableView {
    /** Tells tables apart: two views with the same identity hold the same mappings. For radix tables the root's address. */
    long identity();

    /** Visits every mapping in ascending order of IOVA; ends early if the sink says so. */
    void visit(MappingSink sink);
}
