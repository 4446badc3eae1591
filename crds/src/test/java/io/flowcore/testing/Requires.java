package io.flowcore.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Declares what a suite or a test needs. It is skipped, with the reason, where a part is missing.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@ExtendWith(RequirementCondition.class)
@Tag(Requires.TAG)
public @interface Requires {
  /** The tag of tests that need an optional part: {@code ./mvnw verify -Dgroups=optional-part}. */
  String TAG = "optional-part";

  /** The parts, all of which are needed. */
  OptionalPart[] value();
}
