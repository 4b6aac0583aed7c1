// SPDX-License-Identifier: Apache-2.0
package org.sluice.testkit.radix;

import java.util.List;

import org.sluice.kit.radix.RadixFormat;

public class SampleFormatsTest extends RadixFormatConformance {
    @Override
    protected List<RadixFormat> formats() {
        return SampleFormats.all();
    }
}
