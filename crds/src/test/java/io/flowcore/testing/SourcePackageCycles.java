package io.flowcore.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Finds cycles between packages in Java sources. Class files do not show all of them: the compiler
 * inlines constants, so a class that uses only a constant of another has no reference to it.
 *
 * <p>Imports, static imports and fully qualified names count as references. Comments and literals
 * do not.
 */
public final class SourcePackageCycles {
  private static final Pattern PACKAGE = Pattern.compile("\\bpackage\\s+([\\w.]+)\\s*;");

  /** A package in front of a class name, or of the asterisk of an import. */
  private static final Pattern REFERENCE =
      Pattern.compile("\\b([a-z]\\w*(?:\\.[a-z]\\w*)*)\\.(?:[A-Z]|\\*)");

  /** The packages that a package references, each with one of the files that do so. */
  private final Map<String, Map<String, String>> references = new TreeMap<>();

  private final Set<String> finished = new HashSet<>();

  private SourcePackageCycles() {}

  /**
   * Finds a cycle between packages.
   *
   * @param sources a source directory, such as {@code src/main/java}
   * @return the cycle with the files that cause it; empty if there is none
   */
  public static Optional<String> find(Path sources) throws IOException {
    return find(sources, UnaryOperator.identity());
  }

  /**
   * Finds a cycle between the packages directly below a base package; each includes its
   * subpackages, and the base package itself is left out.
   *
   * @param sources a source directory, such as {@code src/main/java}
   * @return the cycle with the files that cause it; empty if there is none
   */
  public static Optional<String> findBelow(Path sources, String basePackage) throws IOException {
    String prefix = basePackage + ".";
    return find(
        sources,
        name ->
            name.startsWith(prefix)
                ? prefix + name.substring(prefix.length()).split("\\.", 2)[0]
                : "");
  }

  private static Optional<String> find(Path sources, UnaryOperator<String> group)
      throws IOException {
    SourcePackageCycles cycles = new SourcePackageCycles();
    cycles.readReferences(sources, group);
    for (String start : cycles.references.keySet()) {
      Optional<String> cycle = cycles.search(start, new ArrayList<>());
      if (cycle.isPresent()) {
        return cycle;
      }
    }
    return Optional.empty();
  }

  private void readReferences(Path sources, UnaryOperator<String> group) throws IOException {
    Map<Path, String> codeOf = new TreeMap<>();
    Map<Path, String> packageOf = new TreeMap<>();
    try (Stream<Path> files = Files.walk(sources)) {
      for (Path file : files.filter(file -> file.toString().endsWith(".java")).toList()) {
        String code = withoutCommentsAndLiterals(Files.readString(file));
        Matcher declaration = PACKAGE.matcher(code);
        if (declaration.find()) {
          codeOf.put(file, code);
          packageOf.put(file, declaration.group(1));
        }
      }
    }
    Set<String> packages = Set.copyOf(packageOf.values());
    codeOf.forEach((file, code) -> {
      String from = group.apply(packageOf.get(file));
      for (Matcher match = REFERENCE.matcher(code); match.find(); ) {
        String to = group.apply(match.group(1));
        boolean known = packages.contains(match.group(1)) && !from.isEmpty() && !to.isEmpty();
        if (known && !from.equals(to)) {
          references
              .computeIfAbsent(from, name -> new TreeMap<>())
              .putIfAbsent(to, sources.relativize(file).toString());
        }
      }
    });
  }

  /** Searches depth-first; the path contains the packages that lead to this one. */
  private Optional<String> search(String name, List<String> path) {
    int start = path.indexOf(name);
    if (start >= 0) {
      return Optional.of(describe(path.subList(start, path.size())));
    }
    if (finished.contains(name)) {
      return Optional.empty();
    }
    path.add(name);
    for (String next : references.getOrDefault(name, Map.of()).keySet()) {
      Optional<String> cycle = search(next, path);
      if (cycle.isPresent()) {
        return cycle;
      }
    }
    path.removeLast();
    finished.add(name);
    return Optional.empty();
  }

  private String describe(List<String> cycle) {
    List<String> steps = new ArrayList<>();
    for (int i = 0; i < cycle.size(); i++) {
      String from = cycle.get(i);
      String to = cycle.get((i + 1) % cycle.size());
      steps.add(from + " -> " + to + " (" + references.get(from).get(to) + ")");
    }
    return steps.stream().collect(Collectors.joining(", "));
  }

  /** Replaces each comment and each string, text block and character literal by a blank. */
  private static String withoutCommentsAndLiterals(String source) {
    StringBuilder code = new StringBuilder();
    int at = 0;
    while (at < source.length()) {
      int end = endOfIgnored(source, at);
      code.append(end > at ? ' ' : source.charAt(at));
      at = Math.max(end, at + 1);
    }
    return code.toString();
  }

  /** Returns the end of the comment or literal that starts here; the same index if none does. */
  private static int endOfIgnored(String source, int at) {
    if (source.startsWith("//", at)) {
      int end = source.indexOf('\n', at);
      return end < 0 ? source.length() : end;
    }
    if (source.startsWith("/*", at)) {
      int end = source.indexOf("*/", at + 2);
      return end < 0 ? source.length() : end + 2;
    }
    for (String quote : List.of("\"\"\"", "\"", "'")) {
      if (source.startsWith(quote, at)) {
        return endOfLiteral(source, quote, at + quote.length());
      }
    }
    return at;
  }

  private static int endOfLiteral(String source, String quote, int from) {
    int at = from;
    while (at < source.length() && !source.startsWith(quote, at)) {
      at += source.charAt(at) == '\\' ? 2 : 1;
    }
    return Math.min(source.length(), at + quote.length());
  }
}
