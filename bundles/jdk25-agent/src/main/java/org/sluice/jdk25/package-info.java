// SPDX-License-Identifier: Apache-2.0

/** Lets Karaf 4.4 run on JDK 24 and newer, where the Security Manager calls that it makes are gone. A plain jar given to the JVM as -javaagent, never deployed as a bundle. */
package org.sluice.jdk25;
