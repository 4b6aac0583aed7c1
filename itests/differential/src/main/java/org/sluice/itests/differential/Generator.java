// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.differential;

import java.util.Random;

/** Makes up cases: valid tables, almost valid ones, and sequences with changes that the unit is told of late or in part. */
@FunctionalInterface
interface Generator {
    Case next(String name, Random random);
}
