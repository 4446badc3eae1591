package io.flowcore.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourcePackageCyclesTest {
  @TempDir private Path sources;

  private void write(String packageName, String className, String imports, String body)
      throws IOException {
    Path directory = Files.createDirectories(sources.resolve(packageName.replace('.', '/')));
    Files.writeString(
        directory.resolve(className + ".java"),
        "package %s;\n%s\nclass %s {%s}\n".formatted(packageName, imports, className, body));
  }

  @Test
  void aCycleOfImportsIsReportedWithItsFiles() throws IOException {
    write("app.one", "A", "import app.two.B;", "");
    write("app.two", "B", "import app.three.C;", "");
    write("app.three", "C", "import app.one.A;", "");
    assertThat(SourcePackageCycles.find(sources))
        .contains(
            "app.one -> app.two (app/one/A.java), app.two -> app.three (app/two/B.java),"
                + " app.three -> app.one (app/three/C.java)");
  }

  @Test
  void staticImportsAndFullyQualifiedNamesCount() throws IOException {
    write("app.one", "A", "import static app.two.B.LIMIT;", "");
    write("app.two", "B", "", "static final int LIMIT = app.one.A.OTHER;");
    assertThat(SourcePackageCycles.find(sources)).isPresent();
  }

  @Test
  void commentsAndLiteralsDoNotCount() throws IOException {
    write("app.one", "A", "import app.two.B;", "");
    write(
        "app.two",
        "B",
        "// import app.one.A;",
        "/* app.one.A */ String a = \"\\\"app.one.A\"; char c = '\"'; String b = \"app.one.A\";");
    assertThat(SourcePackageCycles.find(sources)).isEmpty();
  }

  @Test
  void subpackagesCanBeCombinedBelowABasePackage() throws IOException {
    write("app.one", "A", "import app.one.inner.B;", "");
    write("app.one.inner", "B", "import app.one.A;", "");
    write("app", "Main", "import app.one.A;", "");
    assertThat(SourcePackageCycles.find(sources)).isPresent();
    assertThat(SourcePackageCycles.findBelow(sources, "app")).isEmpty();
    write("app.two", "C", "import app.one.A;", "");
    write("app.one.inner", "D", "import app.two.C;", "");
    assertThat(SourcePackageCycles.findBelow(sources, "app"))
        .contains("app.one -> app.two (app/one/inner/D.java), app.two -> app.one (app/two/C.java)");
  }
}
