package io.flowcore.worker.store.rocksdb;

import io.flowcore.worker.store.rocksdb.SortedFiles.File;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Decides which ranges of a column family to compact. A range is compacted if a compaction reads at
 * most {@value #MAX_BYTES_PER_DELETED_BYTE} bytes for each deleted byte, so that it writes at most
 * three. All costs count: files of upper levels are merged with every file that they overlap, so
 * that a small range can cost as much as the whole column family.
 *
 * <p>The files of the last level, which contain most of the entries, and the gaps between them are
 * the units of the decision. Adjacent ones are compacted together.
 */
final class CompactionPlan {
  static final int MAX_BYTES_PER_DELETED_BYTE = 4;

  /** Fewer tombstones cost a reader less than a tenth of a millisecond. */
  private static final int MIN_TOMBSTONES = 1_000;

  /** A file of the last level, or a gap before, between or after these files. */
  private static final class Slot {
    private final long bytes;
    private final double bytesPerEntry;
    private Optional<KeyRange> range;
    private double deleted;
    private boolean chosen;

    Slot(Optional<KeyRange> range, long bytes, double bytesPerEntry) {
      this.range = range;
      this.bytes = bytes;
      this.bytesPerEntry = bytesPerEntry;
    }

    double deletedBytes() {
      return deleted * bytesPerEntry;
    }
  }

  private final SortedFiles files;
  private final List<File> lastLevel;
  private Optional<KeyRange> deletedKeys = Optional.empty();

  /** Gaps have even indexes, files odd ones. */
  private final List<Slot> slots = new ArrayList<>();

  CompactionPlan(SortedFiles files) {
    this.files = files;
    lastLevel = files.lastLevel();
    for (File file : lastLevel) {
      slots.add(new Slot(Optional.empty(), 0, files.bytesPerEntry()));
      double bytesPerEntry = (double) file.bytes() / Math.max(1, file.entries());
      slots.add(new Slot(Optional.of(file.range()), file.bytes(), bytesPerEntry));
    }
    slots.add(new Slot(Optional.empty(), 0, files.bytesPerEntry()));
  }

  /** Adds deleted keys. */
  void add(DeletedRange range) {
    deletedKeys = Optional.of(deletedKeys.map(range.range()::hull).orElse(range.range()));
    List<Slot> of = slots(range.range());
    for (Slot slot : of) {
      slot.deleted += (double) range.count() / of.size();
      if (slot.bytes == 0) {
        slot.range = Optional.of(slot.range.map(range.range()::hull).orElse(range.range()));
      }
    }
  }

  /** Returns the files that contain a range; the gap that contains it if there are none. */
  private List<Slot> slots(KeyRange range) {
    int first = 0;
    int end = lastLevel.size();
    while (first < end) {
      int middle = (first + end) >>> 1;
      if (lastLevel.get(middle).range().isBefore(range)) {
        first = middle + 1;
      } else {
        end = middle;
      }
    }
    List<Slot> found = new ArrayList<>();
    for (int i = first; i < lastLevel.size() && lastLevel.get(i).range().overlaps(range); i++) {
      found.add(slots.get(2 * i + 1));
    }
    return found.isEmpty() ? List.of(slots.get(2 * first)) : found;
  }

  /** Returns the ranges to compact, in the order of their keys. */
  List<KeyRange> choose() {
    List<KeyRange> ranges = new ArrayList<>();
    Optional<KeyRange> run = Optional.empty();
    for (Slot slot : slots) {
      if (slot.deleted > 0 && isWorthIt(slot.bytes, slot.deletedBytes())) {
        KeyRange range = slot.range.orElseThrow();
        run = Optional.of(run.map(range::hull).orElse(range));
      } else if (slot.bytes > 0) {
        run.filter(this::choose).ifPresent(ranges::add);
        run = Optional.empty();
      }
    }
    run.filter(this::choose).ifPresent(ranges::add);
    return ranges;
  }

  /** Chooses everything that a compaction of a range rewrites, if it is worth it. */
  private boolean choose(KeyRange range) {
    SortedFiles.Cost cost = files.costToCompact(range, memory());
    List<Slot> rewritten =
        slots.stream()
            .filter(slot -> !slot.chosen && slot.range.filter(cost.touched()::overlaps).isPresent())
            .toList();
    double deleted = rewritten.stream().mapToDouble(slot -> slot.deleted).sum();
    double deletedBytes = rewritten.stream().mapToDouble(Slot::deletedBytes).sum();
    boolean chosen = deleted >= MIN_TOMBSTONES && isWorthIt(cost.bytes(), deletedBytes);
    if (chosen) {
      rewritten.forEach(slot -> slot.chosen = true);
    }
    return chosen;
  }

  /** Returns the range of the keys in memory. Entries that are no tombstones may have any key. */
  private Optional<KeyRange> memory() {
    return files.memoryBytes() == 0
        ? deletedKeys
        : Stream.concat(deletedKeys.stream(), files.range().stream()).reduce(KeyRange::hull);
  }

  private static boolean isWorthIt(long bytes, double deletedBytes) {
    return bytes <= MAX_BYTES_PER_DELETED_BYTE * deletedBytes;
  }

  /** Removes the keys to be compacted from a range; returns whether others remain. */
  boolean retainRest(DeletedRange range) {
    List<Slot> all = slots(range.range());
    List<Slot> rest = all.stream().filter(slot -> !slot.chosen).toList();
    if (rest.isEmpty()) {
      return false;
    }
    if (rest.size() < all.size()) {
      KeyRange restRange =
          rest.stream().flatMap(slot -> slot.range.stream()).reduce(KeyRange::hull).orElseThrow();
      range.retain(
          clip(range.range(), restRange),
          Math.round(range.count() * rest.size() / (double) all.size()));
    }
    return true;
  }

  private static KeyRange clip(KeyRange range, KeyRange bounds) {
    return new KeyRange(
        EventKeyCodec.compare(range.first(), bounds.first()) >= 0 ? range.first() : bounds.first(),
        EventKeyCodec.compare(range.last(), bounds.last()) <= 0 ? range.last() : bounds.last());
  }
}
