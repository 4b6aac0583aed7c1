// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.inspect;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

import org.sluice.kit.layout.Structure;
import org.sluice.machine.DeviceId;

/**
 * Which tables each tag was first seen with. Translation caches tell entries apart by tags (domain ids, ASIDs, VMIDs), so that a tag
 * with two tables lets requesters use each other's translations. One serves one verification.
 *
 * @param <K> a tag
 * @param <T> tables, or what stands for having none
 */
public final class TagUses<K, T> {
    public static final String TWO_TABLES = "domain-two-tables";

    private final Findings findings;
    private final Function<K, String> tagText;
    private final Function<T, String> tablesText;
    private final Map<K, Use<T>> uses = new HashMap<>();

    private record Use<T>(T tables, DeviceId device) {
    }

    public TagUses(Findings findings, Function<K, String> tagText, Function<T, String> tablesText) {
        this.findings = findings;
        this.tagText = tagText;
        this.tablesText = tablesText;
    }

    /** Notes a use; a second one with other tables is a defect of the entry that says so. */
    public void use(DeviceId device, K tag, T tables, Structure entry) {
        Use<T> first = uses.putIfAbsent(tag, new Use<>(tables, device));
        if (first != null && !first.tables().equals(tables)) {
            findings.defect(device, TWO_TABLES, entry, tagText.apply(tag) + " has " + tablesText.apply(tables) + " here and "
                    + tablesText.apply(first.tables()) + " for " + first.device() + ": cached translations of one serve the other");
        }
    }
}
