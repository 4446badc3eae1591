package io.flowcore.operator.observe;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.flowcore.api.v1alpha1.ApiRelease;
import io.flowcore.operator.kubernetes.ApiServerErrors;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares the release of the CRDs in the cluster with the operator's release. The API server
 * prunes fields that a CRD does not define, so an older CRD silently drops fields that this
 * operator writes.
 */
public final class CrdVersionCheck {
  private static final List<String> PLURALS =
      List.of("datacores", "flowtypes", "eventtypes", "webhookkeys");

  /** CRDs change rarely, and metrics are scraped often. */
  private static final Duration MAX_AGE = Duration.ofMinutes(5);

  private static final String APPLY = "apply the CRD manifests of release " + ApiRelease.VERSION;

  private static final Logger LOG = LoggerFactory.getLogger(CrdVersionCheck.class);

  private final KubernetesClient client;
  private final Clock clock;
  private Result last = new Result(List.of(), Instant.MIN);

  private record Result(List<String> problems, Instant at) {}

  /** Creates a check that has not compared anything yet. */
  public CrdVersionCheck(KubernetesClient client, Clock clock) {
    this.client = client;
    this.clock = clock;
  }

  /** Returns the problems, which are at most five minutes old, and logs new ones. */
  public synchronized List<String> recentProblems() {
    Instant now = clock.instant();
    if (last.at().isBefore(now.minus(MAX_AGE))) {
      List<String> problems = findProblems(client);
      if (!problems.equals(last.problems())) {
        problems.forEach(LOG::warn);
      }
      last = new Result(problems, now);
    }
    return last.problems();
  }

  /** Returns a sentence for each CRD that does not match; empty if all four are of this release. */
  public static List<String> findProblems(KubernetesClient client) {
    List<String> problems = new ArrayList<>();
    for (String plural : PLURALS) {
      String name = plural + ".flowcore.io";
      try {
        CustomResourceDefinition crd =
            client.apiextensions().v1().customResourceDefinitions().withName(name).get();
        if (crd == null) {
          problems.add("CRD " + name + " is missing; " + APPLY);
        } else if (!ApiRelease.VERSION.equals(release(crd))) {
          problems.add(
              "CRD "
                  + name
                  + " is from release "
                  + release(crd)
                  + ", but this operator is release "
                  + ApiRelease.VERSION
                  + "; "
                  + APPLY);
        }
      } catch (KubernetesClientException e) {
        problems.add(
            "could not read CRD "
                + name
                + " to compare its release: "
                + ApiServerErrors.message(e)
                + "; allow the operator to get customresourcedefinitions");
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
