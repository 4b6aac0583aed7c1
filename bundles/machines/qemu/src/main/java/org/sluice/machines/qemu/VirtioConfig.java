// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.qemu;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

import org.sluice.machine.Hex;

/** The configuration space of a virtio-iommu, read where the guest sees it. Virtio 1.2, section 5.13.4; virtio-iommu sheet 1. */
final class VirtioConfig {
    private static final String REGION = "virtio-pci-device-virtio-iommu";
    private static final int WORDS = 10;
    private static final long WORD = 0xffff_ffffL;
    private static final int PAGE_SIZE_MASK = 0;
    private static final int INPUT_START = 8;
    private static final int INPUT_LAST = 16;
    private static final int DOMAIN_FIRST = 24;
    private static final int DOMAIN_LAST = 28;
    private static final int PROBE_SIZE = 32;
    private static final int BYPASS = 36;

    private VirtioConfig() {
    }

    /** Empty as long as the guest has not given the function its addresses. Reading has no effect. */
    static Optional<Map<String, Object>> read(QmpClient qmp, FlatView view) {
        if (view.named(REGION).size() != 1) {
            return Optional.empty();
        }
        Map<Integer, Integer> words = new HashMap<>();
        RegisterBlocks.put(words, 0, qmp.human("xp /" + WORDS + "wx " + Hex.of(view.named(REGION).get(0).range().start())));
        return words.size() == WORDS ? Optional.of(facts(words)) : Optional.empty();
    }

    private static Map<String, Object> facts(Map<Integer, Integer> words) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("pageSizeMask", Hex.of(wide(words, PAGE_SIZE_MASK)));
        facts.put("inputRange", Map.of("start", Hex.of(wide(words, INPUT_START)), "last", Hex.of(wide(words, INPUT_LAST))));
        facts.put("domainRange", Map.of("first", words.get(DOMAIN_FIRST) & WORD, "last", words.get(DOMAIN_LAST) & WORD));
        facts.put("probeSize", words.get(PROBE_SIZE) & WORD);
        facts.put("bypass", (long) (words.get(BYPASS) & 0xff));
        return facts;
    }

    private static long wide(Map<Integer, Integer> words, int offset) {
        return words.get(offset) & WORD | (long) words.get(offset + Integer.BYTES) << Integer.SIZE;
    }
}
