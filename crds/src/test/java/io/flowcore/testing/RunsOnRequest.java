package io.flowcore.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Declares a suite that is too slow for every build. It runs if a system property is {@code true}.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@ExtendWith(RequirementCondition.class)
public @interface RunsOnRequest {
  /** The name of the system property. */
  String property();

  /** Why it does not run in every build. */
  String reason();
}
