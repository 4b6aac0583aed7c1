// SPDX-License-Identifier: Apache-2.0
package org.sluice.api.space;

import java.util.List;

import org.osgi.annotation.versioning.ConsumerType;
import org.sluice.api.Machine;

/** A front-end that pins memory for others and keeps their accounts. Registered as a service; {@link AccountingService} lists them all. Thread-safe. */
@ConsumerType
public interface AccountSource {
    List<Account> accounts(Machine machine);
}
