package io.flowcore.worker.store.rocksdb;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * A batch of writes in a write-ahead log: the sequence number of its first write, the number of its
 * writes, and the writes.
 *
 * @param sequence of the first write
 * @param count of the writes
 * @param commit the record of the group that the batch contains, if any
 * @param understood false if the batch contains a write of an unknown type. Then it may contain a
 *     group although {@code commit} is empty
 */
record LoggedBatch(long sequence, int count, Optional<CommitRecord> commit, boolean understood) {
  private static final int HEADER = Long.BYTES + Integer.BYTES;

  /**
   * The write types of {@code db/dbformat.h} that this store uses. RocksDB merges the batches of
   * threads that write at the same time, so any of them can be in front of a group.
   */
  private static final int DELETION = 0;

  private static final int VALUE = 1;
  private static final int LOG_DATA = 3;
  private static final int COLUMN_FAMILY_DELETION = 4;
  private static final int COLUMN_FAMILY_VALUE = 5;
  private static final int COLUMN_FAMILY_RANGE_DELETION = 14;
  private static final int RANGE_DELETION = 15;

  /**
   * Parses a batch, as far as it is there.
   *
   * @return empty if even the header is not there
   */
  static Optional<LoggedBatch> parse(ByteBuffer data) {
    if (data.remaining() < HEADER) {
      return Optional.empty();
    }
    long sequence = Long.reverseBytes(data.getLong());
    int count = Integer.reverseBytes(data.getInt());
    Optional<CommitRecord> commit = Optional.empty();
    boolean understood = true;
    while (commit.isEmpty() && understood && data.hasRemaining()) {
      int type = data.get();
      switch (type) {
        case VALUE -> commit = commit(Varints.slice(data), Varints.slice(data));
        case DELETION, LOG_DATA -> skip(data, 1);
        case RANGE_DELETION -> skip(data, 2);
        case COLUMN_FAMILY_DELETION -> {
          Varints.read(data);
          skip(data, 1);
        }
        case COLUMN_FAMILY_VALUE, COLUMN_FAMILY_RANGE_DELETION -> {
          Varints.read(data);
          skip(data, 2);
        }
        default -> understood = false;
      }
    }
    return Optional.of(new LoggedBatch(sequence, count, commit, understood));
  }

  private static Optional<CommitRecord> commit(
      Optional<ByteBuffer> key, Optional<ByteBuffer> value) {
    return key.filter(ByteBuffer.wrap(CommitRecord.KEY)::equals)
        .flatMap(_ -> value)
        .map(CommitRecord::decode);
  }

  private static void skip(ByteBuffer data, int slices) {
    for (int i = 0; i < slices; i++) {
      var _ = Varints.slice(data);
    }
  }
}
