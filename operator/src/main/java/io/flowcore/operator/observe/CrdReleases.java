package io.flowcore.operator.observe;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.flowcore.api.v1alpha1.ApiRelease;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares the CRDs in the cluster with the operator's release. Older ones would silently drop
 * fields that this operator writes, because an API server prunes what a CRD does not know.
 */
public final class CrdReleases {
  private static final List<String> PLURALS =
      List.of("datacores", "flowtypes", "eventtypes", "webhookkeys");

  /** A CRD is rarely changed, and metrics are asked for often. */
  private static final Duration FRESH = Duration.ofMinutes(5);

  private static final Logger LOG = LoggerFactory.getLogger(CrdReleases.class);

  private final KubernetesClient client;
  private final Clock clock;
  private Seen seen = new Seen(List.of(), Instant.MIN);

  private record Seen(List<String> problems, Instant at) {}

  /** Compares when it is asked. */
  public CrdReleases(KubernetesClient client, Clock clock) {
    this.client = client;
    this.clock = clock;
  }

  /** As below, as of five minutes ago at the most. What is new is logged. */
  public synchronized List<String> problems() {
    Instant now = clock.instant();
    if (seen.at().isBefore(now.minus(FRESH))) {
      List<String> problems = problems(client);
      if (!problems.equals(seen.problems())) {
        problems.forEach(LOG::warn);
      }
      seen = new Seen(problems, now);
    }
    return seen.problems();
  }

  /** What is wrong, in sentences. Empty if all four are of this release. */
  public static List<String> problems(KubernetesClient client) {
    List<String> problems = new ArrayList<>();
    for (String plural : PLURALS) {
      String name = plural + ".flowcore.io";
      try {
        CustomResourceDefinition crd =
            client.apiextensions().v1().customResourceDefinitions().withName(name).get();
        if (crd == null) {
          problems.add("the CRD " + name + " is missing; apply the manifests of this release");
        } else if (!ApiRelease.VERSION.equals(release(crd))) {
          problems.add(
              "the CRD "
                  + name
                  + " is of release "
                  + release(crd)
                  + ", this operator of "
                  + ApiRelease.VERSION
                  + "; apply the manifests of this release");
        }
      } catch (KubernetesClientException e) {
        problems.add("the CRD " + name + " can't be compared: code " + e.getCode());
      }
    }
    return problems;
  }

  private static String release(CustomResourceDefinition crd) {
    Map<String, String> annotations = crd.getMetadata().getAnnotations();
    return annotations == null
        ? "unknown"
        : annotations.getOrDefault(ApiRelease.ANNOTATION, "unknown");
  }
}
