package io.flowcore.worker.store.rocksdb;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The changes that a process made to files, in order, as {@code powertrace.c} records them. */
final class DiskTrace {
  private static final int HEADER = 17;

  /** A change. */
  sealed interface Operation {
    record Open(int file, String path, boolean truncate) implements Operation {}

    record Write(int file, long offset, byte[] data) implements Operation {}

    record Truncate(int file, long size) implements Operation {}

    /** From here on, a sync waits for the disk. What was written before is synced when it ends. */
    record SyncBegin(int file) implements Operation {}

    record SyncEnd(int file) implements Operation {}

    record Rename(String from, String to) implements Operation {}

    record Unlink(String path) implements Operation {}

    record Close(int file) implements Operation {}
  }

  private DiskTrace() {}

  static List<Operation> read(Path file) throws IOException {
    ByteBuffer trace = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    List<Operation> operations = new ArrayList<>();
    while (trace.remaining() >= HEADER) {
      char type = (char) trace.get();
      int descriptor = trace.getInt();
      long offset = trace.getLong();
      byte[] data = new byte[trace.getInt()];
      if (data.length > trace.remaining()) {
        break; // the process was killed while it wrote
      }
      trace.get(data);
      operations.add(operation(type, descriptor, offset, data));
    }
    return operations;
  }

  private static Operation operation(char type, int descriptor, long offset, byte[] data) {
    return switch (type) {
      case 'o' -> new Operation.Open(descriptor, new String(data, UTF_8), offset == 1);
      case 'w' -> new Operation.Write(descriptor, offset, data);
      case 't' -> new Operation.Truncate(descriptor, offset);
      case 's' -> new Operation.SyncBegin(descriptor);
      case 'S' -> new Operation.SyncEnd(descriptor);
      case 'r' -> {
        String[] names = new String(data, UTF_8).split("\0", 2);
        yield new Operation.Rename(names[0], names[1]);
      }
      case 'u' -> new Operation.Unlink(new String(data, UTF_8));
      case 'c' -> new Operation.Close(descriptor);
      default -> throw new IllegalStateException("unknown operation " + type);
    };
  }
}
