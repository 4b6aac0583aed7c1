// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci;

import java.util.List;

import org.sluice.backend.zpci.layout.ZpciFormats;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.testkit.radix.RadixFormatConformance;

/** The four formats under the shared algorithms. */
public class FormatTest extends RadixFormatConformance {
    @Override
    protected List<RadixFormat> formats() {
        return ZpciFormats.all();
    }
}
