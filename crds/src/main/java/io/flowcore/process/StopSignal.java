package io.flowcore.process;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * The request to stop this process, by SIGTERM, SIGINT or SIGHUP. Without it, the JVM runs its
 * shutdown hooks and exits with 143 after SIGTERM, also if everything was stopped in order, and
 * Kubernetes shows the pod as failed.
 *
 * <p>The first signal interrupts the main thread, which then stops what it has started and returns
 * an exit code. A second one ends the process at once.
 */
public final class StopSignal {
  /** Exit codes after a signal are this plus its number, as shells report them. */
  private static final int SIGNAL_EXIT_CODE = 128;

  private final Thread main;
  private final Duration startTimeout;
  private final Consumer<String> log;
  private final AtomicBoolean received = new AtomicBoolean();
  private final CountDownLatch requested = new CountDownLatch(1);
  private final CountDownLatch started = new CountDownLatch(1);

  private StopSignal(Thread main, Duration startTimeout, Consumer<String> log) {
    this.main = main;
    this.startTimeout = startTimeout;
    this.log = log;
  }

  /**
   * Receives signals from now on. The calling thread is the main thread.
   *
   * @param startTimeout how long the main thread may take to notice a signal before it has called
   *     {@link #await} or {@link #endStart}. After that the process ends with exit code 0, since it
   *     serves no client yet
   * @param log receives why the process ends without a clean stop
   */
  public static StopSignal install(Duration startTimeout, Consumer<String> log) {
    StopSignal signal = new StopSignal(Thread.currentThread(), startTimeout, log);
    for (String name : List.of("TERM", "INT", "HUP")) {
      signal.handle(name);
    }
    return signal;
  }

  /**
   * Uses reflection, because the compiler reports each use of these classes, which the JDK supports
   * but may remove.
   */
  private void handle(String name) {
    try {
      Class<?> signals = Class.forName("sun.misc.Signal");
      Class<?> handlers = Class.forName("sun.misc.SignalHandler");
      Object handler =
          Proxy.newProxyInstance(
              handlers.getClassLoader(),
              new Class<?>[] {handlers},
              (proxy, method, arguments) ->
                  switch (method.getName()) {
                    case "handle" -> {
                      received(arguments[0]);
                      yield null;
                    }
                    case "hashCode" -> System.identityHashCode(proxy);
                    case "equals" -> proxy == arguments[0];
                    default -> "handler of a stop signal";
                  });
      var _ =
          signals
              .getMethod("handle", signals, handlers)
              .invoke(null, signals.getConstructor(String.class).newInstance(name), handler);
    } catch (InvocationTargetException e) {
      // The JVM was started with -Xrs, which leaves signals to the operating system.
      log.accept(
          "SIG" + name + " ends this process without a clean stop: " + e.getCause().getMessage());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("the JDK lacks sun.misc.Signal", e);
    }
  }

  private void received(Object signal) throws ReflectiveOperationException, InterruptedException {
    if (!received.compareAndSet(false, true)) {
      log.accept("second signal " + signal + "; ending without a clean stop");
      int number = (int) signal.getClass().getMethod("getNumber").invoke(signal);
      Runtime.getRuntime().halt(SIGNAL_EXIT_CODE + number);
    }
    // In this order, so that no interrupt is still to come when await has returned.
    main.interrupt();
    requested.countDown();
    if (!started.await(startTimeout.toMillis(), TimeUnit.MILLISECONDS)) {
      log.accept("the start did not end within " + startTimeout.toSeconds() + " s after " + signal);
      Runtime.getRuntime().halt(0);
    }
  }

  /** Returns whether the process was asked to stop. */
  public boolean isRequested() {
    return received.get();
  }

  /** Marks the start as ended, successfully or not. */
  public void endStart() {
    started.countDown();
  }

  /** Waits until the process is asked to stop, and clears the interrupt that says so. */
  public void await() {
    endStart();
    boolean waiting = true;
    while (waiting) {
      try {
        requested.await();
        waiting = false;
      } catch (InterruptedException e) {
        waiting = !isRequested();
      }
    }
    Thread.interrupted();
  }
}
