package io.flowcore.operator;

/** Where the operator will start. */
public final class OperatorMain {
  private OperatorMain() {}

  /** Ends at once, with the exit code of a failure: there are no reconcilers yet. */
  public static void main(String[] arguments) {
    System.err.println(
        "flowcore-operator: this release has no reconcilers yet; run a worker with ./flowcore up");
    System.exit(1);
  }
}
