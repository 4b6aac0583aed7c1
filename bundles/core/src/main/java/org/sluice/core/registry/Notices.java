// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.registry;

import java.util.HashMap;
import java.util.Map;

/**
 * Where one machine's parts say that something has happened. Nothing is done for it while nobody listens, and no map or access says anything. Thread-safe.
 */
public final class Notices {
    private final String machine;
    private final Runnable onLive;
    private volatile Listener listener;

    /** Is told with locks held: must be quick, and call nobody. */
    public interface Listener {
        /**
         * @param key what may be told together with others of the same key, or null to be told by itself
         * @param properties of the last of them
         */
        void happened(String topic, String key, Map<String, Object> properties);
    }

    /** @param onLive called whenever a unit begins to serve */
    Notices(String machine, Runnable onLive) {
        this.machine = machine;
        this.onLive = onLive;
    }

    /** Who listens from now on; null for nobody. */
    public void listen(Listener who) {
        listener = who;
    }

    public boolean isHeard() {
        return listener != null;
    }

    /** Tells something, with the machine's name and those of {@code pairs}: name and value in turn; values that are null are left out. */
    public void tell(String topic, Object... pairs) {
        tell(topic, null, pairs);
    }

    /** The same, for what may come in storms. */
    public void tellMany(String topic, String key, Object... pairs) {
        tell(topic, key, pairs);
    }

    private void tell(String topic, String key, Object[] pairs) {
        Listener now = listener;
        if (now == null) {
            return;
        }
        Map<String, Object> properties = new HashMap<>();
        properties.put("machine", machine);
        for (int i = 0; i < pairs.length; i += 2) {
            if (pairs[i + 1] != null) {
                properties.put((String) pairs[i], pairs[i + 1]);
            }
        }
        now.happened(topic, key == null ? null : machine + ' ' + key, properties);
    }

    void live() {
        onLive.run();
    }
}
