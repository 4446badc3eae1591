package io.flowcore.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.UUID;

/** A control group that limits the memory of processes, as the kubelet does for a container. */
public final class MemoryCgroup implements AutoCloseable {
  private static final Path ROOT = Path.of("/sys/fs/cgroup");

  private final Path group;
  private final boolean unified;

  private MemoryCgroup(Path group, boolean unified) {
    this.group = group;
    this.unified = unified;
  }

  private static boolean isUnified() {
    return Files.exists(ROOT.resolve("cgroup.controllers"));
  }

  /** Returns whether this process may create a group with a limit. */
  static boolean isAvailable() {
    try (MemoryCgroup group = createUnchecked(1 << 30)) {
      return Files.exists(group.group);
    } catch (IOException | UncheckedIOException e) {
      return false;
    }
  }

  /** Creates a group with a limit in bytes. */
  public static MemoryCgroup create(long limit) throws IOException {
    OptionalPart.MEMORY_CGROUPS.require();
    return createUnchecked(limit);
  }

  private static MemoryCgroup createUnchecked(long limit) throws IOException {
    boolean unified = isUnified();
    Path parent = unified ? ROOT : ROOT.resolve("memory");
    Path directory = Files.createDirectory(parent.resolve("flowcore-test-" + UUID.randomUUID()));
    MemoryCgroup group = new MemoryCgroup(directory, unified);
    try {
      group.write(unified ? "memory.max" : "memory.limit_in_bytes", limit);
      return group;
    } catch (IOException e) {
      group.close();
      throw e;
    }
  }

  private void write(String file, long value) throws IOException {
    // Not created if it is missing: the file system of control groups has no other files.
    Files.write(
        group.resolve(file),
        String.valueOf(value).getBytes(StandardCharsets.US_ASCII),
        StandardOpenOption.WRITE);
  }

  /** Returns the prefix of a command that runs in this group. */
  public List<String> prefix() {
    return List.of("sh", "-c", "echo $$ >\"$0\"/cgroup.procs && exec \"$@\"", group.toString());
  }

  /** Returns the number of processes that were killed because they exceeded the limit. */
  public long kills() throws IOException {
    String file = unified ? "memory.events" : "memory.oom_control";
    return statistic(file, "oom_kill");
  }

  /**
   * Returns the memory in use that the kernel cannot reclaim: without the page cache, which counts
   * against the limit too and gives way.
   */
  public long used() throws IOException {
    return unified
        ? statistic("memory.stat", "anon") + statistic("memory.stat", "file_mapped")
        : statistic("memory.stat", "total_rss") + statistic("memory.stat", "total_mapped_file");
  }

  private long statistic(String file, String name) throws IOException {
    return Files.readAllLines(group.resolve(file)).stream()
        .filter(line -> line.startsWith(name + " "))
        .mapToLong(line -> Long.parseLong(line.substring(name.length() + 1)))
        .findFirst()
        .orElse(0);
  }

  /** Removes the group. Its processes must have ended. */
  @Override
  public void close() {
    try {
      Files.delete(group);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
