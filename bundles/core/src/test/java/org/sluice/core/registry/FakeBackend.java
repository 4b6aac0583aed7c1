// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.registry;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

import org.sluice.api.BackendInfo;
import org.sluice.api.FaultRecord;
import org.sluice.api.InterruptReport;
import org.sluice.api.InterruptRequest;
import org.sluice.api.QueueEntry;
import org.sluice.api.RegisterValue;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationRequest;
import org.sluice.api.layout.StructureLayout;
import org.sluice.api.layout.TableFormat;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.spi.Backend;
import org.sluice.spi.DefectSink;
import org.sluice.spi.Inspector;
import org.sluice.spi.MappingSink;
import org.sluice.spi.RequesterContext;
import org.sluice.spi.RequesterContext.State;
import org.sluice.spi.TableView;
import org.sluice.spi.UnitContext;

/** A backend that translates by adding a constant and counts the inspectors it hands out. */
public final class FakeBackend implements Backend {
    public static final String TYPE = "fake-unit";

    private final String version;
    private final long offset;
    private final List<RequesterContext> contexts;
    private int inspectors;

    public FakeBackend(String version, long offset, RequesterContext... contexts) {
        this.version = version;
        this.offset = offset;
        this.contexts = List.of(contexts);
    }

    /** A requester with a table of one page per entry of {@code pages}: page i lies at IOVA i * 4 KiB, -1 is a hole. */
    public static RequesterContext context(DeviceId device, long identity, long... pages) {
        TableView table = new TableView() {
            @Override
            public long identity() {
                return identity;
            }

            @Override
            public void visit(MappingSink sink) {
                for (int i = 0; i < pages.length; i++) {
                    long iova = (long) i << 12;
                    if (pages[i] == -1) {
                        sink.unknown(iova, iova + 0xfff, 0xdead000);
                    } else if (!sink.mapping(iova, iova + 0xfff, pages[i], 3, "")) {
                        return;
                    }
                }
            }
        };
        return new RequesterContext(device, -1, State.TRANSLATED, 7, "pages", 1, table, null, 0x1000, List.of(), "");
    }

    public int inspectors() {
        return inspectors;
    }

    @Override
    public BackendInfo info() {
        return new BackendInfo("fake", "Fake", version, List.of(TYPE), List.of("inspector"), List.of());
    }

    @Override
    public boolean supports(UnitDescription unit) {
        return unit.type().equals(TYPE);
    }

    @Override
    public List<StructureLayout> layouts() {
        return List.of();
    }

    @Override
    public List<TableFormat> formats() {
        return List.of();
    }

    @Override
    public Optional<Inspector> inspector(UnitContext unit) {
        inspectors++;
        return Optional.of(new FakeInspector());
    }

    private final class FakeInspector implements Inspector {
        @Override
        public void contexts(Consumer<RequesterContext> out) {
            contexts.forEach(out);
        }

        @Override
        public RequesterContext context(DeviceId device, int pasid) {
            return contexts.stream().filter(c -> c.device().equals(device)).findFirst().orElse(
                    new RequesterContext(device, pasid, State.BLOCKED, -1, "", 0, null, null, 0, List.of(), "no entry"));
        }

        @Override
        public TranslationReport translate(TranslationRequest request, boolean steps) {
            return TranslationReport.mapped(request, request.iova() + offset, 4096, 3, 1);
        }

        @Override
        public InterruptReport remapInterrupt(InterruptRequest request, boolean steps) {
            return InterruptReport.plain(request, InterruptReport.Result.PASSED, null, "");
        }

        @Override
        public void verify(DeviceId device, DefectSink out) {
            out.looked(1);
        }

        @Override
        public List<RegisterValue> registers() {
            return List.of();
        }

        @Override
        public List<QueueEntry> queues() {
            return List.of();
        }

        @Override
        public List<FaultRecord> faults() {
            return List.of();
        }
    }
}
