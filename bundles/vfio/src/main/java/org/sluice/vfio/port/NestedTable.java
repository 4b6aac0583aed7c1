// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.port;

import org.osgi.annotation.versioning.ConsumerType;

/** A table that its user owns, over a parent that the front-end fills. */
@ConsumerType
public interface NestedTable extends Table, Invalidation {
}
