// SPDX-License-Identifier: Apache-2.0

/**
 * Lets Karaf 4.4 run on JDK 24 and newer: its calls to the Security Manager are redirected while the product is built, to
 * a class that works on every JDK.
 */
package org.sluice.jdk25;
