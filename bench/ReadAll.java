import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads every event of order.placed through the query API, and prints how many bytes came and in what time. */
public final class ReadAll {
  private static final String KEY = "fc_quickstart_for-trying-only-not-a-secret";
  private static final String NAMES =
      "{\"tenant\":\"acme\",\"dataCoreId\":\"shop\",\"flowType\":\"orders\",\"eventTypes\":[\"order.placed\"]";
  private static final Pattern BUCKET = Pattern.compile("\"(\\d{14})\"");
  private static final Pattern CURSOR = Pattern.compile("\"nextCursor\":\"([^\"]+)\"}$");
  private static final int TAIL = 100;

  private final HttpClient client = HttpClient.newHttpClient();
  private final String base;

  private ReadAll(String base) {
    this.base = base;
  }

  public static void main(String[] arguments) throws Exception {
    new ReadAll(arguments[0]).run();
  }

  private byte[] post(String path, String body) throws IOException, InterruptedException {
    var answer =
        client.send(
            HttpRequest.newBuilder(URI.create(base + path))
                .header("Authorization", KEY)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build(),
            BodyHandlers.ofByteArray());
    if (answer.statusCode() != 200) {
      throw new IOException(new String(answer.body(), StandardCharsets.UTF_8));
    }
    return answer.body();
  }

  private void run() throws Exception {
    long started = System.nanoTime();
    long bytes = 0;
    String buckets =
        new String(post("/api/v1/time-buckets/by-names", NAMES + "}"), StandardCharsets.UTF_8);
    for (Matcher bucket = BUCKET.matcher(buckets); bucket.find(); ) {
      String query = NAMES + ",\"pageSize\":10000,\"timeBucket\":\"" + bucket.group(1) + "\"";
      String cursor = "";
      while (cursor != null) {
        byte[] page = post("/api/v1/events", query + cursor + "}");
        bytes += page.length;
        int from = Math.max(0, page.length - TAIL);
        Matcher next =
            CURSOR.matcher(new String(page, from, page.length - from, StandardCharsets.UTF_8));
        cursor = next.find() ? ",\"cursor\":\"" + next.group(1) + "\"" : null;
      }
    }
    double seconds = (System.nanoTime() - started) / 1e9;
    System.out.printf("%d bytes %.2f s %.1f MB/s%n", bytes, seconds, bytes / seconds / 1e6);
  }
}
