package io.flowcore.worker.soak;

import io.flowcore.testing.MemoryCgroup;
import io.flowcore.worker.WorkerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What surrounds the worker of a soak test: a small volume that can fill up and fail, a memory
 * limit, and a clock that can jump. The volume is mounted only for the worker's process.
 */
final class SoakMachine implements AutoCloseable {
  private static final long VOLUME_BYTES = 3L << 30;
  private static final long MEMORY_BYTES = 1L << 30;

  private final Path image;
  private final Path mountPoint;
  private final Path clockOffset;
  private final Path clockLibrary;
  private final MemoryCgroup memory;

  SoakMachine(Path directory, Path clockSource) throws IOException {
    image = directory.resolve("volume.img");
    mountPoint = Files.createDirectories(directory.resolve("volume"));
    clockOffset = directory.resolve("clock-offset");
    clockLibrary = directory.resolve("clock_offset.so");
    run("truncate", "-s", String.valueOf(VOLUME_BYTES), image.toString());
    run("mkfs.ext4", "-q", image.toString());
    run("gcc", "-O2", "-shared", "-fPIC", "-o", clockLibrary.toString(), clockSource.toString());
    setClockOffset(0);
    memory = MemoryCgroup.create(MEMORY_BYTES);
  }

  /** Returns the data directory, as the worker sees it. */
  Path data() {
    return mountPoint.resolve("data");
  }

  /** Returns how to run the worker inside this machine, with its own process id. */
  WorkerProcess.Jvm jvm() {
    String script =
        "e2fsck -p "
            + image
            + " >&2; mount -o loop "
            + image
            + " "
            + mountPoint
            + " && exec env LD_PRELOAD="
            + clockLibrary
            + " CLOCK_OFFSET_FILE="
            + clockOffset
            + " \"$@\"";
    List<String> prefix = new ArrayList<>(memory.prefix());
    prefix.addAll(
        List.of("unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh"));
    return new WorkerProcess.Jvm(
        prefix,
        // As in the default pod: 40 % of the memory, which the JVM reads from the group only if
        // that is the root of its hierarchy.
        List.of("-Xmx410m", "-XX:+ExitOnOutOfMemoryError"),
        Map.of("MALLOC_ARENA_MAX", "2"));
  }

  /** Sets how far the worker's wall clock is ahead, in seconds. */
  void setClockOffset(long seconds) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder());
    // Not truncated first: the worker maps the file.
    try (var file =
        FileChannel.open(clockOffset, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      file.write(bytes.putLong(seconds).flip(), 0);
    }
  }

  /** Fills the volume of a running worker to the last block. */
  void fillVolume(long pid) {
    int exit =
        status("dd", "if=/dev/zero", "of=" + onVolume(pid, "foreign"), "bs=1M", "status=none");
    if (exit == 0) {
      throw new IllegalStateException("the volume is larger than dd could fill");
    }
  }

  /** Deletes what {@link #fillVolume} has written. */
  void freeVolume(long pid) throws IOException {
    Files.delete(onVolume(pid, "foreign"));
  }

  /** Makes every write to the volume of a running worker fail, until the worker is restarted. */
  void breakVolume(long pid) {
    run(
        "nsenter",
        "--mount",
        "--target",
        String.valueOf(pid),
        "mount",
        "-o",
        "remount,abort",
        mountPoint.toString());
  }

  /** Returns the limit of the worker's memory. */
  MemoryCgroup memory() {
    return memory;
  }

  private Path onVolume(long pid, String file) {
    return Path.of("/proc/" + pid + "/root" + mountPoint.toAbsolutePath(), file);
  }

  /** Removes the memory limit. The worker must have ended. */
  @Override
  public void close() {
    memory.close();
  }

  private static void run(String... command) {
    int exit = status(command);
    if (exit != 0) {
      throw new IllegalStateException(String.join(" ", command) + " exited with " + exit);
    }
  }

  private static int status(String... command) {
    try {
      Process process = new ProcessBuilder(command).inheritIO().start();
      if (!process.waitFor(5, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        throw new IllegalStateException(String.join(" ", command) + " does not end");
      }
      return process.exitValue();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
