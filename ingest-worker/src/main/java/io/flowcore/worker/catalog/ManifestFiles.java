package io.flowcore.worker.catalog;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The manifests in a directory at one moment. Follows symbolic links, because git-sync and a
 * kubelet publish a new version by changing a link. A file that several paths reach is listed once,
 * by the path that is found first.
 *
 * @param root the directory without symbolic links, so that all files are read from one version
 * @param paths relative to the root, in alphabetical order
 */
record ManifestFiles(Path root, List<Path> paths) {

  /**
   * Finds the files that end in {@code .yaml}, {@code .yml} or {@code .json}, at any depth. Skips
   * hidden files and directories: those of Git, or older versions of a mounted volume.
   */
  static ManifestFiles find(Path directory) throws IOException {
    Path root = directory.toRealPath();
    Search search = new Search();
    search.visited.add(root);
    search.visit(root);
    return new ManifestFiles(root, search.files.stream().map(root::relativize).sorted().toList());
  }

  /** Returns the path from which a manifest is read. */
  Path resolve(Path path) {
    return root.resolve(path);
  }

  /** Returns the attributes that change with the content of the directory. */
  List<FileFingerprint> fingerprint() throws IOException {
    return FileFingerprint.of(paths.stream().map(this::resolve).toList());
  }

  private static final class Search {
    private final List<Path> files = new ArrayList<>();

    /** Real paths. Also ends the search if a link leads to a directory above it. */
    private final Set<Path> visited = new HashSet<>();

    void visit(Path directory) throws IOException {
      for (Path child : children(directory)) {
        boolean isDirectory = Files.isDirectory(child);
        boolean isWanted = isDirectory || (isManifest(child) && Files.isRegularFile(child));
        if (isWanted && isFirstVisit(child)) {
          if (isDirectory) {
            visit(child);
          } else {
            files.add(child);
          }
        }
      }
    }

    private static Set<Path> children(Path directory) throws IOException {
      try (Stream<Path> all = Files.list(directory)) {
        return new TreeSet<>(all.filter(child -> !name(child).startsWith(".")).toList());
      }
    }

    private boolean isFirstVisit(Path path) throws IOException {
      try {
        return visited.add(path.toRealPath());
      } catch (NoSuchFileException e) {
        // Deleted since the directory was listed.
        return false;
      }
    }

    private static boolean isManifest(Path file) {
      String name = name(file);
      return name.endsWith(".yaml") || name.endsWith(".yml") || name.endsWith(".json");
    }

    private static String name(Path path) {
      return String.valueOf(path.getFileName());
    }
  }
}
