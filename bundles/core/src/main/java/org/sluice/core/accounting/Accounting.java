// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.accounting;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.sluice.api.Machine;
import org.sluice.api.space.Account;
import org.sluice.api.space.AccountSource;
import org.sluice.api.space.AccountingService;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.Change;
import org.sluice.api.space.Refusal;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.RefusedException;
import org.sluice.core.space.Estimator;
import org.sluice.core.space.Space;
import org.sluice.core.space.SpaceRegistry;
import org.sluice.machine.DeviceId;

/** The accounting service. */
@Component
public final class Accounting implements AccountingService {
    private final SpaceRegistry spaces;
    private final List<AccountSource> sources = new CopyOnWriteArrayList<>();

    @Activate
    public Accounting(@Reference SpaceRegistry spaces) {
        this.spaces = spaces;
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    public void bind(AccountSource source) {
        sources.add(source);
    }

    public void unbind(AccountSource source) {
        sources.remove(source);
    }

    @Override
    public List<Account> accounts(Machine machine) {
        List<Account> all = new ArrayList<>();
        for (AddressSpace space : spaces.list(machine)) {
            all.add(((Space) space).accounted());
        }
        sources.forEach(source -> all.addAll(source.accounts(machine)));
        return all;
    }

    @Override
    public void limit(AddressSpace space, long bytes) {
        if (bytes < 0) {
            throw new RefusedException(Refusal.of(Rule.INVALID, null, "a limit of more than 2^63 bytes limits nothing", "lift it instead"));
        }
        ((Space) space).limit(bytes);
    }

    @Override
    public Estimate estimate(AddressSpace space, DeviceId device, List<Change> mappings) {
        return Estimator.estimate(spaces.of(space.machine()), (Space) space, device, mappings);
    }
}
