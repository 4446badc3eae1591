package io.flowcore.worker.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.worker.event.EventDetails;
import io.flowcore.worker.event.EventDetails.ValidTime;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventRange;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.event.ReadOrder;
import io.flowcore.worker.event.StoredEvent;
import io.flowcore.worker.event.TimeBucket;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The behavior of every {@link HotStore}. */
public abstract class HotStoreContract extends PendingArchiveContract {
  private static List<String> payloads(List<StoredEvent> events) {
    return events.stream().map(event -> new String(event.payload(), UTF_8)).toList();
  }

  @Test
  void anAppendedEventIsReadBackUnchanged() throws StoreException {
    byte[] body = "xx{\"a\":1}yy".getBytes(UTF_8);
    EventDetails details =
        new EventDetails(
            5_000_000_123L,
            456_789,
            new ValidTime.At(-5, 999_999_999),
            false,
            "{\"k\":\"v\"}".getBytes(UTF_8));
    EventId id =
        store()
            .append(List.of(new NewEvent(TYPE, ticks("2020-01-01T00:00:00Z"), details, body, 2, 7)))
            .getFirst();

    StoredEvent stored = all(store(), TYPE).getFirst();

    assertThat(stored.id()).isEqualTo(id);
    assertThat(new String(stored.payload(), UTF_8)).isEqualTo("{\"a\":1}");
    assertThat(stored.details()).usingRecursiveComparison().isEqualTo(details);
    assertThat(stored.validTime()).isEqualTo(Instant.ofEpochSecond(-5, 999_999_999));
  }

  @Test
  void theIdsOfABatchAreInItsOrder() throws StoreException {
    List<NewEvent> batch = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      batch.add(now("{\"n\":" + i + "}"));
    }

    List<EventId> ids = store().append(batch);

