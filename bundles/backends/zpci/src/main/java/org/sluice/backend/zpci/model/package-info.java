// SPDX-License-Identifier: Apache-2.0

/** The hardware's half: translates for devices. */
package org.sluice.backend.zpci.model;
