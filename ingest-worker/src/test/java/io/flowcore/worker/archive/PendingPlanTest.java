package io.flowcore.worker.archive;

import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.worker.archive.PendingPlan.Target;
import io.flowcore.worker.archive.PendingPlan.Turn;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.store.PendingHour;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class PendingPlanTest {
  private static final Target ANY = new Target("any", 100);

  private final List<PendingHour> leftOver = new ArrayList<>();

  private PendingPlan plan(int capacity, Optional<UUID> after) {
    return new PendingPlan(capacity, after, leftOver::add);
  }

  private static PendingHour hour(int type, int hour) {
    return new PendingHour(new UUID(0, type), new TimeBucket(hour));
  }

  private static void add(PendingPlan plan, int type, int hours) {
    for (int hour = 0; hour < hours; hour++) {
      plan.add(hour(type, hour), ANY);
    }
  }

  private static List<PendingHour> takeAll(PendingPlan plan) {
    List<PendingHour> taken = new ArrayList<>();
    for (Optional<Turn> next = plan.next(); next.isPresent(); next = plan.next()) {
      try (Turn turn = next.get()) {
        taken.add(turn.hour());
      }
    }
    return taken;
  }

  @Test
  void eventTypesTakeTurnsAndTheirOldestHourGoesFirst() {
    PendingPlan plan = plan(100, Optional.empty());
    plan.add(hour(1, 7), ANY);
    add(plan, 1, 3);
    add(plan, 2, 2);
    add(plan, 2, 2);
    plan.start();

    assertThat(takeAll(plan))
        .containsExactly(hour(1, 0), hour(2, 0), hour(1, 1), hour(2, 1), hour(1, 2), hour(1, 7));
    assertThat(plan.finish()).as("something is left over").isFalse();
    assertThat(leftOver).isEmpty();
  }

  @Test
  void anEventTypeWithManyHoursTakesNoPlaceFromOthers() {
    PendingPlan plan = plan(100, Optional.empty());
    add(plan, 1, 10_000);
    for (int type = 2; type < 50; type++) {
      add(plan, type, 1);
    }
    plan.start();
    List<PendingHour> taken = takeAll(plan);

    assertThat(taken.stream().map(PendingHour::eventType).distinct()).hasSize(49);
    assertThat(taken).hasSizeBetween(49 + 10, 100);
    assertThat(plan.finish()).isTrue();
    assertThat(leftOver).hasSize(10_048 - taken.size());
  }

  @Test
  void theNextPlanBeginsAfterTheTypeThatWasTakenLastEvenIfNotAllTypesFit() {
    List<UUID> taken = new ArrayList<>();
    Optional<UUID> last = Optional.empty();
    for (int pass = 0; pass < 10; pass++) {
      PendingPlan plan = plan(20, last);
      for (int type = 0; type < 100; type++) {
        add(plan, type, 3);
      }
      plan.start();
      for (int i = 0; i < 10; i++) {
        taken.add(plan.next().orElseThrow().hour().eventType());
      }
      plan.finish();
      last = plan.lastTaken();
    }

    assertThat(taken).as("each type once in ten passes of ten").doesNotHaveDuplicates();
  }

  @Test
  void hoursWithTheSameTargetShareALimitAndDoNotBlockOtherTargets() {
    PendingPlan plan = plan(100, Optional.empty());
    for (int hour = 0; hour < 5; hour++) {
      plan.add(hour(1, hour), new Target("slow", 2));
      plan.add(hour(2, hour), new Target("other", 2));
    }
    assertThat(plan.start()).as("useful threads").isEqualTo(4);
    List<Turn> active = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      active.add(plan.next().orElseThrow());
    }
    assertThat(plan.next()).isEmpty();
    assertThat(active.stream().filter(turn -> turn.hour().eventType().equals(new UUID(0, 1))))
        .hasSize(2);

    active.getFirst().close();
    assertThat(plan.next().orElseThrow().hour().eventType())
        .isEqualTo(active.getFirst().hour().eventType());
  }
}
