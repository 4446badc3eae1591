package io.flowcore.worker.store.cassandra.partition;

import io.flowcore.worker.event.EventId;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/**
 * Encodes placements: runs of events of one partition. All numbers are big-endian.
 *
 * <pre>
 * event type   16
 * minute        4
 * ingest hour   4
 * shard         4
 * count         4  the number n of ids that follow
 * ids        16 n
 * </pre>
 */
public final class PlacementCodec {
  private static final int RUN_BYTES = 16 + 4 * Integer.BYTES;
  private static final int ID_BYTES = 16;

  private PlacementCodec() {}

  /** Encodes placements. */
  public static byte[] encode(List<Placement> placements) {
    ByteBuffer out = ByteBuffer.allocate(placements.size() * (RUN_BYTES + ID_BYTES));
    int countPosition = -1;
    PartitionKey partition = null;
    for (Placement placement : placements) {
      if (!placement.partition().equals(partition)) {
        partition = placement.partition();
        out.putLong(partition.eventType().getMostSignificantBits())
            .putLong(partition.eventType().getLeastSignificantBits())
            .putInt(partition.minute())
            .putInt(partition.ingestHour())
            .putInt(partition.shard());
        countPosition = out.position();
        out.putInt(0);
      }
      out.putInt(countPosition, out.getInt(countPosition) + 1);
      out.putLong(placement.id().ticks()).putLong(placement.id().low());
    }
    return Arrays.copyOf(out.array(), out.position());
  }

  /** Decodes placements. */
  public static List<Placement> decode(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    List<Placement> placements = new ArrayList<>();
    while (in.hasRemaining()) {
      PartitionKey partition =
          new PartitionKey(
              new UUID(in.getLong(), in.getLong()), in.getInt(), in.getInt(), in.getInt());
      for (int remaining = in.getInt(); remaining > 0; remaining--) {
        placements.add(new Placement(partition, new EventId(in.getLong(), in.getLong())));
      }
    }
    return placements;
  }
}
