package io.flowcore.worker.archive;

import io.flowcore.worker.archive.segment.Segment;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveException.Kind;
import io.flowcore.worker.event.EventId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Chooses segments of an hour whose ranges of ids overlap. A query needs a frame of each segment
 * that overlaps its position, so an hour should have few of them.
 *
 * <p>Merging replaces segments that overlap one of them by segments that do not overlap each other,
 * and leaves no more overlap than before anywhere else. It is worth its cost only if enough of what
 * is rewritten overlaps: at least a fifth. So each byte that overlaps pays for the rewriting of
 * five at most, and a small late segment does not rewrite the large ones again and again.
 */
final class OverlapSelection {
  /** What overlaps is at least this part of the rest. */
  private static final int REST_PER_OVERLAP = 4;

  /** Ranges whose widths differ by less are of about the same width. */
  private static final int WIDTH_RATIO = 2;

  private final long largeBytes;
  private final int maxInputs;

  /**
   * Creates a selection.
   *
   * @param largeBytes smaller segments are compacted by their size, and here only with larger ones
   * @param maxInputs the maximum number of segments that are chosen
   */
  OverlapSelection(long largeBytes, int maxInputs) {
    this.largeBytes = largeBytes;
    this.maxInputs = maxInputs;
  }

  /** A segment and its range of ids. */
  private record Range(Segment segment, EventId first, EventId last) {
    static Range of(Segment segment) throws ArchiveException {
      return new Range(segment, parse(segment.first()), parse(segment.last()));
    }

    private static EventId parse(String id) throws ArchiveException {
      return EventId.parse(id)
          .orElseThrow(() ->
              new ArchiveException(Kind.CORRUPT, "a manifest has an invalid event id: " + id));
    }

    boolean overlaps(Range other) {
      return first.compareTo(other.last) <= 0 && other.first.compareTo(last) <= 0;
    }

    long width() {
      return last.ticks() - first.ticks();
    }

    long bytes() {
      return segment.rawSize();
    }
  }

  /**
   * Returns the segments that are best merged next, at least two; empty if merging is not worth it.
   *
   * @throws ArchiveException if a segment has an invalid id
   */
  List<Segment> select(List<Segment> segments) throws ArchiveException {
    List<Range> all = new ArrayList<>();
    for (Segment segment : segments) {
      all.add(Range.of(segment));
    }
    List<Range> best = List.of();
    double bestShare = 0;
    for (Range one : all) {
      if (one.bytes() >= largeBytes) {
        List<Range> candidate = candidate(all, one);
        long bytes = candidate.stream().mapToLong(Range::bytes).sum();
        long disjoint = mostDisjointBytes(candidate);
        double share = (double) (bytes - disjoint) / bytes;
        if ((bytes - disjoint) * REST_PER_OVERLAP >= disjoint && share > bestShare) {
          best = candidate;
          bestShare = share;
        }
      }
    }
    return best.stream().map(Range::segment).toList();
  }

  /**
   * Returns a segment and what overlaps it; if that is too much, only those with a range of about
   * the same width, which become narrower. Only the segment itself if it overlaps no other large
   * one. Without much wider segments: little of one is in the range of this segment, and merging it
   * with each narrow segment in turn would rewrite it as often as there are narrow ones.
   */
  private List<Range> candidate(List<Range> all, Range one) {
    List<Range> others = new ArrayList<>();
    boolean large = false;
    for (Range other : all) {
      boolean wider = other.width() > WIDTH_RATIO * one.width();
      if (!other.equals(one) && !wider && other.overlaps(one)) {
        others.add(other);
        large |= other.bytes() >= largeBytes;
      }
    }
    List<Range> candidate = new ArrayList<>(List.of(one));
    if (large) {
      if (others.size() >= maxInputs) {
        others.removeIf(other -> WIDTH_RATIO * other.width() < one.width());
      }
      others.sort(Comparator.comparingLong(Range::width).reversed());
      candidate.addAll(others.subList(0, Math.min(others.size(), maxInputs - 1)));
    }
    return candidate;
  }

  /** Returns the bytes of those segments that do not overlap each other and have the most bytes. */
  private static long mostDisjointBytes(List<Range> ranges) {
    List<Range> sorted = new ArrayList<>(ranges);
    sorted.sort(Comparator.comparing(Range::last));
    long[] most = new long[sorted.size() + 1];
    for (int i = 0; i < sorted.size(); i++) {
      Range range = sorted.get(i);
      int before = i;
      while (before > 0 && sorted.get(before - 1).last().compareTo(range.first()) >= 0) {
        before--;
      }
      most[i + 1] = Math.max(most[i], range.bytes() + most[before]);
    }
    return most[sorted.size()];
  }
}
