package io.flowcore.operator.observe;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.api.v1alpha1.WebhookKey;
import io.flowcore.catalog.ResourceId;
import io.flowcore.catalog.ValidationFailure;
import io.flowcore.operator.key.KeyIssuer;
import io.flowcore.operator.kubernetes.ManagedMetadata;
import io.flowcore.operator.status.DataCoreState;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records Kubernetes Events that an on-call engineer must see. A warning is not repeated for a
 * resource until another one was recorded or the problem was solved. After a restart, it is not
 * recorded again if the status already contains it.
 */
public final class EventRecorder {
  private static final Logger LOG = LoggerFactory.getLogger(EventRecorder.class);
  private static final String WARNING = "Warning";
  private static final String NORMAL = "Normal";

  /** The Events API limits a message to 1 kB. */
  private static final int MAX_MESSAGE_LENGTH = 1_000;

  private final KubernetesClient client;
  private final Clock clock;
  private final Map<ResourceId, String> lastWarnings = new ConcurrentHashMap<>();

  /** Creates a recorder that uses a client. */
  public EventRecorder(KubernetesClient client, Clock clock) {
    this.client = client;
    this.clock = clock;
  }

  /**
   * Records that a resource was rejected. Nothing is recorded for an accepted one.
   *
   * @param before the conditions in its status
   * @param failures why it was rejected; empty if it was accepted
   */
  public void validated(
      HasMetadata resource, List<Condition> before, List<ValidationFailure> failures) {
    if (failures.isEmpty()) {
      lastWarnings.remove(ResourceId.of(resource));
      return;
    }
    String message =
        failures.stream().map(ValidationFailure::message).collect(Collectors.joining("; "));
    ValidationFailure first = failures.getFirst();
    warnOnce(resource, before, first.reason().toString(), first.message(), message);
  }

  /** Records the problems of a data core that runs. */
  public void running(DataCore dataCore, DataCoreState state) {
    List<Condition> before =
        dataCore.getStatus() == null ? List.of() : dataCore.getStatus().conditions();
    if (!state.applied().problems().isEmpty()) {
      String message = String.join("; ", state.applied().problems());
      warnOnce(dataCore, before, "ApplyFailed", message, message);
    } else if (!state.route().holds()) {
      String message = state.route().message();
      warnOnce(dataCore, before, state.route().reason(), message, message);
    } else {
      lastWarnings.remove(ResourceId.of(dataCore));
    }
  }

  /**
   * Records that workers are replaced.
   *
   * @param field the first field of the pod template that changed
   */
  public void rollingOut(DataCore dataCore, String field) {
    record(
        dataCore,
        NORMAL,
        "RollingOut",
        "replacing workers one by one; first changed field: " + field);
  }

  /** Records that a key was created or rotated. */
  public void keyChanged(WebhookKey key, KeyIssuer.Change change) {
    String secret = key.getSpec().secretName();
    switch (change) {
      case CREATED -> record(key, NORMAL, "KeyCreated", "created a key in Secret " + secret);
      case ROTATED ->
          record(
              key,
              NORMAL,
              "KeyRotated",
              "created a new key in Secret "
                  + secret
                  + "; the previous key stays valid for "
                  + key.getSpec().rotation().overlap());
      case PREVIOUS_REMOVED, NONE -> {
        // The Event of the rotation named the end of the overlap.
      }
    }
  }

  private void warnOnce(
      HasMetadata resource, List<Condition> before, String reason, String key, String message) {
    String warning = reason + " " + message;
    boolean repeated = warning.equals(lastWarnings.put(ResourceId.of(resource), warning));
    if (!repeated && !isInStatus(before, reason, key)) {
      record(resource, WARNING, reason, message);
    }
  }

  private static boolean isInStatus(List<Condition> conditions, String reason, String message) {
    return conditions != null
        && conditions.stream()
            .anyMatch(one -> reason.equals(one.getReason()) && one.getMessage().contains(message));
  }

  private void record(HasMetadata resource, String type, String reason, String message) {
    ResourceId id = ResourceId.of(resource);
    String text =
        message.length() <= MAX_MESSAGE_LENGTH
            ? message
            : message.substring(0, MAX_MESSAGE_LENGTH) + " …";
    LOG.info("{}: {}: {}", id, reason, text);
    try {
      client
          .v1()
          .events()
          .inNamespace(id.namespace())
          .resource(event(resource, type, reason, text))
          .create();
    } catch (KubernetesClientException e) {
      // The status contains the same message, so a lost Event is not retried.
      LOG.warn("Could not write an Event for {}", id, e);
    }
  }

  private Event event(HasMetadata resource, String type, String reason, String message) {
    ResourceId id = ResourceId.of(resource);
    String now = clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
    return new EventBuilder()
        .withNewMetadata()
        .withNamespace(id.namespace())
        .withGenerateName(id.name() + ".")
        .endMetadata()
        .withNewInvolvedObject()
        .withApiVersion(resource.getApiVersion())
        .withKind(id.kind().kubernetesName())
        .withNamespace(id.namespace())
        .withName(id.name())
        .withUid(resource.getMetadata().getUid())
        .endInvolvedObject()
        .withType(type)
        .withReason(reason)
        .withMessage(message)
        .withFirstTimestamp(now)
        .withLastTimestamp(now)
        .withCount(1)
        .withNewSource(ManagedMetadata.OPERATOR, null)
        .withReportingComponent(ManagedMetadata.OPERATOR)
        .build();
  }
}
