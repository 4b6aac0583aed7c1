// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import org.sluice.api.BackendInfo;
import org.sluice.api.Capabilities;
import org.sluice.api.MessageRouting;
import org.sluice.core.unit.LiveUnit;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Architecture;
import org.sluice.machine.Attributes;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterImage;
import org.sluice.spi.Backend;
import org.sluice.spi.UnitDriver;
import org.sluice.spi.UnitModel;

/** Units that can do nothing but say what they are able to. Stateless. */
final class CapableUnit {
    private static final MessageRouting MESSAGES = new MessageRouting(MessageRouting.Route.TRANSLATED, null, false);
    private static final AddressRange RAM = new AddressRange(0, 0xffff);
    private static final PhysicalMemory MEMORY = PhysicalMemory.builder().ram(RAM).build();

    private CapableUnit() {
    }

    static LiveUnit of(long pageSizes, AddressRange aperture, int outputBits, Set<Integer> permissions, Capabilities.Feature... features) {
        Capabilities able = new Capabilities(pageSizes, aperture, outputBits, permissions, 0, MESSAGES, Set.of(features));
        MachineDescription machine = new MachineDescription("m", Architecture.X86_64, List.of(RAM), List.of(), List.of(), List.of(), List.of(), List.of(),
                new Attributes(Map.of()));
        Object driver = proxy(UnitDriver.class, "capabilities", able, "nesting", Optional.empty(), "start", null);
        Object model = proxy(UnitModel.class, "registers", new RegisterImage("u0", Map.of()), "inspector", Optional.empty());
        Object backend = proxy(Backend.class, "driver", Optional.of(driver), "model", Optional.of(model), "inspector", Optional.empty(), "powerOn",
                Optional.of(new Backend.PowerOn(new UnitDescription("u0", "capable", 0, new Attributes(Map.of())), Map.of())),
                "info", new BackendInfo("capable", "a unit of a test", "1.0", List.of("capable"), List.of(BackendInfo.Half.MODEL, BackendInfo.Half.DRIVER), List.of()));
        return LiveUnit.start((Backend) backend, "u0", machine, MEMORY, RAM);
    }

    private static Object proxy(Class<?> type, Object... answers) {
        InvocationHandler handler = (self, method, args) -> {
            for (int i = 0; i < answers.length; i += 2) {
                if (method.getName().equals(answers[i])) {
                    return answers[i + 1];
                }
            }
            throw new UnsupportedOperationException(method.getName());
        };
        return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler);
    }
}
