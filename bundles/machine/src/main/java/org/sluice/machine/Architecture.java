// SPDX-License-Identifier: Apache-2.0
package org.sluice.machine;

import java.util.Optional;

/** Processor architecture of a machine; decides nothing about its IOMMU but names the file formats that go with it. */
public enum Architecture {
    X86_64("x86_64", 62, true), AARCH64("aarch64", 183, true), S390X("s390x", 22, false);

    private final String text;
    private final int elfMachine;
    private final boolean littleEndian;

    Architecture(String text, int elfMachine, boolean littleEndian) {
        this.text = text;
        this.elfMachine = elfMachine;
        this.littleEndian = littleEndian;
    }

    public static Optional<Architecture> ofText(String text) {
        for (Architecture a : values()) {
            if (a.text.equals(text)) {
                return Optional.of(a);
            }
        }
        return Optional.empty();
    }

    public static Optional<Architecture> ofElfMachine(int machine) {
        for (Architecture a : values()) {
            if (a.elfMachine == machine) {
                return Optional.of(a);
            }
        }
        return Optional.empty();
    }

    public int elfMachine() {
        return elfMachine;
    }

    /** Byte order of core dumps and of the kernel's own tables. */
    public boolean isLittleEndian() {
        return littleEndian;
    }

    @Override
    public String toString() {
        return text;
    }
}
