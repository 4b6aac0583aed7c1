// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.List;

import org.junit.Test;
import org.sluice.api.Machine;
import org.sluice.api.Progress;
import org.sluice.api.Status;
import org.sluice.api.space.Refusal;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.SwapService;
import org.sluice.api.space.SwapState;
import org.sluice.shell.command.TestShell.Result;

/** What the user of {@code unit-swap} sees of Ctrl-C, which interrupts the command's thread. */
public class UnitSwapTest {
    private static final Refusal INTERRUPTED = Refusal.of(Rule.INTERRUPTED, null, "interrupted; vtd serves unit dmar0 as before", "swap again");

    /** A service that is interrupted in the middle of each swap. */
    private static final class Interrupted implements SwapService {
        private final SwapState state;

        private Interrupted(SwapState state) {
            this.state = state;
        }

        @Override
        public SwapReport swap(Machine machine, String unit, String backend, SwapOptions options, Progress progress) {
            Thread.currentThread().interrupt();
            boolean ended = state == SwapState.FAILED;
            return new SwapReport(machine.name(), unit, "vtd", backend, state, ended ? INTERRUPTED.line() : "", 5, 1000, 1000,
                    ended ? List.of(INTERRUPTED) : List.of());
        }

        @Override
        public List<Refusal> probe(Machine machine, String unit, String backend) {
            return List.of();
        }

        @Override
        public Status status(Machine machine, String unit) {
            return new Status(SwapState.ACTIVE.name(), "", "");
        }

        @Override
        public List<SwapReport> history(Machine machine) {
            return List.of();
        }
    }

    private static Result swap(SwapState state) {
        try (TestShell shell = new TestShell(new StubServices(), StubServices.BACKENDS, new Interrupted(state))) {
            return shell.run("unit-swap lab dmar0 amdvi --json");
        }
    }

    @Test
    public void anEndedSwapIsOneLineAndNoAnswer() {
        Result result = swap(SwapState.FAILED);
        assertEquals("unit-swap: interrupted; vtd serves unit dmar0 as before; swap again\n", result.err());
        assertEquals("", result.out());
        assertEquals(IommuCommand.FAILED, result.status());
        assertTrue(String.valueOf(result.failure()), result.failure() instanceof InterruptedException);
    }

    @Test
    public void aSwapThatWasThroughAnswersInFull() {
        Result result = swap(SwapState.ACTIVE);
        assertEquals("", result.err());
        assertTrue(result.out(), result.out().contains("\"state\":\"ACTIVE\"") && result.out().endsWith("}\n"));
        assertTrue("nothing refused is no unknown: " + result.out(), result.out().contains("\"refusals\":[]"));
        assertEquals(Outcome.DONE.status(), result.status());
    }
}
