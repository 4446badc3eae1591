package io.flowcore.helm;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Generates the chart's README from the comments in values.yaml: {@code # -- text} above each
 * value.
 */
final class ValuesTable {
  private static final Pattern KEY = Pattern.compile("^( *)([A-Za-z]\\w*):(.*)$");
  private static final String HEAD =
      """
      # Flowcore chart

      Installs the operator of [Flowcore](../../README.md), its CRDs and its roles; optionally alerts and a Grafana dashboard.
      To install and upgrade, see [docs/install.md](../../docs/install.md).

      ## Values

      This table is generated from the comments in `values.yaml`. `values.schema.json` defines the allowed values.

      | value | default | description |
      |---|---|---|
      """;

  private ValuesTable() {}

  static String readme(String values) throws IOException {
    JsonNode defaults = Chart.YAML.readTree(values);
    StringBuilder table = new StringBuilder(HEAD);
    Deque<String> path = new ArrayDeque<>();
    String comment = "";
    for (String line : values.lines().toList()) {
      if (line.strip().startsWith("# -- ")) {
        comment = line.strip().substring("# -- ".length());
        continue;
      }
      Matcher key = KEY.matcher(line);
      if (!key.matches()) {
        continue;
      }
      while (path.size() > key.group(1).length() / 2) {
        path.removeLast();
      }
      path.addLast(key.group(2));
      JsonNode value = defaults.at("/" + String.join("/", path));
      boolean documented = !comment.isEmpty();
      if (documented) {
        table.append("| `%s` | `%s` | %s |%n".formatted(String.join(".", path), value, comment));
      } else if (!isCovered(path, values) && !value.isObject()) {
        throw new AssertionError(String.join(".", path) + " has no comment");
      }
      comment = "";
    }
    return table.toString();
  }

  /** Returns whether a parent of the value has a comment, which covers all its children. */
  private static boolean isCovered(Deque<String> path, String values) {
    List<String> names = new ArrayList<>(path);
    Iterator<String> lines = values.lines().iterator();
    String before = "";
    while (lines.hasNext()) {
      String line = lines.next();
      for (int depth = 0; depth < names.size() - 1; depth++) {
        if (line.equals("  ".repeat(depth) + names.get(depth) + ":")
            && before.strip().startsWith("# -- ")) {
          return true;
        }
      }
      before = line;
    }
    return false;
  }
}
