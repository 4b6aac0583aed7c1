// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.Defect;
import org.sluice.spi.DefectSink;

/** Keeps what a verification says. */
final class Defects implements DefectSink {
    final List<Defect> list = new ArrayList<>();
    final List<Long> unknown = new ArrayList<>();
    long looked;

    @Override
    public void defect(Defect defect) {
        list.add(defect);
    }

    @Override
    public void unknown(long address) {
        unknown.add(address);
    }

    @Override
    public void looked(long entries) {
        looked += entries;
    }

    List<String> kinds() {
        return list.stream().map(Defect::defect).toList();
    }
}
