package io.flowcore.worker.archive.manifest;

import io.flowcore.worker.event.ReadOrder;
import io.flowcore.worker.event.TimeBucket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;

/**
 * An immutable set of hours: a bit for each hour, in blocks of 1,024 hours (43 days). A block
 * without hours takes no memory, so three years with an archive in each hour take 3.5 KB.
 */
final class HourSet {
  private static final int HOURS_PER_BLOCK = 1_024;
  private static final int WORDS_PER_BLOCK = HOURS_PER_BLOCK / Long.SIZE;

  /** Two array headers, this object, and a reference to it. */
  private static final int FIXED_BYTES = 64;

  /** The numbers of the blocks, sorted. */
  private final int[] blocks;

  /** The bits of the blocks, one block after the other. */
  private final long[] words;

  private HourSet(int[] blocks, long[] words) {
    this.blocks = blocks;
    this.words = words;
  }

  /** Collects hours in any order. Used by one thread. */
  static final class Builder {
    private final TreeMap<Integer, long[]> byBlock = new TreeMap<>();

    void add(TimeBucket hour) {
      long[] block =
          byBlock.computeIfAbsent(
              hour.hour() / HOURS_PER_BLOCK, number -> new long[WORDS_PER_BLOCK]);
      int bit = hour.hour() % HOURS_PER_BLOCK;
      block[bit / Long.SIZE] |= 1L << bit;
    }

    HourSet build() {
      long[] words = new long[byBlock.size() * WORDS_PER_BLOCK];
      int at = 0;
      for (long[] block : byBlock.values()) {
        System.arraycopy(block, 0, words, at, WORDS_PER_BLOCK);
        at += WORDS_PER_BLOCK;
      }
      return new HourSet(byBlock.keySet().stream().mapToInt(Integer::intValue).toArray(), words);
    }
  }

  /** Returns the memory that this set takes, in bytes. */
  int bytes() {
    return FIXED_BYTES + blocks.length * Integer.BYTES + words.length * Long.BYTES;
  }

  /**
   * Returns the first hours of a range in an order.
   *
   * @param from the lowest hour, inclusive
   * @param to the highest hour, inclusive
   * @param limit the maximum number of hours
   */
  List<TimeBucket> between(TimeBucket from, TimeBucket to, ReadOrder order, int limit) {
    List<TimeBucket> hours = new ArrayList<>();
    int step = order.isAscending() ? 1 : -1;
    int start = order.isAscending() ? from.hour() : to.hour();
    for (int i = firstBlock(start / HOURS_PER_BLOCK, order);
        i >= 0 && i < blocks.length && hours.size() < limit;
        i += step) {
      int base = blocks[i] * HOURS_PER_BLOCK;
      if (base > to.hour() || base + HOURS_PER_BLOCK <= from.hour()) {
        break;
      }
      for (int n = 0; n < HOURS_PER_BLOCK && hours.size() < limit; n++) {
        int bit = order.isAscending() ? n : HOURS_PER_BLOCK - 1 - n;
        int hour = base + bit;
        if (hour >= from.hour() && hour <= to.hour() && contains(i, bit)) {
          hours.add(new TimeBucket(hour));
        }
      }
    }
    return hours;
  }

  /** Returns the index of a block, or of the next one in the order if there is no such block. */
  private int firstBlock(int number, ReadOrder order) {
    int found = Arrays.binarySearch(blocks, number);
    if (found >= 0) {
      return found;
    }
    int insertion = -found - 1;
    return order.isAscending() ? insertion : insertion - 1;
  }

  private boolean contains(int block, int bit) {
    return (words[block * WORDS_PER_BLOCK + bit / Long.SIZE] & (1L << bit)) != 0;
  }
}
