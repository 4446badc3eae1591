package io.flowcore.worker.store.rocksdb;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.flowcore.worker.event.EventDetails;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.store.IdempotencyKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.MutableColumnFamilyOptions;
import org.rocksdb.RocksDBException;

/**
 * The process whose power is cut. Opens a store several times, with small memory tables, so that
 * logs are replaced and tables are compacted all the time. Appends, expires, marks as archived and
 * raises generations, and writes a line for everything that was acknowledged.
 *
 * <p>Arguments: the directory of the store, the file of acknowledgements, a seed.
 */
final class PowerCutWorkload {
  static final UUID KEPT = new UUID(1, 1);
  static final UUID EXPIRING = new UUID(2, 2);
  static final byte[] SCOPE = new byte[16];
  static final TimeBucket HOUR = TimeBucket.parse("20260131120000").orElseThrow();

  /** Of the request in a payload {@code request/position of the event/events of the request}. */
  static final String SEPARATOR = "/";

  private static final int APPENDERS = 3;
  private static final int REQUESTS = 45;
  private static final int LIVES = 3;
  private static final long WRITE_BUFFER_BYTES = 96 << 10;
  private static final long FOREVER = 4_000_000_000L;

  private final Expiry expiry;
  private final RocksManifestGenerations generations;
  private final GroupCommitter committer;
  private final FileChannel acknowledgements;

  private PowerCutWorkload(RocksFiles files, EventGroupWriter writer, FileChannel acknowledgements)
      throws RocksDBException {
    this.acknowledgements = acknowledgements;
    expiry = new Expiry(files);
    generations = new RocksManifestGenerations(files);
    committer =
        new GroupCommitter(
            writer,
            new CommitClock(Clock.systemUTC(), EventGroupWriter.reservation(files)),
            (events, nanos) -> {},
            8 << 20,
            1 << 20);
    MutableColumnFamilyOptions small =
        MutableColumnFamilyOptions.builder().setWriteBufferSize(WRITE_BUFFER_BYTES).build();
    for (ColumnFamilyHandle columnFamily :
        List.of(files.meta(), files.events(), files.pendingArchive(), files.expiry())) {
      files.db().setOptions(columnFamily, small);
    }
  }

  public static void main(String[] arguments) throws Exception {
    Path directory = Path.of(arguments[0]);
    long seed = Long.parseLong(arguments[2]);
    try (FileChannel acknowledgements =
        FileChannel.open(
            Path.of(arguments[1]), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      for (int life = 0; life < LIVES; life++) {
        try (RocksFiles files = RocksFiles.open(directory, Optional.empty());
            EventGroupWriter writer = new EventGroupWriter(files, new IdempotencyRecords(files))) {
          new PowerCutWorkload(files, writer, acknowledgements).run(new Random(seed + life), life);
        }
      }
    }
  }

  private void run(Random random, int life) throws Exception {
    AtomicBoolean finished = new AtomicBoolean();
    try (ExecutorService threads = Executors.newFixedThreadPool(APPENDERS + 1)) {
      Future<?> maintenance = threads.submit(() -> maintain(finished));
      List<Future<?>> appenders = new ArrayList<>();
      for (int i = 0; i < APPENDERS; i++) {
        Random own = new Random(random.nextLong());
        String name = life + "." + i;
        appenders.add(threads.submit(() -> append(name, own)));
      }
      for (Future<?> appender : appenders) {
        appender.get();
      }
      finished.set(true);
      maintenance.get();
    }
    committer.close();
    expiry.close();
  }

  private Void append(String name, Random random) throws Exception {
    for (int i = 0; i < REQUESTS; i++) {
      String request = name + "." + i;
      int count = 1 + random.nextInt(5);
      List<NewEvent> events = new ArrayList<>();
      for (int n = 0; n < count; n++) {
        int padding = random.nextInt(12) == 0 ? 45_000 : random.nextInt(2_500);
        events.add(
            event(
                KEPT,
                FOREVER,
                String.join(SEPARATOR, request, "" + n, "" + count, "x".repeat(padding))));
        events.add(event(EXPIRING, 1, "y".repeat(random.nextInt(500))));
      }
      Optional<IdempotencyKey> key =
          random.nextBoolean()
              ? Optional.of(new IdempotencyKey(key(request), new byte[32], FOREVER))
              : Optional.empty();
      List<EventId> ids = committer.append(events, key);
      for (int n = 0; n < count; n++) {
        acknowledge("event " + ids.get(2 * n) + " " + request);
      }
      if (key.isPresent()) {
        acknowledge("key " + request + " " + ids.getFirst());
      }
      if (random.nextInt(3) == 0) {
        List<EventId> archived = List.of(ids.getFirst());
        expiry.markArchived(KEPT, archived, 0);
        acknowledge("archived " + ids.getFirst() + " " + request);
      }
    }
    return null;
  }

  private Void maintain(AtomicBoolean finished) throws RocksDBException {
    for (long generation = 1; !finished.get(); generation++) {
      expiry.expire(Clock.systemUTC().instant().getEpochSecond(), 20);
      generations.raise(SCOPE, HOUR, generation);
      Thread.onSpinWait();
    }
    return null;
  }

  static byte[] key(String request) {
    return ByteBuffer.allocate(32).put(request.getBytes(US_ASCII)).array();
  }

  private static NewEvent event(UUID type, long expiresAtSecond, String payload) {
    byte[] bytes = payload.getBytes(UTF_8);
    EventDetails details =
        new EventDetails(
            expiresAtSecond,
            1_700_000_000_123L,
            new EventDetails.ValidTime.SameAsEventTime(),
            type.equals(KEPT),
            "{}".getBytes(UTF_8));
    return new NewEvent(type, NewEvent.WHEN_COMMITTED, details, bytes, 0, bytes.length);
  }

  private synchronized void acknowledge(String line) {
    try {
      ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(US_ASCII));
      while (bytes.hasRemaining()) {
        acknowledgements.write(bytes);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
