// SPDX-License-Identifier: Apache-2.0

/** The commands of the scope iommu, their completers and renderers. A command parses its arguments, calls one service and renders one report; it holds no logic. */
package org.sluice.shell;