    assertThat(ids).isSorted().doesNotHaveDuplicates();
    assertThat(all(store(), TYPE)).extracting(StoredEvent::id).isEqualTo(ids);
  }

  @Test
  void eventsOfOneInstantHaveDifferentIdsInCommitOrder() throws StoreException {
    long instant = ticks("2026-01-01T00:00:00Z");
    List<EventId> ids = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      ids.addAll(
          store()
              .append(
                  List.of(event(TYPE, instant, "{\"n\":1}"), event(TYPE, instant, "{\"n\":2}"))));
    }

    assertThat(ids).isSorted().doesNotHaveDuplicates().allMatch(id -> id.ticks() == instant);
    assertThat(all(store(), TYPE)).hasSize(100);
  }

  @Test
  void aMillionEventsOfOneInstantHaveDifferentIds() throws StoreException {
    long instant = ticks("2026-01-01T00:00:00Z");
    List<NewEvent> batch = Collections.nCopies(10_000, event(TYPE, instant, "{}"));
    EventId last = EventId.first(0);
    for (int i = 0; i < 100; i++) {
      for (EventId id : store().append(batch)) {
        assertThat(id.compareTo(last)).isPositive();
        assertThat(id.ticks()).isEqualTo(instant);
        last = id;
      }
    }
  }

  @Test
  void eventTypesAreSeparate() throws StoreException {
    store().append(List.of(now("{\"a\":1}"), event(OTHER, NewEvent.WHEN_COMMITTED, "{\"b\":1}")));

    assertThat(payloads(all(store(), TYPE))).containsExactly("{\"a\":1}");
    assertThat(payloads(all(store(), OTHER))).containsExactly("{\"b\":1}");
  }

  @Test
  void rangesIncludeBothEndsInBothOrders() throws StoreException {
    List<EventId> ids =
        store()
            .append(
                List.of(now("{\"n\":0}"), now("{\"n\":1}"), now("{\"n\":2}"), now("{\"n\":3}")));

    assertThat(payloads(read(store(), TYPE, ids.get(1), ids.get(2), ReadOrder.ASCENDING)))
        .containsExactly("{\"n\":1}", "{\"n\":2}");
    assertThat(payloads(read(store(), TYPE, ids.get(1), ids.get(2), ReadOrder.DESCENDING)))
        .containsExactly("{\"n\":2}", "{\"n\":1}");
    assertThat(
            read(
                store(),
                TYPE,
                ids.get(3).next(),
                EventId.last(EventTime.MAX_TICKS),
                ReadOrder.ASCENDING))
        .isEmpty();
  }

  @Test
  void pagesEndAtTheirLimitsAndSayWhetherThereIsMore() throws StoreException {
    List<EventId> ids =
        store().append(List.of(now("{\"n\":0}"), now("{\"n\":1}"), now("{\"n\":2}")));
    EventId last = EventId.last(EventTime.MAX_TICKS);

    EventPage byCount =
        store()
            .read(
                new ReadRequest(
                    TYPE, new EventRange(ids.getFirst(), last, ReadOrder.ASCENDING), 2, 1 << 20));
    EventPage byBytes =
        store()
            .read(
                new ReadRequest(
                    TYPE, new EventRange(ids.getFirst(), last, ReadOrder.ASCENDING), 9, 1));
    EventPage whole =
        store()
            .read(
                new ReadRequest(
                    TYPE, new EventRange(ids.getFirst(), last, ReadOrder.ASCENDING), 3, 1 << 20));

    assertThat(byCount.events()).hasSize(2);
    assertThat(byCount.complete()).isFalse();
    assertThat(byBytes.events()).hasSize(1);
    assertThat(byBytes.complete()).isFalse();
    assertThat(whole.events()).hasSize(3);
    assertThat(whole.complete()).isTrue();
  }

  @Test
  void bucketsAreTheHoursThatContainEvents() throws StoreException {
    for (String time :
        List.of(
            "1970-01-01T00:00:00Z",
            "2026-01-01T10:00:00Z",
            "2026-01-01T10:59:59.9999999Z",
            "2026-01-01T12:30:00Z")) {
      store().append(List.of(event(TYPE, ticks(time), "{}")));
    }
    TimeBucket ten = TimeBucket.parse("20260101100000").orElseThrow();
    TimeBucket twelve = TimeBucket.parse("20260101120000").orElseThrow();
    TimeBucket early = TimeBucket.parse("19700101000000").orElseThrow();

    assertThat(store().buckets(TYPE, TimeBucket.MIN, TimeBucket.MAX, ReadOrder.ASCENDING, 9))
        .containsExactly(early, ten, twelve);
    assertThat(store().buckets(TYPE, TimeBucket.MIN, TimeBucket.MAX, ReadOrder.DESCENDING, 2))
        .containsExactly(twelve, ten);
    assertThat(store().buckets(TYPE, ten, ten, ReadOrder.ASCENDING, 9)).containsExactly(ten);
    assertThat(store().buckets(OTHER, TimeBucket.MIN, TimeBucket.MAX, ReadOrder.ASCENDING, 9))
        .isEmpty();
  }

  @Test
  void anIdempotencyRecordSurvivesARestartUntilItExpires() throws Exception {
    byte[] key = new byte[32];
    byte[] other = new byte[32];
    other[31] = 1;
    byte[] digest = "0123456789abcdef0123456789abcdef".getBytes(UTF_8);
    long future = Instant.now().getEpochSecond() + 60;
    List<EventId> ids =
        store()
            .append(
                List.of(now("{\"n\":0}"), now("{\"n\":1}")),
                Optional.of(new IdempotencyKey(key, digest, future)));
    store().append(List.of(now("{}")), Optional.of(new IdempotencyKey(other, digest, 1)));

    HotStore again = restarted();
    IdempotencyRecord stored = again.idempotencyRecord(key).orElseThrow();

    assertThat(stored.ids()).isEqualTo(ids);
    assertThat(stored.digest()).isEqualTo(digest);
    assertThat(again.idempotencyRecord(other)).as("expired").isEmpty();
    assertThat(again.idempotencyRecord(digest)).as("never seen").isEmpty();
  }

  @Test
  void eventsSurviveARestartAndIdsContinue() throws Exception {
    List<EventId> before = store().append(List.of(now("{\"n\":0}"), now("{\"n\":1}")));

    HotStore again = restarted();

    assertThat(all(again, TYPE)).extracting(StoredEvent::id).isEqualTo(before);
    assertThat(again.append(List.of(now("{}"))).getFirst()).isGreaterThan(before.getLast());
  }

  @Test
  void theWatermarkCoversAcknowledgedEventsAndNoLaterEventIsBeforeIt() throws StoreException {
    for (int i = 0; i < 200; i++) {
      EventId before = store().append(List.of(now("{}"))).getFirst();
      long readWatermark = store().readWatermark(EventTime.MAX_TICKS);
      EventId after = store().append(List.of(now("{}"))).getFirst();

      assertThat(before.ticks()).isLessThanOrEqualTo(readWatermark);
      assertThat(after.ticks()).isGreaterThan(readWatermark);
    }
  }

  @Test
  void aFollowingReaderSeesEveryAcknowledgedEventExactlyOnce() throws Exception {
    new FollowingReader(List.of(store()), TYPE, 150, 37).assertEveryAcknowledgedEventIsSeenOnce();
  }
}
