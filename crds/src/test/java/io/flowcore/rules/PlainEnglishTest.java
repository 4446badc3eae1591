package io.flowcore.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Texts use plain, modern English, as the documentation of Kubernetes and PostgreSQL does. The
 * table lists phrases that readers did not understand, each with a replacement. It is short on
 * purpose and does not replace reviews.
 */
class PlainEnglishTest {
  private static final Map<Pattern, String> PHRASES = phrases();

  /** Comments, and literals of strings. */
  private static final Pattern JAVA_TEXT =
      Pattern.compile(
          "\"\"\"[^\"\\\\]*+(?:(?:\\\\.|\"(?!\"\"))[^\"\\\\]*+)*+\"\"\""
              + "|\"[^\"\\\\\\n]*+(?:\\\\.[^\"\\\\\\n]*+)*+\"|'(?:\\\\.|[^'\\\\\\n])*+'"
              + "|/\\*[^*]*+(?:\\*(?!/)[^*]*+)*+\\*/|//[^\\n]*+",
          Pattern.DOTALL);

  private static Map<Pattern, String> phrases() {
    String[][] table = {
      {"anew", "again; re-created"},
      {"(made |created )?if need be", "if it does not exist; if necessary"},
      {"is no (folder|file|directory|text|key|name|number|object|size|time)", "is not a ..."},
      {"so many (copies|bytes|events|of them)", "the number of ..."},
      {"whoever|whosoever|whomever", "users; clients"},
      {"nobody|somebody", "no client; another worker; an administrator"},
      {
        "(stands?|stood) (in|on|at|there|beside|behind|still|for itself)",
        "is; appears in; is stored in"
      },
      {"(lies|lay|lie) (in|on|at|there|beside|where)", "is in; is stored in"},
      {"(lets?|letting) (\\w+ )?go( of)?\\b", "removes; releases"},
      {"by turns", "alternately"},
      {"beside (it|them|this|that|each other)", "alongside; while; in addition to"},
      {"for good\\b", "permanently"},
      {"walk of", "path of"},
      {"(is|are|was|be) away\\b", "is unavailable"},
      {"heals?|healed|healing", "recovers"},
      {"mend(s|ed|ing)?", "repair; fix"},
      {"in force", "active; loaded"},
      {"horizons?", "read watermark"},
      {"reprieves?", "grace period"},
      {"rivals?", "another resource with the same name"},
      {"nobody's business", "(say what happens)"},
      {"loud(ly)?", "(is reported)"},
      {"lest|hitherto|henceforth|thereof|whereof|whilst|amongst|ere", "(modern English)"},
      {"takes? not|knows? not", "does not ..."},
      {"gives? (it |them )?back", "returns"},
      {"gave (it )?up on", "stopped retrying"},
      {"on (its|their) way", "in progress"},
      {"under way", "in progress"},
      {"come(s)? to count", "is committed"},
      {"who (does|do) not|who looks|who may\\b", "a worker that ...; a client that ..."},
      {"is told (of|to)|are told (of|to)", "is notified; gets an error"},
      {"as (it|they) (is|are) wont|wont to", "usually"},
      {"is to be had|are to be had|to be had", "is available"},
      {"rooms", "packages; components"},
    };
    Map<Pattern, String> phrases = new LinkedHashMap<>();
    for (String[] row : table) {
      // A line break and comment characters can separate two words.
      String words = row[0].replace(" ", "[\\s*#/]+");
      phrases.put(
          Pattern.compile("(?<![\\w-])(?:" + words + ")(?![\\w-])", Pattern.CASE_INSENSITIVE),
          row[1]);
    }
    return phrases;
  }

  private static boolean isText(String name) {
    boolean kind =
        name.matches(".*\\.(java|md|yaml|yml|tpl|txt|sh|js|mjs|json|xml|properties)")
            || name.matches("(flowcore|dev|\\.ci/run)");
    return kind
        && !name.endsWith("package-lock.json")
        && !name.endsWith("rules/PlainEnglishTest.java");
  }

  private static List<String> offences(String name, String content) {
    List<String> found = new ArrayList<>();
    if (name.endsWith(".java")) {
      Matcher text = JAVA_TEXT.matcher(content);
      while (text.find()) {
        find(name, content, text.start(), text.end(), found);
      }
    } else {
      find(name, content, 0, content.length(), found);
    }
    return found;
  }

  private static void find(String name, String content, int from, int to, List<String> found) {
    PHRASES.forEach((phrase, plain) -> {
      Matcher match = phrase.matcher(content).region(from, to);
      match.useTransparentBounds(true);
      while (match.find()) {
        long line = content.substring(0, match.start()).lines().count();
        found.add(
            "%s:%d: \"%s\"; write: %s"
                .formatted(name, Math.max(1, line), match.group().replaceAll("\\s+", " "), plain));
      }
    });
  }

  @Test
  void textsUsePlainEnglish() throws IOException {
    List<String> found = new ArrayList<>();
    for (Path file : RepositoryFiles.matching(PlainEnglishTest::isText)) {
      found.addAll(offences(RepositoryFiles.name(file), Files.readString(file)));
    }
    assertThat(found).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/** The folder is made if need be. */",
        "String text = \"x is no folder\";",
        "// Whoever reads it",
        "/** Read\n * anew. */",
      })
  void anOldPhraseInCodeIsFound(String source) {
    assertThat(offences("A.java", source)).hasSize(1);
  }

  @Test
  void namesInCodeAreNotTexts() {
    assertThat(offences("A.java", "int rooms = horizon(anew);")).isEmpty();
  }
}
