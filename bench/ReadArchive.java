import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads all order.placed events of the quickstart by query, page by page over one connection, and
 * decompresses the same segments with zstd -dc, in alternating rounds. Prints the throughput of
 * both and their ratio. Keeps only the end of each page in memory.
 *
 * <p>Usage: java ReadArchive.java PORT FILE-WITH-PATHS-OF-SEGMENTS ROUNDS
 */
public final class ReadArchive {
  private static final String NAMES =
      "{\"tenant\":\"acme\",\"dataCoreId\":\"shop\",\"flowType\":\"orders\",\"eventTypes\":[\"order.placed\"]";
  private static final Pattern CURSOR = Pattern.compile("\"nextCursor\":\"([^\"]+)\"}$");
  private static final int TAIL = 100;

  private final InputStream in;
  private final Socket socket;
  private final byte[] buffer = new byte[256 << 10];
  private long bytes;

  private ReadArchive(Socket socket) throws IOException {
    this.socket = socket;
    in = new BufferedInputStream(socket.getInputStream(), 256 << 10);
  }

  public static void main(String[] arguments) throws Exception {
    List<String> zstd = new ArrayList<>(List.of("zstd", "-dc"));
    zstd.addAll(Files.readAllLines(Path.of(arguments[1])));
    int rounds = Integer.parseInt(arguments[2]);
    double ceiling = 0;
    double query = 0;
    // The first round is a warm-up and is not counted.
    for (int round = 0; round <= rounds; round++) {
      double zstdSpeed = decompress(zstd);
      double querySpeed = query(Integer.parseInt(arguments[0]));
      System.out.printf("zstd %.0f MB/s, query %.0f MB/s%n", zstdSpeed, querySpeed);
      ceiling += round == 0 ? 0 : zstdSpeed;
      query += round == 0 ? 0 : querySpeed;
    }
    System.out.printf(
        "means without the first round: zstd %.0f MB/s, query %.0f MB/s, ratio %.2f%n",
        ceiling / rounds, query / rounds, query / ceiling);
  }

  private static double decompress(List<String> command) throws Exception {
    long started = System.nanoTime();
    Process process = new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
    byte[] buffer = new byte[256 << 10];
    long bytes = 0;
    try (InputStream out = process.getInputStream()) {
      for (int read = out.read(buffer); read >= 0; read = out.read(buffer)) {
        bytes += read;
      }
    }
    if (process.waitFor() != 0) {
      throw new IOException("zstd exited with " + process.exitValue());
    }
    return bytes * 1e3 / (System.nanoTime() - started);
  }

  private static double query(int port) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      ReadArchive reader = new ReadArchive(socket);
      List<String> hours = new ArrayList<>();
      Matcher hour =
          Pattern.compile("\"(\\d{14})\"").matcher(reader.post("time-buckets/by-names", ""));
      while (hour.find()) {
        hours.add(hour.group(1));
      }
      reader.bytes = 0;
      long started = System.nanoTime();
      for (String one : hours) {
        reader.readHour(one);
      }
      return reader.bytes * 1e3 / (System.nanoTime() - started);
    }
  }

  private void readHour(String hour) throws IOException {
    String cursor = "";
    boolean more = true;
    while (more) {
      Matcher next =
          CURSOR.matcher(
              post("events", ",\"pageSize\":10000,\"timeBucket\":\"" + hour + "\"" + cursor));
      more = next.find();
      cursor = more ? ",\"cursor\":\"" + next.group(1) + "\"" : "";
    }
  }

  /** Returns the end of the response, or all of it if it is short. */
  private String post(String path, String more) throws IOException {
    String body = NAMES + more + "}";
    String request =
        "POST /api/v1/%s HTTP/1.1\r\nHost: localhost\r\nAuthorization: fc_quickstart_for-trying-only-not-a-secret\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
            .formatted(path, body.length(), body);
    socket.getOutputStream().write(request.getBytes());
    String status = line();
    if (!status.startsWith("HTTP/1.1 200")) {
      throw new IOException(status);
    }
    long length = -1;
    for (String header = line(); !header.isEmpty(); header = line()) {
      if (header.toLowerCase().startsWith("content-length:")) {
        length = Long.parseLong(header.substring(15).strip());
      }
    }
    StringBuilder tail = new StringBuilder();
    if (length >= 0) {
      body(length, tail);
      return tail.toString();
    }
    for (int chunk = Integer.parseInt(line(), 16);
        chunk > 0;
        chunk = Integer.parseInt(line(), 16)) {
      body(chunk, tail);
      line();
    }
    line();
    return tail.toString();
  }

  private void body(long length, StringBuilder tail) throws IOException {
    bytes += length;
    for (long left = length; left > 0; ) {
      int read = in.read(buffer, 0, (int) Math.min(buffer.length, left));
      if (read < 0) {
        throw new IOException("the response is truncated");
      }
      left -= read;
      int from = length > 16 << 10 ? Math.max(0, read - TAIL) : 0;
      tail.append(new String(buffer, from, read - from));
      if (length > 16 << 10 && tail.length() > TAIL) {
        tail.delete(0, tail.length() - TAIL);
      }
    }
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new IOException("the connection was closed");
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }
}
