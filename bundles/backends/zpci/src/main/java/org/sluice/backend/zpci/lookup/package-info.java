// SPDX-License-Identifier: Apache-2.0

/** From a function and a DMA address to the answer: shared by the inspector and the model. */
package org.sluice.backend.zpci.lookup;
