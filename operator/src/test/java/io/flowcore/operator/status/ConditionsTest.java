package io.flowcore.operator.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Condition;
import io.flowcore.catalog.ValidationFailure;
import io.flowcore.catalog.ValidationFailure.Reason;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConditionsTest {
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
  private static final Instant LATER = NOON.plusSeconds(60);
  private static final ConditionState PENDING = ConditionState.no("Pending", "0 of 1 workers");
  private static final ConditionState PROGRAMMED =
      ConditionState.yes("Programmed", "1 of 1 workers");
  private static final ConditionState READY = ConditionState.yes("Ready", "1 of 1 workers");

  private static Condition of(List<Condition> conditions, String type) {
    return conditions.stream().filter(one -> one.getType().equals(type)).findFirst().orElseThrow();
  }

  @Test
  void allConditionsAreUnknownBeforeTheFirstReconciliation() {
    assertThat(Conditions.notReconciled(1, NOON))
        .hasSize(4)
        .allMatch(condition -> condition.getStatus().equals("Unknown"))
        .allMatch(condition -> condition.getReason().equals("Pending"))
        .allMatch(condition -> condition.getObservedGeneration() == 1);
  }

  @Test
  void theTransitionTimeChangesOnlyWithTheStatus() {
    List<Condition> first = Conditions.of(List.of(), 1, NOON, List.of(), PENDING, READY);
    List<Condition> second = Conditions.of(first, 2, LATER, List.of(), PROGRAMMED, READY);
    assertThat(of(second, "Accepted").getLastTransitionTime()).isEqualTo(NOON.toString());
    assertThat(of(second, "Accepted").getObservedGeneration()).isEqualTo(2);
    assertThat(of(second, "Programmed").getLastTransitionTime()).isEqualTo(LATER.toString());
    assertThat(of(second, "Ready").getLastTransitionTime()).isEqualTo(LATER.toString());
  }

  @Test
  void readyHasTheReasonOfTheFirstConditionThatIsFalse() {
    List<ValidationFailure> failures =
        List.of(ValidationFailure.of(Reason.FLOW_TYPE_NOT_FOUND, "nowhere"));
    List<Condition> rejected = Conditions.of(null, 1, NOON, failures, PROGRAMMED, READY);
    assertThat(of(rejected, "Accepted").getStatus()).isEqualTo("True");
    assertThat(of(rejected, "ResolvedRefs").getMessage()).isEqualTo("nowhere");
    assertThat(of(rejected, "Programmed").getReason()).isEqualTo("NotAccepted");
    assertThat(of(rejected, "Ready").getReason()).isEqualTo("FlowTypeNotFound");
    assertThat(of(Conditions.of(null, 1, NOON, List.of(), PENDING, READY), "Ready").getReason())
        .isEqualTo("Pending");
  }
}
