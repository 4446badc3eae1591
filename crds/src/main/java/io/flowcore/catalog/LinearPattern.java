package io.flowcore.catalog;

import com.google.re2j.Pattern;
import com.networknt.schema.regex.RegularExpression;

/**
 * A pattern of a schema, matched in time that grows with the text only. Java's own engine takes
 * exponential time on patterns such as {@code (a+)+$}, which any sender could make use of. RE2 has
 * no look-around and no back-references; a schema that uses them is refused.
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
