// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;
import java.util.regex.Pattern;

import org.sluice.api.Access;
import org.sluice.api.MachineService;
import org.sluice.api.TranslationRequest;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.shell.session.CommandException;
import org.sluice.shell.session.UserPaths;

/** Reads what was typed; whatever is wrong with it becomes a {@link CommandException}. */
final class Arguments {
    private static final Pattern SCHEME = Pattern.compile("[a-z][a-z0-9+-]+:.*");
    private static final String QEMU = "qemu:";
    private static final String LOG = ",log=";
    private static final long MAX_PASID = (1L << 20) - 1;

    private Arguments() {
    }

    /** A name of an open machine as it is, else an origin with its path made absolute. */
    static String machine(String text, MachineService machines) {
        boolean open = machines.list().stream().anyMatch(m -> m.name().equals(text));
        return open ? text : origin(text);
    }

    /** An origin to open: {@code scheme:rest} as it is, a path made absolute. */
    static String origin(String text) {
        Path path = UserPaths.resolve(text);
        if (Files.exists(path)) {
            return path.toString();
        }
        if (text.startsWith(QEMU)) {
            return qemu(text.substring(QEMU.length()));
        }
        if (SCHEME.matcher(text).matches()) {
            return text;
        }
        throw new CommandException("'" + text + "' is neither an open machine nor a file under " + UserPaths.directory()
                + ": see machine-list, or give a capture folder, an ELF core, qemu:SOCKET or synthetic:BACKEND");
    }

    /** Socket and log are both files. */
    private static String qemu(String text) {
        int log = text.lastIndexOf(LOG);
        return log < 0 ? QEMU + UserPaths.resolve(text)
                : QEMU + UserPaths.resolve(text.substring(0, log)) + LOG + UserPaths.resolve(text.substring(log + LOG.length()));
    }

    static DeviceId device(String text) {
        return read(text, DeviceId::parse);
    }

    /** As {@link #device}, null for null. */
    static DeviceId optionalDevice(String text) {
        return text == null ? null : device(text);
    }

    static long number(String text) {
        return read(text, Hex::parse);
    }

    /** {@code START-LAST}, both inclusive. */
    static AddressRange range(String text) {
        int dash = text.indexOf('-');
        if (dash < 0) {
            throw new CommandException("'" + text + "' is not a range: write START-LAST, as in 0x8000000-0x80fffff");
        }
        return read(text, t -> new AddressRange(Hex.parse(t.substring(0, dash)), Hex.parse(t.substring(dash + 1))));
    }

    /** A range by its first address and its {@link #size}. */
    static AddressRange range(String start, String bytes) {
        long from = number(start);
        long size = size(bytes);
        if (size == 0 || Long.compareUnsigned(from + (size - 1), from) < 0) {
            throw new CommandException("'" + bytes + "' bytes from '" + start + "' are no range of 64-bit addresses");
        }
        return AddressRange.ofSize(from, size);
    }

    /** Bytes, or a number with K, M or G. */
    static long size(String text) {
        int unit = text.isEmpty() ? -1 : "KMGT".indexOf(Character.toUpperCase(text.charAt(text.length() - 1)));
        long number = number(unit < 0 ? text : text.substring(0, text.length() - 1));
        int shift = 10 * (unit + 1);
        if (number << shift >>> shift != number) {
            throw new CommandException("'" + text + "' is more than 2^64 bytes");
        }
        return number << shift;
    }

    static void notNegative(String option, long value) {
        if (value < 0) {
            throw new CommandException(option + " " + value + ": it is 0 or more");
        }
    }

    /** Some of {@code r}, {@code w}, {@code x}. */
    static int permissions(String text) {
        int bits = 0;
        for (char letter : text.toCharArray()) {
            bits |= access(String.valueOf(letter)).permission();
        }
        return bits;
    }

    static Access access(String text) {
        return read(text, Access::parse);
    }

    /** A process address space id, or {@link TranslationRequest#NO_PASID} for null. */
    static int pasid(String text) {
        if (text == null) {
            return TranslationRequest.NO_PASID;
        }
        long pasid = number(text);
        if (pasid < 0 || pasid > MAX_PASID) {
            throw new CommandException("'" + text + "' is not a PASID: it has 20 bits, 0 to " + Hex.of(MAX_PASID));
        }
        return (int) pasid;
    }

    private static <T> T read(String text, Function<String, T> parser) {
        try {
            return parser.apply(text);
        } catch (IllegalArgumentException e) {
            throw new CommandException(e.getMessage(), e);
        }
    }
}
