package io.flowcore.operator.apply;

import java.util.List;

/**
 * The result of applying a plan.
 *
 * @param problems why objects could not be written or deleted; empty if everything succeeded
 * @param catalogWritten whether the planned catalog is in the cluster
 */
public record Applied(List<String> problems, boolean catalogWritten) {
  public Applied {
    problems = List.copyOf(problems);
  }
}
