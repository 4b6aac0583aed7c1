// SPDX-License-Identifier: Apache-2.0
/** What has to outlive the platform: a journal of records in one file, checked when it is read. */
package org.sluice.core.store;
