package io.flowcore.worker.soak;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What honest clients were told, what readers have seen, and how long requests took. */
final class Ledger {
  private static final int MAX_FAULTS = 50;

  private final BitSet acknowledged = new BitSet();

  /** Events that a reader who follows must see: the store has assigned their times. */
  private final BitSet natural = new BitSet();

  private final BitSet followed = new BitSet();
  private final Map<String, long[]> latencies = new TreeMap<>();
  private final Map<String, Integer> counts = new TreeMap<>();
  private final Map<String, Long> failures = new TreeMap<>();
  private final List<String> faults = new ArrayList<>();
  private int numbers;

  /** Returns the first of some numbers that no other event has. */
  synchronized int nextNumbers(int count) {
    numbers += count;
    return numbers - count;
  }

  synchronized void acknowledged(int first, int count, boolean naturalTime) {
    acknowledged.set(first, first + count);
    if (naturalTime) {
      natural.set(first, first + count);
    }
  }

  /** Records that a reader who follows has received an event. */
  synchronized void followed(int number) {
    if (followed.get(number)) {
      fault("event " + number + " was delivered twice to a reader");
    }
    followed.set(number);
  }

  /** Records how long a request took since the time at which it was due. */
  synchronized void took(String phase, long nanos) {
    long[] known = latencies.computeIfAbsent(phase, p -> new long[1024]);
    int count = counts.merge(phase, 1, Integer::sum);
    if (count > known.length) {
      known = Arrays.copyOf(known, known.length * 2);
      latencies.put(phase, known);
    }
    known[count - 1] = nanos;
  }

  /** Records a request that was not acknowledged. */
  synchronized void failed(String phase, String why) {
    failures.merge(phase + ": " + why, 1L, Long::sum);
  }

  synchronized void fault(String text) {
    if (faults.size() < MAX_FAULTS) {
      faults.add(text);
    }
  }

  synchronized List<String> faults() {
    return List.copyOf(faults);
  }

  synchronized int acknowledgedEvents() {
    return acknowledged.cardinality();
  }

  /** Returns the numbers of acknowledged events that a complete query has not returned. */
  synchronized BitSet missing(BitSet stored) {
    BitSet missing = (BitSet) acknowledged.clone();
    missing.andNot(stored);
    return missing;
  }

  /** Returns the numbers of acknowledged events that a reader who follows has skipped. */
  synchronized BitSet skipped() {
    BitSet skipped = (BitSet) natural.clone();
    skipped.andNot(followed);
    return skipped;
  }

  /** Returns the report, as lines of Markdown. */
  synchronized String report() {
    StringBuilder report =
        new StringBuilder(
            "| phase | requests | p50 ms | p99 ms | p99.9 ms | max ms |\n|---|---|---|---|---|---|\n");
    latencies.forEach((phase, values) -> {
      int count = counts.get(phase);
      long[] sorted = Arrays.copyOf(values, count);
      Arrays.sort(sorted);
      report.append(
          String.format(
              Locale.ROOT,
              "| %s | %,d | %.1f | %.1f | %.1f | %.1f |%n",
              phase,
              count,
              millis(sorted, 0.5),
              millis(sorted, 0.99),
              millis(sorted, 0.999),
              sorted[count - 1] / 1e6));
    });
    failures.forEach((why, count) ->
        report.append("- not acknowledged, ").append(why).append(": ").append(count).append('\n'));
    return report.toString();
  }

  private static double millis(long[] sorted, double quantile) {
    return sorted[(int) Math.min(sorted.length - 1L, (long) (sorted.length * quantile))] / 1e6;
  }
}
