package io.flowcore.worker.store.cassandra.partition;

import io.flowcore.worker.event.EventId;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/** Where events lie, as bytes: runs of events of one part. */
public final class PlacementCodec {
  private static final int RUN_BYTES = 16 + 4 * Integer.BYTES;
  private static final int ID_BYTES = 16;

  public static byte[] bytes(List<EventWriter.Place> places) {
    ByteBuffer out = ByteBuffer.allocate(places.size() * (RUN_BYTES + ID_BYTES));
    int run = -1;
    PartitionKey part = null;
    for (EventWriter.Place place : places) {
      if (!place.part().equals(part)) {
        part = place.part();
        out.putLong(part.eventType().getMostSignificantBits())
            .putLong(part.eventType().getLeastSignificantBits())
            .putInt(part.minute())
            .putInt(part.arrival())
            .putInt(part.split());
        run = out.position();
        out.putInt(0);
      }
      out.putInt(run, out.getInt(run) + 1);
      out.putLong(place.id().ticks()).putLong(place.id().low());
    }
    return Arrays.copyOf(out.array(), out.position());
  }

  public static List<EventWriter.Place> read(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    List<EventWriter.Place> places = new ArrayList<>();
    while (in.hasRemaining()) {
      PartitionKey part =
          new PartitionKey(
              new UUID(in.getLong(), in.getLong()), in.getInt(), in.getInt(), in.getInt());
      for (int left = in.getInt(); left > 0; left--) {
        places.add(new EventWriter.Place(part, new EventId(in.getLong(), in.getLong())));
      }
    }
    return places;
  }
}
