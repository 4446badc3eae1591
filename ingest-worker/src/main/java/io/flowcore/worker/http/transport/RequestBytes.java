package io.flowcore.worker.http.transport;

import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import io.helidon.webserver.CloseConnectionException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The bytes of a client's requests, one request after the other, in a form that the server may read
 * without harm: heads within a size and a time, bodies at a minimum rate, chunks in their plain
 * form. The server itself would buffer a line or a chunk of any length, and wait for it for any
 * time. Used by one thread.
 */
final class RequestBytes implements Supplier<byte[]> {
  /** Where the bytes come from. */
  interface Source {
    /**
     * Waits for bytes.
     *
     * @return bytes that the caller may keep and change; null at the end
     * @throws SocketTimeoutException if none arrived in time
     */
    byte[] read(int timeoutMillis) throws SocketTimeoutException;
  }

  private static final byte[] NONE = {};

  private final Source source;
  private final TransportLimits limits;

  /** Bytes that were read and not handed on, from {@link #position}. */
  private byte[] pending;

  private int position;

  /** Bytes of a body of known length that are still to come. */
  private long remaining;

  private Optional<ChunkedBody> chunks = Optional.empty();
  private long bodyBytes;
  private long bodyWaitNanos;

  private volatile boolean betweenRequests = true;

  private volatile long idleSinceNanos = System.nanoTime();

  /**
   * Creates a reader.
   *
   * @param first bytes that were read from the source before; owned by this from now on
   */
  RequestBytes(Source source, TransportLimits limits, byte[] first) {
    this.source = source;
    this.limits = limits;
    pending = first;
  }

  /**
   * Returns whether no request is in progress: none has begun, or its head has not arrived whole.
   * Safe for any thread.
   */
  boolean isBetweenRequests() {
    return betweenRequests;
  }

  /** Returns when the last request ended, by the monotonic clock. Safe for any thread. */
  long idleSinceNanos() {
    return idleSinceNanos;
  }

  /** Returns the next bytes; null at the end of the connection. */
  @Override
  public byte[] get() {
    if (chunks.isPresent()) {
      return nextChunk(chunks.get());
    }
    return remaining > 0 ? nextOfBody() : head();
  }

  private byte[] head() {
    idleSinceNanos = System.nanoTime();
    betweenRequests = true;
    if (!skipEmptyLines()) {
      return null;
    }
    long started = System.nanoTime();
    int scanned = position;
    while (true) {
      int end = RequestHead.end(pending, position, scanned);
      boolean found = end > 0;
      if ((found ? end : pending.length) - position > limits.maxHeadBytes()) {
        throw BadTransport.headTooLarge(limits.maxHeadBytes());
      }
      if (found) {
        return whole(end);
      }
      scanned = pending.length - position;
      if (!appendWithin(limits.headTimeout().toNanos() - (System.nanoTime() - started))) {
        return null;
      }
    }
  }

  /** RFC 9112 §2.2: what some clients send after a body. Returns false at the end. */
  private boolean skipEmptyLines() {
    while (true) {
      while (position < pending.length
          && (pending[position] == '\r' || pending[position] == '\n')) {
        position++;
      }
      if (position < pending.length) {
        return true;
      }
      try {
        byte[] more = source.read(millis(limits.idleTimeout()));
        if (more == null) {
          return false;
        }
        pending = more;
        position = 0;
      } catch (SocketTimeoutException e) {
        throw new CloseConnectionException("the connection was idle", e);
      }
    }
  }

  /** Reads more of a head. It is moved to the begin of its array. Returns false at the end. */
  private boolean appendWithin(long nanos) {
    try {
      if (nanos <= 0) {
        throw new SocketTimeoutException();
      }
      byte[] more = source.read((int) Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos)));
      if (more == null) {
        return false;
      }
      int length = pending.length - position;
      byte[] joined = new byte[length + more.length];
      System.arraycopy(pending, position, joined, 0, length);
      System.arraycopy(more, 0, joined, length, more.length);
      pending = joined;
      position = 0;
      return true;
    } catch (SocketTimeoutException e) {
      throw BadTransport.headTooSlow(limits.headTimeout().toSeconds());
    }
  }

  /** Hands on a head, with what is there of a body of known length. */
  private byte[] whole(int end) {
    long length = RequestHead.bodyLength(pending, position, end);
    betweenRequests = false;
    bodyBytes = 0;
    bodyWaitNanos = 0;
    int body = 0;
    if (length == RequestHead.CHUNKED) {
      chunks = Optional.of(new ChunkedBody());
    } else {
      body = (int) Math.min(length, pending.length - end);
      remaining = length - body;
    }
    return take(end - position + body);
  }

  private byte[] nextOfBody() {
    if (position == pending.length && !readBody()) {
      return null;
    }
    int count = (int) Math.min(remaining, pending.length - position);
    remaining -= count;
    return take(count);
  }

  private byte[] nextChunk(ChunkedBody body) {
    while (true) {
      if (position == pending.length && !readBody()) {
        return null;
      }
      int to = Math.min(pending.length, position + ChunkedBody.MAX_PAYLOAD);
      ChunkedBody.Read read = body.read(pending, position, to);
      position = read.position();
      if (body.isComplete()) {
        chunks = Optional.empty();
      }
      if (read.output().length > 0) {
        return read.output();
      }
    }
  }

  /** Without a copy where all that was read is handed on. */
  private byte[] take(int count) {
    byte[] taken =
        position == 0 && count == pending.length
            ? pending
            : Arrays.copyOfRange(pending, position, position + count);
    position += count;
    if (position == pending.length) {
      pending = NONE;
      position = 0;
    }
    return taken;
  }

  /** Returns false at the end. */
  private boolean readBody() {
    long started = System.nanoTime();
    try {
      byte[] more = source.read(millis(limits.bodyTimeout()));
      if (more == null) {
        return false;
      }
      pending = more;
      position = 0;
    } catch (SocketTimeoutException e) {
      throw new ApiException(
          ErrorCode.REQUEST_TIMEOUT,
          String.format(
              Locale.ROOT,
              "no byte of the body arrived within %d seconds",
              limits.bodyTimeout().toSeconds()));
    }
    bodyWaitNanos += System.nanoTime() - started;
    bodyBytes += pending.length;
    requireRate();
    return true;
  }

  /** Only waiting counts: a client that is slowed down by the worker has done nothing wrong. */
  private void requireRate() {
    double seconds = bodyWaitNanos / 1e9;
    if (bodyWaitNanos > limits.bodyGrace().toNanos()
        && bodyBytes < seconds * limits.minBodyRate()) {
      throw new ApiException(
          ErrorCode.REQUEST_TIMEOUT,
          String.format(
              Locale.ROOT,
              "the body arrives at %.0f bytes per second; the minimum is %d",
              bodyBytes / seconds,
              limits.minBodyRate()));
    }
  }

  private static int millis(Duration duration) {
    return Math.toIntExact(duration.toMillis());
  }
}
