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
 */
record LoggedBatch(long sequence, int count, Optional<CommitRecord> commit) {
  private static final int HEADER = Long.BYTES + Integer.BYTES;

  /** The write types of {@code db/dbformat.h} that this store uses. */
  private static final int DELETION = 0;

  private static final int VALUE = 1;
  private static final int LOG_DATA = 3;
  private static final int COLUMN_FAMILY_DELETION = 4;
  private static final int COLUMN_FAMILY_VALUE = 5;

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
    while (commit.isEmpty() && data.hasRemaining()) {
      int type = data.get();
      if (type == COLUMN_FAMILY_VALUE || type == COLUMN_FAMILY_DELETION) {
        Varints.read(data);
      } else if (type != VALUE && type != DELETION && type != LOG_DATA) {
        break;
      }
      Optional<ByteBuffer> key = Varints.slice(data);
      if (type == VALUE || type == COLUMN_FAMILY_VALUE) {
        Optional<ByteBuffer> value = Varints.slice(data);
        if (type == VALUE
            && value.isPresent()
            && key.isPresent()
            && key.get().equals(ByteBuffer.wrap(CommitRecord.KEY))) {
          commit = Optional.of(CommitRecord.decode(value.get()));
        }
      }
    }
    return Optional.of(new LoggedBatch(sequence, count, commit));
  }
}
