// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.karaf;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import javax.inject.Inject;
import org.apache.karaf.features.Feature;
import org.apache.karaf.features.FeaturesService;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.Bundle;

/** Every feature installs alone: in a platform from which all of ours were taken away, one after the other. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class FeaturesIT extends ProductTest {
    private static final EnumSet<FeaturesService.Option> QUIETLY = EnumSet.of(FeaturesService.Option.NoAutoRefreshBundles);

    @Inject
    private FeaturesService features;

    @Test
    public void everyFeatureInstallsAlone() throws Exception {
        List<Feature> ours = Arrays.stream(features.listFeatures()).filter(f -> f.getName().startsWith("sluice")).toList();
        assertTrue("found only " + ours, ours.stream().map(Feature::getName).toList().containsAll(
                List.of("sluice", "sluice-core", "sluice-shell", "sluice-backend-vtd", "sluice-machines-capture")));
        for (Feature feature : features.listInstalledFeatures()) {
            if (feature.getName().equals("sluice")) {
                features.uninstallFeature(feature.getName(), feature.getVersion(), QUIETLY);
            }
        }
        assertEquals("left over", List.of(), installed());
        List<String> broken = new ArrayList<>();
        for (Feature feature : ours) {
            features.installFeature(feature.getName(), feature.getVersion(), QUIETLY);
            installed().stream().filter(b -> b.getState() != Bundle.ACTIVE)
                    .forEach(b -> broken.add(feature.getName() + ": " + b + " is not active"));
            features.uninstallFeature(feature.getName(), feature.getVersion(), QUIETLY);
        }
        assertEquals(List.of(), broken);
    }

    private List<Bundle> installed() {
        return Arrays.stream(context.getBundles())
                .filter(b -> b.getSymbolicName() != null && b.getSymbolicName().startsWith("org.sluice")).toList();
    }
}
