// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio;

/**
 * Why a limit refuses (NST-05); in pages.
 *
 * @param owner whose limit it is
 * @param limit what may be pinned
 * @param used what is pinned
 * @param asked what was to be pinned in addition
 */
public record Limit(String owner, long limit, long used, long asked) {
    @Override
    public String toString() {
        return "limit of " + owner + ": " + limit + " pages, used " + used + ", asked " + asked;
    }
}
