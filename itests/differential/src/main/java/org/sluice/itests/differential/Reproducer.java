// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.differential;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

import org.sluice.itests.differential.Outcome.Kind;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.tool.vectors.qemu.UnitKind;

/** Writes a disagreement as a vector, in the form of {@code docs/vectors.md}: what QEMU did is what it expects. Stateless. */
final class Reproducer {
    private Reproducer() {
    }

    static void write(Path folder, UnitKind kind, String version, Disagreement found) throws IOException {
        Files.createDirectories(folder);
        StringBuilder line = new StringBuilder("{");
        text(line, "case", found.where().name());
        text(line, "unit", kind.type());
        text(line, "device", DeviceId.ofRequester(0, kind.requester()).toString());
        text(line, kind.isArm() ? "streamId" : "sourceId", Hex.of(kind.requester()));
        text(line, "access", found.probe().write() ? "w" : "r");
        text(line, "iova", Hex.of(found.probe().iova()));
        line.append("\"ram\": {\"start\": \"").append(Hex.of(kind.ram().start())).append("\", \"last\": \"").append(Hex.of(kind.ram().last())).append("\"}, ");
        line.append("\"registers\": {").append(found.where().registers().entrySet().stream()
                .map(r -> quoted(r.getKey()) + ": " + quoted(Hex.of(r.getValue()))).collect(Collectors.joining(", "))).append("}, ");
        line.append("\"tables\": [").append(tables(found)).append("], ");
        outcome(line, found.theirs());
        text(line, "witness", "qemu-" + version);
        text(line, "note", "the model says: " + found.ours() + "; steps: " + found.where().steps());
        line.setLength(line.length() - 2);
        Files.writeString(folder.resolve(found.where().name() + ".jsonl"), line.append("}\n"));
    }

    /** Words as they stood at the access; software that forgets all before has the same answer, unless it is one of a cache. */
    private static String tables(Disagreement found) {
        Map<Long, Long> words = new TreeMap<>(found.where().words());
        words.replaceAll((address, value) -> found.word(address));
        return words.entrySet().stream().map(w -> "{\"address\": " + quoted(Hex.of(w.getKey())) + ", \"words\": ["
                + quoted(Hex.padded(w.getValue())) + "]}").collect(Collectors.joining(", "));
    }

    private static void outcome(StringBuilder line, Outcome theirs) {
        text(line, "result", theirs.kind() == Kind.MAPPED ? "mapped" : "fault");
        if (theirs.kind() == Kind.MAPPED) {
            text(line, "output", Hex.of(theirs.output()));
        } else if (theirs.kind() == Kind.UNSEEN) {
            text(line, "fault", "none-recorded");
        } else {
            text(line, "faultCode", Hex.of(theirs.code()));
            line.append("\"event\": [").append(words(theirs.record())).append("], ");
        }
    }

    private static String words(List<Long> record) {
        return record.stream().map(w -> quoted(Hex.padded(w))).collect(Collectors.joining(", "));
    }

    private static void text(StringBuilder line, String key, String value) {
        line.append(quoted(key)).append(": ").append(quoted(value)).append(", ");
    }

    private static String quoted(String text) {
        return '"' + text + '"';
    }
}
