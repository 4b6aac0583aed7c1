// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.durable;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

import org.sluice.core.space.SavedMachine;
import org.sluice.core.store.Journal;
import org.sluice.core.store.Recovery;

/** One machine's journal with what it said when it was read. Not thread-safe. */
final class MachineStore implements Closeable {
    private final Path path;
    private final Journal journal;
    private final SavedMachine saved;
    private final List<String> remarks = new ArrayList<>();

    private MachineStore(Path path, Journal journal, SavedMachine saved) {
        this.path = path;
        this.journal = journal;
        this.saved = saved;
    }

    static MachineStore open(Path path) throws IOException {
        SavedMachine saved = new SavedMachine();
        Journal journal = Journal.open(path);
        try {
            Recovery recovery = journal.replay(saved::apply);
            MachineStore store = new MachineStore(path, journal, saved);
            store.remark(recovery);
            return store;
        } catch (IOException | RuntimeException e) {
            journal.close();
            throw e;
        }
    }

    private void remark(Recovery recovery) throws IOException {
        String file = "store " + path.getFileName();
        if (recovery.state() == Recovery.State.TORN && recovery.lost() > 0) {
            remarks.add(file + ": " + recovery.lost() + " bytes of a change that was being written when the platform ended were left out");
        } else if (recovery.state() == Recovery.State.CORRUPT) {
            remarks.add(file + " is damaged at byte " + recovery.end() + " (" + recovery.reason() + "): what was changed after that is lost; "
                    + recovery.lost() + " bytes are kept in " + recovery.kept());
        }
        if (!saved.problem().isEmpty()) {
            Path copy = path.resolveSibling(path.getFileName() + ".odd");
            Files.copy(path, copy, StandardCopyOption.REPLACE_EXISTING);
            remarks.add(file + ": " + saved.problem() + "; it and what follows are left out; a copy is in " + copy);
        }
    }

    SavedMachine saved() {
        return saved;
    }

    Journal journal() {
        return journal;
    }

    /** What was found wrong, a line each. */
    List<String> remarks() {
        return remarks;
    }

    /** Ends it, and removes the file if it holds nothing. */
    void close(boolean empty) throws IOException {
        journal.close();
        if (empty) {
            Files.deleteIfExists(path);
            Files.deleteIfExists(path.resolveSibling(path.getFileName() + ".lock"));
        }
    }

    @Override
    public void close() throws IOException {
        journal.close();
    }
}
