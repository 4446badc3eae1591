package io.flowcore.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Comparator.reverseOrder;
import static java.util.Map.Entry.comparingByValue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/**
 * Prints, at the end of each module's tests, which suites were skipped and why, and which tests
 * took longest. The same lines are appended to {@code target/test-summary.txt}.
 */
public final class TestSummary implements TestExecutionListener {
  private static final Path FILE = Path.of("target/test-summary.txt");
  private static final int SLOWEST = 5;

  /** Faster tests are not worth a line. */
  private static final long MIN_MILLIS = 1_000;

  private final Map<String, Long> started = new ConcurrentHashMap<>();
  private final Map<String, Long> millis = new ConcurrentHashMap<>();
  private final Map<String, String> skipped = new ConcurrentHashMap<>();

  @Override
  public void executionStarted(TestIdentifier test) {
    started.put(test.getUniqueId(), System.nanoTime());
  }

  @Override
  public void executionSkipped(TestIdentifier test, String reason) {
    skipped.put(name(test), reason);
  }

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    if (test.isTest()) {
      long nanos = System.nanoTime() - started.get(test.getUniqueId());
      millis.merge(name(test), nanos / 1_000_000, Long::sum);
    }
    if (result.getStatus() == TestExecutionResult.Status.ABORTED) {
      skipped.put(
          name(test),
          result.getThrowable().map(Throwable::getMessage).orElse("an assumption did not hold"));
    }
  }

  @Override
  public void testPlanExecutionFinished(TestPlan plan) {
    StringBuilder lines = new StringBuilder();
    skipped.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(one ->
            lines
                .append("Skipped: ")
                .append(one.getKey())
                .append(": ")
                .append(one.getValue())
                .append('\n'));
    millis.entrySet().stream()
        .filter(one -> one.getValue() >= MIN_MILLIS)
        .sorted(comparingByValue(reverseOrder()))
        .limit(SLOWEST)
        .forEach(one ->
            lines.append("Slow: %s: %.1f s%n".formatted(one.getKey(), one.getValue() / 1e3)));
    if (!lines.isEmpty()) {
      System.out.print(lines);
      append(lines.toString());
    }
  }

  private static void append(String lines) {
    try {
      if (Files.isDirectory(FILE.toAbsolutePath().getParent())) {
        Files.writeString(FILE, lines, UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the class, and the method if the identifier is that of a method. */
  private static String name(TestIdentifier test) {
    return switch (test.getSource().orElse(null)) {
      case MethodSource method -> simple(method.getClassName()) + "." + method.getMethodName();
      case ClassSource suite -> simple(suite.getClassName());
      case null, default -> test.getDisplayName();
    };
  }

  private static String simple(String className) {
    return className.substring(className.lastIndexOf('.') + 1);
  }
}
