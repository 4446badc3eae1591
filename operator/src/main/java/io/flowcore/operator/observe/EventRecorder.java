package io.flowcore.operator.observe;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.api.v1alpha1.WebhookKey;
import io.flowcore.catalog.ResourceId;
import io.flowcore.catalog.ValidationFailure;
import io.flowcore.operator.key.KeyIssue;
import io.flowcore.operator.plan.Names;
import io.flowcore.operator.status.DataCoreStatuses.Running;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes Kubernetes Events for what somebody on call must know. The same is not said twice of a
 * resource before something else was, and nothing is said again after a restart of what its status
 * says already.
 */
public final class EventRecorder {
  private static final Logger LOG = LoggerFactory.getLogger(EventRecorder.class);
  private static final String WARNING = "Warning";
  private static final String NORMAL = "Normal";
  private static final int MAX_MESSAGE = 1_000;

  private final KubernetesClient client;
  private final Clock clock;
  private final Map<ResourceId, String> lastSaid = new ConcurrentHashMap<>();

  /** Announces through a client. */
  public EventRecorder(KubernetesClient client, Clock clock) {
    this.client = client;
    this.clock = clock;
  }

  /**
   * A resource was refused; or is right again, of which nothing is said.
   *
   * @param before the conditions that it has
   */
  public void refused(
      HasMetadata resource, List<Condition> before, List<ValidationFailure> refusals) {
    if (refusals.isEmpty()) {
      lastSaid.remove(ResourceId.of(resource));
      return;
    }
    String message =
        refusals.stream().map(ValidationFailure::message).collect(Collectors.joining("; "));
    ValidationFailure first = refusals.getFirst();
    sayOnce(resource, before, first.reason().toString(), first.message(), message);
  }

  /** A data core runs, though perhaps not all of it could be written. */
  public void running(DataCore dataCore, Running running) {
    List<Condition> before =
        dataCore.getStatus() == null ? List.of() : dataCore.getStatus().conditions();
    if (!running.problems().isEmpty()) {
      String message = String.join("; ", running.problems());
      sayOnce(dataCore, before, "ApplyFailed", message, message);
    } else if (!running.route().holds()) {
      String message = running.route().message();
      sayOnce(dataCore, before, running.route().reason(), message, message);
    } else {
      lastSaid.remove(ResourceId.of(dataCore));
    }
  }

  /** Workers will be replaced. */
  public void rolls(DataCore dataCore, String field) {
    say(
        dataCore,
        NORMAL,
        "RollingOut",
        "workers are replaced one by one; the first field that changed is " + field);
  }

  /** A key was made or replaced. */
  public void key(WebhookKey key, KeyIssue.Change change) {
    String secret = key.getSpec().secretName();
    switch (change) {
      case CREATED -> say(key, NORMAL, "KeyCreated", "made a key in the Secret " + secret);
      case ROTATED ->
          say(
              key,
              NORMAL,
              "KeyRotated",
              "made a new key in the Secret "
                  + secret
                  + "; the one before is good for "
                  + key.getSpec().rotation().overlap());
      case PREVIOUS_DROPPED, NONE -> {
        // The end of an overlap was announced with the rotation.
      }
    }
  }

  private void sayOnce(
      HasMetadata resource, List<Condition> before, String reason, String key, String message) {
    String said = reason + " " + message;
    boolean known = said.equals(lastSaid.put(ResourceId.of(resource), said));
    if (!known && !stands(before, reason, key)) {
      say(resource, WARNING, reason, message);
    }
  }

  /** Whether the status says it already. */
  private static boolean stands(List<Condition> conditions, String reason, String message) {
    return conditions != null
        && conditions.stream()
            .anyMatch(one -> reason.equals(one.getReason()) && one.getMessage().contains(message));
  }

  private void say(HasMetadata resource, String type, String reason, String message) {
    ResourceId id = ResourceId.of(resource);
    String now = clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
    String text =
        message.length() <= MAX_MESSAGE ? message : message.substring(0, MAX_MESSAGE) + " …";
    LOG.info("{} of {}: {}", reason, id, text);
    try {
      client
          .v1()
          .events()
          .inNamespace(id.namespace())
          .resource(
              new EventBuilder()
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
                  .withMessage(text)
                  .withFirstTimestamp(now)
                  .withLastTimestamp(now)
                  .withCount(1)
                  .withNewSource(Names.OPERATOR, null)
                  .withReportingComponent(Names.OPERATOR)
                  .build())
          .create();
    } catch (KubernetesClientException e) {
      // An Event is a courtesy: the status says it too, and nothing waits for it.
      LOG.warn("An Event about {} could not be written", id, e);
    }
  }
}
