package io.flowcore.worker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.testing.OptionalPart;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A real file system of a few MiB, in a mount namespace of its own. It exists until it is closed,
 * so workers can be restarted on it.
 */
public final class SmallVolume implements AutoCloseable {
  private static final String MOUNT = "mount -t tmpfs -o size=$1 t $2 && echo up && exec sleep 1h";

  private final Process holder;
  private final Path mountPoint;

  private SmallVolume(Process holder, Path mountPoint) {
    this.holder = holder;
    this.mountPoint = mountPoint;
  }

  /** Mounts a volume on a directory, which is created. */
  public static SmallVolume mount(Path mountPoint, int mebibytes) throws IOException {
    OptionalPart.MOUNT_NAMESPACES.require();
    Files.createDirectories(mountPoint);
    Process holder =
        new ProcessBuilder(
                "unshare",
                "--mount",
                "sh",
                "-c",
                MOUNT,
                "mount",
                mebibytes + "m",
                mountPoint.toString())
            .redirectErrorStream(true)
            .start();
    BufferedReader output =
        new BufferedReader(new InputStreamReader(holder.getInputStream(), UTF_8));
    assertThat(output.readLine()).isEqualTo("up");
    return new SmallVolume(holder, mountPoint);
  }

  /** Returns the command prefix that runs a program in the namespace. */
  public List<String> prefix() {
    return List.of(
        "nsenter",
        "--mount=/proc/" + holder.pid() + "/ns/mnt",
        "--wd=" + Path.of("").toAbsolutePath());
  }

  /** Starts a worker on the volume. Does not wait until it is ready. */
  WorkerProcess launch(Path output, String... more) throws IOException {
    return WorkerProcess.launch(
        new WorkerProcess.Jvm(prefix(), List.of("-Xmx256m"), Map.of()), mountPoint, output, more);
  }

  /** Returns a path of the volume as this process sees it. */
  Path path(String name) {
    return Path.of("/proc/" + holder.pid() + "/root" + mountPoint).resolve(name);
  }

  long free() throws IOException {
    return Files.getFileStore(path("")).getUsableSpace();
  }

  /** Writes a file of another program that leaves some bytes free; 0 fills the volume. */
  void fill(String name, long leave) throws IOException {
    byte[] block = new byte[64 << 10];
    try (OutputStream out = Files.newOutputStream(path(name))) {
      while (free() > leave) {
        out.write(block, 0, (int) Math.min(block.length, free() - leave));
      }
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("No space left on device");
    }
  }

  @Override
  public void close() {
    holder.destroyForcibly();
  }
}
