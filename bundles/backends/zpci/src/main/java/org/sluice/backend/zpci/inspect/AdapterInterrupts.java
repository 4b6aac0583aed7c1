// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.inspect;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import org.sluice.api.InterruptReport;
import org.sluice.api.InterruptReport.Result;
import org.sluice.api.InterruptRequest;
import org.sluice.api.Permissions;
import org.sluice.api.TranslationStep;
import org.sluice.backend.zpci.layout.EventCodes;
import org.sluice.backend.zpci.layout.FunctionBlock;
import org.sluice.backend.zpci.layout.Zpci;
import org.sluice.backend.zpci.lookup.DmaTranslation;
import org.sluice.backend.zpci.lookup.ZpciFunction;
import org.sluice.kit.layout.Structure;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Hex;
import org.sluice.machine.MachineDescription.InterruptController;
import org.sluice.spi.UnitContext;

/**
 * What becomes of a message: a bit of the function's vector, perhaps a summary bit, and an adapter interruption ("interrupts" in
 * docs/backends/zpci.md). Where the vector lies is part of the FIB: keys {@code interruptWord}, {@code aibv}, {@code aisb} of a function.
 */
final class AdapterInterrupts {
    private static final int BYTE = 8;
    private static final int FIRST_BIT = 0x80;

    private final UnitContext unit;
    private final ZpciContexts contexts;
    private final DmaTranslation translation;

    AdapterInterrupts(UnitContext unit, ZpciContexts contexts, DmaTranslation translation) {
        this.unit = unit;
        this.contexts = contexts;
        this.translation = translation;
    }

    InterruptReport report(InterruptRequest request, boolean steps) {
        Optional<ZpciFunction> function = contexts.of(request.device());
        if (function.isEmpty()) {
            return InterruptReport.plain(request, Result.UNKNOWN, null, contexts.whyUnknown(request.device()));
        }
        return isMessage(function.get(), request.address()) ? message(request, function.get(), steps) : write(request, function.get());
    }

    private boolean isMessage(ZpciFunction function, long address) {
        Optional<Long> own = function.interrupts().number("msia");
        if (own.isPresent()) {
            return AddressRange.ofSize(own.get(), Zpci.DEFAULT_MSI_WINDOW.size()).contains(address);
        }
        List<AddressRange> windows = windows(unit);
        return windows.stream().anyMatch(w -> w.contains(address));
    }

    /** Where functions send their messages, as the machine says, or where QEMU has it. */
    static List<AddressRange> windows(UnitContext unit) {
        List<AddressRange> windows = new ArrayList<>();
        for (InterruptController controller : unit.machine().interruptControllers()) {
            if (controller.doorbell() != null) {
                windows.add(controller.doorbell());
            }
        }
        return windows.isEmpty() ? List.of(Zpci.DEFAULT_MSI_WINDOW) : windows;
    }

    private InterruptReport message(InterruptRequest request, ZpciFunction function, boolean steps) {
        if (!function.interrupts().has("interruptWord") || !function.interrupts().has("aibv")) {
            boolean none = function.interrupts().keys().contains("interruptWord") && !function.interrupts().has("interruptWord");
            return none ? InterruptReport.plain(request, Result.BLOCKED, EventCodes.NOMSI, EventCodes.NOMSI.meaning())
                    : InterruptReport.plain(request, Result.UNKNOWN, null, "a message for vector " + request.data()
                    + "; the description gives no interruptWord and aibv of the function, which say where it is recorded");
        }
        long word = function.interrupts().number("interruptWord").orElseThrow();
        if (Long.compareUnsigned(request.data(), FunctionBlock.INTERRUPTS.get(word)) >= 0) {
            return InterruptReport.plain(request, Result.BLOCKED, EventCodes.INVALMS,
                    "vector " + request.data() + ": the function has " + FunctionBlock.INTERRUPTS.get(word));
        }
        long bit = FunctionBlock.AIBVO.get(word) + request.data();
        long vector = function.interrupts().number("aibv").orElseThrow();
        String text = "sets " + bit(vector, bit);
        if (FunctionBlock.SUMMARY.get(word) != 0) {
            text += function.interrupts().number("aisb").map(a -> ", then the summary " + bit(a, FunctionBlock.AISBO.get(word)))
                    .orElse(", then a summary bit whose place (aisb) is not known");
        }
        List<TranslationStep> read = steps ? List.of(new TranslationStep(FunctionBlock.INTERRUPT_WORD.name(), 0, List.of(word), 0,
                Structure.of(FunctionBlock.INTERRUPT_WORD, 0, word).text())) : List.of();
        return new InterruptReport(request, Result.POSTED, (int) request.data(), -1, "", "adapter", "edge", 0, 0, -1, 0, List.of(), null,
                text + "; adapter interruption of subclass " + FunctionBlock.SUBCLASS.get(word), read);
    }

    private static String bit(long vector, long bit) {
        return "bit " + Hex.of(FIRST_BIT >>> bit % BYTE) + " of the byte at " + Hex.of(vector + bit / BYTE);
    }

    /** Not a message: an ordinary DMA write. */
    private InterruptReport write(InterruptRequest request, ZpciFunction function) {
        String outside = Hex.of(request.address()) + " is not in the function's message window: an ordinary DMA write";
        return switch (translation.run(function, request.address(), Permissions.WRITE)) {
            case FAULT -> InterruptReport.plain(request, Result.BLOCKED, translation.fault(), outside + "; " + translation.reason());
            case UNKNOWN -> InterruptReport.plain(request, Result.UNKNOWN, null, outside + "; " + translation.reason());
            default -> new InterruptReport(request, Result.PASSED, -1, -1, "", "", "", translation.output(), request.data(), -1, 0, List.of(),
                    null, outside + " to memory at " + Hex.of(translation.output()), List.of());
        };
    }
}
