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
  private static final ConditionState WAITS = ConditionState.no("Pending", "0 of 1 workers");
  private static final ConditionState YES = ConditionState.yes("Programmed", "1 of 1 workers");
  private static final ConditionState READY = ConditionState.yes("Ready", "well");

  private static Condition of(List<Condition> conditions, String type) {
    return conditions.stream().filter(one -> one.getType().equals(type)).findFirst().orElseThrow();
  }

  @Test
  void atBirthAllFourAreUnknown() {
    assertThat(Conditions.pending(1, NOON))
        .hasSize(4)
        .allMatch(condition -> condition.getStatus().equals("Unknown"))
        .allMatch(condition -> condition.getReason().equals("Pending"))
        .allMatch(condition -> condition.getObservedGeneration() == 1);
  }

  @Test
  void theTimeOfATransitionMovesOnlyWhenTheStatusFlips() {
    List<Condition> first = Conditions.of(List.of(), 1, NOON, List.of(), WAITS, READY);
    List<Condition> second = Conditions.of(first, 2, LATER, List.of(), YES, READY);
    assertThat(of(second, "Accepted").getLastTransitionTime()).isEqualTo(NOON.toString());
    assertThat(of(second, "Accepted").getObservedGeneration()).isEqualTo(2);
    assertThat(of(second, "Programmed").getLastTransitionTime()).isEqualTo(LATER.toString());
    assertThat(of(second, "Ready").getLastTransitionTime()).isEqualTo(LATER.toString());
  }

  @Test
  void readySaysWhatTheFirstOfTheOthersLacks() {
    List<ValidationFailure> refusals =
        List.of(ValidationFailure.of(Reason.FLOW_TYPE_NOT_FOUND, "nowhere"));
    List<Condition> refused = Conditions.of(null, 1, NOON, refusals, YES, READY);
    assertThat(of(refused, "Accepted").getStatus()).isEqualTo("True");
    assertThat(of(refused, "ResolvedRefs").getMessage()).isEqualTo("nowhere");
    assertThat(of(refused, "Programmed").getReason()).isEqualTo("NotAccepted");
    assertThat(of(refused, "Ready").getReason()).isEqualTo("FlowTypeNotFound");
    assertThat(of(Conditions.of(null, 1, NOON, List.of(), WAITS, READY), "Ready").getReason())
        .isEqualTo("Pending");
  }
}
