package io.flowcore.worker.metrics;

import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Where components register the metrics of their own data. Names are written with dots, such as
 * {@code flowcore.disk.free.bytes}; Prometheus shows them with underscores.
 */
public interface MetricRegistry {

  /** Registers a value that can rise and fall. It is read at each scrape. */
  void gauge(String name, String description, Supplier<Number> value);

  /**
   * Registers a total that only grows. It is read at each scrape. Prometheus adds {@code _total} to
   * its name.
   */
  void counter(String name, String description, LongSupplier total);
}
