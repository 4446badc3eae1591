package io.flowcore.worker.limit;

import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Limits what all requests of one kind use of a resource together, and divides it between webhook
 * keys. Safe for use by many threads.
 *
 * <p>A key may use as much as it leaves free. So one key gets at most half, two keys a third each,
 * and the next key always gets half of what is left (Choudhury and Hahne, "Dynamic queue length
 * thresholds for shared-memory packet switches", 1998). An eighth is only for requests that use at
 * most {@link #SMALL_BYTES}: they are accepted also if large ones have used up their part.
 */
public final class FairBudget {
  /** The largest use of a request that counts as small: one event of the default maximum size. */
  public static final int SMALL_BYTES = 64 << 10;

  private static final int SMALL_PART_DIVISOR = 8;

  private final String users;
  private final String resource;
  private final long limit;
  private final Map<String, Holder> holders = new HashMap<>();
  private long used;

  /** What one key uses. */
  private static final class Holder {
    private long used;
  }

  /**
   * Creates a budget.
   *
   * @param users what uses the resource, in the plural, for error messages, such as {@code queries}
   * @param resource what is used, such as {@code memory}
   * @param limit in bytes
   */
  public FairBudget(String users, String resource, long limit) {
    this.users = users;
    this.resource = resource;
    this.limit = limit;
  }

  /** Returns the bytes in use. */
  public synchronized long used() {
    return used;
  }

  /** Returns the most bytes that all requests can use together. */
  public long limit() {
    return limit;
  }

  /** Returns the most bytes that a single request can use, if there are no others. */
  public long largestRequest() {
    return (limit - smallPart()) / 2;
  }

  /**
   * Starts what one request uses. Closing the lease returns all of it.
   *
   * @param key {@code namespace/name} of the WebhookKey, which stays the same when it is rotated
   */
  public Lease lease(String key) {
    return new Lease(key);
  }

  private long smallPart() {
    return limit / SMALL_PART_DIVISOR;
  }

  /** What one request uses. Used by one thread. */
  public final class Lease implements AutoCloseable {
    private final String key;
    private long leased;

    private Lease(String key) {
      this.key = key;
    }

    /**
     * Takes more.
     *
     * @throws ApiException {@code overloaded} if the key or all keys together would use too much;
     *     then nothing is taken
     */
    public void take(long bytes) {
      takeOrThrow(bytes, tryTake(bytes));
    }

    /**
     * Takes more. If no other request uses anything, this one may use everything. For requests that
     * wait for no client: they end soon, and others have to wait until then.
     *
     * @throws ApiException as {@link #take}
     */
    public void takeWithoutCap(long bytes) {
      takeOrThrow(bytes, tryTake(bytes) || tryTakeAlone(bytes));
    }

    private void takeOrThrow(long bytes, boolean taken) {
      if (!taken) {
        throw new ApiException(ErrorCode.OVERLOADED, describeShortage(bytes));
      }
    }

    private boolean tryTake(long bytes) {
      synchronized (FairBudget.this) {
        long free = limit - used - bytes - reserveFor(bytes);
        if (usedByKey() + bytes > free) {
          return false;
        }
        add(bytes);
        return true;
      }
    }

    private boolean tryTakeAlone(long bytes) {
      synchronized (FairBudget.this) {
        if (used > leased || used + bytes > limit) {
          return false;
        }
        add(bytes);
        return true;
      }
    }

    /** Returns a part. */
    public void giveBack(long bytes) {
      synchronized (FairBudget.this) {
        add(-bytes);
      }
    }

    /**
     * Uses exactly this from now on, whether it is too much or not: for a response that must be
     * sent. What is too much delays the next requests of the key.
     */
    public void changeTo(long bytes) {
      synchronized (FairBudget.this) {
        add(bytes - leased);
      }
    }

    @Override
    public void close() {
      changeTo(0);
    }

    private void add(long bytes) {
      if (bytes == 0) {
        return;
      }
      Holder holder = holders.computeIfAbsent(key, any -> new Holder());
      holder.used += bytes;
      if (holder.used == 0) {
        holders.remove(key);
      }
      used += bytes;
      leased += bytes;
    }

    private long usedByKey() {
      Holder holder = holders.get(key);
      return holder == null ? 0 : holder.used;
    }

    private long reserveFor(long bytes) {
      return leased + bytes <= SMALL_BYTES ? 0 : smallPart();
    }

    private String describeShortage(long bytes) {
      synchronized (FairBudget.this) {
        long available = limit - reserveFor(bytes);
        long ofKey = usedByKey();
        if (leased + bytes > available / 2) {
          return format(
              "one of the %s needs %,d bytes of %s, and one key can use at most %,d; send or request less data at once, or increase the memory of the worker",
              users, leased + bytes, resource, available / 2);
        }
        int keys = holders.size() + (ofKey == 0 ? 1 : 0);
        if (ofKey + bytes > available / (keys + 1)) {
          return format(
              "%s of this key use %,d bytes of %s, the most that one key can use at this time; retry when its other requests are done",
              users, ofKey, resource);
        }
        return format(
            "%s of all keys use %,d of the %,d bytes of %s that they can use together; retry later",
            users, used, limit, resource);
      }
    }

    @SuppressWarnings("AnnotateFormatMethod")
    private static String format(String text, Object... values) {
      return String.format(Locale.ROOT, text, values);
    }
  }
}
