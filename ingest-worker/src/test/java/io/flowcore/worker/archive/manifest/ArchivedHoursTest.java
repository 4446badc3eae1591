package io.flowcore.worker.archive.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveKeyLayout;
import io.flowcore.worker.archive.store.ArchiveStore;
import io.flowcore.worker.event.ReadOrder;
import io.flowcore.worker.event.TimeBucket;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.Random;
import java.util.TreeSet;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class ArchivedHoursTest {
  private static final TimeBucket START = TimeBucket.parse("20230101000000").orElseThrow();
  private static final int THREE_YEARS = 3 * 8_766;

  private final TreeSet<TimeBucket> stored = new TreeSet<>();
  private int listings;
  private boolean failing;

  private static ArchiveKeyLayout type(int number) {
    return new ArchiveKeyLayout(
        "acme", new UUID(0, 0), "shop", "orders", "placed." + number, new UUID(1, number));
  }

  /** A store that can only be listed. Every type has the same hours. */
  private ArchiveStore store() {
    return (ArchiveStore)
        Proxy.newProxyInstance(
            ArchiveStore.class.getClassLoader(),
            new Class<?>[] {ArchiveStore.class},
            (proxy, method, arguments) -> {
              assertThat(method.getName()).isEqualTo("walk");
              listings++;
              if (failing) {
                throw new ArchiveException(ArchiveException.Kind.UNAVAILABLE, "away", null);
              }
              for (TimeBucket hour : stored) {
                String relative = type(0).hourPrefix(hour).substring(type(0).typePrefix().length());
                ArchiveStore.ObjectVisitor visitor = (ArchiveStore.ObjectVisitor) arguments[1];
                visitor.object(arguments[0] + relative + "/manifest.json", 1);
                visitor.object(arguments[0] + relative + "/segment.ndjson.zst", 1);
              }
              return null;
            });
  }

  private static TimeBucket hour(int number) {
    return new TimeBucket(START.hour() + number);
  }

  @Test
  void theHoursOfAThousandTypesOverThreeYearsFitIntoFourMegabytes() {
    HourSet.Builder hours = new HourSet.Builder();
    for (int i = 0; i < THREE_YEARS; i++) {
      hours.add(hour(i));
    }

    assertThat(1_000L * hours.build().bytes()).isLessThan(4 << 20);
  }

  @Test
  void memoryIsLimitedAndADroppedListingIsListedAgain() throws Exception {
    for (int i = 0; i < 2_000; i++) {
      stored.add(hour(i));
    }
    CommittedGenerations generations = CommittedGenerations.inMemory();
    ArchivedHours hours = new ArchivedHours(store(), generations, 10_000);
    for (int round = 0; round < 2; round++) {
      for (int number = 0; number < 100; number++) {
        assertThat(
                hours.between(
                    type(number), TimeBucket.MIN, TimeBucket.MAX, ReadOrder.ASCENDING, 9_999))
            .isEqualTo(List.copyOf(stored));
      }
    }

    assertThat(hours.bytes()).isPositive().isLessThanOrEqualTo(10_000);
    assertThat(listings).isGreaterThan(150);
  }

  @Test
  void aTypeIsListedOnceAndLaterHoursAreKnownFromTheirGenerations() throws Exception {
    stored.add(hour(1));
    CommittedGenerations generations = CommittedGenerations.inMemory();
    ArchivedHours hours = new ArchivedHours(store(), generations);
    hours.between(type(1), TimeBucket.MIN, TimeBucket.MAX, ReadOrder.ASCENDING, 10);
    generations.raise(type(1), hour(5), 1);
    generations.raise(type(1), hour(1), 2);

    assertThat(hours.between(type(1), TimeBucket.MIN, TimeBucket.MAX, ReadOrder.DESCENDING, 10))
        .containsExactly(hour(5), hour(1));
    assertThat(listings).isEqualTo(1);
  }

  @Test
  void aFailedListingIsRepeatedByTheNextQuery() throws Exception {
    stored.add(hour(1));
    ArchivedHours hours = new ArchivedHours(store(), CommittedGenerations.inMemory());
    failing = true;
    assertThatThrownBy(
            () -> hours.between(type(1), TimeBucket.MIN, TimeBucket.MAX, ReadOrder.ASCENDING, 10))
        .isInstanceOf(ArchiveException.class);
    failing = false;

    assertThat(hours.between(type(1), TimeBucket.MIN, TimeBucket.MAX, ReadOrder.ASCENDING, 10))
        .containsExactly(hour(1));
  }

  @Property(tries = 200)
  void pagesInBothOrdersAreTheWholeListing(@ForAll long seed) throws Exception {
    Random random = new Random(seed);
    stored.clear();
    CommittedGenerations generations = CommittedGenerations.inMemory();
    TreeSet<TimeBucket> all = new TreeSet<>();
    for (int i = random.nextInt(60); i > 0; i--) {
      TimeBucket hour =
          random.nextInt(5) == 0
              ? new TimeBucket(random.nextInt(TimeBucket.MAX.hour() + 1))
              : hour(random.nextInt(3_000));
      all.add(hour);
      if (random.nextBoolean()) {
        stored.add(hour);
      } else {
        generations.raise(type(1), hour, 1);
      }
    }
    TimeBucket one = random.nextBoolean() ? TimeBucket.MIN : hour(random.nextInt(3_000));
    TimeBucket two = random.nextBoolean() ? TimeBucket.MAX : hour(random.nextInt(3_000));
    TimeBucket from = one.compareTo(two) <= 0 ? one : two;
    TimeBucket to = one.compareTo(two) <= 0 ? two : one;
    NavigableSet<TimeBucket> expected = all.subSet(from, true, to, true);
    ArchivedHours hours = new ArchivedHours(store(), generations);

    assertThat(paged(hours, from, to, ReadOrder.ASCENDING, random.nextInt(1, 20)))
        .isEqualTo(List.copyOf(expected));
    assertThat(paged(hours, from, to, ReadOrder.DESCENDING, random.nextInt(1, 20)))
        .isEqualTo(List.copyOf(expected.descendingSet()));
  }

  private static List<TimeBucket> paged(
      ArchivedHours hours, TimeBucket from, TimeBucket to, ReadOrder order, int pageSize)
      throws ArchiveException {
    List<TimeBucket> seen = new ArrayList<>();
    TimeBucket low = from;
    TimeBucket high = to;
    while (low.compareTo(high) <= 0) {
      List<TimeBucket> page = hours.between(type(1), low, high, order, pageSize);
      seen.addAll(page);
      if (page.size() < pageSize) {
        return seen;
      }
      if (order.isAscending()) {
        low = new TimeBucket(page.getLast().hour() + 1);
      } else {
        high = new TimeBucket(page.getLast().hour() - 1);
      }
    }
    return seen;
  }
}
