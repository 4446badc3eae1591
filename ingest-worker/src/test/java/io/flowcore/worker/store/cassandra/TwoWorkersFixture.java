package io.flowcore.worker.store.cassandra;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.flowcore.testing.TestClock;
import io.flowcore.worker.event.EventDetails;
import io.flowcore.worker.event.EventDetails.ValidTime;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventRange;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.event.ReadOrder;
import io.flowcore.worker.event.StoredEvent;
import io.flowcore.worker.store.EventPage;
import io.flowcore.worker.store.HotStore;
import io.flowcore.worker.store.PendingHour;
import io.flowcore.worker.store.ReadRequest;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.cassandra.cql.CassandraSettings;
import io.flowcore.worker.store.cassandra.membership.Membership;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Two workers on one keyspace, and the components that a further worker would use. */
abstract class TwoWorkersFixture {
  static final UUID TYPE = UUID.randomUUID();

  final TestClock clock = TestClock.running();

  /** Added to the monotonic time of worker {@link #one} and of {@link #membership}. */
  final AtomicLong elapsedNanos = new AtomicLong();

  CassandraSettings settings;
  CassandraComponents components;
  CassandraHotStore one;
  CassandraHotStore two;

  @BeforeEach
  void open() throws Exception {
    settings = TestCassandra.settings();
    one = CassandraHotStore.open(settings, "one", clock, this::nanoTime, (events, nanos) -> {});
    two = CassandraHotStore.open(settings, "two", clock, (events, nanos) -> {});
    components = CassandraComponents.open(settings, clock);
  }

  long nanoTime() {
    return System.nanoTime() + elapsedNanos.get();
  }

  @AfterEach
  void close() throws Exception {
    one.close();
    two.close();
    components.close();
    TestCassandra.drop(settings);
  }

  /** Returns the settings of the keyspace with another archive margin and clock skew limit. */
  CassandraSettings settings(Duration archiveMargin, Duration maxClockSkew) {
    return new CassandraSettings(
        settings.contactPoints(),
        settings.datacenter(),
        settings.keyspace(),
        settings.replication(),
        Optional.empty(),
        Optional.empty(),
        archiveMargin,
        maxClockSkew);
  }

  static NewEvent event(long ticks, String payload, boolean archive) {
    EventDetails details =
        new EventDetails(
            4_000_000_000L, 0, new ValidTime.SameAsEventTime(), archive, "{}".getBytes(UTF_8));
    byte[] bytes = payload.getBytes(UTF_8);
    return new NewEvent(TYPE, ticks, details, bytes, 0, bytes.length);
  }

  /** Returns an event that gets its event time when it is committed. */
  static NewEvent now() {
    return event(NewEvent.WHEN_COMMITTED, "{}", true);
  }

  static List<StoredEvent> all(HotStore store) throws StoreException {
    return read(store, EventId.first(0), EventTime.MAX_TICKS, 1_000_000).events();
  }

  static EventPage read(HotStore store, EventId first, long to, int events) throws StoreException {
    return store.read(
        new ReadRequest(
            TYPE,
            new EventRange(first, EventId.last(to), ReadOrder.ASCENDING),
            events,
            Integer.MAX_VALUE));
  }

  /** Creates a membership that has not joined. */
  Membership membership() {
    return components.membership(
        "test", components.clockSkewMonitor(System::nanoTime), this::nanoTime);
  }

  static PendingHour hour(EventId id) {
    return new PendingHour(TYPE, id.bucket());
  }
}
