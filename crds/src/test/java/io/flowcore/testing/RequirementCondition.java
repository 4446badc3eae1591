package io.flowcore.testing;

import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** Skips suites that lack a part, or that run only on request. */
final class RequirementCondition implements ExecutionCondition {
  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    return Stream.concat(missing(context), notRequested(context).stream())
        .findFirst()
        .map(ConditionEvaluationResult::disabled)
        .orElseGet(() -> ConditionEvaluationResult.enabled("has all that it needs"));
  }

  private static Stream<String> missing(ExtensionContext context) {
    return AnnotationSupport.findAnnotation(context.getElement(), Requires.class).stream()
        .flatMap(requires -> Stream.of(requires.value()))
        .flatMap(part -> part.missing().stream());
  }

  private static Optional<String> notRequested(ExtensionContext context) {
    return AnnotationSupport.findAnnotation(context.getElement(), RunsOnRequest.class)
        .filter(request -> !Boolean.getBoolean(request.property()))
        .map(request -> request.reason() + "; run it with -D" + request.property() + "=true");
  }
}
