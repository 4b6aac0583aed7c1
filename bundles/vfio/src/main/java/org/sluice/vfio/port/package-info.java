// SPDX-License-Identifier: Apache-2.0
/** What the front-end asks of whatever translates below it: tables, devices, faults. Anybody can stand there: the units of a machine, or a mock. */
@Export
@Version("0.1.0")
package org.sluice.vfio.port;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
