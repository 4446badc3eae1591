package io.flowcore.catalog;

import com.google.re2j.Pattern;
import com.networknt.schema.regex.RegularExpression;

/**
 * A pattern of a schema, matched in time linear to the text. The engine of {@code java.util.regex}
 * needs exponential time for patterns such as {@code (a+)+$}, which a sender could exploit. RE2
 * does not support look-around and back-references; a schema that uses them is rejected.
 */
record LinearPattern(Pattern pattern) implements RegularExpression {
  static LinearPattern compile(String regex) {
    return new LinearPattern(Pattern.compile(regex));
  }

  @Override
  public boolean matches(String text) {
    return pattern.matcher(text).find();
  }
}
